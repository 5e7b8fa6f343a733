"""花名册 file: a paper roster as checked lines, whatever its columns are called and in which order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.utils import timezone

from trail.services.imports import ImportResult
from trail.services.tables import Row, Table, clean_name, fill_from_above, parse_day, read_table, year_of
from windows.enums import Category
from windows.models import Department, Staff, Window
from windows.services.roster_notes import NotedChange, read_note, years_named

COLUMNS = {
    "floor": ("楼层", "所在楼层", "层", "楼"),
    "zone": ("区域", "分区", "功能区", "所在区域"),
    "window": ("窗口号", "窗口编号", "窗口代码", "窗号", "窗口序号", "工位号", "窗口"),
    "window_name": ("窗口名称", "窗口名", "岗位窗口", "所在窗口"),
    "department": (
        "派驻单位",
        "单位",
        "所属单位",
        "部门",
        "所属部门",
        "派驻部门",
        "进驻单位",
        "进驻部门",
        "派出单位",
        "原单位",
        "单位名称",
        "部门名称",
        "工作单位",
    ),
    "category": ("窗口类别", "类别", "窗口分类", "窗口类型", "类型", "分类", "考核类别"),
    "name": ("姓名", "人员姓名", "员工姓名", "工作人员", "工作人员姓名", "窗口人员", "名字"),
    "no": ("工号", "人员编号", "员工号", "员工编号", "工作证号", "胸牌号", "编号", "职工号", "工牌号"),
    "attendance_no": ("考勤号", "考勤编号", "考勤机号", "考勤机编号", "打卡号", "指纹号", "登记号码"),
    "gender": ("性别",),
    "phone": ("联系电话", "电话", "手机", "手机号", "手机号码", "联系方式", "电话号码"),
    "political_status": ("政治面貌", "面貌", "党派"),
    "post": ("岗位", "职务", "岗位类别", "人员类别", "身份", "岗位名称"),
    "joined_on": (
        "进驻时间",
        "进驻日期",
        "入驻时间",
        "入驻日期",
        "到岗时间",
        "到岗日期",
        "上岗时间",
        "进厅时间",
    ),
    "note": ("备注", "说明", "备注说明", "变动情况", "人员变动"),
}
PLACE = ("window", "window_name", "department")
REQUIRED = ("no", "name", "window")
LIMITS = {
    "no": (Staff, "no"),
    "name": (Staff, "name"),
    "attendance_no": (Staff, "attendance_no"),
    "gender": (Staff, "gender"),
    "phone": (Staff, "phone"),
    "political_status": (Staff, "political_status"),
    "post": (Staff, "post"),
    "window": (Window, "code"),
    "window_name": (Window, "name"),
    "floor": (Window, "floor"),
    "zone": (Window, "zone"),
    "department": (Department, "name"),
}
"""Where the length of a text is limited."""
CATEGORIES = {
    "行政执法": Category.LAW_ENFORCEMENT,
    "公共服务": Category.PUBLIC_SERVICE,
    "经济和社会管理": Category.ECONOMIC_SOCIAL,
    "经济与社会管理": Category.ECONOMIC_SOCIAL,
    "经济社会管理": Category.ECONOMIC_SOCIAL,
    "经济及社会管理": Category.ECONOMIC_SOCIAL,
    "经济、社会管理": Category.ECONOMIC_SOCIAL,
}
CHIEF, HEAD = "首席代表", "负责人"
TITLE_MONTH = re.compile(r"(\d{4})\s*[年.-]\s*(\d{1,2})\s*月?")


class BadLine(Exception):
    """This line cannot be taken; the words say why."""


@dataclass
class RosterLine:
    """一行: one person as the paper has it; empty text where the paper says nothing."""

    row: Row
    texts: dict[str, str]
    category: Category | None
    joined_on: date | None
    changes: list[NotedChange] = field(default_factory=list)

    @property
    def no(self) -> str:
        """工号."""
        return self.texts["no"]

    @property
    def window(self) -> str:
        """窗口号 as the row has it, before any move its note tells of."""
        return self.texts["window"]

    @property
    def final_window(self) -> str:
        """窗口号 after the moves of the note."""
        codes = [change.window_code for change in self.changes if change.window_code]
        return codes[-1] if codes else self.window

    @property
    def is_chief(self) -> bool:
        """Whether the person is 首席代表 (or 窗口负责人, where a hall has no such title)."""
        return CHIEF in self.texts["post"] or HEAD in self.texts["post"]


@dataclass
class RosterFile:
    """花名册: its good lines, the month it is of, the columns it has and every number it names."""

    lines: list[RosterLine]
    month: date
    columns: set[str]
    named: set[str]


def read_roster(path: Path, *, month: date | None, result: ImportResult) -> RosterFile:
    """The lines of a paper roster; bad ones are put on `result.rejected`, odd notes on `result.notes`.

    The month comes from `month`, else from the title (2026年10月), else it is the current one.
    """
    table = read_table(path, COLUMNS, required=REQUIRED)
    _fill_places(table, result)
    given = month.year if month else None
    month = month or _month_in(table.titles) or timezone.localdate().replace(day=1)
    year = given or year_of(row.raw("joined_on") for row in table) or month.year
    year_of_notes = given or years_named(row.text("note") for row in table) or month.year
    lines: list[RosterLine] = []
    seen: dict[str, dict[str, Row]] = {"no": {}, "attendance_no": {}}
    for row in table:
        try:
            line = _line(row, year)
            _check_seen(line, seen)
        except BadLine as bad:
            result.reject(row.number, str(bad), **row.where)
            continue
        lines.append(line)
        _read_changes(line, year_of_notes, result)
    named = {row.code("no") for row in table} - {""}
    return RosterFile(lines, month, table.columns, named)


def place_words(row: Row) -> str:
    """第 18 行, with the sheet's name where there is one: how a note points at a row."""
    return f"{row.sheet}第 {row.number} 行" if row.sheet else f"第 {row.number} 行"


