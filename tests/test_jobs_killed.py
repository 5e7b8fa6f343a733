"""A worker killed in the middle of a job leaves nothing; after the restart there is one complete result.

Each registered job has a `Proof` here: how to count what it leaves. A job without one fails the test.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time as clock
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from assessments.models import AssessmentMonth, Scorecard
from bulletins.models import Bulletin
from patrols.models import CovertTask, DutyDay, PatrolDay, RandomRound
from tests.factories.accounts import person_with
from tests.factories.covert import given
from trail.actors import Robot
from trail.enums import RunStatus
from trail.models import AuditDay, AuditEntry, AuditHead, AuditLink, JobRun, Notice
from trail.services import audit, jobs
from violations.enums import RecordStatus
from violations.measure_enums import MeasureStatus
from violations.models import Act, ConductRecord, Escalation, Measure
from violations.services.ledger import Found, find_record, state_on_record, withdraw_record
from violations.services.measures import propose_measure
from windows.enums import DayKind
from windows.models import CalendarDay, ServiceHours
from windows.working_days import add_working_days, close_of, is_working_day, previous_working_day

WAIT = 120
"""Seconds a job may take on a busy machine before the test gives up."""


@dataclass(frozen=True)
class Proof:
    """`left()` describes all a job has left; `fresh` is that before it ran."""

    left: Callable[[], object]
    fresh: object


PROOFS = {
    "lapse_statements": Proof(
        lambda: ConductRecord.objects.filter(status=RecordStatus.LAPSED).count(),
        0,
    ),
    "escalate_overdue": Proof(
        lambda: sorted(Escalation.objects.values_list("step", "level", "told__username")),
        [],
    ),
    "propose_measures": Proof(
        lambda: Measure.objects.filter(status=MeasureStatus.WITHDRAWN).count(),
        0,
    ),
    "weekly_bulletin": Proof(
        lambda: sorted((b.iso_week, b.items.count()) for b in Bulletin.objects.all()),
        [],
    ),
    "covert_due": Proof(lambda: CovertTask.objects.exclude(late_told_on=None).count(), 0),
    "seal_audit": Proof(lambda: AuditDay.objects.filter(sealed_at__isnull=False).count(), 0),
    "remind_due": Proof(lambda: Notice.objects.filter(key__startswith="remind:").count(), 0),
    "remind_duty": Proof(lambda: Notice.objects.filter(key__startswith="duty:today:").count(), 0),
    "call_random_rounds": Proof(RandomRound.objects.count, 0),
    "close_patrol_day": Proof(
        lambda: [PatrolDay.objects.count(), Notice.objects.filter(key__startswith="duty:missed:").count()],
        [0, 0],
    ),
    "monthly_assessment": Proof(
        lambda: [
            *sorted((str(m.month), m.status) for m in AssessmentMonth.objects.all()),
            Scorecard.objects.count(),
        ],
        [0],
    ),
}


def open_now(hall):
    """The hall works today, all day: a reminder leaves only in its hours."""
    CalendarDay.objects.update_or_create(
        hall=hall, day=timezone.localdate(), defaults={"kind": DayKind.LOCAL_ON, "name": "加班"}
    )
    for weekday in range(7):
        ServiceHours.objects.create(
            hall=hall, weekday=weekday, opens=clock(0), closes=clock(23, 59), starts_on="2026-01-01"
        )


def leave_a_statement(by):
    """The person spoke in time, weeks ago, and nobody has decided."""
    record = ConductRecord.objects.filter(staff__user=by).earliest("at")
    with time_machine.travel(record.at + timedelta(hours=1), tick=True):
        state_on_record(record=record, by=by, reason="at_work", words="在谈工作")


def put_on_duty(hall, manager):
    """Somebody keeps watch today, and is told of it from midnight on."""
    hall.settings = {**hall.settings, "patrols.duty_remind_at": "00:00"}
    hall.save()
    DutyDay.objects.create(hall=hall, day=timezone.localdate(), kind="manage", user=manager)


def call_often(hall):
    """The hall is open from midnight to an hour from now, and asks for as many random rounds as it may."""
    open_now(hall)
    hour = timezone.localtime() + timedelta(hours=1)
    end = hour.time() if hour.date() == timezone.localdate() else clock(23, 59)
    ServiceHours.objects.filter(hall=hall).update(closes=end)
    hall.settings = {**hall.settings, "patrols.random_rounds": 10, "patrols.random_minutes": 5}
    hall.save()


def leave_a_secret_task(hall):
    """Given out weeks ago, and nobody went."""
    with time_machine.travel(timezone.now() - timedelta(days=14), tick=True):
        given(hall, by=person_with("supervisor", hall), to=person_with("inspector", hall))


def leave_a_proposal_without_ground(hall):
    """Proposed by a count, and none of its records counts any more."""
    record = ConductRecord.objects.filter(hall=hall).earliest("at")
    withdraw_record(record=record, by=record.finder, reason="记错人")
    propose_measure(
        hall=hall, kind="remind", reason="三次", by=Robot("propose_measures"), staff=record.staff,
        records=[record], key="gone",
    )  # fmt: skip


def leave_a_trace_yesterday(hall, by):
    """The rest of the world was set up today and, by a travelling clock, before: its days are in no order."""
    for model in (AuditLink, AuditEntry, AuditDay, AuditHead):
        rows = model._base_manager.all()
        rows._raw_delete(rows.db)
    with time_machine.travel(timezone.now() - timedelta(days=1)), transaction.atomic():
        audit.record("hall.changed", target=hall, by=by)


@pytest.fixture
def busy_hall(request, hall, rulebook, officer, manager, leader, head, staff, colleague, window, clerk):
    """A hall with findings on several days of the last weeks, none answered."""
    acts = {act.code: act for act in Act.objects.filter(rulebook=rulebook.rulebook)}
    day = timezone.localdate() - timedelta(days=45)
    while day < timezone.localdate() - timedelta(days=3):
        day = add_working_days(hall, day, 3)
        if day >= timezone.localdate():
            break
        with time_machine.travel(close_of(hall, day) - timedelta(hours=3), tick=True):
            for person in (staff, colleague.staff):
                found = Found(act=acts["absent_from_post"], at=timezone.now(), staff=person, window=window)
                find_record(found, hall=hall, by=officer)
    return hall


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    """The test's own database for another process."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        password = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
        place = f"{database['HOST'] or '127.0.0.1'}:{database['PORT'] or 5432}"
        url = f"postgresql://{database['USER']}{password}@{place}/{database['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "DATA_DIR": str(tmp_path),
        "REDIS_URL": "",
        "SECRET_KEY": settings.SECRET_KEY,  # what is drawn from it is the same in both
        "DEBUG": "0",
        "PYTHONPATH": str(settings.BASE_DIR),
        **more,
    }


