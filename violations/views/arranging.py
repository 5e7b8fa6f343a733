"""整改安排: plan, extension and the day of the recheck; each on the order's page, each taken back there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.views.decorators.http import require_POST

from accounts.decorators import allow
from accounts.words import day_words
from violations.forms import ExtensionDecisionForm, ExtensionForm, PlanForm, PlanRecheckForm
from violations.services import arranging
from violations.views.rectify import order_done, order_of, order_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_POST
@allow("rectify.answer")
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """整改计划: what the window will do."""
    order, form = order_of(request, pk), PlanForm(request.POST)
    if form.is_valid() and form.carried_out(
        lambda: arranging.plan_rectification(
            rectification=order, by=request.user, words=form.cleaned_data["plan"]
        )
    ):
        return order_done(request, order, "整改计划已写好")
    return order_page(request, order, plan_form=form)


@require_POST
@allow("rectify.answer")
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    """申请延期: some more working days."""
    order, form = order_of(request, pk), ExtensionForm(request.POST)
    if form.is_valid() and form.carried_out(
        lambda: arranging.ask_extension(rectification=order, by=request.user, **form.cleaned_data)
    ):
        return order_done(request, order, f"已申请延到{day_words(form.outcome.asked_until)}")
    return order_page(request, order, extension_form=form)


@require_POST
@allow("record.confirm")
def decide_extension(request: HttpRequest, pk: int) -> HttpResponse:
    """答复延期: granted or refused."""
    order, form = order_of(request, pk), ExtensionDecisionForm(request.POST)
    if form.is_valid() and form.carried_out(
        lambda: arranging.decide_extension(
            rectification=order,
            by=request.user,
            is_granted=form.cleaned_data["answer"] == "grant",
            words=form.cleaned_data["opinion"],
        )
    ):
        return order_done(request, order, f"已答复，期限 {day_words(form.outcome.due_on)}")
    return order_page(request, order, decision_form=form)


@require_POST
@allow("rectify.check")
def plan_recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """安排回头看: on which day the rounds look again."""
    order, form = order_of(request, pk), PlanRecheckForm(request.POST)
    if form.is_valid() and form.carried_out(
        lambda: arranging.plan_recheck(rectification=order, by=request.user, day=form.cleaned_data["day"])
    ):
        return order_done(request, order, f"已安排{day_words(form.outcome.recheck_on)}起回头看")
    return order_page(request, order, recheck_day_form=form)
