"""逾期未提异议 as a job: each working day at closing time, what nobody answered in time begins to count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.models import Hall
from trail.services.jobs import Job
from violations.services.ledger import lapse_overdue
from windows.hall_calendars import last_closed_days

if TYPE_CHECKING:
    from datetime import datetime

    from trail.actors import Robot


def due(now: datetime) -> list[tuple[Hall, str]]:
    """Each hall in use with its latest working day that is over; three queries for all halls."""
    halls = list(Hall.objects.active())
    days = last_closed_days(halls, now)
    return [(hall, days[hall.pk].isoformat()) for hall in halls if hall.pk in days]


def run(*, hall: Hall, period: str, by: Robot) -> dict[str, Any]:
    """Lapse all that is overdue by now, also of days the job missed."""
    lapsed = lapse_overdue(hall=hall, moment=timezone.now(), by=by)
    return {"day": period, "lapsed": [record.number for record in lapsed]}


JOB = Job("lapse_statements", "逾期未提异议", due, run)
