"""整改: what has to be put right, by when, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.bulk_pages import BulkAct, answer_bulk, answer_bulk_undo, bulk_bar
from accounts.decorators import allow
from accounts.halls import current_hall
from accounts.toasts import toast
from violations.forms import (
    ExtensionDecisionForm,
    ExtensionForm,
    PlanForm,
    PlanRecheckForm,
    RecheckForm,
    SubmitForm,
)
from violations.lists import RECTIFICATIONS, RECTIFY_READERS, rectification_rows
from violations.models import Rectification
from violations.presenters import rectification_page
from violations.services import rectify

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Hall, User


@require_safe
@allow(*RECTIFY_READERS)
def rectifications(request: HttpRequest) -> HttpResponse:
    """整改: orders of the hall, or of one's own windows."""
    listing = RECTIFICATIONS.page(request, rectification_rows(request))
    bar = bulk_bar(
        reverse("violations:bulk_recheck"),
        _acts(request.user, current_hall(request)),
        words="复查说明（退回要写）",
    )
    return render(request, "violations/rectifications.html", {"listing": listing, "bulk": bar})


@require_POST
@allow("rectify.check")
def bulk(request: HttpRequest) -> HttpResponse:
    """复查 several orders, each as singly."""
    rows = Rectification.objects.visible_to(request.user).for_list()
    undo_url, back = reverse("violations:bulk_recheck_undo"), reverse("violations:rectifications")
    return answer_bulk(request, rows, _acts(request.user), back=back, undo=undo_url)


@require_POST
@allow("rectify.check")
def bulk_undo(request: HttpRequest) -> HttpResponse:
    """撤销 several rechecks just made."""
    rows = Rectification.objects.visible_to(request.user).for_list()

    def undo_one(order: Rectification) -> object:
        return rectify.undo_rectification_step(rectification=order, by=request.user)

    return answer_bulk_undo(request, rows, undo_one, back=reverse("violations:rectifications"))


def _acts(user: User, hall: Hall | None = None) -> list[BulkAct]:
    if not user.can_any(("rectify.check",), hall):
        return []

    def recheck_as(is_done: bool) -> Callable[[Rectification, str], object]:
        return lambda order, words: rectify.recheck_rectification(
            rectification=order, by=user, is_done=is_done, words=words
        )

    return [
        BulkAct("done", "复查合格", recheck_as(True), is_main=True),
        BulkAct("return", "退回重改", recheck_as(False)),
    ]


@require_safe
@allow(*RECTIFY_READERS)
def rectification(request: HttpRequest, pk: int) -> HttpResponse:
    """One order: before, after, and the next step."""
    return order_page(request, order_of(request, pk))


@require_POST
@allow("rectify.answer")
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """提交整改: the window's answer."""
    order, form = order_of(request, pk), SubmitForm(request.POST, request.FILES)
    if form.is_valid() and form.carried_out(
        lambda: rectify.submit_rectification(
            rectification=order,
            by=request.user,
            words=form.cleaned_data["words"],
            uploads=form.cleaned_data["photos"],
        )
    ):
        return order_done(request, order, "已提交，等待复查")
    return order_page(request, order, submit_form=form)


@require_POST
@allow("rectify.check")
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """复查: done, or back to the window."""
    order, form = order_of(request, pk), RecheckForm(request.POST, request.FILES)
    if form.is_valid() and form.carried_out(
        lambda: rectify.recheck_rectification(
            rectification=order,
            by=request.user,
            is_done=form.cleaned_data["verdict"] == "done",
            words=form.cleaned_data["words"],
            uploads=form.cleaned_data["photos"],
        )
    ):
        return order_done(request, order, f"复查结果：{form.outcome.get_status_display()}")
    return order_page(request, order, recheck_form=form)


@require_POST
@allow("rectify.answer", "rectify.check", "record.confirm")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销: take the last step back within ten seconds."""
    order = rectify.undo_rectification_step(rectification=order_of(request, pk), by=request.user)
    toast(request, f"已撤销，现在是“{order.get_status_display()}”")
    return redirect(order)


def order_of(request: HttpRequest, pk: int) -> Rectification:
    """The order of the address, when this person may see it."""
    rows = Rectification.objects.visible_to(request.user).for_list()
    return get_object_or_404(
        rows.select_related("window__department", "record__hall", "record__finder", "record__department"),
        pk=pk,
    )


def order_page(request: HttpRequest, order: Rectification, **forms: Form) -> HttpResponse:
    """The page with all its forms; those named were sent and have something wrong."""
    context: dict[str, object] = {
        "submit_form": SubmitForm(),
        "recheck_form": RecheckForm(),
        "plan_form": PlanForm(initial={"plan": order.plan}),
        "extension_form": ExtensionForm(),
        "decision_form": ExtensionDecisionForm(),
        "recheck_day_form": PlanRecheckForm(),
        **forms,
    }
    wrong = next((form for form in forms.values() if form.errors), None)
    context |= rectification_page(order, request.user) | {"form": wrong}
    return render(request, "violations/rectification.html", context, status=422 if wrong else 200)


def order_done(request: HttpRequest, order: Rectification, words: str) -> HttpResponse:
    """Say so, with the way back."""
    toast(request, words, undo=reverse("violations:undo_rectification", args=[order.pk]))
    return redirect(order)
