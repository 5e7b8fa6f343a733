"""巡查台账 file: a paper ledger as lines of day, time, window, name and words, whatever its layout."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import timezone

from patrols.enums import RoundKind
from trail.services.cells import half_width
from trail.services.tables import (
    Cell,
    Row,
    Table,
    fill_from_above,
    parse_day,
    parse_time,
    read_table,
    year_of,
)

if TYPE_CHECKING:
    from trail.services.imports import ImportResult

COLUMNS = {
    "day": ("巡查日期", "日期", "检查日期", "督查日期", "发现日期", "巡查时间日期", "年月日"),
    "time": ("时间", "巡查时间", "检查时间", "督查时间", "发现时间", "具体时间", "时刻"),
    "half": ("时段", "上下午", "上午下午", "班次", "轮次", "巡查轮次", "场次"),
    "officer": (
        "巡查人",
        "巡查人员",
        "检查人",
        "检查人员",
        "督查人",
        "督查人员",
        "值班员",
        "值班人员",
        "带班人员",
        "记录人",
        "发现人",
    ),
    "window": ("窗口号", "窗口", "窗口编号", "窗号", "窗口代码", "台席号", "工位号", "窗口名称"),
    "name": (
        "姓名",
        "当事人",
        "人员",
        "人员姓名",
        "工作人员",
        "窗口人员",
        "工作人员姓名",
        "责任人",
        "违规人员",
        "违纪人员",
    ),
    "words": (
        "发现问题",
        "发现的问题",
        "存在问题",
        "存在的问题",
        "问题",
        "问题描述",
        "违规行为",
        "违规情况",
        "违纪情况",
        "巡查情况",
        "检查情况",
        "督查情况",
        "巡查内容",
        "情况",
        "情况说明",
        "具体情况",
        "事项",
    ),
    "handled": (
        "处理情况",
        "处理结果",
        "处理意见",
        "处理",
        "处置情况",
        "处置",
        "整改情况",
        "备注",
        "说明",
    ),
}
REQUIRED = ("window", "words")
NOBODY = {"", "-", "—", "/", "\\", "无", "整个窗口", "全窗口", "全体", "窗口"}
"""Words in the name column that mean the whole window."""
FINE = {"无", "无问题", "没有问题", "未发现问题", "没有发现问题", "正常", "一切正常", "无异常", "良好"}
SEVERAL = re.compile(r"[、,，;；/和及]")
CLOCK = re.compile(r"(?:上午|下午|晚上|中午)?\s*\d{1,2}\s*[:：时点]\s*(?:\d{1,2})?\s*分?(?::\d{1,2})?\s*$")
NOON = time(12, 45)
"""Parts the half days of a ledger that does not say which half it was."""
HALF_TIMES: dict[str, time] = {RoundKind.MORNING: time(9, 0), RoundKind.AFTERNOON: time(15, 0)}
"""When a line says 上午 or 下午 and no time."""


@dataclass(frozen=True)
class PaperLine:
    """One line of the ledger, its cells understood; the window and the person are still words."""

    row: int
    where: dict[str, str]
    at: datetime
    kind: str
    officer: str
    window: str
    name: str
    words: str
    handled: str

    @property
    def day(self) -> date:
        """The day it happened."""
        return timezone.localdate(self.at)

    @property
    def is_fine(self) -> bool:
        """The line says that all was well."""
        return self.words.rstrip("。.") in FINE

    @property
    def note(self) -> str:
        """The words, and what was done on the spot."""
        return f"{self.words}（{self.handled}）" if self.handled else self.words


def read_ledger(path: Path, result: ImportResult, month: date | None = None) -> list[PaperLine]:
    """The lines of a ledger; what cannot be read goes to `result.rejected`.

    Raises UnreadableFile when there is no table of this kind in the file.
    """
    table = read_table(path, COLUMNS, required=REQUIRED)
    for column in ("day", "time", "half", "officer"):
        fill_from_above(table.rows, (column,))
    year = month.year if month else year_of(row.raw(_day_column(table)) for row in table)
    lines = []
    for row in table:
        try:
            lines.append(_line(row, table, year, month))
        except ValueError as error:
            result.reject(row.number, str(error), **row.where)
    if not _has_times(table):
        result.notes.append("台账没有写时间：上午的记作 9:00，下午的记作 15:00，没写的记作 12:00。")
    return lines


def _line(row: Row, table: Table, year: int | None, month: date | None) -> PaperLine:
    day = parse_day(row.raw(_day_column(table)), year)
    half = _half(row.text("half")) or _half(row.text("time"))
    at = timezone.make_aware(datetime.combine(day, _time(row, table, half)))
    if month and (day.year, day.month) != (month.year, month.month):
        raise ValueError(f"{day:%Y-%m-%d} 不在 {month:%Y-%m} 这个月")
    if at > timezone.now():
        raise ValueError(f"{at:%Y-%m-%d %H:%M} 在将来")
    if not row.text("words"):
        raise ValueError("没有写发现的问题")
    if not row.code("window"):
        raise ValueError("没有写窗口号")
    officer = row.name("officer")
    return PaperLine(
        row=row.number,
        where=row.where,
        at=at,
        kind=_kind(officer, half, at),
        officer=officer[:40],
        window=row.text("window"),
        name=_name(row),
        words=row.text("words")[:300],
        handled=row.text("handled")[:100],
    )


def _name(row: Row) -> str:
    name = row.name("name")
    return "" if name in NOBODY else name


def _day_column(table: Table) -> str:
    """A ledger with one column 巡查时间 for day and time has no column for the day alone."""
    return "day" if "day" in table.columns else "time"


def _has_times(table: Table) -> bool:
    return "time" in table.columns or any(_clock_in(row.raw(_day_column(table))) for row in table)


def _time(row: Row, table: Table, half: str) -> time:
    """The time of the line; 3:30 in the afternoon column is half past three in the afternoon."""
    found = _written_time(row, table)
    if found is None:
        if half or not _has_times(table):
            return HALF_TIMES.get(half, time(12, 0))
        raise ValueError("没有时间")
    if half == RoundKind.AFTERNOON and 1 <= found.hour <= 7:
        return found.replace(hour=found.hour + 12)
    return found


def _written_time(row: Row, table: Table) -> time | None:
    column = "time" if "day" in table.columns and row.text("time") else _day_column(table)
    found = _clock_in(row.raw(column))
    if found is None and column == "time" and "day" in table.columns and not _half(row.text("time")):
        return parse_time(row.raw("time"))
    return found


def _clock_in(value: Cell) -> time | None:
    """The time of day in a cell that may hold a day before it; None when there is none."""
    if isinstance(value, datetime):
        return value.time().replace(microsecond=0) if value.time() != time() else None
    if isinstance(value, time):
        return value.replace(microsecond=0)
    found = CLOCK.search(half_width(str(value or "")))
    return parse_time(found[0].strip()) if found else None


def _half(words: str) -> str:
    if re.search("上午|早", words):
        return RoundKind.MORNING
    return RoundKind.AFTERNOON if re.search("下午|晚", words) else ""


def _kind(officer: str, half: str, at: datetime) -> str:
    if "领导" in officer:
        return RoundKind.LEADER
    local = timezone.localtime(at).time()
    return half or (RoundKind.MORNING if local < NOON else RoundKind.AFTERNOON)
