"""Once per hall and period, whatever happens to the worker."""

import socket

import pytest
from django.utils import timezone

from trail.enums import RunStatus
from trail.models import AuditEntry, JobRun
from trail.services import audit, jobs
from trail.services.workers import this_worker


def write_audit(hall):
    def work(by):
        audit.record("test.done", target=hall, by=by)
        return {"n": 1}

    return work


@pytest.fixture
def entries():
    return AuditEntry.objects.filter(action="test.done")


@pytest.mark.django_db(transaction=True)
def test_second_start_returns_the_first_result(hall, entries):
    first = jobs.run_once("test", hall=hall, period="2026-W47", work=write_audit(hall))
    second = jobs.run_once("test", hall=hall, period="2026-W47", work=write_audit(hall))

    assert (first.pk, first.result) == (second.pk, {"n": 1})
    assert entries.count() == 1


@pytest.mark.django_db(transaction=True)
def test_other_period_or_hall_is_another_run(hall, other_hall, entries):
    for where, period in ((hall, "2026-W47"), (hall, "2026-W48"), (other_hall, "2026-W47")):
        jobs.run_once("test", hall=where, period=period, work=write_audit(where))

    assert entries.count() == 3


@pytest.mark.django_db(transaction=True)
def test_error_leaves_nothing_but_the_failed_run(hall, entries):
    def work(by):
        audit.record("test.done", target=hall, by=by)
        raise ValueError("坏数据")

    with pytest.raises(ValueError, match="坏数据"):
        jobs.run_once("test", hall=hall, period="2026-W47", work=work)

    run = JobRun.objects.get()
    assert (run.status, entries.count()) == (RunStatus.FAILED, 0)
    assert "坏数据" in run.error


@pytest.mark.django_db(transaction=True)
def test_failed_run_is_done_at_the_next_start(hall, entries):
    with pytest.raises(ZeroDivisionError):
        jobs.run_once("test", hall=hall, period="2026-W47", work=lambda by: 1 / 0)

    run = jobs.run_once("test", hall=hall, period="2026-W47", work=write_audit(hall))

    assert (run.status, run.attempts, run.error, entries.count()) == (RunStatus.DONE, 2, "", 1)


@pytest.mark.django_db(transaction=True)
def test_claim_of_a_dead_worker_is_taken_over(hall, entries):
    JobRun.objects.create(
        job="test", hall=hall, period="2026-W47", worker=f"{socket.gethostname()}:999999:1:x"
    )

    run = jobs.run_once("test", hall=hall, period="2026-W47", work=write_audit(hall))

    assert (run.status, run.attempts, entries.count()) == (RunStatus.DONE, 2, 1)


@pytest.mark.django_db(transaction=True)
def test_claim_of_a_living_worker_is_left_alone(hall, entries):
    JobRun.objects.create(job="test", hall=hall, period="2026-W47", worker=this_worker())

    run = jobs.run_once("test", hall=hall, period="2026-W47", work=write_audit(hall))

    assert (run.status, entries.count()) == (RunStatus.RUNNING, 0)


@pytest.mark.django_db(transaction=True)
def test_claim_of_another_machine_is_kept_for_its_lease(hall, entries):
    other = "elsewhere:1:1:x"
    claim = JobRun.objects.create(job="test", hall=hall, period="2026-W47", worker=other)
    assert jobs.run_once("test", hall=hall, period="2026-W47", work=write_audit(hall)).worker == other

    JobRun.objects.filter(pk=claim.pk).update(claimed_at=timezone.now() - jobs.LEASE)
    assert (
        jobs.run_once("test", hall=hall, period="2026-W47", work=write_audit(hall)).status == RunStatus.DONE
    )


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.DONE])
def test_history_updates_itself_while_something_runs(client, hall, manager, status):
    JobRun.objects.create(job="test", hall=hall, period="2026-W47", worker="x:1:1:1", status=status)
    client.force_login(manager)

    page = client.get("/jobs/?tab=periodic").content.decode()

    assert ("every 10s" in page) is (status == RunStatus.RUNNING)
    assert ('src="/static/django_htmx/' in page) is (status == RunStatus.RUNNING)


@pytest.mark.django_db(transaction=True)
def test_due_runs_leaves_out_what_is_done_or_has_just_failed(hall, monkeypatch):
    due = [(hall, "2026-W45"), (hall, "2026-W46"), (hall, "2026-W47")]
    monkeypatch.setattr(jobs, "_jobs", {"test": jobs.Job("test", "试", lambda now: due, lambda **k: {})})
    jobs.run_job("test", hall=hall, period="2026-W45")
    now = timezone.now()
    JobRun.objects.create(
        job="test", hall=hall, period="2026-W46", worker="x:1:1:1", status=RunStatus.FAILED, finished_at=now
    )

    assert jobs.due_runs(now) == [("test", hall.pk, "2026-W47")]
    assert ("test", hall.pk, "2026-W46") in jobs.due_runs(now + jobs.RETRY_AFTER * 2)
