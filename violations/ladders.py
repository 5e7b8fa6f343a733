"""计分档 ladders: the rows of a pack as closed ranges of hundredths, and what is wrong with them.

`from` 以上 and `to` 以下 include the number itself, `over` 超过 and `under` 不满 do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE = 100
"""One time, one point: amounts are kept in hundredths."""
WHOLE = 10_000
"""All of something: ratios and weights are kept in ten-thousandths."""
LOWEST = -1_000_000_000_00
HIGHEST = 1_000_000_000_00


def hundredths(value: float | str | Decimal) -> int:
    """A number of a pack in whole hundredths. Raises ValueError when it has more than two decimals."""
    exact = Decimal(str(value)) * ONE
    if exact != exact.to_integral_value():
        raise ValueError(f"{value} 的小数位太多，最多两位")
    return int(exact)


def ten_thousandths(value: float | str | Decimal) -> int:
    """A factor of a pack in whole ten-thousandths; beyond four decimals it is cut off."""
    return int(Decimal(str(value)) * WHOLE)


@dataclass(frozen=True)
class Row:
    """One row of a ladder or a table: a closed range and what it gives."""

    start: int
    end: int
    every: int
    points: int | None
    factor: int | None


def row_of(item: dict[str, Any], *, lowest: int = LOWEST) -> Row:
    """A row of a pack as a closed range of hundredths."""
    start, end = lowest, HIGHEST
    if "from" in item:
        start = hundredths(item["from"])
    elif "over" in item:
        start = hundredths(item["over"]) + 1
    if "to" in item:
        end = hundredths(item["to"])
    elif "under" in item:
        end = hundredths(item["under"]) - 1
    points = hundredths(item["points"]) if "points" in item else None
    factor = ten_thousandths(item["factor"]) if "factor" in item else None
    return Row(start, end, hundredths(item.get("every", 1)), points, factor)


def edge_errors(items: list[dict[str, Any]]) -> Iterator[tuple[int, str]]:
    """Rows that say both 以上 and 超过, or 以下 and 不满, or end before they begin."""
    for index, item in enumerate(items):
        if "from" in item and "over" in item:
            yield index, "from（含本数）和 over（不含本数）只能写一个。"
        if "to" in item and "under" in item:
            yield index, "to（含本数）和 under（不含本数）只能写一个。"
        row = row_of(item)
        if row.end < row.start:
            yield index, "这一行的起点比终点还大。"


def step_errors(items: list[dict[str, Any]]) -> Iterator[tuple[int, str]]:
    """Gaps and overlaps of rows that are counted through one after the other."""
    rows = [row_of(item, lowest=0) for item in items]
    if rows and rows[0].start > rows[0].every:
        first = words(rows[0].every)
        yield 0, f"第一行要从 {first} 起；不计分的次数也要写一行，points 写 0。"
    for index in range(1, len(rows)):
        before, row = rows[index - 1], rows[index]
        if before.end == HIGHEST:
            yield index, "上一行没有写到哪里为止（to 或 under），这一行永远用不到。"
            continue
        last = before.start + (before.end - before.start) // before.every * before.every
        if row.start <= before.end:
            yield index, f"与上一行重叠：上一行到 {words(before.end)} 为止。"
        elif row.start > last + before.every:
            yield index, f"与上一行之间有空档：{words(last)} 之后、{words(row.start)} 之前没有写。"
    if rows and rows[-1].end != HIGHEST:
        yield len(rows) - 1, "最后一行不要写到哪里为止；以后不再计分，就另写一行，points 写 0。"


def table_errors(
    items: list[dict[str, Any]], *, lowest: int = LOWEST, unit: int = 1
) -> Iterator[tuple[int, str]]:
    """Gaps and overlaps of rows one of which must hold for any number from `lowest` on, `unit` by `unit`."""
    rows = [(index, row_of(item, lowest=lowest)) for index, item in enumerate(items)]
    rows.sort(key=lambda pair: pair[1].start)
    for (_, before), (index, row) in pairwise(rows):
        if row.start <= before.end:
            yield index, f"与另一行重叠：{words(row.start)} 有两行都算。"
        elif row.start > before.end + unit:
            yield (
                index,
                f"有空档：{words(before.end)} 与 {words(row.start)} 之间没有写（以上、以下含本数吗？）。",
            )
    if rows and rows[0][1].start > lowest:
        yield rows[0][0], "最低的一行不要写起点，免得更低的数没有着落。"
    if rows and rows[-1][1].end != HIGHEST:
        yield rows[-1][0], "最高的一行不要写终点，免得更高的数没有着落。"


def words(amount: int) -> str:
    """Hundredths as people write them: 300 → 3, 250 → 2.5."""
    return f"{Decimal(amount) / ONE:f}".rstrip("0").rstrip(".") if amount % ONE else str(amount // ONE)
