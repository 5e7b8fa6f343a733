"""表页 sheets: the grid of cells in a file, whatever wrote it: .xlsx, .xls, or text with separators.

The content decides, not the ending. A file that is locked, broken, empty, or blown up to hurt us is
refused in plain words before it can take the memory of the server.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import openpyxl
import xlrd
from openpyxl.utils import range_boundaries

from trail.services.cells import Cell
from trail.services.imports import UnreadableFile

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 120 * 1024 * 1024
MAX_RATIO = 400
MAX_ROWS = 60_000
MAX_COLUMNS = 120
MAX_BLANK_RUN = 500
"""So many blank rows on end are the end of a sheet: spreadsheets like to claim a million rows."""
MAX_MERGED = 200_000

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHER_KINDS = {
    b"%PDF": "PDF 文档",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"Rar!": "压缩包",
    b"7z\xbc\xaf": "压缩包",
    b"\x1f\x8b": "压缩包",
    b"{\\rtf": "RTF 文档",
}
MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')


@dataclass
class Sheet:
    """表页: rows of cells from 1 on; `origin` names, for a cell filled by a merge, the cell it came from."""

    name: str
    rows: list[list[Cell]]
    origin: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    def source(self, row: int, column: int) -> tuple[int, int]:
        """The cell whose content shows at (row, column)."""
        return self.origin.get((row, column), (row, column))


def read_sheets(path: Path) -> list[Sheet]:
    """All sheets of a file, merged cells filled; text files are one sheet without a name.

    Raises UnreadableFile with words for the clerk.
    """
    try:
        size = path.stat().st_size
    except OSError:
        raise UnreadableFile(f"找不到文件“{path.name}”。") from None
    if path.is_dir():
        raise UnreadableFile(f"“{path.name}”是一个文件夹，请给出文件。")
    if size == 0:
        raise UnreadableFile(f"“{path.name}”是空文件。")
    if size > MAX_BYTES:
        raise UnreadableFile(f"“{path.name}”超过 {MAX_BYTES // 1024 // 1024} MB，请拆开后再导入。")
    content = path.read_bytes()
    if content.startswith(ZIP):
        return _xlsx(content, path.name)
    if content.startswith(OLE):
        return _xls(content, path.name)
    for magic, kind in OTHER_KINDS.items():
        if content.startswith(magic):
            raise UnreadableFile(f"“{path.name}”是{kind}，请另存为 .xlsx 再导入。")
    return [Sheet("", _text_rows(content, path.name))]


# --- .xlsx ------------------------------------------------------------------------------------


def _xlsx(content: bytes, name: str) -> list[Sheet]:
    merged = _checked_package(content, name)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True, keep_vba=False, keep_links=False)
        sheets = [_from_openpyxl(sheet) for sheet in book.worksheets if sheet.sheet_state == "visible"]
    except UnreadableFile:
        raise
    except Exception as error:  # a damaged workbook may raise anything
        raise UnreadableFile(f"“{name}”已损坏，打不开。请用 WPS 或 Excel 打开后另存再试。") from error
    if merged and not sheets:
        raise UnreadableFile(f"“{name}”里的表页都隐藏着，请取消隐藏后再导入。")
    return sheets


def _checked_package(content: bytes, name: str) -> int:
    """Refuse a package that is no workbook or would unpack to something huge; the area of its merges."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if any(part.flag_bits & 1 for part in parts):
                raise UnreadableFile(f"“{name}”设有密码，请去掉密码后再导入。")
            _check_kind({part.filename for part in parts}, name)
            unpacked = sum(part.file_size for part in parts)
            if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(len(content), 4096):
                raise UnreadableFile(f"“{name}”展开后太大，不像一张花名册或台账，已拒绝。")
            pages = [part for part in parts if part.filename.startswith("xl/worksheets/")]
            return sum(_merged_area(package.read(part), name) for part in pages if not part.is_dir())
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise UnreadableFile(f"“{name}”已损坏，打不开。请用 WPS 或 Excel 打开后另存再试。") from error


def _check_kind(names: set[str], name: str) -> None:
    if "xl/workbook.bin" in names:
        raise UnreadableFile(f"“{name}”是 .xlsb 格式，请另存为 .xlsx 再导入。")
    if "word/document.xml" in names:
        raise UnreadableFile(f"“{name}”是 Word 文档，请把表格另存为 .xlsx 再导入。")
    if "xl/workbook.xml" not in names:
        raise UnreadableFile(f"“{name}”不是表格文件，请另存为 .xlsx 再导入。")


def _merged_area(xml: bytes, name: str) -> int:
    area = 0
    for found in MERGE.finditer(xml):
        left, top, right, bottom = range_boundaries(found[1].decode())
        area += (right - left + 1) * (bottom - top + 1)
        if area > MAX_MERGED:
            raise UnreadableFile(f"“{name}”合并的单元格太多，请取消整列合并后再导入。")
    return area


