"""值班表: the month, one day of one person with the log, and drafting."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.halls import current_hall
from accounts.models import Hall
from accounts.services.undoing import undoable
from accounts.toasts import toast
from patrols.duty_forms import DayForm, DraftForm, LogForm
from patrols.duty_lists import DUTY_DAYS, duty_day_rows
from patrols.duty_permissions import EDIT, READERS, may_edit_rota, may_swap
from patrols.duty_presenters import duty_month
from patrols.models import DutyDay, DutySwap
from patrols.months import last_day, month_after, month_of
from patrols.services import duty_log, rota
from patrols.services.duty_share import shares
from windows.views.attempts import form_page, tried, undoable_act

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@allow(*READERS)
def month(request: HttpRequest) -> HttpResponse:
    """值班表 of a month: who is on duty which day, how evenly, and which requests wait."""
    hall, first = current_hall(request), month_of(request.GET.get("month", ""), timezone.localdate())
    seen = DutyDay.objects.visible_to(request.user).filter(hall=hall)
    rows = seen.in_month(hall, first, last_day(first)).select_related("user", "department")
    may_edit = may_edit_rota(request.user, hall)
    swaps = DutySwap.objects.visible_to(request.user).filter(hall=hall, status="asked").for_list()
    context = {
        "hall": hall,
        "calendar": duty_month(hall, first, list(rows), request.user, may_edit=may_edit),
        "shares": shares(seen, first, last_day(first)),
        "swaps": list(swaps),
        "may_edit": may_edit,
        "may_swap": request.user.can("duty.swap", hall),
    }
    return render(request, "patrols/duty_month.html", context)


@require_safe
@allow(*READERS)
def ledger(request: HttpRequest) -> HttpResponse:
    """值班台账: every day of duty with its log."""
    listing = DUTY_DAYS.page(request, duty_day_rows(request))
    return render(request, "patrols/duty_ledger.html", {"listing": listing})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(*READERS)
def day(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's day of duty: the log, and asking somebody to change."""
    rows = DutyDay.objects.visible_to(request.user).for_list()
    duty = get_object_or_404(rows, pk=pk)
    objection = duty_log.log_objection(request.user, duty)
    form = LogForm(request.POST or None, facts=duty_log.log_facts(duty), duty=duty)
    if request.method == "POST" and form.is_valid() and _log_kept(request, form, duty):
        return redirect(duty)
    context = {
        "duty": duty,
        "objection": objection,
        "may_swap": may_swap(request.user, duty) and duty.day >= timezone.localdate(),
        "asked": DutySwap.objects.visible_to(request.user)
        .filter(hall=duty.hall_id, kind=duty.kind, giver=duty.user_id, giver_day=duty.day)
        .for_list()
        .first(),
        "heading": "值班日志",
    }
    return form_page(request, form, "patrols/duty_day.html", **context)


def _log_kept(request: HttpRequest, form: LogForm, duty: DutyDay) -> bool:
    def keep() -> None:
        data = form.cleaned_data
        duty_log.write_log(
            duty=duty,
            seen_words=data["seen"],
            done=data["done"],
            present_name=data.get("present_name", ""),
            by=request.user,
            seen=form.seen,
        )

    rows = partial(duty_log.log_rows, duty)
    act = undoable_act(
        form, keep, action="duty.logged", target=duty, by=request.user, hall=duty.hall, rows=rows
    )
    if not tried(form, act, about=duty, actions=("duty.logged",)):
        return False
    toast(request, "已保存值班日志", undo=form.undo)  # type: ignore[attr-defined]
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def draft(request: HttpRequest) -> HttpResponse:
    """生成值班表: turns over the working days of a month."""
    hall = _hall_to_edit(request)
    following = month_after(timezone.localdate().replace(day=1))
    asked = request.GET.get("month") or f"{following:%Y-%m}"
    form = DraftForm(request.POST or None, hall=hall, initial={"month": asked, "kind": "manage"})
    if request.method == "POST" and form.is_valid() and tried(form, lambda: _draft(request, form, hall)):
        return redirect(f"{reverse('patrols:duty')}?month={form.cleaned_data['month']}&hall={hall.code}")
    context = {"heading": "生成值班表", "submit": "生成", "up": "patrols:duty", "up_title": "值班表"}
    return form_page(request, form, **context)


def _draft(request: HttpRequest, form: DraftForm, hall: Hall) -> None:
    first, kind = month_of(form.cleaned_data["month"], timezone.localdate()), form.cleaned_data["kind"]
    rows = partial(rota.month_rows, hall, first)
    with undoable("duty.drafted", target=hall, by=request.user, hall=hall, rows=rows) as offer:
        made = rota.draft_month(hall=hall, first=first, kind=kind, chosen=form.chosen, by=request.user)
    if made:
        toast(request, f"已排 {len(made)} 天，可以逐天修改", undo=offer.url)
    else:
        toast(request, "没有要排的日子：工作日都已有人，或者已经过去")


@require_POST
@allow(EDIT)
def copy(request: HttpRequest) -> HttpResponse:
    """复制到下月."""
    hall = _hall_to_edit(request)
    first = month_of(request.POST.get("month", ""), timezone.localdate())
    following = month_after(first)
    rows = partial(rota.month_rows, hall, following)
    with undoable("duty.copied", target=hall, by=request.user, hall=hall, rows=rows) as offer:
        made = rota.copy_month(hall=hall, first=first, by=request.user)
    days = len({row.day for row in made})
    toast(
        request, f"已复制，{days} 天有人值班" if made else "下个月的工作日都已有人，没有改动", undo=offer.url
    )
    return redirect(f"{reverse('patrols:duty')}?month={following:%Y-%m}&hall={hall.code}")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def edit(request: HttpRequest, on: str) -> HttpResponse:
    """改一天的值班."""
    hall, when = _hall_to_edit(request), _day(on)
    form = DayForm(request.POST or None, facts=rota.day_facts(hall, when), hall=hall)

    def keep() -> None:
        rota.set_day(hall=hall, day=when, by=request.user, seen=form.seen, **form.cleaned_data)

    rows = partial(rota.day_rows, hall, when)
    act = undoable_act(form, keep, action="duty.day_set", target=hall, by=request.user, hall=hall, rows=rows)
    acted = request.method == "POST" and form.is_valid()
    if acted and tried(form, act, about=hall, actions=("duty.day_set",)):
        toast(request, f"已保存{when.month}月{when.day}日的值班", undo=form.undo)  # type: ignore[attr-defined]
        return redirect(f"{reverse('patrols:duty')}?month={when:%Y-%m}&hall={hall.code}")
    context: dict[str, Any] = {"up": "patrols:duty", "up_title": "值班表", "undo_of": hall}
    return form_page(request, form, heading=f"{when.month}月{when.day}日值班", **context)


def _hall_to_edit(request: HttpRequest) -> Hall:
    return get_object_or_404(Hall.objects.where(request.user, EDIT), pk=current_hall(request).pk)


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Http404("没有这一天。") from None
    if not 2000 <= found.year <= 2100:
        raise Http404("没有这一天。")
    return found
