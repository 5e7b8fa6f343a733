"""作业 jobs: once per (hall, period), also when a worker is killed in the middle.

`run_once` claims the unique row, does all the work in one transaction together with the row's
finishing, and so leaves either the complete result or nothing. A claim whose worker is dead is
taken over; a second start of a finished run returns the first result.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from trail.actors import Robot
from trail.enums import RunStatus
from trail.models import JobRun
from trail.services.workers import is_alive, this_worker

if TYPE_CHECKING:
    from accounts.models import Hall

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=30)
"""After this long a claim of a worker on another machine counts as abandoned."""
RETRY_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Job:
    """A periodic job. `due(now)` names the (hall, period) pairs whose result should exist by now."""

    name: str
    title: str
    due: Callable[[datetime], Iterable[tuple[Hall, str]]]
    run: Callable[..., dict[str, Any]]


_jobs: dict[str, Job] = {}


def register_job(job: Job) -> None:
    """Make a job known to the tick; `run` is called with `hall=, period=, by=`."""
    _jobs[job.name] = job


def find_job(name: str) -> Job:
    """The registered job; raises KeyError for an unknown name."""
    return _jobs[name]


def all_jobs() -> list[Job]:
    """Every registered job."""
    return list(_jobs.values())


def due_runs(now: datetime) -> list[tuple[str, int, str]]:
    """(job, hall id, period) of everything that should have been done by `now` and is not."""
    wanted = [(job.name, hall.pk, period) for job in _jobs.values() for hall, period in job.due(now)]
    done = set(
        JobRun.objects.filter(status=RunStatus.DONE, job__in=_jobs, period__in={p for _, _, p in wanted})
        .values_list("job", "hall_id", "period")
        .iterator()
    )
    waiting = set(
        JobRun.objects.filter(status=RunStatus.FAILED, finished_at__gt=now - RETRY_AFTER)
        .values_list("job", "hall_id", "period")
        .iterator()
    )
    return [run for run in wanted if run not in done and run not in waiting]


def run_job(name: str, *, hall: Hall, period: str) -> JobRun:
    """Run a registered job once for the hall and period."""
    job = find_job(name)
    return run_once(name, hall=hall, period=period, work=lambda by: job.run(hall=hall, period=period, by=by))


def run_once(name: str, *, hall: Hall, period: str, work: Callable[[Robot], dict[str, Any]]) -> JobRun:
    """Do `work` once for (name, hall, period) and return the run.

    Returns the finished run of an earlier start, or the running one of a worker that lives. An error
    of `work` is kept on the run (status failed) and raised again; the work itself is rolled back.
    """
    run, is_mine = _claim(name, hall, period)
    if not is_mine:
        return run
    try:
        with transaction.atomic():
            held: JobRun = JobRun.objects.select_for_update().get(pk=run.pk)
            if held.worker != run.worker or held.status != RunStatus.RUNNING:
                return held
            held.result = work(Robot(name))
            held.status, held.error, held.finished_at = RunStatus.DONE, "", timezone.now()
            held.save(update_fields=["result", "status", "error", "finished_at"])
    except Exception as error:
        _fail(run, traceback.format_exc(limit=8))
        log.error("job.failed", job=name, hall=hall.code, period=period, exc_info=error)  # noqa: TRY400
        raise
    log.info("job.done", job=name, hall=hall.code, period=period, seconds=held.seconds)
    return held


def _claim(name: str, hall: Hall, period: str) -> tuple[JobRun, bool]:
    """The run and whether this worker holds it. A claim is committed before the work starts."""
    me = this_worker()
    try:
        with transaction.atomic():
            return JobRun.objects.create(job=name, hall=hall, period=period, worker=me), True
    except IntegrityError:
        pass
    with transaction.atomic():
        run = JobRun.objects.select_for_update().get(job=name, hall=hall, period=period)
        if run.status == RunStatus.DONE or (
            run.status == RunStatus.RUNNING and is_alive(run.worker, seen_at=run.claimed_at, lease=LEASE)
        ):
            return run, False
        now = timezone.now()
        run.status, run.worker, run.claimed_at, run.started_at = RunStatus.RUNNING, me, now, now
        run.attempts, run.finished_at = run.attempts + 1, None
        run.save(update_fields=["status", "worker", "claimed_at", "started_at", "attempts", "finished_at"])
        return run, True


def _fail(run: JobRun, error: str) -> None:
    JobRun.objects.filter(pk=run.pk, worker=run.worker, status=RunStatus.RUNNING).update(
        status=RunStatus.FAILED, error=error[-4000:], finished_at=timezone.now()
    )
