"""Read our own training data without Rasa or a YAML library.

The files keep to one shape of Rasa's format, so that people can review them and a few lines can read them:
a block `- intent: NAME`, an optional `metadata:` with `subject: NAME` and `topic: SUBJECT.NAME`, then `examples: |` with one
`- sentence` a line.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"
HEADS = {
    "intent": re.compile(r"^  - intent: ([a-z_]+)$"),
    "subject": re.compile(r"^      subject: ([a-z_]+)$"),
    "topic": re.compile(r"^      topic: ([a-z_]+\.[a-z_]+)$"),
    "example": re.compile(r"^      - (\S.*)$"),
}
IGNORED = re.compile(r'^(version: "3\.1"|nlu:|    metadata:|    examples: \||\s*|\s*#.*)$')


class DataError(ValueError):
    """A line of a data file that the shape above does not allow."""


@dataclass(frozen=True, slots=True)
class Example:
    """One training sentence with its labels; `subject` and `topic` are "" where none was given."""

    text: str
    intent: str
    subject: str
    place: str  # "nlu/data/subjects/rural/water.yml:17", for the reviewer
    topic: str = ""


def read(folder: Path = DATA) -> list[Example]:
    """Every example under `folder`, files in order of name. Raises DataError with file and line."""
    return [example for path in sorted(folder.rglob("*.yml")) for example in _read_file(path, folder)]


def _read_file(path: Path, folder: Path) -> Iterable[Example]:
    intent = subject = topic = ""
    name = f"nlu/{folder.name}/{path.relative_to(folder).as_posix()}"
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        place = f"{name}:{number}"
        kind, value = _classify(line, place)
        if kind == "intent":
            intent, subject, topic = value, "", ""
        elif kind == "subject":
            subject = value
        elif kind == "topic":
            topic = value
        elif kind == "example":
            yield Example(value, intent, subject, place, topic)


def _classify(line: str, place: str) -> tuple[str, str]:
    for kind, pattern in HEADS.items():
        found = pattern.match(line)
        if found:
            return kind, found[1]
    if not IGNORED.match(line):
        raise DataError(f"{place}: {line[:60]!r}")
    return "", ""
