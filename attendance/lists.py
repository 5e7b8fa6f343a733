"""The lists of this room: conditions, orders and rows, shared by page, API twin and export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.utils import timezone

from accounts.errors import Refused
from accounts.halls import current_hall
from accounts.lists import ListKind, Sort, by_time
from attendance.enums import Half, LeaveKind, Outcome, Presence
from attendance.filters import BoardFilters, LeaveFilters, OwnLeaveFilters, ResultFilters, SheetFilters
from attendance.models import DayResult, Leave
from attendance.querysets import people_in_sight
from attendance.services.counts import LABELS
from attendance.services.months import month_of
from attendance.services.presence import with_presence
from attendance.services.sheet import month_sheet
from trail.services import exports as x
from trail.services.exports import Export

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from windows.models import Staff

READERS = ("attendance.read_all", "attendance.read_own", "attendance.read_unit")
LEAVE_READERS = ("leave.read_all", "leave.first_step", "leave.unit_step", "leave.ask")
BY_NO = Sort("工号", "no")
BY_WINDOW = Sort("窗口", ("window_code", "no"), up="从小到大", down="从大到小")
BY_DAY = by_time("日期", ("day", "half"))
BY_PERSON = Sort("工号", ("staff__no", "day", "half"))

BOARD = ListKind(
    "attendance-board",
    {"no": BY_NO, "window": BY_WINDOW, "punch": by_time("最早打卡", ("first_punch", "no"))},
    "window",
    BoardFilters,
    noun="人员",
    page_size=50,
)
SHEET = ListKind(
    "attendance-sheet",
    {
        "no": BY_NO,
        "window": BY_WINDOW,
        "absence": Sort("旷工", "unexcused_absence_half_days", up="从少到多", down="从多到少"),
        "late": Sort("迟到", ("late_10_to_30", "late_under_10"), up="从少到多", down="从多到少"),
    },
    "window",
    SheetFilters,
    noun="人员",
    page_size=50,
)
RESULTS = ListKind(
    "day-results", {"day": BY_DAY, "person": BY_PERSON}, "-day", ResultFilters, noun="考勤结果"
)
LEAVES = ListKind("leaves", {"day": BY_DAY, "person": BY_PERSON}, "-day", LeaveFilters, noun="请假外出")
MY_LEAVES = ListKind("my-leaves", {"day": BY_DAY}, "-day", OwnLeaveFilters, noun="请假外出")


def board_rows(request: Any) -> QuerySet[Staff]:
    """Whom this person may see, with who has come and who is away now."""
    hall, now = current_hall(request), timezone.now()
    people = people_in_sight(request.user).filter(hall=hall).present_on(timezone.localdate(now))
    return with_presence(people.select_related("department"), hall, now)


def sheet_rows(request: Any, month: str) -> QuerySet[Staff]:
    """The month of each person this one may see."""
    people = people_in_sight(request.user).filter(hall=current_hall(request))
    return month_sheet(people, month_asked(month)).select_related("department")


def month_asked(text: str) -> date:
    """The first day of the month in an address; 404 for what is none."""
    try:
        return month_of(text)
    except Refused:
        raise Http404("没有这个月份。") from None


def result_rows(request: Any) -> QuerySet[DayResult]:
    """The half days behind the numbers."""
    rows = DayResult.objects.visible_to(request.user).filter(hall=current_hall(request))
    return rows.select_related("staff", "record")


def leave_rows(request: Any) -> QuerySet[Leave]:
    """Leaves and outings of the hall."""
    rows = Leave.objects.visible_to(request.user).filter(hall=current_hall(request))
    return rows.select_related("staff__department")


def my_leave_rows(request: Any) -> QuerySet[Leave]:
    """The own leaves and outings, in whichever hall."""
    return Leave.objects.visible_to(request.user).filter(staff__user=request.user)


PERSON = (x.text("工号", "no"), x.text("姓名", "name"), x.text("派驻单位", "department__name"))
LEAVE = (
    x.day("日期", "day"),
    x.choice("时段", "half", Half.choices),
    x.choice("类别", "kind", LeaveKind.choices),
    x.yes_no("因公外出", "is_outing"),
    x.text("批准人", "approver"),
    x.text("备注", "note"),
)
OF_STAFF = (
    x.text("工号", "staff__no"),
    x.text("姓名", "staff__name"),
    x.text("派驻单位", "staff__department__name"),
)
EXPORTS = (
    Export(
        BOARD,
        "今日到岗",
        READERS,
        board_rows,
        (
            x.text("窗口号", "window_code"),
            *PERSON,
            x.moment("最早打卡", "first_punch"),
            x.moment("最晚打卡", "last_punch"),
            x.choice("到岗情况", "presence", Presence.choices),
        ),
    ),
    Export(
        SHEET,
        "考勤月度汇总",
        READERS,
        sheet_rows,
        (
            x.text("窗口号", "window_code"),
            *PERSON,
            *(x.number(label, name) for name, label in LABELS.items()),
        ),
        params=("month",),
    ),
    Export(
        RESULTS,
        "考勤明细",
        READERS,
        result_rows,
        (
            x.day("日期", "day"),
            x.choice("时段", "half", Half.choices),
            *OF_STAFF,
            x.choice("结果", "outcome", Outcome.choices),
            x.number("迟到秒数", "late_seconds"),
            x.number("早退秒数", "early_seconds"),
            x.yes_no("缺卡", "is_missed"),
            x.number("到岗", "arrival"),
            x.number("离岗", "departure"),
            x.text("依据", "reason"),
            x.text("台账编号", "record__number"),
        ),
    ),
    Export(LEAVES, "请假外出", LEAVE_READERS, leave_rows, (*OF_STAFF, *LEAVE)),
    Export(MY_LEAVES, "我的请假", ("leave.ask",), my_leave_rows, LEAVE),
)
