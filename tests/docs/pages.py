"""The documents as the checks see them: links, headings, tables."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#+) +(.+?) *$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")


@cache
def documents() -> tuple[Path, ...]:
    """Every document of the repository that people read."""
    return tuple(sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "nlu" / "README.md"]))


def text(name: str) -> str:
    """A document's text, by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def prose(content: str) -> str:
    """The text without its code blocks."""
    return FENCE.sub("", content)


def links(path: Path) -> list[str]:
    """Where a document's links and pictures point to."""
    return LINK.findall(prose(path.read_text(encoding="utf-8")))


def headings(content: str) -> list[tuple[int, str]]:
    """Level and words of each heading."""
    return [(len(signs), words) for signs, words in HEADING.findall(prose(content))]


def anchors(content: str) -> set[str]:
    """The names under which headings can be linked to, as the usual hosts make them."""
    return {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for _, words in headings(content)}


def section(content: str, title: str) -> str:
    """What stands under a heading, up to the next of its level or above."""
    found = re.search(rf"^(#+) {re.escape(title)}$\n(.*?)(?=^#{{1,2}} |\Z)", content, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {title!r}"
    return found[2]


def rows(content: str) -> Iterator[list[str]]:
    """The rows of all tables, cell by cell."""
    for line in content.splitlines():
        if line.startswith("|") and not re.fullmatch(r"[|\-: ]+", line):
            yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip("|"))]


def first_codes(content: str) -> list[str]:
    """What stands as code in the first cell of each row."""
    return [name for row in rows(content) for name in CODE.findall(row[0])]
