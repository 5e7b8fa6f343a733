"""措施: the list, one measure, and each step of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.halls import current_hall
from accounts.toasts import toast
from violations.lists import READERS
from violations.measure_forms import ProposeForm
from violations.measure_lists import MEASURES, measure_rows
from violations.measure_permissions import DECIDE, DECIDE_GRAVE, PROPOSE
from violations.measure_presenters import ACTS, measure_page
from violations.models import Measure
from violations.services import measures as service

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

CONCERNED = ("record.read_own", "record.read_window")


@require_safe
@allow(*READERS)
def measures(request: HttpRequest) -> HttpResponse:
    """措施 of the hall, or about oneself."""
    listing = MEASURES.page(request, measure_rows(request))
    may_propose = request.user.can(PROPOSE, current_hall(request))
    return render(request, "violations/measures.html", {"listing": listing, "may_propose": may_propose})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(PROPOSE)
def new(request: HttpRequest) -> HttpResponse:
    """提出措施."""
    hall = current_hall(request)
    form = ProposeForm(request.POST or None, hall=hall, user=request.user)
    if form.is_valid() and form.carried_out(
        lambda: service.propose_measure(hall=hall, by=request.user, **form.cleaned_data)
    ):
        toast(request, f"已提出，{form.outcome.who}可在期限内陈述")
        return redirect(form.outcome)
    status = 422 if form.errors else 200
    return render(request, "violations/measure_new.html", {"form": form, "hall": hall}, status=status)


@require_safe
@allow(*READERS)
def measure(request: HttpRequest, pk: int) -> HttpResponse:
    """One measure: its basis, what was done, the next step."""
    return _page(request, _measure(request, pk), {})


@require_POST
@allow(*CONCERNED)
def say(request: HttpRequest, pk: int) -> HttpResponse:
    """陈述."""
    return _carry_out(request, pk, "say", service.say_on_measure)


@require_POST
@allow(*CONCERNED)
def hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """提交书面检查."""
    return _carry_out(request, pk, "hand_in", service.hand_in_review)


@require_POST
@allow(DECIDE, DECIDE_GRAVE)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """决定采取."""
    return _carry_out(request, pk, "decide", service.decide_measure)


@require_POST
@allow(DECIDE, DECIDE_GRAVE)
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """不采取."""
    return _carry_out(request, pk, "decline", service.decline_measure)


@require_POST
@allow(DECIDE, DECIDE_GRAVE)
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """退回书面检查."""
    return _carry_out(request, pk, "return", service.return_review)


@require_POST
@allow(DECIDE, DECIDE_GRAVE)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """办结."""
    return _carry_out(request, pk, "close", service.close_measure)


def _carry_out(request: HttpRequest, pk: int, name: str, act: Callable[..., Measure]) -> HttpResponse:
    row = _measure(request, pk)
    title, kind = ACTS[name]
    form: Any = kind(request.POST)
    if form.is_valid() and form.carried_out(lambda: act(measure=row, by=request.user, **form.cleaned_data)):
        toast(request, f"{title}：已保存，现在是“{form.outcome.get_status_display()}”")
        return redirect(form.outcome)
    return _page(request, row, {name: form})


def _measure(request: HttpRequest, pk: int) -> Measure:
    rows = Measure.objects.visible_to(request.user).for_list()
    return get_object_or_404(rows.select_related("staff__user"), pk=pk)


def _page(request: HttpRequest, row: Measure, wrong: dict[str, Form]) -> HttpResponse:
    context = measure_page(row, request.user, wrong)
    return render(request, "violations/measure.html", context, status=422 if wrong else 200)
