"""图表 charts: the geometry of small SVG charts, so that a template only draws.

Every chart says its finding in `title`, labels its points and carries its numbers as a table. One of size
"wide" has a second, narrow drawing for phones, because a shrunk viewBox makes its letters unreadable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field

from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTHS = {"small": (("", 272),), "wide": (("wide", 640), ("narrow", 320))}
TOP, BOTTOM, HEIGHT = 24, 104, 128
BAR_GAP = 2
LABEL_WIDTH = 30
"""A label of two or three characters needs this much room; with less, every second one is left out."""

STROKE = '<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>'
BOX = '<rect x="{}" y="{}" width="{}" height="{}" class="{}" rx="2"/>'
LINE = '<polyline points="{}" class="{}"/>'
DOT = '<circle cx="{}" cy="{}" r="{}" class="{}"/>'
TEXT = '<text x="{0}" y="{1}" text-anchor="middle" class="{3}">{2}</text>'

Show = Callable[[int], str]


@dataclass(frozen=True)
class Series:
    """One row of numbers; None where there is nothing yet."""

    name: str
    values: Sequence[int | None]


@dataclass(frozen=True)
class Box:
    """A bar; `css` names its colour."""

    x: float
    y: float
    width: float
    height: float
    css: str


@dataclass(frozen=True)
class Text:
    """A word or number in the drawing."""

    x: float
    y: float
    words: str
    css: str = ""


@dataclass(frozen=True)
class Stroke:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    css: str


@dataclass(frozen=True)
class Dot:
    """A point of a line."""

    x: float
    y: float
    radius: float
    css: str


@dataclass
class Drawing:
    """One viewBox; `css` says on which screens it is shown."""

    css: str
    width: int
    height: int = HEIGHT
    boxes: list[Box] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)

    @property
    def shapes(self) -> SafeString:
        """What stands in the viewBox, from the back to the front; words are escaped."""
        kinds = [
            (STROKE, map(astuple, self.strokes)),
            (BOX, map(astuple, self.boxes)),
            (LINE, self.lines),
            (DOT, map(astuple, self.dots)),
            (TEXT, map(astuple, self.texts)),
        ]
        return mark_safe("".join(format_html_join("", form, shapes) for form, shapes in kinds))  # noqa: S308


@dataclass(frozen=True)
class Chart:
    """What `components/chart.html` shows. `key` makes ids unique on the page."""

    key: str
    title: str
    drawings: list[Drawing]
    legend: list[tuple[str, int]]
    head: list[str]
    table: list[list[str]]
    note: str = ""


def bar_chart(
    key: str,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    size: str = "small",
    show: Show = str,
) -> Chart:
    """Bars side by side from zero; the last series is the one of interest and carries its numbers."""
    top = max((v for s in series for v in s.values if v is not None), default=0) or 1
    drawings = [_bars(css, width, labels, series, top, show) for css, width in WIDTHS[size]]
    legend = [(s.name, _colour(i, len(series))) for i, s in enumerate(series)] if len(series) > 1 else []
    return Chart(key, title, drawings, legend, *_table(labels, series, show))


def line_chart(
    key: str,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    size: str = "small",
    show: Show = str,
    unit: str = "",
) -> Chart:
    """Lines over time; the axis starts below the lowest value and says so."""
    known = [v for s in series for v in s.values if v is not None]
    low, high = _span(known)
    drawings = [_lines(css, width, labels, series, (low, high), show) for css, width in WIDTHS[size]]
    legend = [(s.name, i + 1) for i, s in enumerate(series)] if len(series) > 1 else []
    note = f"纵轴从 {show(low)} {unit}起画" if low else ""
    return Chart(key, title, drawings, legend, *_table(labels, series, show), note=note)


def waterfall_chart(
    key: str,
    title: str,
    start: tuple[str, int],
    steps: Sequence[tuple[str, int]],
    end_label: str,
    *,
    show: Show,
    show_step: Show,
    unit: str = "分",
) -> Chart:
    """How a score came about: from `start` by `steps` to the end, in at most 336 units of width."""
    levels = [start[1]]
    for _label, change in steps:
        levels.append(levels[-1] + change)
    low, high = _span(levels)
    columns = [(start[0], low, start[1], "s1", show(start[1]))]
    for (label, change), before in zip(steps, levels, strict=False):
        columns.append((label, before, before + change, "neg" if change < 0 else "pos", show_step(change)))
    columns.append((end_label, low, levels[-1], "s1", show(levels[-1])))
    drawing = _steps(columns, levels, (low, high))
    table = [[label, words] for label, _from, _to, _css, words in columns]
    return Chart(key, title, [drawing], [], ["", unit], table, note=f"柱形从 {show(low)} {unit}起画")


def _bars(
    css: str, width: int, labels: Sequence[str], series: Sequence[Series], top: int, show: Show
) -> Drawing:
    drawing = Drawing(css, width, strokes=_grid(width))
    slot = width / max(len(labels), 1)
    bar = min(28, (slot * 0.72 - BAR_GAP * (len(series) - 1)) / len(series))
    group = bar * len(series) + BAR_GAP * (len(series) - 1)
    for at, label in enumerate(labels):
        left = slot * at + (slot - group) / 2
        for i, one in enumerate(series):
            _bar(drawing, left + i * (bar + BAR_GAP), bar, one.values[at], top, f"s{_colour(i, len(series))}")
        value = series[-1].values[at]
        if value:
            centre = left + group - bar / 2
            drawing.texts.append(Text(_r(centre), _y(value, 0, top) - 6, show(value), "strong"))
        if _has_room(at, len(labels), slot):
            drawing.texts.append(Text(_r(slot * (at + 0.5)), HEIGHT - 6, label))
    return drawing


def _bar(drawing: Drawing, x: float, width: float, value: int | None, top: int, css: str) -> None:
    if value:
        y = _y(value, 0, top)
        drawing.boxes.append(Box(_r(x), y, _r(width), _r(BOTTOM - y), css))


def _lines(
    css: str,
    width: int,
    labels: Sequence[str],
    series: Sequence[Series],
    span: tuple[int, int],
    show: Show,
) -> Drawing:
    drawing = Drawing(css, width, strokes=_grid(width))
    slot = width / max(len(labels), 1)
    for i, one in enumerate(series):
        points = [
            (_r(slot * (at + 0.5)), _y(value, *span), value)
            for at, value in enumerate(one.values)
            if value is not None
        ]
        style = "line" if i == 0 else "line line--2"
        drawing.lines.append((" ".join(f"{x},{y}" for x, y, _v in points), style))
        for x, y, value in points:
            last = (x, y, value) == points[-1]
            drawing.dots.append(Dot(x, y, 4.5 if last else 3, f"s{i + 1}"))
            if i == 0 and (last or _has_room(int(x // slot), len(labels), slot)):
                drawing.texts.append(Text(x, _r(y - 9), show(value), "strong" if last else ""))
    for at, label in enumerate(labels):
        if _has_room(at, len(labels), slot):
            drawing.texts.append(Text(_r(slot * (at + 0.5)), HEIGHT - 6, label))
    return drawing


def _steps(
    columns: list[tuple[str, int, int, str, str]], levels: list[int], span: tuple[int, int]
) -> Drawing:
    width = max(272, min(336, 56 * len(columns)))
    drawing = Drawing("", width, height=HEIGHT + 8)
    slot = width / len(columns)
    bar = min(40, slot * 0.72)
    for at, (label, before, after, css, words) in enumerate(columns):
        x, top, bottom = (
            slot * at + (slot - bar) / 2,
            _y(max(before, after), *span),
            _y(min(before, after), *span),
        )
        drawing.boxes.append(Box(_r(x), top, _r(bar), _r(max(bottom - top, 1)), css))
        drawing.texts.append(Text(_r(x + bar / 2), _r(top - 6), words, "strong"))
        if _has_room(at, len(columns), slot):
            drawing.texts.append(Text(_r(x + bar / 2), HEIGHT, label))
        if at < len(levels):
            level = _y(levels[at], *span)
            drawing.strokes.append(Stroke(_r(x + bar), level, _r(x + slot), level, "link"))
    return drawing


def _grid(width: int) -> list[Stroke]:
    return [Stroke(0, y, width, y, "grid") for y in (BOTTOM, (TOP + BOTTOM) // 2, TOP)]


def _table(labels: Sequence[str], series: Sequence[Series], show: Show) -> tuple[list[str], list[list[str]]]:
    rows = [
        [label, *("—" if s.values[at] is None else show(s.values[at]) for s in series)]
        for at, label in enumerate(labels)
    ]
    return ["", *(s.name for s in series)], rows


def _span(values: Sequence[int]) -> tuple[int, int]:
    """From a little below the lowest to the highest; from zero when the values reach down to it."""
    low, high = min(values, default=0), max(values, default=0)
    room = max((high - low) // 2, abs(high) // 50, 1)
    return (0 if 0 <= low <= room else low - room), max(high, low + 1)


def _y(value: int, low: int, high: int) -> float:
    return _r(BOTTOM - (value - low) / max(high - low, 1) * (BOTTOM - TOP))


def _has_room(at: int, count: int, slot: float) -> bool:
    every = max(1, int(-(-LABEL_WIDTH // slot)))
    return (count - 1 - at) % every == 0


def _colour(at: int, count: int) -> int:
    """The series of interest is the strongest colour, the one before it the palest."""
    return 1 if at == count - 1 else 3 if at == 0 else 2


def _r(number: float) -> float:
    rounded = round(number, 1)
    return int(rounded) if rounded == int(rounded) else rounded
