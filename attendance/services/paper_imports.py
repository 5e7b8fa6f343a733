"""Paper and device files of this room that a person may bring in from the import page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from attendance.services.leaves import import_leave
from attendance.services.punches import import_punches
from trail.services.import_kinds import ImportKind, ImportOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from trail.services.imports import ImportResult


def _punches(order: ImportOrder) -> Callable[[ImportResult], None]:
    return partial(import_punches, hall=order.hall, path=order.path, month=order.month)


def _leave(order: ImportOrder) -> Callable[[ImportResult], None]:
    return partial(import_leave, hall=order.hall, path=order.path, month=order.month)


PUNCHES = ImportKind(
    "punches",
    "打卡记录",
    20,
    _punches,
    page="/attendance/results/",
    hint="考勤机的 attlog.dat，或有考勤号和时间两列的 .xlsx、.xls、.csv。再次导入同一文件不会重复记。",
)
LEAVE = ImportKind(
    "leave",
    "请假外出台账",
    30,
    _leave,
    page="/leave/",
    hint="要有日期、时段、工号、类别四列；姓名、批准人能认出来的都会读。同一人同一半天只记一条。",
)
