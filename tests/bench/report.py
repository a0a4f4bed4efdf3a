"""What was measured: on the screen as it comes, and in docs/benchmarks.md between two marks."""

import os
import platform
import re
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tests.bench.servers import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: {name} -->", "<!-- /measured: {name} -->"


def machine() -> str:
    """When and on what."""
    info = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.is_file() else None
    model = named[1].strip() if named else platform.machine()
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    load = os.getloadavg()[0]
    system = f"{os.cpu_count()} cores {model}, {platform.system()} {platform.release()}"
    return f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}, {system}, {versions}, load before {load:.1f}"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `target` in words, `met` None where the figure is only told."""

    what: str
    figure: str
    target: str = ""
    met: bool | None = None


@dataclass(slots=True)
class Section:
    """One benchmark's figures and what a reader must know about how they came about."""

    name: str
    title: str
    machine: str = field(default_factory=machine)
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, what: str, figure: str, target: str = "", met: bool | None = None) -> None:
        """Keep a figure and print it."""
        self.rows.append(Row(what, figure, target, met))
        sys.stdout.write(f"  {what}: {figure}{f'  ({target}: {_word(met)})' if target else ''}\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Keep a remark and print it."""
        self.notes.append(text)
        sys.stdout.write(f"  {text}\n")
        sys.stdout.flush()

    @property
    def missed(self) -> list[Row]:
        """The targets that were not met."""
        return [row for row in self.rows if row.met is False]

    def markdown(self) -> str:
        """The section as it stands in the page."""
        lines = [f"*{self.machine}*", "", "| what | measured | target | |", "|---|---|---|---|"]
        lines += [f"| {row.what} | {row.figure} | {row.target} | {_word(row.met)} |" for row in self.rows]
        return "\n".join([*lines, "", *(f"- {note}" for note in self.notes)]).rstrip()


def _word(met: bool | None) -> str:
    return "" if met is None else "met" if met else "**missed**"


class Written(Protocol):
    """Anything with a place in the page."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    def markdown(self) -> str: ...


def write(sections: Sequence[Written]) -> None:
    """Replace what stands between the marks of each section."""
    page = PAGE.read_text(encoding="utf-8")
    for section in sections:
        begin, end = BEGIN.format(name=section.name), END.format(name=section.name)
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if not pattern.search(page):
            page = f"{page.rstrip()}\n\n## {section.title}\n\n{begin}\n{end}\n"
        block = f"{begin}\n{section.markdown()}\n{end}"
        page = pattern.sub(lambda _, new=block: new, page)  # type: ignore[misc]
    PAGE.write_text(page, encoding="utf-8")
