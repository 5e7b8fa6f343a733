"""回头看 on a round: recheck at the window what it has put right, and go on walking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.decorators import allow
from accounts.errors import NotPermitted, Refused
from accounts.toasts import toast
from patrols.permissions import may_note
from patrols.views.rounds import phone_page, round_at, round_of
from violations.forms import RecheckForm
from violations.models import Rectification
from violations.services.rectify import recheck_rectification

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_POST
@allow("rectify.check")
def recheck(request: HttpRequest, pk: int, order: int) -> HttpResponse:
    """Done, or back to the window; the round goes on at the same window."""
    round_ = round_of(request, pk)
    if not may_note(request.user, round_):
        raise NotPermitted("这一轮不是你在巡查。")
    if not round_.is_open:
        raise Refused("这一轮已经结束，请到整改页复查。", code="round_finished")
    rows = Rectification.objects.visible_to(request.user).filter(hall=round_.hall)
    shown = get_object_or_404(rows.select_related("window"), pk=order)
    form = RecheckForm(request.POST, request.FILES, auto_id=f"recheck-{shown.pk}-%s")
    if form.is_valid() and form.carried_out(
        lambda: recheck_rectification(
            rectification=shown,
            by=request.user,
            is_done=form.cleaned_data["verdict"] == "done",
            words=form.cleaned_data["words"],
            uploads=form.cleaned_data["photos"],
        )
    ):
        undo = reverse("violations:undo_rectification", args=[shown.pk])
        toast(request, f"{shown.window.code} 回头看：{form.outcome.get_status_display()}", undo=undo)
        return redirect(round_at(round_, shown.window.code))
    return phone_page(request, round_, shown.window.code, recheck_form=(shown.pk, form))
