"""换班: ask for it, answer it, take it back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.services.undoing import undoable
from accounts.toasts import toast
from patrols.duty_forms import AnswerForm, SwapForm
from patrols.duty_lists import DUTY_SWAPS, SWAP_READERS, duty_swap_rows
from patrols.duty_permissions import SWAP, may_answer, may_withdraw
from patrols.models import DutyDay, DutySwap
from patrols.services import swaps
from windows.views.attempts import form_page, tried

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@allow(*SWAP_READERS)
def swap_list(request: HttpRequest) -> HttpResponse:
    """换班: one's own requests; the office sees all of the hall."""
    listing = DUTY_SWAPS.page(request, duty_swap_rows(request))
    return render(request, "patrols/duty_swaps.html", {"listing": listing})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(SWAP)
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """请人换班: choose a day of somebody else."""
    rows = DutyDay.objects.visible_to(request.user).filter(user=request.user)
    duty = get_object_or_404(rows.select_related("hall", "user"), pk=pk)
    form = SwapForm(request.POST or None, duty=duty)
    if request.method == "POST" and form.is_valid() and tried(form, lambda: _ask(request, form, duty)):
        return redirect(duty)
    context = {
        "heading": f"{duty.day.month}月{duty.day.day}日请人换班",
        "submit": "发给对方",
        "up": "patrols:duty",
        "up_title": "值班表",
        "cancel_url": duty.get_absolute_url(),
    }
    return form_page(request, form, **context)


def _ask(request: HttpRequest, form: SwapForm, duty: DutyDay) -> None:
    data, key = form.cleaned_data, swaps.notice_key(duty, "swap_asked")
    facts = {"target": duty, "by": request.user, "hall": duty.hall, "notice_key": key}
    with undoable("duty.swap_asked", rows=partial(swaps.asked_rows, duty), **facts) as offer:
        swaps.ask_swap(duty=duty, other=data["other"], words=data["words"], by=request.user)
    toast(request, f"已请{data['other'].who}换班，等对方答复", undo=offer.url)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(*SWAP_READERS)
def swap(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: both days, and the answer of the one who was asked."""
    found = _swap(request, pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and tried(form, lambda: _answer(request, form, found)):
        return redirect(found)
    is_open = found.status == "asked"
    context = {
        "swap": found,
        "may_answer": is_open and may_answer(request.user, found),
        "may_withdraw": is_open and may_withdraw(request.user, found),
        "is_stale": is_open and min(found.giver_day, found.taker_day) < timezone.localdate(),
    }
    return form_page(request, form, "patrols/duty_swap.html", **context)


def _answer(request: HttpRequest, form: AnswerForm, found: DutySwap) -> None:
    accepts, key = form.cleaned_data["verdict"] == "accept", swaps.notice_key(found, "swap_answered")
    facts = {"target": found, "by": request.user, "hall": found.hall, "notice_key": key}
    with undoable("duty.swap_answered", rows=partial(swaps.swap_rows, found), **facts) as offer:
        words = form.cleaned_data["words"]
        swaps.answer_swap(swap=found, accepts=accepts, words=words, by=request.user)
    toast(request, "已换班，值班表已改" if accepts else "已答复不换", undo=offer.url)


@require_POST
@allow(SWAP)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """撤回 a request nobody has answered."""
    found = _swap(request, pk)
    rows = partial(swaps.swap_rows, found)
    facts = {"target": found, "by": request.user, "hall": found.hall}
    with undoable("duty.swap_withdrawn", rows=rows, **facts) as offer:
        swaps.withdraw_swap(swap=found, by=request.user)
    toast(request, "已撤回换班申请", undo=offer.url)
    return redirect(found)


def _swap(request: HttpRequest, pk: int) -> DutySwap:
    return get_object_or_404(DutySwap.objects.visible_to(request.user).for_list(), pk=pk)
