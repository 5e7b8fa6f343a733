"""表格 tables: paper tables as rows under known columns, each with its sheet and its row number.

`read_table` finds the head of the table by the names of its columns, in whatever order, on every
sheet; titles, blank rows, repeated heads, totals (合计) and the lines below the table are left out.
A head may stand on two rows: 窗口 over 编号 and 名称 is 窗口编号 and 窗口名称.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from trail.services.cells import (
    Cell,
    clean_code,
    clean_name,
    clean_text,
    half_width,
    parse_day,
    parse_time,
    year_of,
)
from trail.services.imports import UnreadableFile
from trail.services.sheets import Sheet, read_sheets

__all__ = [
    "Cell",
    "Columns",
    "Row",
    "Table",
    "UnreadableFile",
    "clean_code",
    "clean_name",
    "clean_text",
    "fill_from_above",
    "parse_day",
    "parse_time",
    "read_table",
    "year_of",
]

Columns = Mapping[str, Sequence[str]]
"""Our name of a column → the names people give it; the first is the usual one."""

HEAD_WITHIN = 40
"""A head stands within the first so many rows of a sheet."""
TOTAL = re.compile(
    r"(?:合计|小计|总计|共计|累计|本页合计|本页小计)[:：]?.{0,12}|.{4,20}(?:合计|小计|总计|共计)[:：]?"
)
BELOW = re.compile(r"(?:注|备注|说明|附注|填表|制表|审核|填报|单位负责人|经办|打印|报送|联系人).{0,12}[:：]")
GENERAL = re.compile(r"(?:基本|有关|相关)?(?:信息|情况)$")
"""What the upper row of a head says in general: 进驻情况 over 时间 is 进驻时间."""
BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|【.*?】")
ERRORS = {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"}
Place = Mapping[str, Sequence[int]]
Known = Mapping[str, tuple[str, int]]


@dataclass
class Row:
    """行: one row of a table; `number` counts as the spreadsheet does, from 1."""

    number: int
    sheet: str
    cells: dict[str, Cell]

    def raw(self, column: str) -> Cell:
        """The cell as it stood in the file; None when the file has no such column."""
        return self.cells.get(column)

    def text(self, column: str) -> str:
        """The cell as tidy text; "" when empty."""
        return clean_text(self.cells.get(column))

    def name(self, column: str) -> str:
        """The cell as a name without blanks."""
        return clean_name(self.cells.get(column))

    def code(self, column: str) -> str:
        """The cell as a number or code, always text."""
        return clean_code(self.cells.get(column))

    @property
    def where(self) -> dict[str, str]:
        """What a rejected row says besides its number: the sheet, when the file has sheets."""
        return {"sheet": self.sheet} if self.sheet else {}


@dataclass
class Table:
    """表格: the rows of all sheets with a head, the words above the heads, the columns that were found."""

    rows: list[Row] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def read_table(path: Path, columns: Columns, *, required: Sequence[str] = ()) -> Table:
    """The rows of a paper table under our column names.

    Sheets without such a head (cover, instructions) are passed over. Raises UnreadableFile when no
    sheet has one, or when a column of `required` is missing everywhere.
    """
    known = _known_names(columns)
    table = Table()
    for sheet in read_sheets(Path(path)):
        head, place = _head(sheet, known, columns)
        if not place:
            continue
        table.columns |= set(place)
        table.titles += _words_above(sheet, head)
        table.rows += _rows(sheet, head, place)
    if not table.columns:
        usual = "、".join(names[0] for names in columns.values())
        raise UnreadableFile(f"“{Path(path).name}”里没有找到表头，表头应有：{usual}。")
    missing = [columns[key][0] for key in required if key not in table.columns]
    if missing:
        raise UnreadableFile(f"“{Path(path).name}”缺少这些列：{'、'.join(missing)}。")
    return table


def fill_from_above(rows: Sequence[Row], keys: Sequence[str]) -> list[Row]:
    """Fill cells left blank under a value that stands once for several rows; the rows that were filled.

    Only where a sheet never repeats these values in neighbouring rows: where they are repeated, a
    blank is an omission and stays one. A row in which only some of `keys` are blank stays too.
    """
    filled: list[Row] = []
    for sheet in dict.fromkeys(row.sheet for row in rows):
        filled += _fill_sheet([row for row in rows if row.sheet == sheet], keys)
    return filled


def _fill_sheet(rows: Sequence[Row], keys: Sequence[str]) -> list[Row]:
    values = [tuple(row.text(key) for key in keys) for row in rows]
    blank = tuple("" for _ in keys)
    if any(one == two != blank for one, two in pairwise(values)):
        return []
    filled, above = [], None
    for row, value in zip(rows, values, strict=True):
        if value != blank:
            above = row
        elif above is not None:
            row.cells.update({key: above.cells.get(key) for key in keys})
            filled.append(row)
    return filled


# --- the head ---------------------------------------------------------------------------------


def _plain(value: Cell) -> str:
    """A column's name without blanks, stars and colons, in half width."""
    return re.sub(r"[\s*:_·、/]", "", half_width(clean_text(value))).lower()