@contextmanager
def worker(env: dict[str, str], *task: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker in a process of its own; killed at the end."""
    command = [sys.executable, "-m", "tests.slow_worker", *task]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)


def wait_for(what: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + WAIT
    while not what():
        assert process.poll() is None, "the worker ended by itself"
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def test_every_job_has_its_proof():
    assert {job.name for job in jobs.all_jobs()} == set(PROOFS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", sorted(PROOFS))
def test_killed_in_the_middle_then_complete_once(name, busy_hall, manager, clerk, tmp_path):
    proof = PROOFS[name]
    if name in ("remind_due", "escalate_overdue"):
        open_now(busy_hall)
    if name == "escalate_overdue":
        leave_a_statement(clerk)
    if name == "remind_duty":
        put_on_duty(busy_hall, manager)
    if name == "call_random_rounds":
        call_often(busy_hall)
    if name == "covert_due":
        leave_a_secret_task(busy_hall)

    if name == "propose_measures":
        leave_a_proposal_without_ground(busy_hall)
    if name == "seal_audit":
        leave_a_trace_yesterday(busy_hall, manager)
    pause = tmp_path / "pause"
    (_, period), *_ = [run for run in jobs.find_job(name).due(timezone.now()) if run[0] == busy_hall]
    before = AuditEntry.objects.count()

    env = environment(tmp_path, PAUSE_FILE=str(pause))
    with worker(env, name, str(busy_hall.pk), period) as process:
        wait_for(pause.exists, process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)

    assert JobRun.objects.get(job=name).status == RunStatus.RUNNING
    assert (proof.left(), AuditEntry.objects.count()) == (proof.fresh, before)

    with worker(environment(tmp_path)) as process:
        wait_for(lambda: not jobs.due_runs(timezone.now()), process)

    run = JobRun.objects.get(job=name, period=period)
    assert (run.status, run.attempts) == (RunStatus.DONE, 2)
    left = proof.left()
    assert left != proof.fresh
    jobs.run_job(name, hall=busy_hall, period=period)
    assert proof.left() == left


@pytest.mark.django_db(transaction=True)
def test_tick_leaves_nothing_due(busy_hall):
    for name, _hall, period in jobs.due_runs(timezone.now()):
        jobs.run_job(name, hall=busy_hall, period=period)

    assert jobs.due_runs(timezone.now()) == []
    assert is_working_day(busy_hall, previous_working_day(busy_hall, timezone.localdate()))
