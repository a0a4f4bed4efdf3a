"""What the reading distinguishes, told to people: kinds, subjects and topics with examples from our own training sentences.

`python -m nlu.taxonomy` prints docs/taxonomy.md.
"""

import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nlu.corpus import read
from nlu.subjects import Topic, all_subjects
from policies.facts import Kind

SHORTEST, LONGEST = 8, 30  # characters of an example that says enough and fits a table
SHOWN = ("complaint", "question", "help", "report", "suggestion")


@dataclass(frozen=True, slots=True)
class Intent:
    """One kind of request with an example in both languages."""

    id: str
    zh: str
    en: str
    covers: str
    means: str
    example: str
    english: str


@cache
def intents() -> tuple[Intent, ...]:
    """Every kind, in the order of nlu/intents.toml. Raises ValueError where the file and policies.facts.Kind differ."""
    rows = tomllib.loads((Path(__file__).parent / "intents.toml").read_text("utf-8"))
    if set(rows) != {kind.value for kind in Kind}:
        raise ValueError("nlu/intents.toml and policies.facts.Kind differ")
    return tuple(Intent(key, **row) for key, row in rows.items())


@dataclass(frozen=True, slots=True)
class Sentences:
    """What the model has learned of one topic or kind."""

    count: int
    examples: tuple[str, ...]


@cache
def learned() -> dict[str, Sentences]:
    """By topic or kind: how many training sentences there are, and two that show it."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in read():
        found[one.intent][one.intent].append(one.text)
        if one.topic:
            found[one.topic][one.intent].append(one.text)
    return {label: Sentences(sum(map(len, kinds.values())), _shown(kinds)) for label, kinds in found.items()}


def _shown(kinds: dict[str, list[str]]) -> tuple[str, ...]:
    order = [*(kind for kind in SHOWN if kind in kinds), *(kind for kind in kinds if kind not in SHOWN)]
    fitting = [[text for text in kinds[kind] if SHORTEST <= len(text) <= LONGEST] for kind in order]
    return tuple([texts[0] for texts in fitting if texts][:2] or [texts[0] for texts in kinds.values()][:2])


def page() -> str:
    """docs/taxonomy.md."""
    return "\n".join([*_head(), *_kinds(), *_subjects()]) + "\n"


def _head() -> Iterator[str]:
    count = sum(len(subject.topics) for subject in all_subjects().values())
    yield "# 分类 What the reading distinguishes"
    yield ""
    yield "<!-- made by `python -m nlu.taxonomy > docs/taxonomy.md`; edit nlu/intents.toml and nlu/subjects.toml instead -->"
    yield ""
    yield f"每条留言读出两个方面：**要什么**（{len(intents())} 种意图）和**说的什么事**（{len(all_subjects())} 个主题、{count} 个子主题）；"
    yield "另有地点、时间、电话、证件号、部门、车牌、案号等要素。把握不足时不硬分，由人工判断。"
    yield ""
    yield "Every message is read on two axes: what the person wants (intent) and what it is about (subject, and topic within it). Which"
    yield "department is competent for it, each installation says on the page 部门分工. What fits no topic has none:"
    yield "there is no class “other”."
    yield ""


def _kinds() -> Iterator[str]:
    yield "## 意图 Intents"
    yield ""
    yield "| id | 意图 | 包括 | intent | means | 例 example |"
    yield "|---|---|---|---|---|---|"
    for one in intents():
        yield f"| `{one.id}` | {one.zh} | {one.covers} | {one.en} | {one.means} | {one.example}<br>{one.english} |"
    yield ""


def _subjects() -> Iterator[str]:
    yield "## 主题 Subjects and topics"
    yield ""
    yield "“通用目录”一列是政务投诉平台常用的三级分类目录中对应的一级、二级类目；目录中的“其他”没有对应的子主题。"
    yield "The last column but one names the first- and second-level category of the directory such platforms commonly use; its"
    yield "“other” has no topic here."
    for subject in all_subjects().values():
        yield ""
        yield f"### {subject.zh} {subject.en} `{subject.id}`"
        yield ""
        yield "| id | 子主题 | topic | 包括 covers | 通用目录 directory | 例 examples |"
        yield "|---|---|---|---|---|---|"
        yield from (_row(topic, subject.zh) for topic in subject.topics)


def _row(topic: Topic, field: str) -> str:
    examples = "<br>".join(learned()[topic.id].examples)
    return f"| `{topic.id.partition('.')[2]}` | {topic.zh} | {topic.en} | {topic.covers} | {field} / {topic.filed} | {examples} |"


if __name__ == "__main__":
    sys.stdout.write(page())
