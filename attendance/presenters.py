"""Months and days as the pages show them."""

from __future__ import annotations

from calendar import Calendar
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from attendance.enums import Half, Outcome
from attendance.models import DayResult
from attendance.services.counts import COUNTS, LABELS
from attendance.services.months import last_day, month_after, month_before
from windows.working_days import WorkingDays

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from windows.models import Staff


@dataclass(frozen=True)
class Count:
    """One number of a month and the page of the half days behind it."""

    name: str
    label: str
    value: int
    url: str


@dataclass
class Cell:
    """One day of the calendar."""

    day: date
    is_in_month: bool
    is_workday: bool
    url: str
    halves: list[DayResult | None] = field(default_factory=list)

    @property
    def words(self) -> str:
        """What a screen reader says of the day: 上午正常，下午迟到."""
        known = [f"{half.get_half_display()}{half.get_outcome_display()}" for half in self.halves if half]
        return "，".join(known) or ("没有结果" if self.is_workday else "休息")


@dataclass
class MonthCalendar:
    """A person's month: weeks of days, the half days that call for a look, and the counts."""

    staff: Staff
    first: date
    weeks: list[list[Cell]]
    results: list[DayResult]
    counts: list[Count]

    @property
    def last(self) -> date:
        """The last day."""
        return last_day(self.first)

    @property
    def previous(self) -> str:
        """The month before, as it stands in an address."""
        return f"{month_before(self.first):%Y-%m}"

    @property
    def following(self) -> str:
        """The month after; empty when it has not begun."""
        after = month_after(self.first)
        return f"{after:%Y-%m}" if after <= timezone.localdate() else ""

    @property
    def notable(self) -> list[DayResult]:
        """Half days that were not simply present, latest first."""
        return [result for result in reversed(self.results) if result.outcome != Outcome.PRESENT]


def month_calendar(staff: Staff, first: date, results: Iterable[DayResult]) -> MonthCalendar:
    """The calendar of one person; one query for the working days."""
    known = sorted(results, key=lambda result: (result.day, result.half))
    by_half = {(result.day, result.half): result for result in known}
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    workdays = set(WorkingDays(staff.hall, weeks[0][0], weeks[-1][-1]).days())
    cells = [
        [
            Cell(
                day=day,
                is_in_month=day.month == first.month,
                is_workday=day in workdays,
                url=reverse("attendance:day", args=[staff.pk, day]),
                halves=[by_half.get((day, half)) for half in Half],
            )
            for day in week
        ]
        for week in weeks
    ]
    return MonthCalendar(staff, first, cells, known, own_counts(known, staff, first))


def own_counts(results: list[DayResult], staff: Staff, first: date) -> list[Count]:
    """The month's counts of one person that are not zero, from results in memory."""
    sums = {
        name: sum(
            all(getattr(result, key) == value for key, value in condition.children) for result in results
        )
        for name, condition in COUNTS.items()
    }
    return [one for one in counts_of(sums, first, person=staff.no, hall=staff.hall.code) if one.value]


def counts_of(row: Mapping[str, Any], first: date, **conditions: str) -> list[Count]:
    """The counts of a row, each with the address of the half days behind it."""
    return [
        Count(name, LABELS[name], row[name], results_url(first, kind=name, **conditions)) for name in COUNTS
    ]


def results_url(first: date, **conditions: str) -> str:
    """The list of half days of a month under conditions."""
    period = {"from": first, "to": last_day(first)}
    return f"{reverse('attendance:results')}?{urlencode({**conditions, **period})}"
