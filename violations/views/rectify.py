"""整改: what has to be put right, by when, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import allow
from accounts.halls import current_hall
from accounts.lists import Sort, by_time, list_page
from accounts.toasts import toast
from violations.filters import RectificationFilters
from violations.forms import RecheckForm, SubmitForm
from violations.models import Rectification
from violations.presenters import rectification_page
from violations.services import rectify

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

READERS = ("rectify.read_all", "rectify.read_window", "rectify.read_unit")
SORTS = {
    "due": by_time("期限", "due_on"),
    "number": Sort("编号", "number"),
    "window": Sort("窗口", ("window__floor", "window__code"), up="从前到后", down="从后到前"),
}


@require_safe
@allow(*READERS)
def rectifications(request: HttpRequest) -> HttpResponse:
    """整改: orders of the hall, or of one's own windows."""
    rows = Rectification.objects.visible_to(request.user).filter(hall=current_hall(request)).for_list()
    listing = list_page(request, rows, RectificationFilters, sorts=SORTS, default_sort="-due", noun="整改")
    return render(request, "violations/rectifications.html", {"listing": listing})


@require_safe
@allow(*READERS)
def rectification(request: HttpRequest, pk: int) -> HttpResponse:
    """One order: before, after, and the next step."""
    return _page(request, _order(request, pk))


@require_POST
@allow("rectify.answer")
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """提交整改: the window's answer."""
    order, form = _order(request, pk), SubmitForm(request.POST, request.FILES)
    if form.is_valid() and form.carried_out(
        lambda: rectify.submit_rectification(
            rectification=order,
            by=request.user,
            words=form.cleaned_data["words"],
            uploads=form.cleaned_data["photos"],
        )
    ):
        return _done(request, order, "已提交，等待复查")
    return _page(request, order, submit_form=form)


@require_POST
@allow("rectify.check")
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """复查: done, or back to the window."""
    order, form = _order(request, pk), RecheckForm(request.POST, request.FILES)
    if form.is_valid() and form.carried_out(
        lambda: rectify.recheck_rectification(
            rectification=order,
            by=request.user,
            is_done=form.cleaned_data["verdict"] == "done",
            words=form.cleaned_data["words"],
            uploads=form.cleaned_data["photos"],
        )
    ):
        return _done(request, order, f"复查结果：{form.outcome.get_status_display()}")
    return _page(request, order, recheck_form=form)


@require_POST
@allow("rectify.answer", "rectify.check")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销: take the last step back within ten seconds."""
    order = rectify.undo_rectification_step(rectification=_order(request, pk), by=request.user)
    toast(request, f"已撤销，现在是“{order.get_status_display()}”")
    return redirect(order)


def _order(request: HttpRequest, pk: int) -> Rectification:
    rows = Rectification.objects.visible_to(request.user).for_list()
    return get_object_or_404(
        rows.select_related("record__hall", "record__finder", "record__department"), pk=pk
    )


def _page(request: HttpRequest, order: Rectification, **forms: Form) -> HttpResponse:
    context = {"submit_form": SubmitForm(), "recheck_form": RecheckForm(), **forms}
    wrong = next((form for form in forms.values() if form.errors), None)
    context |= rectification_page(order, request.user) | {"form": wrong}
    return render(request, "violations/rectification.html", context, status=422 if wrong else 200)


def _done(request: HttpRequest, order: Rectification, words: str) -> HttpResponse:
    toast(request, words, undo=reverse("violations:undo_rectification", args=[order.pk]))
    return redirect(order)
