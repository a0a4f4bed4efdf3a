"""Charts as pictures made here (SVG, no script, no library): places and sizes; templates draw them, and a table stands behind each."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, BOTTOM, TOP = 44, 16, 28, 10
CELL, CELL_LEFT, CELL_TOP = 28, 44, 22
STEPS = 5  # shades of the heat chart


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, with what a pointer resting on it reads."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A word at an axis."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars (or cells), lines across at round numbers, and words at the axes."""

    width: int
    height: int
    bars: list[Bar]
    lines: list[Mark]
    words: list[Mark]


def bars(labels: Sequence[str], series: Sequence[Sequence[int]], titles: Sequence[str], *, every: int = 1) -> Picture:
    """Bars side by side for each label; every so many labels are written below. Counts only: the scale starts at 0."""
    top = scale(max((value for row in series for value in row), default=0))
    tall, wide = HEIGHT - TOP - BOTTOM, (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    each = wide * 0.8 / max(1, len(series))
    made = [
        Bar(
            round(LEFT + place * wide + wide * 0.1 + number * each, 1),
            round(TOP + tall * (1 - value / top), 1),
            round(each, 1),
            round(tall * value / top, 1),
            number,
            f"{labels[place]} {titles[number]} {value}",
        )
        for number, row in enumerate(series)
        for place, value in enumerate(row)
    ]
    lines = [Mark(LEFT, round(TOP + tall * (1 - part / 4), 1), f"{top * part // 4}") for part in range(0, 5, 1 if top >= 4 else 4)]
    words = [
        Mark(round(LEFT + (place + 0.5) * wide, 1), HEIGHT - 8, label)
        for place, label in enumerate(labels)
        if (len(labels) - 1 - place) % every == 0
    ]
    return Picture(WIDTH, HEIGHT, made, lines, words)


def scale(largest: int) -> int:
    """The top of an axis: a round number not below the largest value, divisible by four where there is room for lines."""
    if largest <= 4:
        return max(1, largest) if largest < 4 else 4
    step = 1
    while True:
        for factor in (1, 2, 5):
            if 4 * step * factor >= largest:
                return 4 * step * factor
        step *= 10


def heat(rows: Sequence[Sequence[int]], days: Sequence[str], said: str) -> Picture:
    """A square for each weekday and hour, darker with more; `series` is the shade, 0 (none) to STEPS."""
    most = max((value for row in rows for value in row), default=0)
    cells = [
        Bar(
            CELL_LEFT + hour * CELL,
            CELL_TOP + day * CELL,
            CELL - 2,
            CELL - 2,
            shade(value, most),
            said.format(day=days[day], hour=hour, n=value),
        )
        for day, row in enumerate(rows)
        for hour, value in enumerate(row)
    ]
    words = [Mark(CELL_LEFT + hour * CELL + CELL / 2, 14, str(hour)) for hour in range(0, 24, 3)]
    names = [Mark(CELL_LEFT - 8, CELL_TOP + place * CELL + 18, name) for place, name in enumerate(days)]
    return Picture(CELL_LEFT + 24 * CELL, CELL_TOP + 7 * CELL, cells, names, words)


def shade(value: int, most: int) -> int:
    """0 for nothing, else 1 to STEPS by the share of the busiest hour."""
    return 0 if not value else max(1, -(-STEPS * value // most))
