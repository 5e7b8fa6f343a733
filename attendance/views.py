"""考勤 and 请假: today's board, the month sheet, the half days behind each number, one person's month."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import allow
from accounts.errors import NotPermitted, Refused
from accounts.halls import current_hall
from accounts.lists import Sort, by_time, list_page
from attendance.enums import Presence
from attendance.filters import BoardFilters, LeaveFilters, OwnLeaveFilters, ResultFilters, SheetFilters
from attendance.models import DayResult, Leave, Punch
from attendance.presenters import counts_of, month_calendar
from attendance.querysets import people_in_sight
from attendance.services.counts import count_expressions
from attendance.services.deriving import derive_month
from attendance.services.months import last_day, month_after, month_before, month_of
from attendance.services.presence import headcount, with_presence
from attendance.services.proposals import propose_anomalies
from attendance.services.rules import rules_of
from attendance.services.sheet import month_sheet
from attendance.services.timetable import Seats, Timetable
from windows.working_days import is_working_day

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Hall
    from windows.models import Staff

READERS = ("attendance.read_all", "attendance.read_own", "attendance.read_unit")
LEAVE_READERS = ("leave.read_all", "leave.first_step", "leave.unit_step", "leave.ask")
BOARD_SORTS = {
    "no": Sort("工号", "no"),
    "window": Sort("窗口", ("window_code", "no"), up="从小到大", down="从大到小"),
    "punch": by_time("最早打卡", ("first_punch", "no")),
}
SHEET_SORTS = {
    "no": Sort("工号", "no"),
    "window": Sort("窗口", ("window_code", "no"), up="从小到大", down="从大到小"),
    "absence": Sort("旷工", "unexcused_absence_half_days", up="从少到多", down="从多到少"),
    "late": Sort("迟到", ("late_10_to_30", "late_under_10"), up="从少到多", down="从多到少"),
}
RESULT_SORTS = {"day": by_time("日期", ("day", "half")), "person": Sort("工号", ("staff__no", "day", "half"))}
LEAVE_SORTS = {"day": by_time("日期", ("day", "half")), "person": Sort("工号", ("staff__no", "day", "half"))}


@require_safe
@allow(*READERS)
def board(request: HttpRequest) -> HttpResponse:
    """Who is here now, who is away with leave, who has not been seen."""
    hall, now = current_hall(request), timezone.now()
    people = people_in_sight(request.user).filter(hall=hall).present_on(timezone.localdate(now))
    listing = list_page(
        request,
        with_presence(people.select_related("department"), hall, now),
        BoardFilters,
        sorts=BOARD_SORTS,
        default_sort="window",
        noun="人员",
        page_size=50,
    )
    for row in listing.rows:
        row.state = Presence(row.presence)
    context = {
        "listing": listing,
        "headcount": headcount(people, hall, now),
        "is_workday": is_working_day(hall, timezone.localdate(now)),
        "month": f"{timezone.localdate(now):%Y-%m}",
    }
    return render(request, "attendance/board.html", context)


@require_safe
@allow(*READERS)
def sheet(request: HttpRequest, month: str) -> HttpResponse:
    """The month per person; every number leads to its half days."""
    hall, first = current_hall(request), _month(month)
    people = people_in_sight(request.user).filter(hall=hall)
    listing = list_page(
        request,
        month_sheet(people, first).select_related("department"),
        SheetFilters,
        sorts=SHEET_SORTS,
        default_sort="window",
        noun="人员",
        page_size=50,
    )
    for row in listing.rows:
        row.counts = {one.name: one for one in counts_of(vars(row), first, person=row.no, hall=hall.code)}
    results = DayResult.objects.visible_to(request.user).filter(hall=hall).in_days(first, last_day(first))
    sums = results.aggregate(half_days=Count("pk"), **count_expressions())
    context = {
        "listing": listing,
        "first": first,
        "month": month,
        "previous": f"{month_before(first):%Y-%m}",
        "following": f"{month_after(first):%Y-%m}" if month_after(first) <= timezone.localdate() else "",
        "half_days": sums["half_days"],
        "totals": counts_of(sums, first, hall=hall.code),
        "may_verify": request.user.can("attendance.verify", hall),
        "hall": hall,
    }
    return render(request, "attendance/sheet.html", context)


@require_safe
@allow(*READERS)
def results(request: HttpRequest) -> HttpResponse:
    """The half days behind the numbers, each with its reason."""
    hall = current_hall(request)
    listing = list_page(
        request,
        DayResult.objects.visible_to(request.user).filter(hall=hall).select_related("staff", "record"),
        ResultFilters,
        sorts=RESULT_SORTS,
        default_sort="-day",
        noun="考勤结果",
    )
    month = f"{timezone.localdate():%Y-%m}"
    return render(request, "attendance/results.html", {"listing": listing, "month": month})


@require_safe
@allow(*READERS)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's month as a calendar."""
    return _calendar(request, _person(request, pk))


