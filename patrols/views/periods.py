"""重点时段: list, add, change, remove."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.halls import current_hall
from accounts.models import Hall
from accounts.querysets import in_halls
from accounts.services.undoing import undoable
from accounts.toasts import toast
from patrols.coverage_lists import PERIOD_READERS, SPECIAL_PERIODS, special_period_rows
from patrols.duty_forms import PeriodForm
from patrols.duty_permissions import EDIT
from patrols.models import SpecialPeriod
from patrols.services import periods as services
from windows.views.attempts import form_page, tried, undoable_act

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

UP = {"up": "patrols:special_periods", "up_title": "重点时段"}


@require_safe
@allow(*PERIOD_READERS)
def periods(request: HttpRequest) -> HttpResponse:
    """重点时段 of the hall."""
    hall = current_hall(request)
    listing = SPECIAL_PERIODS.page(request, special_period_rows(request))
    context = {"listing": listing, "hall": hall, "may_edit": request.user.can(EDIT, hall)}
    return render(request, "patrols/periods.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EDIT)
def new(request: HttpRequest) -> HttpResponse:
    """添加重点时段."""
    hall = get_object_or_404(Hall.objects.where(request.user, EDIT), pk=current_hall(request).pk)
    form = PeriodForm(request.POST or None)

    def add() -> None:
        rows = partial(services.period_rows, hall)
        with undoable("duty.period_added", target=hall, by=request.user, hall=hall, rows=rows) as offer:
            services.add_period(hall=hall, by=request.user, **form.cleaned_data)
        toast(request, "已添加重点时段", undo=offer.url)

    if request.method == "POST" and form.is_valid() and tried(form, add):
        return redirect(f"{reverse('patrols:special_periods')}?hall={hall.code}")
    return form_page(request, form, heading="添加重点时段", **UP)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(*PERIOD_READERS)
def period(request: HttpRequest, pk: int) -> HttpResponse:
    """One special period; the office changes it here."""
    found = get_object_or_404(SpecialPeriod.objects.visible_to(request.user).select_related("hall"), pk=pk)
    may_edit = request.user.can(EDIT, found.hall)
    if not may_edit:
        return render(request, "patrols/period.html", {"period": found})
    form = PeriodForm(request.POST or None, facts=services.period_facts(found))

    def keep() -> None:
        services.change_period(period=found, by=request.user, seen=form.seen, **form.cleaned_data)

    facts = {"target": found, "by": request.user, "hall": found.hall}
    act = undoable_act(
        form, keep, action="duty.period_changed", rows=partial(services.period_rows, found.hall), **facts
    )
    acted = request.method == "POST" and form.is_valid()
    if acted and tried(form, act, about=found, actions=("duty.period_changed",)):
        toast(request, "已保存重点时段", undo=form.undo)  # type: ignore[attr-defined]
        return redirect(found)
    context = {"heading": found.name, "period": found, "undo_of": found, **UP}
    return form_page(request, form, "patrols/period_form.html", **context)


@require_POST
@allow(EDIT)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a special period."""
    rows = SpecialPeriod.objects.visible_to(request.user).filter(in_halls(request.user, EDIT))
    found = get_object_or_404(rows.select_related("hall"), pk=pk)
    hall = found.hall
    facts = {"target": hall, "by": request.user, "hall": hall}
    with undoable("duty.period_removed", rows=partial(services.period_rows, hall), **facts) as offer:
        services.remove_period(period=found, by=request.user)
    toast(request, f"已删除“{found.name}”", undo=offer.url)
    return redirect(f"{reverse('patrols:special_periods')}?hall={hall.code}")
