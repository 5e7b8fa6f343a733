"""考勤 and 请假: today's board, the month sheet, the half days behind each number, one person's month."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.bulk_pages import BulkAct, answer_bulk, bulk_bar
from accounts.decorators import allow
from accounts.errors import NotPermitted
from accounts.halls import current_hall
from accounts.words import month_words
from attendance.enums import Presence
from attendance.lists import (
    BOARD,
    LEAVE_READERS,
    LEAVES,
    MY_LEAVES,
    READERS,
    RESULTS,
    SHEET,
    board_rows,
    leave_rows,
    month_asked,
    my_leave_rows,
    result_rows,
    sheet_rows,
)
from attendance.models import DayResult, Leave, Punch
from attendance.presenters import counts_of, month_calendar
from attendance.querysets import people_in_sight
from attendance.services import derive_run
from attendance.services.counts import WITHIN_ABSENCE, count_expressions
from attendance.services.months import last_day, month_after, month_before
from attendance.services.presence import headcount
from attendance.services.proposals import propose_anomalies, propose_result
from attendance.services.rules import rules_of
from attendance.services.timetable import Seats, Timetable
from trail.tasks import start_run
from windows.working_days import is_working_day

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Hall, User
    from windows.models import Staff


@require_safe
@allow(*READERS)
def board(request: HttpRequest) -> HttpResponse:
    """Who is here now, who is away with leave, who has not been seen."""
    hall, now = current_hall(request), timezone.now()
    people = people_in_sight(request.user).filter(hall=hall).present_on(timezone.localdate(now))
    listing = BOARD.page(request, board_rows(request))
    for row in listing.rows:
        row.state = Presence(row.presence)
    context = {
        "listing": listing,
        "headcount": headcount(people, hall, now),
        "is_workday": is_working_day(hall, timezone.localdate(now)),
        "day": timezone.localdate(now),
        "month": f"{timezone.localdate(now):%Y-%m}",
    }
    return render(request, "attendance/board.html", context)


@require_safe
@allow(*READERS)
def sheet(request: HttpRequest, month: str) -> HttpResponse:
    """The month per person; every number leads to its half days."""
    hall, first = current_hall(request), month_asked(month)
    listing = SHEET.page(request, sheet_rows(request, month), month=month)
    for row in listing.rows:
        row.counts = {one.name: one for one in counts_of(vars(row), first, person=row.no, hall=hall.code)}
        row.noted = [one for one in row.counts.values() if one.value and one.name != WITHIN_ABSENCE]
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
    listing = RESULTS.page(request, result_rows(request))
    acts = _acts(request.user) if request.user.can("attendance.verify", current_hall(request)) else []
    context = {
        "listing": listing,
        "month": f"{timezone.localdate():%Y-%m}",
        "bulk": bulk_bar(reverse("attendance:bulk"), acts),
    }
    return render(request, "attendance/results.html", context)


@require_POST
@allow("attendance.verify")
def bulk(request: HttpRequest) -> HttpResponse:
    """Leave several anomalies in the ledger as drafts."""
    rows = DayResult.objects.visible_to(request.user).select_related("staff")
    return answer_bulk(request, rows, _acts(request.user), back=reverse("attendance:results"))


def _acts(user: User) -> list[BulkAct]:
    return [BulkAct("propose", "列为草稿", lambda row, words: propose_result(result=row, by=user))]


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
    """Have the month derived again from the facts that are there now; the run's page shows how far it is."""
    hall, first = _hall_to_verify(request), month_asked(month)
    title = f"重新计算{month_words(first)}考勤"
    return redirect(
        start_run(
            derive_run.NAME, hall=hall, by=request.user, params={"month": f"{first:%Y-%m}"}, title=title
        )
    )


@require_POST
@allow("attendance.verify")
def propose(request: HttpRequest, month: str) -> HttpResponse:
    """Leave the month's anomalies in the ledger as drafts, for a person to verify."""
    hall = _hall_to_verify(request)
    new = propose_anomalies(hall=hall, month=month_asked(month), by=request.user)
    words = f"新列草稿 {new} 条，核实后才会通知本人。" if new else "没有新的异常可列，已列过的不会重复。"
    messages.success(request, words)
    return redirect(f"{request.path.removesuffix('propose/')}?hall={hall.code}")


@require_safe
@allow(*LEAVE_READERS)
def leaves(request: HttpRequest) -> HttpResponse:
    """Leaves and outings as they were imported."""
    listing = LEAVES.page(request, leave_rows(request))
    return render(request, "attendance/leaves.html", {"listing": listing})


@require_safe
@allow("leave.ask")
def my_leaves(request: HttpRequest) -> HttpResponse:
    """The own leaves and outings."""
    listing = MY_LEAVES.page(request, my_leave_rows(request))
    return render(request, "attendance/my_leaves.html", {"listing": listing})


def _calendar(request: HttpRequest, staff: Staff) -> HttpResponse:
    first = month_asked(request.GET.get("month") or f"{timezone.localdate():%Y-%m}")
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


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404("没有这一天。") from None
