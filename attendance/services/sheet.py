"""月度汇总: the month of each person in one row, counted by the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from attendance.services.counts import count_expressions
from attendance.services.months import last_day
from attendance.services.presence import window_code_on

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from windows.models import Staff
    from windows.querysets import StaffQuerySet


def month_sheet(people: StaffQuerySet, first: date) -> QuerySet[Staff]:
    """The people of the month with their counts and the window of its last day; one query."""
    last = last_day(first)
    within = Q(day_results__day__range=(first, last))
    return people.present_during(first, last).annotate(
        **count_expressions("day_results__", within), window_code=window_code_on(last)
    )
