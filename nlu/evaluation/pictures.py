"""Plots as SVG text: no library, no script, readable in print and by a screen reader (each has a title in words)."""

from collections.abc import Callable, Sequence
from html import escape

from nlu.evaluation.metrics import Bin, share

INK, FAINT, GRID, MAIN, SECOND, BAD = "#1b2733", "#5b6b7b", "#d9e0e7", "#174a8c", "#7a9cc6", "#b3261e"
WIDTH, HEIGHT = 460, 320
LEFT, TOP, RIGHT, BOTTOM = 56, 20, 16, 48
CELL, GAP = 34, 8
Point = tuple[float, float]


def text(x: float, y: float, words: str, *, size: int = 12, anchor: str = "middle", fill: str = INK, more: str = "") -> str:
    """One line of writing."""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{fill}"{more}>{escape(words)}</text>'


def svg(width: float, height: float, title: str, inner: Sequence[str]) -> str:
    """A picture `width` wide that shrinks with the page; `title` tells in words what there is to see."""
    head = f'<svg class="picture" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img" aria-label="{escape(title)}"'
    return f'{head} xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{"".join(inner)}</svg>'


def _mixed(part: float, colour: tuple[int, int, int]) -> str:
    """White for 0, the colour for 1."""
    return "#" + "".join(f"{round(255 - (255 - one) * part):02x}" for one in colour)


def matrix(names: Sequence[str], counts: Sequence[Sequence[int]], title: str) -> str:
    """A confusion matrix: a row for each true label, shaded by its share of the row; right ones blue, wrong ones red."""
    edge = max(96.0, 20 + 13 * max((_wide(name) for name in names), default=4))
    size = edge + CELL * len(names) + GAP
    inner = [text(edge - 8, edge - 22, "实际 ↓  识别 →", anchor="end", size=11, fill=FAINT)]
    for column, name in enumerate(names):
        x = edge + CELL * (column + 0.5)
        inner.append(text(x, edge - 8, name, anchor="start", more=f' transform="rotate(-90 {x:.1f} {edge - 8:.1f}) translate(0 4)"'))
    for row, (name, line) in enumerate(zip(names, counts, strict=True)):
        inner.append(text(edge - 8, edge + CELL * (row + 0.5) + 4, name, anchor="end"))
        total = sum(line)
        inner += [_cell(edge + CELL * column, edge + CELL * row, one, total, column == row) for column, one in enumerate(line)]
    return svg(size, size, title, inner)


def _wide(name: str) -> float:
    """Width of a name in Chinese characters."""
    return sum(1.0 if ord(sign) > 0x2E7F else 0.55 for sign in name)


def _cell(x: float, y: float, count: int, total: int, right: bool) -> str:
    part = share(count, total)
    fill = _mixed(part**0.6, (23, 74, 140) if right else (179, 38, 30))
    box = f'<rect x="{x + 1:.0f}" y="{y + 1:.0f}" width="{CELL - 2}" height="{CELL - 2}" rx="3" fill="{fill}" stroke="{GRID}"/>'
    ink = "#ffffff" if part > 0.4 else INK
    return box + (text(x + CELL / 2, y + CELL / 2 + 4, str(count), size=11 if count < 1000 else 9, fill=ink) if count else "")


