"""工作日历 and 服务时间."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.errors import Refused
from accounts.halls import current_hall
from windows.forms import HoursForm, LocalDayForm, NoticeForm
from windows.models import CalendarDay, CalendarYear
from windows.presenters import hours_of
from windows.services import calendar as services
from windows.services.hours import set_hours
from windows.views.attempts import form_page, hall_to_edit, row_to_edit, tried

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

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
        "local_days": days.for_hall(hall).exclude(hall=None).select_related("hall").order_by("day"),
        "may_edit": request.user.can(EDIT, hall),
    }
    return render(request, "windows/calendar.html", context)


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
                services.apply_notice(notice=diff.notice, by=request.user)
                messages.success(
                    request, f"已导入 {diff.notice.year} 年放假安排，{len(diff.changes)} 天有变化。"
                )
                return redirect(f"/settings/calendar/?year={diff.notice.year}")
            return render(request, "windows/notice_diff.html", {"diff": diff, "text": text})
    context = {
        "heading": "导入放假安排",
        "submit": "看有什么变化",
        "up": "windows:calendar",
        "up_title": "工作日历",
    }
    return form_page(request, form, **context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def local_day(request: HttpRequest) -> HttpResponse:
    """本地安排: the hall's own decision about a day."""
    hall = hall_to_edit(request, EDIT)
    form = LocalDayForm(request.POST or None, initial={"day": request.GET.get("day", "")})

    def keep() -> None:
        services.set_local_day(hall=hall, by=request.user, **form.cleaned_data)

    if request.method == "POST" and form.is_valid() and tried(form, keep):
        messages.success(request, "已保存本地安排。")
        return redirect(f"/settings/calendar/?year={form.cleaned_data['day'].year}&hall={hall.code}")
    return form_page(request, form, heading="本地安排", up="windows:calendar", up_title="工作日历")


@require_POST
@allow(EDIT)
def local_day_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a local decision back."""
    entry = row_to_edit(request, CalendarDay.objects.visible_to(request.user), EDIT, pk)
    services.drop_local_day(entry=entry, by=request.user)
    messages.success(request, "已撤销本地安排。")
    return redirect(f"/settings/calendar/?year={entry.day.year}")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def hours(request: HttpRequest) -> HttpResponse:
    """服务时间 of the hall."""
    hall = hall_to_edit(request, EDIT)
    week = hours_of(hall, timezone.localdate())
    initial = {f"day{n}": words for n, (_, words) in enumerate(week)}
    form = HoursForm(request.POST or None, initial=initial)

    def keep() -> None:
        data = form.cleaned_data
        set_hours(
            hall=hall,
            week=data["week"],
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            by=request.user,
        )

    if request.method == "POST" and form.is_valid() and tried(form, keep):
        messages.success(request, "已保存服务时间。")
        return redirect(request.get_full_path())
    coming = hall.service_hours.filter(window=None, starts_on__gt=timezone.localdate()).order_by(
        "starts_on", "weekday"
    )
    context = {"heading": "服务时间", "hall": hall, "week": week, "coming": coming}
    return form_page(request, form, "windows/hours.html", **context)