def _known_names(columns: Columns) -> Known:
    """Every name in plain form → (our column, how usual the name is: 0 is the usual one)."""
    return {_plain(name): (key, rank) for key, names in columns.items() for rank, name in enumerate(names)}


def _key_of(value: Cell, known: Known) -> tuple[str, int] | None:
    if not isinstance(value, str) or len(value) > 60:
        return None
    plain = _plain(value)
    return known.get(plain) or known.get(BRACKETS.sub("", plain))


def _key_under(upper: Cell, value: Cell, known: Known) -> tuple[str, int] | None:
    """The column that a name means together with the name above it."""
    if not (isinstance(upper, str) and isinstance(value, str)) or upper == value:
        return None
    return _key_of(GENERAL.sub("", _plain(upper)) + value, known)


def _head(sheet: Sheet, known: Known, columns: Columns) -> tuple[int, dict[str, list[int]]]:
    """The row that names most of our columns, and which of its cells name which.

    Where two columns could be meant (编号 and 工号) the more usual name is.
    """
    enough = min(2, len(columns))
    best: tuple[int, dict[str, list[int]]] = (0, {})
    for number, row in enumerate(sheet.rows[:HEAD_WITHIN], 1):
        above = sheet.rows[number - 2] if number > 1 else ()
        place = _place(row, above, known)
        if len(place) >= enough and len(place) > len(best[1]):
            best = (number, place)
    return best


def _place(row: Sequence[Cell], above: Sequence[Cell], known: Known) -> dict[str, list[int]]:
    found: dict[str, dict[int, list[int]]] = {}
    for index, value in enumerate(row):
        upper = above[index] if index < len(above) else None
        if key_and_rank := _key_under(upper, value, known) or _key_of(value, known):
            key, rank = key_and_rank
            found.setdefault(key, {}).setdefault(rank, []).append(index)
    return {key: ranks[min(ranks)] for key, ranks in found.items()}


def _words_above(sheet: Sheet, head: int) -> list[str]:
    above = [clean_text(value) for row in sheet.rows[: head - 1] for value in row]
    return [sheet.name, *dict.fromkeys(text for text in above if text)]


# --- the rows ---------------------------------------------------------------------------------


def _rows(sheet: Sheet, head: int, place: Place) -> Iterator[Row]:
    head_names = [clean_text(value) for value in sheet.rows[head - 1]]
    for number, values in enumerate(sheet.rows[head:], head + 1):
        cells = {key: _first(values, indexes) for key, indexes in place.items()}
        if not any(clean_text(value) for value in cells.values()):
            continue
        if _is_head(sheet, number, head, place) or [clean_text(value) for value in values] == head_names:
            continue
        if _is_no_row(sheet, number, values):
            continue
        yield Row(number, sheet.name, cells)


def _is_head(sheet: Sheet, number: int, head: int, place: Place) -> bool:
    """Whether a cell of the head reaches down into this row."""
    return any(sheet.source(number, index + 1)[0] <= head for indexes in place.values() for index in indexes)


def _first(values: Sequence[Cell], indexes: Sequence[int]) -> Cell:
    """The first cell with content among several columns of one meaning; a formula's error is no content."""
    found = (values[index] for index in indexes if index < len(values))
    return next((value for value in found if clean_text(value) and clean_text(value) not in ERRORS), None)


def _is_no_row(sheet: Sheet, number: int, values: Sequence[Cell]) -> bool:
    """Whether it is a total, a heading across the table, or a line below it."""
    filled = [(index, clean_text(value)) for index, value in enumerate(values, 1) if clean_text(value)]
    first = [text.replace(" ", "") for _, text in filled[:2]]
    if any(TOTAL.fullmatch(text) for text in first[:1]) or first[1:2] == ["合计"]:
        return True
    sources = {sheet.source(number, index) for index, _ in filled}
    if len(sources) == 1 and (len(filled) > 1 or BELOW.match(filled[0][1])):
        return True
    return len(filled) <= 4 and BELOW.match(filled[0][1]) is not None
