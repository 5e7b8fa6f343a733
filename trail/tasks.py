"""The clock: one tick finds what is due, one task runs one job for one hall."""

from celery import shared_task
from django.utils import timezone

from accounts.models import Hall
from trail.services import jobs


@shared_task
def tick() -> int:
    """Start whatever period is missing, also what a killed worker left; returns how many runs."""
    due = jobs.due_runs(timezone.now())
    for name, hall_id, period in due:
        run_for_hall.delay(name, hall_id, period)
    return len(due)


@shared_task
def run_for_hall(name: str, hall_id: int, period: str) -> str:
    """Run a registered job once; safe to start twice."""
    run = jobs.run_job(name, hall=Hall.objects.get(pk=hall_id), period=period)
    return run.status