@require_safe
@allow("attendance.read_own")
def my_month(request: HttpRequest) -> HttpResponse:
    """The own month as a calendar."""
    staff = _own_staff(request)
    if staff is None:
        return render(request, "attendance/no_staff.html")
    return _calendar(request, staff)


@require_safe
@allow(*READERS)
def day(request: HttpRequest, pk: int, day: str) -> HttpResponse:
    """One day of one person: hours, punches as they came, leave, and what follows."""
    staff, when = _person(request, pk), _day(day)
    cut = rules_of(staff.hall).cut
    window_id = Seats(staff.hall, when, when).window_id(staff.pk, when)
    mine = {"staff": staff, "day": when}
    context = {
        "staff": staff,
        "day": when,
        "month": f"{when:%Y-%m}",
        "shifts": Timetable(staff.hall, when, when, cut).shifts(when, window_id).values(),
        "punches": Punch.objects.visible_to(request.user).filter(staff=staff).on(when).order_by("at"),
        "leaves": Leave.objects.visible_to(request.user).filter(**mine).order_by("half"),
        "results": DayResult.objects.visible_to(request.user).filter(**mine).order_by("half"),
        "is_own": staff.user_id == request.user.pk,
    }
    return render(request, "attendance/day.html", context)


@require_POST
@allow("attendance.verify")
def derive(request: HttpRequest, month: str) -> HttpResponse:
    """Derive the month again from the facts that are there now."""
    hall = _hall_to_verify(request)
    derived = derive_month(hall=hall, month=_month(month), by=request.user)
    messages.success(request, f"已重新计算，有 {derived.changed} 个半天的结果有变动。")
    return redirect(f"{request.path.removesuffix('derive/')}?hall={hall.code}")


@require_POST
@allow("attendance.verify")
def propose(request: HttpRequest, month: str) -> HttpResponse:
    """Leave the month's anomalies in the ledger as drafts, for a person to verify."""
    hall = _hall_to_verify(request)
    new = propose_anomalies(hall=hall, month=_month(month), by=request.user)
    words = f"新列草稿 {new} 条，核实后才会通知本人。" if new else "没有新的异常可列，已列过的不会重复。"
    messages.success(request, words)
    return redirect(f"{request.path.removesuffix('propose/')}?hall={hall.code}")


@require_safe
@allow(*LEAVE_READERS)
def leaves(request: HttpRequest) -> HttpResponse:
    """Leaves and outings as they were imported."""
    hall = current_hall(request)
    listing = list_page(
        request,
        Leave.objects.visible_to(request.user).filter(hall=hall).select_related("staff__department"),
        LeaveFilters,
        sorts=LEAVE_SORTS,
        default_sort="-day",
        noun="请假外出",
    )
    return render(request, "attendance/leaves.html", {"listing": listing})


@require_safe
@allow("leave.ask")
def my_leaves(request: HttpRequest) -> HttpResponse:
    """The own leaves and outings."""
    mine = Leave.objects.visible_to(request.user).filter(staff__user=request.user)
    listing = list_page(
        request,
        mine,
        OwnLeaveFilters,
        sorts={"day": LEAVE_SORTS["day"]},
        default_sort="-day",
        noun="请假外出",
    )
    return render(request, "attendance/my_leaves.html", {"listing": listing})


def _calendar(request: HttpRequest, staff: Staff) -> HttpResponse:
    first = _month(request.GET.get("month") or f"{timezone.localdate():%Y-%m}")
    found = DayResult.objects.visible_to(request.user).filter(staff=staff)
    context = {
        "calendar": month_calendar(
            staff, first, found.in_days(first, last_day(first)).select_related("record")
        ),
        "staff": staff,
        "is_own": staff.user_id == request.user.pk,
    }
    return render(request, "attendance/calendar.html", context)


def _person(request: HttpRequest, pk: int) -> Staff:
    people = people_in_sight(request.user)
    return get_object_or_404(people.select_related("hall", "department"), pk=pk)


def _own_staff(request: HttpRequest) -> Staff | None:
    return (
        people_in_sight(request.user).select_related("hall", "department").filter(user=request.user).first()
    )


def _hall_to_verify(request: HttpRequest) -> Hall:
    hall = current_hall(request)
    if not request.user.can("attendance.verify", hall):
        raise NotPermitted("只有这个大厅的大厅管理员可以计算和核实考勤。")
    return hall


def _month(text: str) -> date:
    try:
        return month_of(text)
    except Refused:
        raise Http404("没有这个月份。") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404("没有这一天。") from None
