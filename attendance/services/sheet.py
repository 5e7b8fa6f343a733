"""月度汇总: the month of each person in one row, counted by the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import OuterRef, Q, Subquery

from attendance.services.counts import count_expressions
from attendance.services.months import last_day
from windows.models import Posting

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from windows.models import Staff
    from windows.querysets import StaffQuerySet


def month_sheet(people: StaffQuerySet, first: date) -> QuerySet[Staff]:
    """The people of the month with their counts and the last window they sat at in it; one query."""
    last = last_day(first)
    within = Q(day_results__day__range=(first, last))
    sat = Posting.objects.overlapping(first, last).filter(staff=OuterRef("pk")).order_by("-starts_on", "-pk")
    return people.present_during(first, last).annotate(
        **count_expressions("day_results__", within), window_code=Subquery(sat.values("window__code")[:1])
    )
