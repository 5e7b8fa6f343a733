"""评价与投诉: the list of the citizen's voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.decorators import allow

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@allow("voice.read_all")
def voice(request: HttpRequest) -> HttpResponse:
    """What will come in here, and where to turn until then. Nothing is kept yet, so nothing is shown."""
    return render(request, "complaints/voice.html")
