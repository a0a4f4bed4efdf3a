"""Charts of the city as SVG text: lines over the days with crashes and outages marked, and bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from nlu.evaluation.pictures import BAD, FAINT, GRID, INK, MAIN, SECOND, svg, text
from policies.calendar import SHANGHAI, default_calendar
from tests.city.plan import Plan

WIDTH, HEIGHT = 960, 260
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 22, 40
COLOURS = (MAIN, BAD, SECOND, "#8a6d1d")
REST, AWAY = "#eef1f4", "#f6d8d5"
BAR = 26


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name, and a value for each of its moments."""

    name: str
    points: Sequence[tuple[datetime, float]]


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked in every picture over the days."""

    plan: Plan
    crashes: Sequence[datetime]

    def x(self, at: datetime) -> float:
        part = (at - self.plan.start) / (self.plan.end - self.plan.start)
        return LEFT + part * (WIDTH - LEFT - RIGHT)


def over_time(title: str, lines: Sequence[Series], marks: Marks) -> str:
    """Lines over the city's days: grey = days off, red bands = outages, ticks below = crashes."""
    most = max((value for line in lines for _, value in line.points), default=1.0) or 1.0
    step = _step(most)
    top = step * (int(most / step) + 1)
    inner = [*_bands(marks), *_rows(top, step), *_days(marks), *_crashes(marks)]
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{marks.x(at):.1f},{_y(value, top):.1f}" for at, value in line.points)
        inner.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.4"/>')
        inner.append(text(LEFT + 8 + 210 * number, TOP - 7, line.name, anchor="start", fill=colour))
    return svg(WIDTH, HEIGHT, title, inner)


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)


def _step(most: float) -> float:
    """A round distance between lines: four to eight of them."""
    step = 1.0
    while most / step > 8:
        step *= 2.5 if str(step)[0] == "2" and str(step)[1] != "5" else 2
    return step


def _rows(top: float, step: float) -> list[str]:
    inner = []
    for number in range(int(top / step) + 1):
        y = _y(number * step, top)
        inner.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="{GRID}"/>')
        inner.append(text(LEFT - 6, y + 4, f"{number * step:,.0f}", anchor="end", size=11, fill=FAINT))
    return inner


def _bands(marks: Marks) -> list[str]:
    inner = []
    for number in range(marks.plan.days):
        day = marks.plan.start + timedelta(days=number)
        if not default_calendar().is_working_day(day.astimezone(SHANGHAI).date()):
            inner.append(_band(marks, day, day + timedelta(days=1), REST))
    return inner + [_band(marks, outage.begins, outage.ends, AWAY) for outage in marks.plan.outages]


def _band(marks: Marks, begins: datetime, ends: datetime, colour: str) -> str:
    width = max(1.5, marks.x(ends) - marks.x(begins))
    return f'<rect x="{marks.x(begins):.1f}" y="{TOP}" width="{width:.1f}" height="{HEIGHT - TOP - BOTTOM}" fill="{colour}"/>'


def _days(marks: Marks) -> list[str]:
    every = max(1, marks.plan.days // 15)
    days = [marks.plan.start + timedelta(days=number) for number in range(0, marks.plan.days, every)]
    return [
        text(marks.x(day), HEIGHT - BOTTOM + 28, f"{day.astimezone(SHANGHAI):%m-%d}", size=11, fill=FAINT, anchor="start") for day in days
    ]


def _crashes(marks: Marks) -> list[str]:
    y = HEIGHT - BOTTOM
    return [f'<path d="M{marks.x(at):.1f} {y + 2} l4 9 l-8 0 z" fill="{BAD}"/>' for at in marks.crashes]


def bars(title: str, rows: Sequence[tuple[str, float]], *, words: str = "{:,.0f}") -> str:
    """Lying bars, one a row, with their numbers."""
    most, edge = max((value for _, value in rows), default=1.0) or 1.0, 250
    inner = []
    for number, (name, value) in enumerate(rows):
        y = 8 + BAR * number
        width = value / most * (WIDTH - edge - 110)
        inner.append(text(edge - 8, y + 15, name, anchor="end"))
        inner.append(f'<rect x="{edge}" y="{y + 2}" width="{width:.1f}" height="{BAR - 8}" fill="{MAIN}"/>')
        inner.append(text(edge + width + 6, y + 15, words.format(value), anchor="start", fill=INK))
    return svg(WIDTH, 16 + BAR * len(rows), title, inner)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """The same as rows of words, for those who do not see pictures."""
    top = "".join(f'<th scope="col">{escape(str(cell))}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
