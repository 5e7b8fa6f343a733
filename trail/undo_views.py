"""撤销 from the toast within ten seconds, and from one's own last changes with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import allow, way_back
from accounts.toasts import toast
from trail.models import UndoStep
from trail.services import undo as services

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SHOWN = 50


@require_safe
@allow()
def steps(request: HttpRequest) -> HttpResponse:
    """最近的改动: what the person did in the last days and may take back with a reason."""
    rows = services.recent_steps(request.user).defer("changes")[:SHOWN]
    return render(request, "trail/undo_steps.html", {"rows": rows})


@require_POST
@allow()
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one back."""
    step = get_object_or_404(UndoStep.objects.visible_to(request.user), pk=pk)
    services.take_step_back(step=step, by=request.user, reason=request.POST.get("reason", ""))
    toast(request, f"已撤销对{step.target_label}的改动")
    page = way_back(request)
    return redirect("trail:undo_steps" if page == request.get_full_path() else page)
