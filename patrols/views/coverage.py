"""巡查覆盖: what was due and not walked, windows nobody visited, how evenly officers find things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import allow
from accounts.halls import current_hall
from patrols.coverage_lists import COVERAGE, PATROL_DAYS, patrol_day_rows
from patrols.duty_cards import month_figures
from patrols.months import last_day, month_after, month_before, month_of
from patrols.services.coverage import week_coverage
from patrols.services.evenness import officer_shares

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@allow(*COVERAGE)
def coverage(request: HttpRequest) -> HttpResponse:
    """The month's officers and figures, the week's windows, and every day that is over."""
    hall, today = current_hall(request), timezone.localdate()
    first = month_of(request.GET.get("month", ""), today)
    rows = patrol_day_rows(request)
    context = {
        "hall": hall,
        "first": first,
        "last": last_day(first),
        "previous": f"{month_before(first):%Y-%m}",
        "following": f"{month_after(first):%Y-%m}" if month_after(first) <= today else "",
        "figures": month_figures(rows, first),
        "week": week_coverage(hall, today),
        "officers": officer_shares(hall, first, last_day(first)),
        "listing": PATROL_DAYS.page(request, rows),
    }
    return render(request, "patrols/coverage.html", context)
