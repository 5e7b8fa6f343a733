"""光荣榜: who won in published months; winners only, open to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.decorators import allow, public
from accounts.halls import current_hall
from accounts.models import Hall
from assessments.models import AssessmentMonth
from assessments.presenters import honours
from assessments.services.months import month_of_words

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

EARLIER = 12


@require_safe
@allow("honour.read")
def own_board(request: HttpRequest) -> HttpResponse:
    """The board of the own hall."""
    return redirect("assessments:board", current_hall(request).code)


@public
@require_safe
def board(request: HttpRequest, hall: str, month: str = "") -> HttpResponse:
    """The winners of the newest published month, or of the one asked for."""
    place = get_object_or_404(Hall.objects.public(), code=hall)
    months = list(AssessmentMonth.objects.public().filter(hall=place).order_by("-month")[:EARLIER])
    chosen = _chosen(place, month) if month else (months[0] if months else None)
    found = [honour for honour in honours(chosen) if honour.won] if chosen else []
    context = {"hall": place, "month": chosen, "months": months, "honours": found}
    return render(request, "assessments/honour.html", context)


def _chosen(hall: Hall, slug: str) -> AssessmentMonth:
    try:
        first = month_of_words(slug)
    except ValueError:
        raise Http404("没有这个月份。") from None
    return get_object_or_404(AssessmentMonth.objects.public().of(hall, first))