def _frame(across: str, up: str, x_ticks: Sequence[tuple[float, str]], y_ticks: Sequence[tuple[float, str]]) -> list[str]:
    """Axes with their ticks, each at 0..1 of its length."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    inner = []
    for part, word in y_ticks:
        y = _y(part)
        inner.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="{GRID}"/>')
        inner.append(text(LEFT - 8, y + 4, word, anchor="end", size=11, fill=FAINT))
    for part, word in x_ticks:
        inner.append(text(_x(part), bottom + 18, word, size=11, fill=FAINT))
    inner.append(f'<line x1="{LEFT}" y1="{bottom}" x2="{right}" y2="{bottom}" stroke="{FAINT}"/>')
    inner.append(text((LEFT + right) / 2, HEIGHT - 10, across))
    inner.append(text(14, (TOP + bottom) / 2, up, more=f' transform="rotate(-90 14 {(TOP + bottom) / 2:.0f})"'))
    return inner


def _x(part: float) -> float:
    return LEFT + part * (WIDTH - RIGHT - LEFT)


def _y(part: float) -> float:
    return HEIGHT - BOTTOM - part * (HEIGHT - BOTTOM - TOP)


def _path(points: Sequence[Point], colour: str, dashed: bool = False) -> str:
    steps = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<polyline points="{steps}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'


def _hundredths(steps: Sequence[float], place: Callable[[float], float] = lambda one: one) -> list[tuple[float, str]]:
    return [(place(one), f"{one:.0%}") for one in steps]


def calibration(bins: Sequence[Bin], title: str) -> str:
    """Confidence across, share of right readings up; a dot's size says how many texts it stands for; the dashes are honesty."""
    fifths = [step / 5 for step in range(6)]
    inner = _frame("置信度 confidence", "正确率 accuracy", _hundredths(fifths), _hundredths(fifths))
    inner.append(_path([(0, 0), (1, 1)], FAINT, dashed=True))
    inner.append(_path([(one.confidence, one.accuracy) for one in bins], MAIN))
    most = max((one.texts for one in bins), default=1)
    for one in bins:
        radius = 3 + 8 * (one.texts / most) ** 0.5
        told = f"{one.confidence:.0%} → {one.accuracy:.0%} ({one.texts})"
        dot = f'<circle cx="{_x(one.confidence):.1f}" cy="{_y(one.accuracy):.1f}" r="{radius:.1f}" fill="{SECOND}" stroke="{MAIN}">'
        inner.append(f"{dot}<title>{told}</title></circle>")
    return svg(WIDTH, HEIGHT, title, inner)


def coverage(points: Sequence[tuple[float, float, float]], title: str) -> str:
    """How many texts are covered across, how many of them are right up; from 80 % or lower."""
    thinned = _thinned(points)
    low = _floor([0.8, *(good for part, good, _ in thinned if part >= 0.1)])
    inner = _frame(
        "覆盖率 coverage",
        "正确率 accuracy",
        _hundredths([step / 5 for step in range(6)]),
        _hundredths([low + (1 - low) * step / 4 for step in range(5)], lambda one: (one - low) / (1 - low)),
    )
    inner.append(_path([(part, max(0.0, (good - low) / (1 - low))) for part, good, _ in thinned], MAIN))
    return svg(WIDTH, HEIGHT, title, inner)


def _floor(values: Sequence[float]) -> float:
    """Where the upright axis begins: a tenth, at or below all values, and below 1."""
    return min(0.9, int(min(values, default=0.5) * 10) / 10)


def _thinned(points: Sequence[tuple[float, float, float]], count: int = 200) -> list[tuple[float, float, float]]:
    step = max(1, len(points) // count)
    return [*points[:-1:step], *points[-1:]]


def learning(curve: Sequence[tuple[str, int, float]], title: str) -> str:
    """Macro-F1 by how many texts of each class were learnt from, evenly spaced."""
    low = _floor([value for _, _, value in curve])
    places = [(place + 0.5) / len(curve) for place in range(len(curve))]
    up = [low + (1 - low) * step / 5 for step in range(6)]
    inner = _frame(
        "每类训练条数 texts of each class",
        "macro-F1",
        [(x, label) for x, (label, _, _) in zip(places, curve, strict=True)],
        [((one - low) / (1 - low), f"{one:.2f}") for one in up],
    )
    points = [(x, (value - low) / (1 - low)) for x, (_, _, value) in zip(places, curve, strict=True)]
    inner.append(_path(points, MAIN))
    for (x, y), (_, _, value) in zip(points, curve, strict=True):
        inner.append(f'<circle cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="4" fill="{MAIN}"/>')
        inner.append(text(_x(x), _y(y) - 10, f"{value:.3f}", size=11))
    return svg(WIDTH, HEIGHT, title, inner)
