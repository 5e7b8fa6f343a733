"""导出 export: exactly the rows a list shows under its conditions, as CSV or XLSX.

A room says once which columns a list has (`register_export`); the rows come from the list's own function,
so scope, conditions and order are those of the page. Rows are read as plain values, joined by the database,
and turned into cells chunk by chunk and column by column: no model instances, a fixed number of queries a
chunk, and memory that does not grow with the rows.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import DateTimeField, Func
from django.http import Http404
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from accounts.lists import ListKind, offer_export
from accounts.words import day_words, time_words
from trail.services import audit

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.lists import Chosen
    from accounts.models import Hall, User

CHUNK = 2000
SHEET_ROWS = 1_048_575
"""Rows an Excel sheet holds below its head."""
BOM = "\ufeff"
"""Without it Excel takes a CSV file for GBK."""
FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
"""With these a spreadsheet takes a cell for a formula, full-width signs too (OWASP, CSV injection)."""
BETWEEN = "\N{SYMBOL FOR UNIT SEPARATOR}"
SUSPECT = re.compile(f"{BETWEEN}[{re.escape(''.join(FORMULA_STARTS))}]").search
QUOTE = '"'
NEEDS_QUOTES = re.compile(r'[",\r\n]').search
UNFIT = frozenset('/\\:*?"<>|')
"""Signs that Windows allows in no file name."""
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Cells = Callable[..., Sequence[Any]]


@dataclass(frozen=True)
class Column:
    """One column: `sources` are read as by `values_list`, `start()` gives what turns a chunk into cells.

    The function takes one sequence of values a source. In a CSV file, where a cell has no type, `as_text`
    may stand in for the column.
    """

    title: str
    sources: tuple[Any, ...]
    start: Callable[[], Cells]
    as_text: Column | None = None


def text(title: str, source: Any) -> Column:
    """What people typed: a cell that a spreadsheet would run is made harmless."""
    return Column(title, (source,), lambda: _harmless_all)


def number(title: str, source: Any) -> Column:
    """A number stays a number."""
    return Column(title, (source,), lambda: _as_is)


def hundredths(title: str, source: Any) -> Column:
    """Points and scores, kept in hundredths."""
    return Column(title, (source,), lambda: points_of)


def day(title: str, source: Any) -> Column:
    """A day: 2026-11-22."""
    return Column(title, (source,), lambda: _as_is)


def month(title: str, source: Any) -> Column:
    """A month kept as its first day: 2026-11."""
    return Column(title, (source,), lambda: lambda days: [d and f"{d:%Y-%m}" for d in days])


def moment(title: str, source: Any) -> Column:
    """A moment in the hall's time: 2026-11-22 09:15."""
    words = Column(title, (LocalMinute(source),), lambda: _moment_words)
    return Column(title, (source,), lambda: _local_moments, as_text=words)


class LocalMinute(Func):
    """A moment as 2026-11-22 09:15 in the hall's time, written by PostgreSQL: three times as fast as here.

    SQLite knows no time zones: its moments come as they are, and `_moment_words` writes them.
    """

    arity = 1
    output_field = DateTimeField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        """The column itself."""
        return compiler.compile(self.source_expressions[0])

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """As text; the driver hands it on unchanged."""
        sql, params = compiler.compile(self.source_expressions[0])
        zone = timezone.get_current_timezone_name()
        return f"to_char({sql} AT TIME ZONE %s, 'YYYY-MM-DD HH24:MI')", (*params, zone)


def choice(title: str, source: Any, choices: Iterable[tuple[Any, Any]]) -> Column:
    """A value in the word of the pages."""
    words: Mapping[Any, str] = {key: str(label) for key, label in choices}
    return Column(title, (source,), lambda: lambda values: [words.get(v, v or "") for v in values])


def yes_no(title: str, source: Any) -> Column:
    """是 or 否; empty for no value."""
    return choice(title, source, [(True, "是"), (False, "否"), (1, "是"), (0, "否"), (None, "")])


def as_json(title: str, source: Any) -> Column:
    """What was kept as JSON, readable."""
    return Column(title, (source,), lambda: _json_words)


