"""表格: finding the table in a file, and refusing files that would hurt."""

import io
import zipfile
from datetime import time
from pathlib import Path

import openpyxl
import pytest

from trail.services import sheets
from trail.services.tables import UnreadableFile, read_table

COLUMNS = {"no": ["工号", "编号"], "name": ["姓名"], "note": ["备注"]}
DATA = Path(__file__).parent.parent / "data"


def book_of(*rows, merges=(), title="表"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for merge in merges:
        book.active.merge_cells(merge)
    return book


@pytest.fixture
def saved(tmp_path):
    def save(content, name="a.xlsx"):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content.save(path)
        return path

    return save


def found(path):
    return [(row.number, row.text("no"), row.name("name")) for row in read_table(path, COLUMNS)]


# --- the table in the file --------------------------------------------------------------------


def test_head_on_two_rows_reads_as_one_name(saved):
    columns = {"window": ["窗口编号", "窗口"], "name": ["姓名"], "no": ["职工号", "编号"], "on": ["进驻时间"]}
    rows = [
        ["某中心一览表", None, None, None, None],
        ["窗口", None, "人员信息", None, "进驻情况"],
        ["编号", "名称", "姓名", "职工号", "时间"],
        ["101", "户籍", "张三", "A1", "2024-05-06"],
        [None, None, "李四", "A2", "2024-05-07"],
    ]
    path = saved(book_of(*rows, merges=["A1:E1", "A2:B2", "C2:D2", "A4:A5"]))

    table = read_table(path, columns)

    assert [(row.number, *(row.text(key) for key in columns)) for row in table] == [
        (4, "101", "张三", "A1", "2024-05-06"),
        (5, "101", "李四", "A2", "2024-05-07"),
    ]


def test_second_row_of_a_head_is_no_row(saved):
    rows = [
        ["编号", "姓名", "备注", None],
        [None, None, "手机", "固话"],
        ["A1", "张三", "139", "8210"],
    ]
    path = saved(book_of(*rows, merges=["A1:A2", "B1:B2", "C1:D1"]))

    assert found(path) == [(3, "A1", "张三")]


def test_titles_blanks_totals_and_lines_below_are_no_rows(saved):
    rows = [
        ["某中心花名册（2026年10月）", None, None],
        [None, None, None],
        ["工 号", "姓　名", "备注：*"],
        ["A1", "张 三", None],
        [None, None, None],
        ["一楼", "一楼", "一楼"],
        ["工 号", "姓　名", "备注：*"],
        ["A2", "李四", "合计过一次"],
        ["小计", "2人", None],
        ["合 计", None, "2"],
        ["填表人：王五", None, "2026年10月31日"],
        ["注：本表一式两份", None, None],
    ]

    table = read_table(saved(book_of(*rows, merges=["A6:C6"])), COLUMNS)

    assert [(row.number, row.code("no"), row.name("name")) for row in table] == [
        (4, "A1", "张三"),
        (8, "A2", "李四"),
    ]
    assert table.titles == ["表", "某中心花名册（2026年10月）"]


def test_row_with_only_a_name_stays(saved):
    assert found(saved(book_of(["工号", "姓名"], [None, "张三"]))) == [(2, "", "张三")]


def test_merged_cells_repeat_down_and_right(saved):
    book = book_of(
        ["工号", "姓名", "备注"], ["A1", "张三", "甲"], [None, "李四", None], merges=["A2:A3", "C2:C3"]
    )

    assert [(r.text("no"), r.text("note")) for r in read_table(saved(book), COLUMNS)] == [
        ("A1", "甲"),
        ("A1", "甲"),
    ]


def test_head_of_two_rows(saved):
    rows = [["工号", "基本情况", None], [None, "姓名", "性别"], ["A1", "张三", "男"]]

    assert found(saved(book_of(*rows, merges=["A1:A2", "B1:C1"]))) == [(3, "A1", "张三")]


def test_head_wherever_it_stands(saved):
    assert found(
        saved(book_of(*[["说明文字", str(n)] for n in range(20)], ["姓名", "工号"], ["张三", "A1"]))
    ) == [(22, "A1", "张三")]


def test_sheets_without_a_head_and_hidden_ones_are_passed_over(saved):
    book = book_of(["工号", "姓名"], ["A1", "张三"], title="一楼")
    book.create_sheet("说明").append(["请认真填写"])
    hidden = book.create_sheet("旧表")
    hidden.append(["工号", "姓名"])
    hidden.append(["A9", "旧人"])
    hidden.sheet_state = "hidden"
    second = book.create_sheet("二楼")
    second.append(["姓名", "工号"])
    second.append(["李四", "A2"])

    rows = read_table(saved(book), COLUMNS).rows

    assert [(row.sheet, row.number, row.text("no")) for row in rows] == [("一楼", 2, "A1"), ("二楼", 2, "A2")]


def test_errors_and_formulas_without_result_are_blank(saved):
    assert found(saved(book_of(["工号", "姓名"], ["=1+1", "张三"], ["#N/A", "李四"]))) == [
        (2, "", "张三"),
        (3, "", "李四"),
    ]


def test_time_cells(saved):
    book = book_of(["编号", "姓名", "备注"], ["A1", "张三", time(8, 30)])

    assert read_table(saved(book), COLUMNS).rows[0].raw("note") == time(8, 30)


def test_row_numbers_of_text_count_blank_lines(saved):
    assert found(saved("台账\n\n工号,姓名\n\nA1,张三\n".encode(), "a.csv")) == [(5, "A1", "张三")]


def test_text_with_quoted_line_breaks(saved):
    path = saved('工号,姓名,备注\nA1,张三,"一,\n二"\nA2,李四,\n'.encode("gb18030"), "a.csv")

    assert [(r.number, r.text("note")) for r in read_table(path, COLUMNS)] == [(2, "一, 二"), (3, "")]


def test_missing_column_is_named(saved):
    with pytest.raises(UnreadableFile, match="缺少这些列：工号"):
        read_table(saved(book_of(["姓名", "备注"], ["张三", "x"])), COLUMNS, required=["no"])


def test_no_head_at_all(saved):
    with pytest.raises(UnreadableFile, match="没有找到表头，表头应有：工号、姓名、备注"):
        read_table(saved(book_of(["你好"], ["世界"])), COLUMNS)


# --- hostile and broken files -----------------------------------------------------------------


def package(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def real_book():
    out = io.BytesIO()
    book_of(["工号", "姓名"], ["A1", "张三"]).save(out)
    return out.getvalue()


def with_sheet(change):
    """A real workbook whose sheet XML is changed."""
    with zipfile.ZipFile(io.BytesIO(real_book())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = change(parts["xl/worksheets/sheet1.xml"])
    return package(parts)


def locked_package():
    content = bytearray(real_book())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + at] |= 1
            place = content.find(mark, place + 4)
    return bytes(content)


HUGE_MERGE = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'

REFUSED = {
    "empty": (b"", "是空文件"),
    "cut short": (real_book()[:900], "已损坏"),
    "not a zip": (b"PK\x03\x04" + b"\x00" * 200, "已损坏"),
    "zip of something": (package({"a.txt": "x"}), "不是表格文件"),
    "word": (package({"word/document.xml": "<x/>"}), "是 Word 文档"),
    "xlsb": (package({"xl/workbook.bin": "x"}), "是 .xlsb 格式"),
    "bomb": (
        package({"xl/workbook.xml": "<x/>", "xl/worksheets/sheet1.xml": "0" * 30_000_000}),
        "展开后太大",
    ),
    "merged to the end": (with_sheet(lambda x: x.replace(b"</worksheet>", HUGE_MERGE)), "合并的单元格太多"),
    "broken xml": (with_sheet(lambda x: x[: len(x) // 2]), "已损坏"),
    "locked zip": (locked_package(), "设有密码"),
    "locked xlsx": (sheets.OLE + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 600, "设有密码"),
    "broken xls": (sheets.OLE + b"\x00" * 2000, "已损坏"),
    "pdf": (b"%PDF-1.7 ...", "是PDF 文档"),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "是图片"),
    "web page": ("<html><table><tr><td>工号</td></tr></table></html>".encode(), "其实是网页"),
    "binary": (bytes(range(256)) * 4, "读不出来"),
    "noise": (b"\x81\x20\xff\xff\x00\x01" * 50, "读不出来"),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.csv"])
def test_refused_file(saved, kind, name):
    content, words = REFUSED[kind]

    with pytest.raises(UnreadableFile, match=words) as caught:
        read_table(saved(content, name), COLUMNS)

    assert caught.value.status == 422


def test_wrong_ending_does_not_matter(saved):
    assert found(saved(real_book(), "a.csv")) == [(2, "A1", "张三")]


def test_macros_are_not_looked_at(saved):
    with zipfile.ZipFile(io.BytesIO(real_book())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}

    assert found(saved(package(parts | {"xl/vbaProject.bin": b"\xd0\xcf" * 100}), "a.xlsm")) == [
        (2, "A1", "张三")
    ]


def test_file_that_is_not_there(tmp_path):
    with pytest.raises(UnreadableFile, match="找不到文件"):
        read_table(tmp_path / "none.xlsx", COLUMNS)


def test_folder(tmp_path):
    with pytest.raises(UnreadableFile, match="是一个文件夹"):
        read_table(tmp_path, COLUMNS)


def test_too_large(saved, monkeypatch):
    monkeypatch.setattr(sheets, "MAX_BYTES", 10)

    with pytest.raises(UnreadableFile, match="请拆开后再导入"):
        read_table(saved(real_book()), COLUMNS)


def test_too_many_rows(saved, monkeypatch):
    monkeypatch.setattr(sheets, "MAX_ROWS", 3)

    with pytest.raises(UnreadableFile, match="超过 3 行"):
        read_table(saved("工号,姓名\n1,a\n2,b\n3,c\n".encode(), "a.csv"), COLUMNS)


def test_one_cell_at_the_end_of_the_sheet_is_soon_read(saved):
    book = book_of(["工号", "姓名"], ["A1", "张三"])
    book.active.cell(1_048_576, 3, " ")

    assert found(saved(book)) == [(2, "A1", "张三")]


def test_xls_dates_and_merges():
    table = read_table(DATA / "名册.xls", {"no": ["人员编号"], "window": ["窗口编号"], "day": ["入驻日期"]})

    assert [(row.number, row.code("no"), row.code("window"), row.text("day")) for row in table] == [
        (3, "LL001", "1", "2025-03-01"),
        (4, "LL002", "1", "45000"),
    ]
