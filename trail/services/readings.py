"""计量读数 readings: what /metrics shows of jobs, imports and files."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Max, Sum
from django.utils import timezone

from trail.enums import DeliveryStatus, RunStatus
from trail.gauges import Gauge, Readings, register_gauge
from trail.models import Delivery, ImportRun, JobRun, StoredFile
from trail.services import jobs

DAY = timedelta(days=1)
LONGEST_PERIOD = timedelta(days=70)
"""A monthly job that is due has run within two months; older history is not walked."""


def runs_of_jobs() -> Readings:
    """Runs claimed in the last day by job and outcome, noughts included."""
    since = timezone.now() - DAY
    rows = JobRun.objects.filter(claimed_at__gt=since).order_by().values_list("job", "status")
    found = {(job, status): n for job, status, n in rows.annotate(n=Count("pk"))}
    for job in jobs.all_jobs():
        for status in RunStatus.values:
            yield (job.name, status), float(found.get((job.name, status), 0))


def age_of_success() -> Readings:
    """Seconds since a job last came to its end; a job that never did is left out."""
    now = timezone.now()
    rows = JobRun.objects.filter(claimed_at__gt=now - LONGEST_PERIOD, status=RunStatus.DONE)
    for job, last in rows.order_by().values_list("job").annotate(last=Max("finished_at")):
        yield (job,), (now - last).total_seconds()


def rejected_rows() -> Readings:
    """Rows that imports of the last day refused, by kind of import."""
    refused: Counter[str] = Counter()
    for kind, rejected in ImportRun.objects.filter(at__gt=timezone.now() - DAY).values_list(
        "kind", "rejected"
    ):
        refused[kind] += len(rejected)
    for kind, number in sorted(refused.items()):
        yield (kind,), float(number)


def outbox() -> Readings:
    """Deliveries that wait, are under way, or could not be sent, noughts included."""
    unsent = (DeliveryStatus.WAITING, DeliveryStatus.SENDING, DeliveryStatus.DEAD)
    rows = Delivery._base_manager.filter(status__in=unsent).order_by().values_list("status")
    found = dict(rows.annotate(n=Count("pk")))
    for status in unsent:
        yield (status.value,), float(found.get(status.value, 0))


def files_held() -> Readings:
    """How many files the database knows, and their bytes."""
    held = StoredFile.objects.aggregate(number=Count("pk"), size=Sum("size"))
    yield ("number",), float(held["number"])
    yield ("bytes",), float(held["size"] or 0)


def room_on_disk() -> Readings:
    """Bytes of the volume that holds the uploads."""
    usage = shutil.disk_usage(settings.DATA_DIR)
    yield ("total",), float(usage.total)
    yield ("free",), float(usage.free)


def register() -> None:
    """Show all of these at /metrics."""
    for gauge in _gauges():
        register_gauge(gauge)


def _gauges() -> Iterator[Gauge]:
    yield Gauge("job_runs_last_day", "Runs of jobs in the last day.", runs_of_jobs, ("job", "status"))
    yield Gauge("job_success_age_seconds", "Time since a job last succeeded.", age_of_success, ("job",))
    yield Gauge(
        "import_rejected_rows_last_day", "Rows refused by imports in the last day.", rejected_rows, ("kind",)
    )
    yield Gauge("outbox_messages", "Deliveries not sent yet, or given up.", outbox, ("status",))
    yield Gauge("files", "Stored files: number and bytes.", files_held, ("measure",), keep=60)
    yield Gauge("volume_bytes", "The volume with DATA_DIR.", room_on_disk, ("measure",))
