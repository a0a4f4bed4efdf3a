"""Labelled JSON lines, and how they reach Rasa unharmed."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu.corpus import Example
from nlu.prepare import prepare

HELD_OUT = 5  # every fifth


class BadInput(Exception):
    """A file that cannot be used. The text is a sentence for the person who gave it, Chinese first."""


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled text as it stands in the file; `number` counts the file's lines from 1."""

    text: str
    label: str
    number: int
    raw: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One training text, made harmless, with its label on each axis it is labelled on (`intent`, `subject`, `topic`)."""

    text: str
    labels: Mapping[str, str]


def read_lines(path: Path) -> list[Line]:
    """The labelled lines of a file: objects with `text` (a string) and `label` (a string or a whole number); other fields are left alone.

    Raises BadInput for a file that is not there, empty, not UTF-8, or has a line of another shape (its number is told).
    """
    found = [_line(text, number, path) for number, text in enumerate(_content(path).split("\n"), 1) if text.strip()]
    if not found:
        raise BadInput(f"文件里没有一行数据：{path} · the file has no lines")
    return found


def _content(path: Path) -> str:
    if not path.exists():
        raise BadInput(f"找不到文件：{path} · no such file")
    if path.is_dir():
        raise BadInput(f"这是文件夹，不是文件：{path} · this is a folder, not a file")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"文件读不到：{path}（{error.strerror}） · the file cannot be read") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"文件不是 UTF-8 编码：{path}，第 {error.start} 字节 · the file is not UTF-8, see byte {error.start}") from None


def _line(text: str, number: int, path: Path) -> Line:
    where = f"{path} 第 {number} 行 (line {number})"
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput(f"{where}：不是合法的 JSON · is not JSON") from None
    if not isinstance(found, dict):
        raise BadInput(f"{where}：应为带 text 和 label 的对象 · must be an object with text and label")
    for key in ("text", "label"):
        if key not in found:
            raise BadInput(f"{where}：缺少字段 {key} · has no field {key}")
    if not isinstance(found["text"], str):
        raise BadInput(f"{where}：字段 text 应为字符串 · the field text must be a string")
    if not isinstance(found["label"], (str, int)) or isinstance(found["label"], bool):
        raise BadInput(f"{where}：字段 label 应为字符串或整数 · the field label must be a string or a whole number")
    return Line(found["text"], str(found["label"]), number, bool(found.get("raw", True)))


@dataclass(frozen=True, slots=True)
class Labels:
    """Names that Rasa can carry for labels that may hold anything: a `/` or a line break means something to it."""

    all: tuple[str, ...]

    @classmethod
    def of(cls, labels: Iterable[str]) -> "Labels":
        """The different ones, in an order that does not depend on the file's."""
        return cls(tuple(sorted(set(labels))))

    def code(self, label: str) -> str:
        """What Rasa calls it."""
        return f"label{self.all.index(label):05d}"

    def label(self, code: object) -> "str | None":
        """What the file calls it; None for a name that is none of ours."""
        number = code.removeprefix("label") if isinstance(code, str) else ""
        known = number.isascii() and number.isdigit() and int(number) < len(self.all)
        return self.all[int(number)] if known else None


def rows_of(lines: Sequence[Line], labels: Labels, axis: str) -> list[Row]:
    """Training rows on one axis; texts without anything to read are left out, as production never asks Rasa about them."""
    codes = {label: labels.code(label) for label in labels.all}
    pairs = ((prepare(line.text), codes[line.label]) for line in lines)
    return [Row(text, {axis: code}) for text, code in pairs if text]


def rows_of_own(examples: Sequence[Example]) -> list[Row]:
    """Our own examples on every axis they are labelled on."""
    axes = (("intent", "intent"), ("subject", "subject"), ("topic", "topic"))
    return [Row(prepare(one.text), {axis: found for axis, name in axes if (found := getattr(one, name))}) for one in examples]


def changed(lines: Sequence[Line]) -> dict[str, int]:
    """How many texts are not read as they stand: `altered` in any way, of these `shortened`, and `empty` once made harmless."""
    plain = [prepare(line.text) for line in lines]
    whole = [prepare(line.text, max(1, len(line.text))) for line in lines]
    return {
        "altered": sum(found != line.text for found, line in zip(plain, lines, strict=True)),
        "shortened": sum(len(found) < len(uncut) for found, uncut in zip(plain, whole, strict=True)),
        "empty": sum(not found for found in plain),
    }


def write_training(rows: Sequence[Row], path: Path) -> None:
    """Write Rasa's JSON training format.

    Its YAML and Markdown read brackets, line breaks and `_x000D_` as markup; in JSON a text is a text. Rasa 3.6 reads both.
    """
    path.write_text(json.dumps({"rasa_nlu_data": {"common_examples": [_example(row) for row in rows]}}, ensure_ascii=False), "utf-8")


def _example(row: Row) -> dict[str, Any]:
    """Axis `intent` is Rasa's own, the others are metadata of the example, as AxisClassifier reads them."""
    made: dict[str, Any] = {"text": row.text}
    if "intent" in row.labels:
        made["intent"] = row.labels["intent"]
    others = {axis: label for axis, label in row.labels.items() if axis != "intent"}
    return {**made, "example_metadata": others} if others else made


def is_held_out(text: str) -> bool:
    """Whether a sentence of our own belongs to the fifth that is only for testing. Adding others does not change it."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") % HELD_OUT == 0


def split_own(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Our own sentences: those to train on and the held-out fifth."""
    return [one for one in examples if not is_held_out(one.text)], [one for one in examples if is_held_out(one.text)]


def split_real(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Real messages: four of five to train on, and the raw ones of every fifth for testing.

    The authors of our own data never looked at every fifth (rows 0, 5, 10 …). A text that is in the test part is not trained on.
    """
    held = [line for place, line in enumerate(lines) if place % HELD_OUT == 0]
    tested = {prepare(line.text) for line in held}
    kept = [line for place, line in enumerate(lines) if place % HELD_OUT and prepare(line.text) not in tested]
    return kept, [line for line in held if line.raw]
