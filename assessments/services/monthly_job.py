"""The monthly job: on the first working day, last month is scored in every hall that has rules and people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.models import Hall
from assessments.enums import MonthStatus
from assessments.models import AssessmentMonth
from assessments.scoring.scratch import last_of_month
from assessments.services.months import as_json, month_of_words, score_month
from trail.services.jobs import Job
from violations.tariff import versions_for
from windows.models import Posting
from windows.working_days import first_working_day_of_month

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from trail.actors import Robot

NAME = "monthly_assessment"


def due(now: datetime) -> Iterator[tuple[Hall, str]]:
    """Halls and months to be scored by now: last month, and months missed since the last one scored."""
    today = timezone.localdate(now)
    last = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    halls = _halls(last)
    newest: dict[int, date] = {}
    known = AssessmentMonth.objects.monthly().filter(month__lte=last, run__isnull=False)
    rows = known.order_by("month")
    newest.update(rows.values_list("hall", "month"))
    for hall in halls:
        if today >= first_working_day_of_month(hall, today):
            for month in _months(newest.get(hall.pk, last), last):
                yield hall, f"{month:%Y-%m}"


def run(*, hall: Hall, period: str, by: Robot) -> dict[str, Any]:
    """Score the month; one that is published, or was scored after its end, is left as it is."""
    month = month_of_words(period)
    known = AssessmentMonth.objects.of(hall, month).select_related("hall", "run").first()
    if known is not None and (known.is_published or _scored_after_its_end(known)):
        return as_json(known)
    return as_json(score_month(hall=hall, month=month, by=by))


JOB = Job(NAME, "月度考核计算", due, run)


def _halls(month: date) -> list[Hall]:
    """Active halls with a rulebook in force and people posted in the month."""
    last = last_of_month(month)
    posted = Posting.objects.overlapping(month, last).values("hall")
    halls = list(Hall.objects.active().filter(pk__in=posted))
    versions = versions_for({(hall.pk, last): hall for hall in halls})
    return [hall for hall in halls if versions[hall.pk, last] is not None]


def _months(first: date, last: date) -> Iterator[date]:
    month = first
    while month <= last:
        yield month
        month = last_of_month(month) + timedelta(days=1)


def _scored_after_its_end(month: AssessmentMonth) -> bool:
    if month.status != MonthStatus.SCORED or month.scored_at is None:
        return False
    return timezone.localdate(month.scored_at) > last_of_month(month.month)
