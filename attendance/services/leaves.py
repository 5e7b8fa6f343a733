"""请假外出 leaves: bring in the hall's paper register. Each half day is one row under its natural key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from attendance.enums import Half, LeaveKind
from attendance.models import Leave
from trail.services.tables import Row, Table, parse_day, read_table, year_of
from windows.models import Staff

if TYPE_CHECKING:
    from pathlib import Path

    from accounts.models import Hall
    from trail.services.imports import ImportResult

COLUMNS = {
    "day": ("日期", "请假日期", "外出日期"),
    "half": ("时段", "半天", "上下午", "时间段"),
    "no": ("工号", "员工号", "职工号"),
    "name": ("姓名", "名字", "请假人"),
    "kind": ("类别", "请假类别", "类型", "请假类型", "种类", "假别"),
    "approver": ("批准人", "审批人", "批准领导"),
    "note": ("备注", "事由", "说明"),
}
HALVES = {
    "上午": (Half.AM,),
    "下午": (Half.PM,),
    "AM": (Half.AM,),
    "PM": (Half.PM,),
    "全天": (Half.AM, Half.PM),
    "整天": (Half.AM, Half.PM),
    "一天": (Half.AM, Half.PM),
    "1天": (Half.AM, Half.PM),
    "上午下午": (Half.AM, Half.PM),
}
KINDS = {kind.label: kind for kind in LeaveKind} | {
    "年假": LeaveKind.ANNUAL,
    "休假": LeaveKind.ANNUAL,
    "年休": LeaveKind.ANNUAL,
    "公出": LeaveKind.OUTING,
    "外出": LeaveKind.OUTING,
    "临时外出": LeaveKind.OUTING,
    "公务外出": LeaveKind.OUTING,
    "因公外出报备": LeaveKind.OUTING,
    "外出报备": LeaveKind.OUTING,
    "丧葬假": LeaveKind.BEREAVEMENT,
    "护理假": LeaveKind.PATERNITY,
    "调休": LeaveKind.IN_LIEU,
}
CONTENT = ("kind", "is_outing", "approver", "note")
CHUNK = 500
Key = tuple[int, date, str]


@dataclass(frozen=True)
class _Entry:
    """One half day of a row."""

    row: Row
    key: Key
    leave: Leave


def import_leave(result: ImportResult, *, hall: Hall, path: Path, month: date | None = None) -> None:
    """Bring the leaves and outings of a table in and count what happened into `result`.

    A date without a year takes that of `month`, else of the other dates of its column. A whole day is
    two rows. Runs inside `run_import`.
    """
    table = read_table(path, COLUMNS, required=("day", "half", "no", "kind"))
    people = {staff.no: staff for staff in Staff.objects.filter(hall=hall).only("no", "name", "hall_id")}
    entries = _first_of_each(list(_entries(table, people, month, result)), result)
    stored = _stored(hall, list(entries))
    new = [entry.leave for key, entry in entries.items() if key not in stored]
    changed = [_changed(stored[key], entry.leave) for key, entry in entries.items() if key in stored]
    edited = [leave for leave in changed if leave is not None]
    Leave.objects.bulk_create(new, batch_size=CHUNK)
    Leave.objects.bulk_update(edited, CONTENT, batch_size=CHUNK)
    result.created += len(new)
    result.updated += len(edited)
    result.unchanged += len(changed) - len(edited)


def _entries(
    table: Table, people: dict[str, Staff], month: date | None, result: ImportResult
) -> Iterator[_Entry]:
    year = month.year if month else year_of(row.raw("day") for row in table)
    for row in table:
        try:
            staff = _who(row, people)
            day, kind = parse_day(row.raw("day"), year), _kind(row)
            halves = _halves(row)
        except ValueError as error:
            result.reject(row.number, str(error), **row.where)
            continue
        for half in halves:
            leave = Leave(
                hall_id=staff.hall_id,
                staff=staff,
                day=day,
                half=half,
                kind=kind,
                is_outing=kind == LeaveKind.OUTING,
                approver=row.text("approver")[:40],
                note=row.text("note")[:200],
            )
            yield _Entry(row, (staff.pk, day, half), leave)


def _first_of_each(entries: list[_Entry], result: ImportResult) -> dict[Key, _Entry]:
    """One entry a half day: a repeat is unchanged, a contradiction is refused."""
    first: dict[Key, _Entry] = {}
    for entry in entries:
        known = first.setdefault(entry.key, entry)
        if known is entry:
            continue
        if _content(known.leave) == _content(entry.leave):
            result.unchanged += 1
        else:
            result.reject(
                entry.row.number,
                f"同一个人同一时段在第 {known.row.number} 行已经登记为{known.leave.get_kind_display()}",
                **entry.row.where,
            )
    return first


def _stored(hall: Hall, keys: list[Key]) -> dict[Key, Leave]:
    if not keys:
        return {}
    days = [day for _, day, _ in keys]
    wanted = set(keys)
    rows = Leave.objects.filter(hall=hall).in_days(min(days), max(days)).select_for_update()
    return {key: row for row in rows if (key := (row.staff_id, row.day, row.half)) in wanted}


def _changed(stored: Leave, read: Leave) -> Leave | None:
    """The stored leave with what the file says now; None when it says the same."""
    if _content(stored) == _content(read):
        return None
    for name in CONTENT:
        setattr(stored, name, getattr(read, name))
    return stored


def _content(leave: Leave) -> tuple[object, ...]:
    return tuple(getattr(leave, name) for name in CONTENT)


def _who(row: Row, people: dict[str, Staff]) -> Staff:
    no = row.code("no")
    if not no:
        raise ValueError("没有工号")
    staff = people.get(no)
    if staff is None:
        raise ValueError(f"花名册里没有工号“{no}”")
    if row.name("name") and row.name("name") != staff.name:
        raise ValueError(f"工号 {no} 是{staff.name}，表里写的是{row.name('name')}")
    return staff


def _kind(row: Row) -> LeaveKind:
    text = row.name("kind")
    kind = KINDS.get(text) or KINDS.get(re.sub(r"\(.*\)$", "", text))
    if kind is None:
        raise ValueError(f"不认识的类别“{text}”" if text else "没有类别")
    return kind


def _halves(row: Row) -> tuple[Half, ...]:
    text = row.name("half").upper()
    if text not in HALVES:
        raise ValueError(f"时段要写上午、下午或全天，不是“{text}”")
    return HALVES[text]
