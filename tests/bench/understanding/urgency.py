"""What becomes of texts: triage's own decision on the real reading, as the product makes it."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlu import answer, fallback
from nlu.evaluation.answers import Answer
from nlu.evaluation.results import Table
from nlu.subjects import all_subjects, topics
from policies.facts import EventKind, Kind, Triage, Understanding
from policies.triage import decide
from tests.bench.servers import ROOT
from tests.bench.understanding import studies

SETS = ROOT / "tests" / "nlu" / "sets"
SORTS = {
    "birth": "分娩", "collapse": "坍塌", "crowd": "拥挤踩踏", "electric": "触电漏电", "fire": "火情", "gas": "燃气", "medical": "急病伤者",
    "missing": "走失", "other": "其他", "poison": "中毒", "suicide": "轻生", "traffic": "车祸", "trapped": "被困", "violence": "暴力",
    "water": "溺水水情",
}  # fmt: skip
TOLD = 12  # missed calls that are shown


@dataclass(frozen=True, slots=True)
class Decided:
    """A text with what the model alone said and what triage made of it."""

    row: Mapping[str, Any]
    read: Understanding
    made: Triage

    @property
    def urgent(self) -> bool:
        """Whether a person is called at once."""
        return self.made.kind is Kind.EMERGENCY


def rows(name: str) -> list[dict[str, Any]]:
    """A test set of tests/nlu/sets."""
    return [json.loads(line) for line in (SETS / name).read_text("utf-8").splitlines() if line.strip()]


def understood(text: str, found: Answer) -> Understanding:
    """What the product makes of Rasa's answer; the words decide where it cannot be used."""
    try:
        return answer.read(found, frozenset(all_subjects()), frozenset(topics()))
    except answer.WrongAnswerError as error:
        return fallback.understand(text, str(error))


def decided(texts: Sequence[Mapping[str, Any]], answers: Sequence[Answer]) -> list[Decided]:
    """Triage of every text as a private message without attachments from somebody who has no open ticket."""
    made = []
    for row, found in zip(texts, answers, strict=True):
        read = understood(row["text"], found)
        triage = decide(read, text=row["text"], kind=EventKind.MESSAGE, has_media=False, joins_open_ticket=False)
        made.append(Decided(row, read, triage))
    return made


def part(found: Sequence[Decided]) -> float:
    """The share held urgent."""
    return sum(one.urgent for one in found) / len(found) if found else 0.0


def tables(calls: Sequence[Decided], others: Sequence[Decided]) -> list[Table]:
    """Recall by sort and by how plainly it is said, false alarms by what they resemble, and the calls that were missed."""
    plain = [one for one in calls if not one.row["oblique"]]
    oblique = [one for one in calls if one.row["oblique"]]
    alone = sum(one.read.intent == Kind.EMERGENCY for one in calls)
    shown = [("全部 all", calls), ("直说 plain", plain), ("隐晦 oblique", oblique), *sorted(_grouped(calls, "sort").items())]
    recall = tuple((name, str(len(found)), str(sum(one.urgent for one in found)), f"{part(found):.1%}") for name, found in shown)
    false = [("全部 all", list(others)), *sorted(_grouped(others, "near").items())]
    alarms = tuple((name, str(len(found)), str(sum(one.urgent for one in found)), f"{part(found):.1%}") for name, found in false)
    missed = tuple(
        (str(one.row["text"]), _sort(one.row["sort"]), studies.INTENTS[Kind(one.read.intent)]) for one in calls if not one.urgent
    )
    return [
        Table(
            "紧急求助召回", "urgent calls recognised", ("种类 sort", "条数 texts", "识别 found", "召回 recall"), recall,
            f"按分诊结果计（模型读数加紧急用语）；仅模型 {alone} / {len(calls)}。As triage decides; the model alone beside it.",
        ),
        Table("相似而不紧急的误报", "false alarms among look-alikes", ("近似 near", "条数 texts", "误报 alarms", "比例 share"), alarms),
        *([Table("漏掉的紧急求助", "urgent calls missed", ("原文 text", "种类 sort", "识别 read as"), missed[:TOLD])] if missed else []),
    ]  # fmt: skip


def _sort(key: str) -> str:
    return f"{SORTS[key]} {key}" if key in SORTS else key


def _grouped(found: Sequence[Decided], key: str) -> dict[str, list[Decided]]:
    groups: dict[str, list[Decided]] = defaultdict(list)
    for one in found:
        groups[_sort(one.row[key])].append(one)
    return groups
