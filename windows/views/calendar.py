"""工作日历 and 服务时间."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.errors import Refused
from accounts.halls import current_hall
from accounts.services.undoing import undoable
from accounts.templatetags.mingchuang import cn_date
from accounts.toasts import toast
from accounts.versions import version_of
from windows.forms import HoursForm, LocalDayForm, NoticeForm
from windows.models import CalendarDay, CalendarYear
from windows.presenters import hours_of
from windows.services import calendar as services
from windows.services import taking_back
from windows.services.hours import hours_facts, set_hours
from windows.views.attempts import form_page, hall_to_edit, row_to_edit, tried, undoable_act

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Hall

EDIT = "calendar.edit"


@require_safe
@allow("hall.read")
def calendar(request: HttpRequest) -> HttpResponse:
    """工作日历 of a year: the state's days, the hall's own, and whether the year is published."""
    hall = current_hall(request)
    this_year = timezone.localdate().year
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdecimal() and 2000 <= int(asked) <= 2100 else this_year
    days = CalendarDay.objects.visible_to(request.user).filter(day__year=year)
    published = CalendarYear.objects.visible_to(request.user).published()
    known = {row.year: row for row in published}
    context = {
        "hall": hall,
        "year": year,
        "known": known.get(year),
        "years": [(one, one in known) for one in sorted({*known, this_year, this_year + 1})],
        "state_days": days.filter(hall=None),
        "local_days": _local_days(days.for_hall(hall).exclude(hall=None)),
        "may_edit": request.user.can(EDIT, hall),
    }
    return render(request, "windows/calendar.html", context)


def _local_days(rows: Any) -> list[CalendarDay]:
    """The hall's own days, each with the version its 撤销 is about."""
    found = list(rows.select_related("hall").order_by("day"))
    for entry in found:
        entry.seen = version_of(services.local_facts(entry))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def notice(request: HttpRequest) -> HttpResponse:
    """导入放假安排: the diff first, kept when it is confirmed."""
    hall_to_edit(request, EDIT)
    form = NoticeForm(request.POST or None, request.FILES or None)
    diff = None
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        try:
            diff = services.diff_notice(services.read_notice(text))
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            if "confirm" in request.POST:
                _apply(request, diff)
                return redirect(f"/settings/calendar/?year={diff.notice.year}")
            return render(request, "windows/notice_diff.html", {"diff": diff, "text": text})
    context = {
        "heading": "导入放假安排",
        "submit": "看有什么变化",
        "up": "windows:calendar",
        "up_title": "工作日历",
    }
    return form_page(request, form, **context)


def _apply(request: HttpRequest, diff: Any) -> None:
    hall, year = current_hall(request), diff.notice.year
    rows = partial(taking_back.year_rows, year)
    with undoable("calendar.imported", target=hall, by=request.user, hall=hall, rows=rows) as offer:
        services.apply_notice(notice=diff.notice, by=request.user)
    toast(request, f"已导入 {year} 年放假安排，{len(diff.changes)} 天有变化。", undo=offer.url)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def local_day(request: HttpRequest) -> HttpResponse:
    """本地安排: the hall's own decision about a day."""
    hall = hall_to_edit(request, EDIT)
    facts, day = services.local_facts(None), {"day": request.GET.get("day", "")}
    form = LocalDayForm(request.POST or None, facts=facts, initial=day)
    if request.method == "POST" and form.is_valid() and _local_day_kept(request, form, hall):
        return redirect(f"/settings/calendar/?year={form.cleaned_data['day'].year}&hall={hall.code}")
    return form_page(request, form, heading="本地安排", up="windows:calendar", up_title="工作日历")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def local_day_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide otherwise about a day."""
    entry = row_to_edit(request, CalendarDay.objects.visible_to(request.user).exclude(hall=None), EDIT, pk)
    form = LocalDayForm(request.POST or None, facts=services.local_facts(entry), stands=True)
    if request.method == "POST" and form.is_valid():
        form.cleaned_data["day"] = entry.day
        if _local_day_kept(request, form, entry.hall):
            return redirect(f"/settings/calendar/?year={entry.day.year}&hall={entry.hall.code}")
    heading = f"{cn_date(entry.day)}的本地安排"
    return form_page(request, form, heading=heading, up="windows:calendar", up_title="工作日历")


def _local_day_kept(request: HttpRequest, form: LocalDayForm, hall: Hall) -> bool:
    """Whether the decision was saved; else the form tells why not, or what somebody else has decided."""
    day = form.cleaned_data["day"]
    rows = partial(taking_back.local_rows, hall, day)

    def keep() -> None:
        services.set_local_day(hall=hall, by=request.user, seen=form.seen, **form.cleaned_data)

    standing = CalendarDay.objects.visible_to(request.user).filter(hall=hall, day=day).first()
    act = undoable_act(
        form, keep, action="calendar.local_set", target=hall, by=request.user, hall=hall, rows=rows
    )
    if not tried(form, act, about=standing or hall, actions=("calendar.local_set",)):
        return False
    toast(request, "已保存本地安排。", undo=form.undo)  # type: ignore[attr-defined]
    return True


@require_POST
@allow(EDIT)
def local_day_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a local decision back."""
    entry = row_to_edit(request, CalendarDay.objects.visible_to(request.user), EDIT, pk)
    hall, day = entry.hall or current_hall(request), entry.day
    rows = partial(taking_back.local_rows, hall, day)
    with undoable("calendar.local_dropped", target=hall, by=request.user, hall=hall, rows=rows) as offer:
        services.drop_local_day(entry=entry, by=request.user, seen=request.POST.get("seen", ""))
    toast(request, "已撤销本地安排。", undo=offer.url)
    return redirect(f"/settings/calendar/?year={day.year}")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def hours(request: HttpRequest) -> HttpResponse:
    """服务时间 of the hall."""
    hall = hall_to_edit(request, EDIT)
    week = hours_of(hall, timezone.localdate())
    form = HoursForm(request.POST or None, facts=hours_facts(hall))

    def keep() -> None:
        data = form.cleaned_data
        set_hours(
            hall=hall,
            week=data["week"],
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            by=request.user,
            seen=form.seen,
        )

    hours_set = ("hours.set",)
    facts = {"target": hall, "by": request.user, "hall": hall, "rows": lambda: taking_back.hours_rows(hall)}
    act = undoable_act(form, keep, action="hours.set", **facts)
    if request.method == "POST" and form.is_valid() and tried(form, act, about=hall, actions=hours_set):
        toast(request, "已保存服务时间。", undo=form.undo)
        return redirect(request.get_full_path())
    coming = hall.service_hours.filter(window=None, starts_on__gt=timezone.localdate()).order_by(
        "starts_on", "weekday"
    )
    context = {"heading": "服务时间", "hall": hall, "week": week, "coming": coming}
    return form_page(request, form, "windows/hours.html", **context)
