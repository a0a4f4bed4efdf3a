"""The sums behind the figures. Pure functions, no library."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

BINS = 15


@dataclass(frozen=True, slots=True)
class Judged:
    """Texts with their true label, the label that was read and how sure the reading was (0..1), in one order."""

    texts: tuple[str, ...]
    truth: tuple[str, ...]
    found: tuple[str, ...]
    confidence: tuple[float, ...]

    def __post_init__(self) -> None:
        """One of each for every text."""
        if not len(self.texts) == len(self.truth) == len(self.found) == len(self.confidence):
            raise ValueError("texts, truth, found and confidence must be of one length")

    @property
    def right(self) -> list[bool]:
        """Whether each was read rightly."""
        return [one == other for one, other in zip(self.truth, self.found, strict=True)]


@dataclass(frozen=True, slots=True)
class OfClass:
    """One label: of the texts said to be it, the share that is (precision); of those that are, the share found (recall)."""

    label: str
    precision: float
    recall: float
    f1: float
    texts: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Readings whose confidence lies in (low, high]: their mean confidence and the share that is right."""

    low: float
    high: float
    texts: int
    confidence: float
    accuracy: float


def share(part: float, whole: float) -> float:
    """`part / whole`, 0 of nothing."""
    return part / whole if whole else 0.0


def per_class(truth: Sequence[str], found: Sequence[str], labels: Collection[str] = ()) -> list[OfClass]:
    """Figures of each label; `labels`: of these (default: all that occur in `truth` or `found`), in order of name."""
    actual, claimed = Counter(truth), Counter(found)
    hits = Counter(one for one, other in zip(truth, found, strict=True) if one == other)
    wanted = sorted(labels or {*actual, *claimed})
    return [
        OfClass(
            label,
            share(hits[label], claimed[label]),
            share(hits[label], actual[label]),
            share(2 * hits[label], actual[label] + claimed[label]),
            actual[label],
        )
        for label in wanted
    ]


def macro_f1(truth: Sequence[str], found: Sequence[str], labels: Collection[str] = ()) -> float:
    """The mean F1 of the labels, each counting alike; as scikit-learn's `f1_score(average="macro")`."""
    figures = per_class(truth, found, labels)
    return share(sum(one.f1 for one in figures), len(figures))


def accuracy(truth: Sequence[str], found: Sequence[str]) -> float:
    """The share that is right."""
    return share(sum(one == other for one, other in zip(truth, found, strict=True)), len(truth))


def reliability(confidence: Sequence[float], right: Sequence[bool], bins: int = BINS) -> list[Bin]:
    """`bins` bins of equal width; empty ones are left out."""
    members: dict[int, list[int]] = {}
    for place, value in enumerate(confidence):
        members.setdefault(min(bins - 1, max(0, -int(-value * bins // 1) - 1)), []).append(place)
    return [
        Bin(
            number / bins,
            (number + 1) / bins,
            len(places),
            sum(confidence[place] for place in places) / len(places),
            sum(right[place] for place in places) / len(places),
        )
        for number, places in sorted(members.items())
    ]


def ece(confidence: Sequence[float], right: Sequence[bool], bins: int = BINS) -> float:
    """Expected calibration error: how far confidence and the share of right readings lie apart, on average over the texts."""
    return share(sum(one.texts * abs(one.confidence - one.accuracy) for one in reliability(confidence, right, bins)), len(confidence))


def coverage(confidence: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float, float]]:
    """(coverage, accuracy, threshold) for every threshold that occurs: what is covered and how much of it is right, the surest first."""
    order = sorted(range(len(confidence)), key=lambda place: -confidence[place])
    points: list[tuple[float, float, float]] = []
    hits = 0
    for count, place in enumerate(order, 1):
        hits += right[place]
        if count == len(order) or confidence[order[count]] != confidence[place]:
            points.append((count / len(order), hits / count, confidence[place]))
    return points


def covered_at(confidence: Sequence[float], right: Sequence[bool], wanted: float) -> tuple[float, float]:
    """The largest coverage at which at least `wanted` are right, and its threshold; (0, 1) where there is none."""
    reached = [(part, threshold) for part, good, threshold in coverage(confidence, right) if good >= wanted]
    return max(reached, default=(0.0, 1.0))


def confusion(truth: Sequence[str], found: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    """Labels in order of name, and how often each true label (row) was read as each (column)."""
    labels = sorted({*truth, *found})
    counts = Counter(zip(truth, found, strict=True))
    return labels, [[counts[row, column] for column in labels] for row in labels]


def worst(judged: Judged, count: int = 20) -> list[int]:
    """The places of the wrong readings that were surest."""
    wrong = [place for place, good in enumerate(judged.right) if not good]
    return sorted(wrong, key=lambda place: -judged.confidence[place])[:count]


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest of the values that at least `part` (0..1) of them do not exceed; 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(0, -int(-part * len(ordered) // 1) - 1)] if ordered else 0.0


def summary(judged: Judged, labels: Collection[str] = ()) -> dict[str, float]:
    """The figures that every report gives."""
    return {
        "macro_f1": round(macro_f1(judged.truth, judged.found, labels), 4),
        "accuracy": round(accuracy(judged.truth, judged.found), 4),
        "ece": round(ece(judged.confidence, judged.right), 4),
        "texts": len(judged.texts),
    }
