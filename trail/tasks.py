"""The clock and the queue: one tick finds what is due; one task runs one job, or does one long run."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from celery import shared_task
from celery.exceptions import OperationalError
from django.utils import timezone

from accounts.models import Hall
from accounts.tidying import tidy
from trail.models import LongRun
from trail.services import chain, jobs, outbox, runs, scanning, uploads

if TYPE_CHECKING:
    from accounts.models import User

log = structlog.get_logger(__name__)
LEFT_BEHIND = timedelta(days=3)


@shared_task
def tick() -> int:
    """Start whatever period is missing, also what a killed worker left; returns how many runs."""
    now = timezone.now()
    chain.link_left_behind(since=now - LEFT_BEHIND)
    for pk in runs.stranded_runs(now):
        do_run.delay(pk)
    runs.drop_expired_results(now)
    uploads.drop_old_uploads()
    scanning.release_quarantined()
    due = jobs.due_runs(now)
    for name, hall_id, period in due:
        run_for_hall.delay(name, hall_id, period)
    tidy_up.delay()
    return len(due)


@shared_task
def tidy_up() -> dict[str, int]:
    """Throw away what is over: ended sessions, old counts of failed sign-ins."""
    return tidy()


@shared_task
def run_for_hall(name: str, hall_id: int, period: str) -> str:
    """Run a registered job once; safe to start twice."""
    run = jobs.run_job(name, hall=Hall.objects.get(pk=hall_id), period=period)
    return run.status


@shared_task
def do_run(pk: int) -> str:
    """Do a long run once; safe to start twice."""
    if not LongRun.objects.filter(pk=pk).exists():
        log.warning("run.gone", run=pk)
        return "gone"
    return runs.do_run(pk).status


@shared_task
def send_out() -> int:
    """Hand over notices whose seconds of undo are over, and send what is due; returns how many arrived."""
    now = timezone.now()
    while outbox.hand_over(now) == outbox.BATCH:
        pass
    return outbox.send_due(now)


def start_run(
    kind: str, *, hall: Hall, by: User, params: dict[str, Any] | None = None, title: str = ""
) -> LongRun:
    """Order a long run and send it to a worker; see `trail.services.runs`. Call it outside of a transaction.

    Without a queue the order waits on its row, and the next tick sends it.
    """
    run = runs.place_run(kind, hall=hall, by=by, params=params or {}, title=title)
    try:
        do_run.delay(run.pk)
    except OperationalError:
        log.exception("run.not_sent", run=run.pk)
    run.refresh_from_db()
    return run