def computed(title: str, sources: tuple[Any, ...], start: Callable[[], Cells]) -> Column:
    """What only Python knows; `start()` is called once an export and may remember what it looked up."""
    return Column(title, sources, start)


@dataclass(frozen=True)
class Export:
    """A list that can be exported: who may, its rows as the page shows them, its columns.

    `rows(request)` starts from `visible_to(request.user)`; what stands in the path of the page (a month)
    comes by the name in `params` as a parameter of the query.
    """

    kind: ListKind
    title: str
    permissions: tuple[str, ...]
    rows: Callable[..., QuerySet[Any]]
    columns: tuple[Column, ...]
    params: tuple[str, ...] = ()

    def columns_for(self, form: str) -> list[Column]:
        """The columns of a file of this form."""
        return [column.as_text or column if form == "csv" else column for column in self.columns]

    @property
    def head(self) -> list[str]:
        """The titles of the columns."""
        return [column.title for column in self.columns]

    def chosen(self, request: Any) -> Chosen:
        """The rows the address asks for."""
        params = {name: request.GET.get(name, "") for name in self.params}
        try:
            rows = self.rows(request, **params)
        except ValueError:  # a number that is none, or is not there
            raise Http404("没有这份清单：地址里缺了要导出哪一个。") from None
        return self.kind.chosen(request, rows)

    def values(self, rows: QuerySet[Any], form: str = "csv") -> QuerySet[Any]:
        """The rows as tuples of values."""
        sources = [source for column in self.columns_for(form) for source in column.sources]
        return rows.select_related(None).prefetch_related(None).values_list(*sources)


_exports: dict[str, Export] = {}


def register_export(*exports: Export) -> None:
    """Offer exports on their lists."""
    for export in exports:
        _exports[export.kind.key] = export
        offer_export(export.kind.key)


def all_exports() -> list[Export]:
    """Every export of the house."""
    return list(_exports.values())


def export_of(key: str) -> Export | None:
    """The export of a list."""
    return _exports.get(key)


@transaction.atomic
def note_export(*, export: Export, chosen: Chosen, form: str, rows: int, hall: Hall, by: User) -> None:
    """Leave the trace: who took how many rows of what under which conditions, before any row leaves."""
    conditions = list(chosen.conditions.values())
    after = {"list": export.title, "format": form, "rows": rows, "conditions": conditions}
    audit.record("list.exported", target=hall, hall=hall, by=by, after=after)


def file_name(export: Export, hall: Hall, form: str) -> str:
    """问题台账-青禾区政务服务中心-20261122.csv."""
    name = f"{export.title}-{hall.name}-{timezone.localdate():%Y%m%d}"
    return f"{''.join(c for c in name if c.isprintable() and c not in UNFIT)}.{form}"


def notes_of(export: Export, chosen: Chosen, hall: Hall, by: User) -> list[str]:
    """What the second sheet of a workbook says: of which hall, what was asked, who took it and when."""
    now = timezone.now()
    conditions = "；".join(chosen.conditions.values()) or "无"
    return [
        f"{hall.name} {export.title}",
        f"条件：{conditions}",
        f"导出：{by.name}，{day_words(now)} {time_words(now)}",
        "以单引号开头的内容原来以等号、加减号或 @ 开头，加引号是为了不被当作公式。",
    ]


def csv_stream(
    export: Export, rows: QuerySet[Any], *, noted: Callable[[int], object] = bool
) -> Iterator[bytes]:
    """The file piece by piece; `noted(n)` hears of each n more rows."""
    head = BOM + _csv_lines([[title] for title in export.head])
    for columns, count in _cell_chunks(export, rows, form="csv"):
        yield (head + _csv_lines(columns)).encode()
        noted(count)
        head = ""
    if head:
        yield head.encode()


def _csv_lines(columns: Sequence[Sequence[Any]]) -> str:
    """Lines of a CSV file (RFC 4180); each column is looked through once for what needs quotes."""
    texts = [_csv_cells(column) for column in columns]
    return "\r\n".join([",".join(line) for line in zip(*texts, strict=True)]) + "\r\n"