def _fill_places(table: Table, result: ImportResult) -> None:
    keys = [key for key in (*PLACE, "category", "floor", "zone") if key in table.columns]
    filled = fill_from_above(table.rows, keys)
    if filled:
        result.notes.append(f"有 {len(filled)} 行窗口列空白，按上一行的窗口读取。")


def _month_in(titles: list[str]) -> date | None:
    for title in titles:
        found = TITLE_MONTH.search(title)
        if found and 1 <= int(found[2]) <= 12 and 1950 <= int(found[1]) <= 2100:
            return date(int(found[1]), int(found[2]), 1)
    return None


def _line(row: Row, year: int) -> RosterLine:
    texts = {key: row.text(key) for key in COLUMNS}
    for key in ("name", "department"):
        texts[key] = row.name(key)
    for key in ("no", "attendance_no", "window", "phone"):
        texts[key] = row.code(key)
    texts["window"] = re.sub(r"(?:号窗口|号窗|窗口|号)$", "", texts["window"]) or texts["window"]
    texts["gender"] = texts["gender"].removesuffix("性")
    missing = [COLUMNS[key][0] for key in REQUIRED if not texts[key]]
    if missing:
        raise BadLine(f"缺少{'、'.join(missing)}")
    for key, (model, name) in LIMITS.items():
        longest = getattr(model._meta.get_field(name), "max_length", 0)
        if len(texts[key]) > longest:
            raise BadLine(f"{COLUMNS[key][0]}太长（最多 {longest} 个字）")
    return RosterLine(row, texts, _category(texts["category"]), _joined_on(row, year))


def _category(text: str) -> Category | None:
    if not text:
        return None
    plain = clean_name(text).removesuffix("窗口").removesuffix("类")
    if plain not in CATEGORIES:
        raise BadLine(f"不认识的窗口类别“{text}”，应为{'、'.join(Category.labels)}")
    return CATEGORIES[plain]


def _joined_on(row: Row, year: int) -> date | None:
    if not row.text("joined_on"):
        return None
    try:
        return parse_day(row.raw("joined_on"), year)
    except ValueError as error:
        raise BadLine(f"进驻时间：{error}") from None


def _check_seen(line: RosterLine, seen: dict[str, dict[str, Row]]) -> None:
    for key, rows in seen.items():
        value = line.texts[key]
        if value and value in rows:
            raise BadLine(f"{COLUMNS[key][0]} {value} 重复，{place_words(rows[value])}已有")
    for key, rows in seen.items():
        if line.texts[key]:
            rows[line.texts[key]] = line.row


def _read_changes(line: RosterLine, year: int, result: ImportResult) -> None:
    line.changes, unread = read_note(line.texts["note"], year)
    if unread:
        words = "；".join(unread)
        result.notes.append(f"{place_words(line.row)}的备注没有识别出变动，只作文字保存：{words}")