def _from_openpyxl(sheet: openpyxl.worksheet.worksheet.Worksheet) -> Sheet:
    columns = min(sheet.max_column, MAX_COLUMNS)
    rows = _bounded(
        (list(row) for row in sheet.iter_rows(min_row=1, min_col=1, max_col=columns, values_only=True)),
        sheet.title,
    )
    areas = [(m.min_row, m.max_row, m.min_col, m.max_col) for m in sheet.merged_cells.ranges]
    return _filled(sheet.title, rows, areas)


# --- .xls -------------------------------------------------------------------------------------


def _xls(content: bytes, name: str) -> list[Sheet]:
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise UnreadableFile(f"“{name}”设有密码，请去掉密码后再导入。")
    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True, logfile=io.StringIO())
        return [_from_xlrd(sheet, book.datemode) for sheet in book.sheets() if sheet.visibility == 0]
    except UnreadableFile:
        raise
    except Exception as error:  # a damaged workbook may raise anything
        if "encrypted" in str(error).lower():
            raise UnreadableFile(f"“{name}”设有密码，请去掉密码后再导入。") from error
        raise UnreadableFile(f"“{name}”已损坏或不是表格，请另存为 .xlsx 再导入。") from error


def _from_xlrd(sheet: xlrd.sheet.Sheet, datemode: int) -> Sheet:
    columns = min(sheet.ncols, MAX_COLUMNS)
    rows = _bounded(
        ([_xls_value(sheet.cell(r, c), datemode) for c in range(columns)] for r in range(sheet.nrows)),
        sheet.name,
    )
    areas = [(top + 1, bottom, left + 1, right) for top, bottom, left, right in sheet.merged_cells]
    if sum((b - t + 1) * (r - left + 1) for t, b, left, r in areas) > MAX_MERGED:
        raise UnreadableFile(f"表页“{sheet.name}”合并的单元格太多，请取消整列合并后再导入。")
    return _filled(sheet.name, rows, areas)


def _xls_value(cell: xlrd.sheet.Cell, datemode: int) -> Cell:
    if cell.ctype == xlrd.XL_CELL_DATE:
        moment: datetime = xlrd.xldate_as_datetime(cell.value, datemode)
        return moment.time() if cell.value < 1 else moment
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR):
        return None
    return str(cell.value) if cell.ctype == xlrd.XL_CELL_TEXT else float(cell.value)


# --- text -------------------------------------------------------------------------------------


def _text_rows(content: bytes, name: str) -> list[list[Cell]]:
    text = _decoded(content, name)
    if re.match(r"\s*<(?:\?xml|!doctype|html|table|meta)", text[:400], re.IGNORECASE):
        raise UnreadableFile(f"“{name}”其实是网页，请用 WPS 或 Excel 打开后另存为 .xlsx 再导入。")
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        return _bounded((list[Cell](row[:MAX_COLUMNS]) for row in reader), name)
    except csv.Error as error:
        raise UnreadableFile(f"“{name}”不是能读的文本表格（{error}）。") from error


def _decoded(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        codings = ["utf-16"]
    elif content[1::2][:200].count(0) > 50 or content[:1] == b"\x00":
        codings = ["utf-16-le" if content[:1] != b"\x00" else "utf-16-be"]
    else:
        codings = ["utf-8-sig", "gb18030"]
    for coding in codings:
        try:
            text = content.decode(coding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableFile(f"“{name}”不是表格，也不是 UTF-8 或 GB18030 编码的文本，读不出来。")


def _delimiter(text: str) -> str:
    """The sign that parts the most lines at the top; a comma when nothing does."""
    lines = [line for line in text.splitlines()[:30] if line.strip()]
    return max(",;\t", key=lambda sign: sum(min(line.count(sign), 3) for line in lines))


# --- all --------------------------------------------------------------------------------------


def _bounded(rows: Iterator[list[Cell]], name: str) -> list[list[Cell]]:
    """The rows up to the end of the content; refuses a table longer than anything a hall keeps."""
    kept: list[list[Cell]] = []
    last = 0
    for number, row in enumerate(rows, 1):
        if any(value not in (None, "") for value in row):
            last = number
        elif number - last > MAX_BLANK_RUN:
            break
        if number > MAX_ROWS:
            raise UnreadableFile(f"“{name}”超过 {MAX_ROWS:,} 行，请拆开后再导入。")
        kept.append(row)
    return kept[:last]


def _filled(name: str, rows: list[list[Cell]], areas: list[tuple[int, int, int, int]]) -> Sheet:
    """A sheet whose merged areas repeat their content down and right."""
    sheet = Sheet(name, rows)
    for top, bottom, left, right in areas:
        if top > len(rows) or left > len(rows[top - 1]):
            continue
        value = rows[top - 1][left - 1]
        for row in range(top, min(bottom, len(rows)) + 1):
            for column in range(left, min(right, len(rows[row - 1])) + 1):
                rows[row - 1][column - 1] = value
                sheet.origin[row, column] = (top, left)
    return sheet