def _csv_cells(values: Sequence[Any]) -> Sequence[str]:
    try:
        whole = "".join(values)
    except TypeError:
        values = ["" if v is None else v if v.__class__ is str else str(v) for v in values]
        whole = "".join(values)
    if '"' in whole or "," in whole or "\n" in whole or "\r" in whole:
        return [f'"{v.replace(QUOTE, QUOTE * 2)}"' if NEEDS_QUOTES(v) else v for v in values]
    return values


def write_xlsx(
    export: Export,
    rows: QuerySet[Any],
    file: IO[bytes],
    *,
    notes: Iterable[str] = (),
    noted: Callable[[int], object] = bool,
) -> None:
    """The workbook into `file`; a second sheet says what was asked (`notes`). `noted(n)` hears of n more."""
    book = Workbook(write_only=True)
    sheet, room = _new_sheet(book, export), SHEET_ROWS
    for columns, count in _cell_chunks(export, rows, form="xlsx"):
        for row in zip(*columns, strict=True):
            if room == 0:
                sheet, room = _new_sheet(book, export), SHEET_ROWS
            sheet.append(row)
            room -= 1
        noted(count)
    about = book.create_sheet("说明")
    for note in notes:
        about.append([harmless(note)])
    book.save(file)


def harmless(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula, with an apostrophe before it; else the value."""
    if isinstance(value, str) and value:
        value = ILLEGAL_CHARACTERS_RE.sub("", value)
        return f"'{value}" if value[:1] in FORMULA_STARTS else value
    return value


def points_of(values: Sequence[int | None]) -> list[float | int | None]:
    """Hundredths as numbers: -200 → -2, 150 → 1.5."""
    return [v if v is None else v // 100 if v % 100 == 0 else v / 100 for v in values]


def _new_sheet(book: Workbook, export: Export) -> Any:
    sheet = book.create_sheet(export.title[:28] if not book.worksheets else None)
    sheet.freeze_panes = "A2"
    head = []
    for letter, title in zip(_letters(), export.head, strict=False):
        cell = WriteOnlyCell(sheet, value=title)
        cell.font = Font(bold=True)
        head.append(cell)
        sheet.column_dimensions[letter].width = max(10, 2 * len(title) + 4)
    sheet.append(head)
    return sheet


def _letters() -> Iterator[str]:
    yield from "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    yield from (f"A{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _cell_chunks(
    export: Export, rows: QuerySet[Any], *, form: str
) -> Iterator[tuple[list[Sequence[Any]], int]]:
    """Chunks of rows as columns of cells, with the number of rows: each column is turned at once."""
    makers = [(len(column.sources), column.start()) for column in export.columns_for(form)]
    found = export.values(rows, form).iterator(chunk_size=CHUNK)
    while True:
        with _no_search_for_cycles():
            chunk = list(islice(found, CHUNK))
            if not chunk:
                return
            values, columns, at = list(zip(*chunk, strict=True)), [], 0
            for width, make in makers:
                columns.append(make(*values[at : at + width]))
                at += width
        yield columns, len(chunk)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Rows of plain values hold no cycles, but their number sets the collector off: a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _as_is(values: Sequence[Any]) -> Sequence[Any]:
    return values


def _harmless_all(values: Sequence[Any]) -> list[Any]:
    """As `harmless` for each; a column in which nothing is suspect is looked through as one text."""
    texts = ["" if v is None else v for v in values]
    whole = BETWEEN + BETWEEN.join(texts)
    if whole.isprintable() and not SUSPECT(whole):
        return texts
    return [harmless(v) for v in texts]


def _json_words(values: Sequence[Any]) -> list[str]:
    return [harmless(json.dumps(v, ensure_ascii=False)) if v is not None else "" for v in values]


def _local_moments(values: Sequence[Any]) -> list[Any]:
    zone = timezone.get_current_timezone()
    return [v and v.astimezone(zone).replace(microsecond=0, tzinfo=None) for v in values]


def _moment_words(values: Sequence[Any]) -> Sequence[Any]:
    if any(isinstance(v, str) for v in values):
        return values
    zone = timezone.get_current_timezone()
    return [v and v.astimezone(zone).isoformat(" ", "minutes")[:16] for v in values]
