"""申诉复核: both sides' evidence, the deadline, and a decision by somebody who took no part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import allow
from accounts.toasts import toast
from violations.forms import AppealDecisionForm, sent
from violations.lists import APPEALS, READERS, RECORD_OF_APPEAL, appeal_rows
from violations.models import Appeal
from violations.presenters import appeal_page, price
from violations.services.appeals import decide_appeal

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@allow(*READERS)
def appeals(request: HttpRequest) -> HttpResponse:
    """申诉: those of records this person may see."""
    listing = APPEALS.page(request, appeal_rows(request))
    price(appeal.record for appeal in listing.rows)
    return render(request, "violations/appeals.html", {"listing": listing})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(*READERS)
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """One appeal: read it, or decide it."""
    rows = Appeal.objects.visible_to(request.user).select_related("hall", "by", "reviewer", *RECORD_OF_APPEAL)
    shown = get_object_or_404(rows.select_related("record__finder"), pk=pk)
    form = AppealDecisionForm(*sent(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        is_allowed = data["verdict"] == "allow"
        decide_appeal(appeal=shown, by=request.user, is_allowed=is_allowed, opinion=data["opinion"])
        undo = reverse("violations:undo", args=[shown.record_id])
        toast(request, "申诉成立，已撤销" if is_allowed else "申诉不成立", undo=undo)
        return redirect(shown)
    context = {**appeal_page(shown, request.user), "form": form}
    return render(request, "violations/appeal.html", context, status=422 if form.errors else 200)
