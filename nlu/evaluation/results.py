"""What an evaluation found, as data: the report, its JSON and the benchmarks page are made from this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlu.evaluation import metrics
from nlu.evaluation.metrics import Judged


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table of figures. `met` None: only told. `others`: the same of stock pipelines, in the order of `Report.rivals`."""

    key: str
    zh: str
    en: str
    ours: str
    reach: str = ""
    met: bool | None = None
    yardstick: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Study:
    """Texts of one kind, read by one model on one axis. `names`: what labels are called on the page, Chinese."""

    key: str
    zh: str
    en: str
    note: str
    judged: Judged
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, label: str) -> str:
        """What the label is called on the page."""
        return self.names.get(label) or label or "（空）"


@dataclass(frozen=True, slots=True)
class Table:
    """A plain table with its heading. `private`: it has citizens' words, which stay on the page."""

    zh: str
    en: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    private: bool = False


@dataclass(slots=True)
class Report:
    """Everything. `about`: pairs of what and value for the head (date, machine, model, data)."""

    about: list[tuple[str, str]] = field(default_factory=list)
    rivals: tuple[str, ...] = ()
    figures: list[Figure] = field(default_factory=list)
    studies: list[Study] = field(default_factory=list)
    curve: list[tuple[str, int, float]] = field(default_factory=list)  # label ("20", "全部"), training texts, macro-F1
    tables: list[Table] = field(default_factory=list)
    mistakes: str = ""  # key of the study whose worst mistakes are shown first
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def study(self, key: str) -> Study | None:
        """The study of that name, if it was made."""
        return next((one for one in self.studies if one.key == key), None)

    @property
    def missed(self) -> list[Figure]:
        """The figures that do not reach what they should."""
        return [one for one in self.figures if one.met is False]

    def as_json(self) -> dict[str, Any]:
        """Every figure and matrix, no citizen's text."""
        return {
            "about": dict(self.about),
            "figures": [
                {
                    "key": one.key,
                    "what": one.en,
                    "ours": one.ours,
                    "reach": one.reach,
                    "met": one.met,
                    "yardstick": one.yardstick,
                    **dict(zip(self.rivals, one.others, strict=False)),
                }
                for one in self.figures
            ],
            "studies": {one.key: _study(one) for one in self.studies},
            "learning_curve": [{"per_class": label, "texts": texts, "macro_f1": round(value, 4)} for label, texts, value in self.curve],
            "tables": [{"title": one.en, "heads": one.heads, "rows": one.rows, "note": one.note} for one in self.tables if not one.private],
            "notes": self.notes,
            "left_out": self.left_out,
        }


def _study(one: Study) -> dict[str, Any]:
    labels, matrix = metrics.confusion(one.judged.truth, one.judged.found)
    return {
        "title": one.en,
        **metrics.summary(one.judged),
        "labels": labels,
        "confusion": matrix,
        "per_class": [
            {
                "label": row.label,
                "precision": round(row.precision, 4),
                "recall": round(row.recall, 4),
                "f1": round(row.f1, 4),
                "texts": row.texts,
            }
            for row in metrics.per_class(one.judged.truth, one.judged.found)
        ],
        "reliability": [
            {
                "low": round(row.low, 4),
                "high": round(row.high, 4),
                "texts": row.texts,
                "confidence": row.confidence,
                "accuracy": row.accuracy,
            }
            for row in metrics.reliability(one.judged.confidence, one.judged.right)
        ],
        "coverage": _coverage(one.judged),
    }


def _coverage(judged: Judged, wanted: Sequence[float] = (0.9, 0.95, 0.97, 0.99)) -> list[dict[str, float]]:
    found = [(one, *metrics.covered_at(judged.confidence, judged.right, one)) for one in wanted]
    return [{"accuracy": one, "coverage": round(part, 4), "threshold": round(threshold, 4)} for one, part, threshold in found]
