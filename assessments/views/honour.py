"""光荣榜: who won in published months; winners only, open to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import allow, public
from accounts.errors import Refused
from accounts.halls import current_hall
from accounts.models import Hall
from accounts.toasts import toast
from assessments.forms import RevokeForm
from assessments.models import AssessmentMonth, AwardResult
from assessments.presenters import honours
from assessments.services import revoking
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


@require_http_methods(["GET", "HEAD", "POST"])
@allow("assess.publish")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a title back, with what hangs on it; asks once more and says what follows."""
    related = ("award", "card__hall", "card__run", "card__staff", "card__window", "card__department")
    results = AwardResult.objects.visible_to(request.user).select_related(*related)
    result = get_object_or_404(results, pk=pk)
    if not request.user.can("assess.publish", result.card.hall):
        raise Http404
    url = f"{result.card.get_absolute_url()}?hall={result.card.hall.code}"
    form = RevokeForm(request.POST or None, initial={"revoked_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            made = revoking.revoke_award(result=result, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("revoked_on" if refused.code == "too_early" else None, refused.message)
        else:
            toast(request, f"已撤销 {len(made)} 项荣誉。")
            return redirect(url)
    context = {"form": form, "result": result, "cancel_url": url}
    context["followers"] = revoking.followers_of(result)
    return render(request, "assessments/revoke.html", context, status=422 if form.errors else 200)


def _chosen(hall: Hall, slug: str) -> AssessmentMonth:
    try:
        first = month_of_words(slug)
    except ValueError:
        raise Http404("没有这个月份。") from None
    return get_object_or_404(AssessmentMonth.objects.public().of(hall, first))
