"""Long runs: once, whatever happens; seen while they go on; cancelled without a trace of their work."""

import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from trail.enums import LongRunStatus
from trail.models import AuditEntry, LongRun, Notice, NumberSeries, StoredFile
from trail.services import progress, runs
from trail.services.numbers import draw_number
from trail.services.runs import Outcome, RunKind
from trail.services.workers import this_worker
from trail.tasks import start_run, tick

DEAD = "nowhere-near:1:1:x"
AGAIN = "every 2s"


@pytest.fixture
def kinds(monkeypatch):
    """Only the kinds a test registers."""
    known = {}
    monkeypatch.setattr(runs, "_kinds", known)
    return known


@pytest.fixture
def register(kinds):
    def register_(do, **more):
        kinds["test"] = RunKind("test", "试做", ("imports.run",), do, **more)
        return kinds["test"]

    return register_


def draws(work):
    """Work that leaves one number drawn."""
    draw_number(work.hall, "T")
    return Outcome("做好了。", url="/people/")


def drawn():
    return sum(NumberSeries.objects.values_list("last", flat=True))


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_run_is_done_once_with_words_link_audit_and_notice(hall, admin, register):
    register(draws)

    run = start_run("test", hall=hall, by=admin)
    runs.do_run(run.pk)

    assert (run.status, run.words, run.url, drawn()) == ("done", "做好了。", "/people/", 1)
    assert actions() == ["run.started", "run.done"]
    notice = Notice.objects.get()
    assert (notice.user, notice.title, notice.url) == (
        admin,
        "试做：已完成。做好了。",
        run.get_absolute_url(),
    )


def test_only_who_may_starts_it(hall, clerk, register):
    register(draws)

    with pytest.raises(NotPermitted):
        start_run("test", hall=hall, by=clerk)

    assert LongRun.objects.count() == 0


def test_right_taken_away_before_the_start_stops_it(hall, admin, register):
    register(draws)
    run = runs.place_run("test", hall=hall, by=admin, params={})
    admin.role_grants.all().delete()

    run = runs.do_run(run.pk)

    assert (run.status, drawn()) == ("failed", 0)


def test_same_order_twice_is_one_run(hall, admin, register):
    register(draws)

    first = runs.place_run("test", hall=hall, by=admin, params={"a": 1})

    assert runs.place_run("test", hall=hall, by=admin, params={"a": 1}) == first
    assert runs.place_run("test", hall=hall, by=admin, params={"a": 2}) != first


def test_more_than_five_at_once_are_refused(hall, admin, register):
    register(draws)
    for n in range(runs.MOST_AT_ONCE):
        runs.place_run("test", hall=hall, by=admin, params={"n": n})

    with pytest.raises(Refused, match="你已有 5 个任务"):
        runs.place_run("test", hall=hall, by=admin, params={"n": 9})


@pytest.mark.django_db(transaction=True)
def test_error_leaves_nothing_and_its_words_do_not_leak(hall, admin, register):
    def fails(work):
        draw_number(work.hall, "T")
        raise ValueError("王丽的手机号")

    register(fails)

    run = start_run("test", hall=hall, by=admin)

    assert (run.status, run.words, drawn()) == ("failed", runs.FAULT, 0)
    assert "王丽" in run.error
    assert actions() == ["run.started", "run.failed"]


@pytest.mark.django_db(transaction=True)
def test_refusal_is_told_in_its_words(hall, admin, register):
    def refuses(work):
        draw_number(work.hall, "T")
        raise Refused("这个月已经发布。")

    register(refuses)

    run = start_run("test", hall=hall, by=admin)

    assert (run.status, run.words, drawn()) == ("failed", "这个月已经发布。", 0)


# --- while it goes on --------------------------------------------------------------------------


def elsewhere(ask):
    """What `ask()` answers in a thread, which has a connection of its own."""
    found = []

    def asked():
        found.append(ask())
        connection.close()

    thread = threading.Thread(target=asked)
    thread.start()
    thread.join()
    return found[0]


def until(what):
    end = time.monotonic() + 10
    while not what():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(progress, "INTERVAL", 0.02)


@pytest.mark.django_db(transaction=True)
def test_count_is_seen_from_another_connection_and_the_work_is_not(hall, admin, register, quick):
    seen = []

    def counts(work):
        draw_number(work.hall, "T")
        work.progress.expect(4, "正在写")
        work.progress.advance(3)
        latest = lambda: runs.with_progress(LongRun.objects.filter(pk=work.run.pk))[0]  # noqa: E731
        until(lambda: elsewhere(latest).done == 3)
        run = elsewhere(latest)
        seen.append((run.status, run.done, run.total, run.step, elsewhere(drawn)))
        return Outcome("好")

    register(counts)

    run = start_run("test", hall=hall, by=admin)

    assert seen == [("running", 3, 4, "正在写", 0)]
    assert (run.status, run.done, run.total, drawn()) == ("done", 4, 4, 1)


@pytest.mark.django_db(transaction=True)
def test_cancelled_in_the_middle_rolls_back_and_says_so(hall, admin, register, quick):
    def endless(work):
        draw_number(work.hall, "T")
        elsewhere(lambda: runs.cancel_run(run=LongRun.objects.get(pk=work.run.pk), by=admin))
        until(work.progress.advance)

    register(endless)

    run = start_run("test", hall=hall, by=admin)

    assert (run.status, drawn()) == ("cancelled", 0)
    assert run.words == "已按你的要求停下，没有改动任何内容。"
    assert actions() == ["run.started", "run.cancelled"]
    assert Notice.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_cancelled_at_the_last_step_still_counts(hall, admin, register):
    def cancels_itself(work):
        draw_number(work.hall, "T")
        elsewhere(lambda: runs.cancel_run(run=LongRun.objects.get(pk=work.run.pk), by=admin))
        return Outcome("好")

    register(cancels_itself)

    run = start_run("test", hall=hall, by=admin)

    assert (run.status, drawn()) == ("cancelled", 0)


def test_one_that_waits_is_cancelled_at_once(hall, admin, register):
    register(draws)
    run = runs.place_run("test", hall=hall, by=admin, params={})

    runs.cancel_run(run=run, by=admin)

    assert (runs.do_run(run.pk).status, drawn()) == ("cancelled", 0)


def test_another_person_cannot_cancel(hall, admin, manager, register):
    register(draws)
    run = runs.place_run("test", hall=hall, by=admin, params={})

    with pytest.raises(NotPermitted):
        runs.cancel_run(run=run, by=manager)


def test_time_left_is_told_by_what_is_done(hall, admin):
    now = timezone.now()
    run = LongRun(status="running", done=25, total=100, started_at=now - timedelta(seconds=10))

    assert run.time_left(now) == timedelta(seconds=30)
    assert LongRun(status="running", done=0, total=9, started_at=now).time_left(now) is None


# --- a worker that dies ------------------------------------------------------------------------


def running(hall, by, *, worker, seen_at, attempts=1):
    return LongRun.objects.create(
        kind="test",
        title="试做",
        hall=hall,
        by=by,
        status=LongRunStatus.RUNNING,
        worker=worker,
        attempts=attempts,
        started_at=seen_at,
        seen_at=seen_at,
    )


def test_run_of_a_dead_worker_is_found_and_done(hall, admin, register):
    register(draws)
    run = running(hall, admin, worker=DEAD, seen_at=timezone.now() - runs.LEASE)

    tick()

    run.refresh_from_db()
    assert (run.status, run.attempts, drawn()) == ("done", 2, 1)


def test_run_of_a_living_worker_is_left_alone(hall, admin, register):
    register(draws)
    here = running(hall, admin, worker=this_worker(), seen_at=timezone.now() - timedelta(hours=1))
    there = running(hall, admin, worker=DEAD, seen_at=timezone.now())

    assert runs.stranded_runs(timezone.now()) == []
    assert (runs.do_run(here.pk).status, runs.do_run(there.pk).status, drawn()) == ("running", "running", 0)


def test_work_that_takes_its_worker_down_is_given_up(hall, admin, register):
    register(draws)
    run = running(hall, admin, worker=DEAD, seen_at=timezone.now() - runs.LEASE, attempts=3)

    run = runs.do_run(run.pk)

    assert (run.status, drawn()) == ("failed", 0)


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_did_after_losing_its_claim_does_not_stay(hall, admin, register):
    def loses(work):
        LongRun.objects.filter(pk=work.run.pk).update(worker=DEAD)
        draw_number(work.hall, "T")
        return Outcome("好")

    register(loses)

    run = start_run("test", hall=hall, by=admin)

    assert (run.status, drawn(), Notice.objects.count()) == ("running", 0, 0)


def test_lost_message_is_sent_again(hall, admin, register):
    register(draws)
    run = runs.place_run("test", hall=hall, by=admin, params={})
    assert runs.stranded_runs(timezone.now()) == []

    assert runs.stranded_runs(timezone.now() + runs.RESENT_AFTER * 2) == [run.pk]


# --- the file at its end -----------------------------------------------------------------------


def writes_file(work):
    with work.scratch(".csv") as path:
        path.write_text("甲,乙\n")
        kept = work.keep(path, name="台账.csv", content_type="text/csv")
    return Outcome("1 行。", file=kept)


def test_file_is_for_who_started_it_and_goes_after_its_time(client, hall, admin, manager, register):
    register(writes_file, is_reading=True)
    run = start_run("test", hall=hall, by=admin)
    place = f"/jobs/runs/{run.pk}/file/"
    blob = run.result.blob

    client.force_login(admin)
    answer = client.get(place)
    assert b"".join(answer.streaming_content).decode() == "甲,乙\n"
    assert "filename*=utf-8''%E5%8F%B0%E8%B4%A6.csv" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "private, no-store"
    client.force_login(manager)
    assert [client.get(url).status_code for url in (place, f"/files/{run.result.pk}/")] == [404, 404]

    with time_machine.travel(timezone.now() + timedelta(days=8)):
        tick()
    client.force_login(admin)
    assert (client.get(place).status_code, StoredFile.objects.count()) == (404, 0)
    assert not blob.storage.exists(blob.name)
    assert "文件已过期删除" in client.get(run.get_absolute_url()).content.decode()


def test_second_attempt_replaces_the_bytes_of_the_first(hall, admin, register):
    register(writes_file)
    run = runs.place_run("test", hall=hall, by=admin, params={})
    with runs.Work(run, progress.Progress()).scratch(".csv") as path:
        path.write_text("half")
        first = runs.Work(run, progress.Progress()).keep(path, name="a.csv", content_type="text/csv")
    StoredFile.objects.all().delete()  # the killed worker's row was never committed

    run = runs.do_run(run.pk)

    assert run.result.blob.name == first.blob.name
    assert run.result.blob.open("rb").read().decode() == "甲,乙\n"


@pytest.mark.django_db(transaction=True)
def test_file_of_a_failed_run_does_not_stay(hall, admin, register):
    kept = []

    def fails(work):
        kept.append(writes_file(work).file)
        raise ValueError

    register(fails)

    start_run("test", hall=hall, by=admin)

    assert not kept[0].blob.storage.exists(kept[0].blob.name)


# --- pages -------------------------------------------------------------------------------------


def test_page_asks_again_while_it_goes_on_and_then_shows_the_link(client, hall, admin, register):
    register(draws)
    run = runs.place_run("test", hall=hall, by=admin, params={})
    client.force_login(admin)

    before = client.get(run.get_absolute_url()).content.decode()
    part = client.get(run.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    runs.do_run(run.pk)
    after = client.get(run.get_absolute_url()).content.decode()

    assert (AGAIN in before, AGAIN in part, "<html" in part) == (True, True, False)
    assert (AGAIN in after, 'href="/people/"' in after, "做好了。" in after) == (False, True, True)


def test_page_of_another_person_is_not_found(client, hall, admin, manager, register):
    register(draws)
    run = runs.place_run("test", hall=hall, by=admin, params={})
    client.force_login(manager)

    assert client.get(run.get_absolute_url()).status_code == 404
    assert client.post(f"/jobs/runs/{run.pk}/cancel/").status_code == 404
    assert client.get(f"/api/v1/runs/{run.pk}/").status_code == 404


def test_everybody_sees_own_runs_and_who_may_the_clock_s(client, hall, clerk, manager):
    client.force_login(clerk)
    assert "定时作业" not in client.get("/jobs/?tab=periodic").content.decode()
    client.force_login(manager)
    assert "还没有作业记录" in client.get("/jobs/?tab=periodic").content.decode()
    assert "还没有任务" in client.get("/jobs/").content.decode()


def test_api_tells_and_cancels(client, hall, admin, register):
    register(draws)
    run = runs.place_run("test", hall=hall, by=admin, params={})
    client.force_login(admin)

    told = client.get(f"/api/v1/runs/{run.pk}/").json()
    cancelled = client.post(f"/api/v1/runs/{run.pk}/cancel/")

    assert (told["status"], told["page"], told["file"]) == ("waiting", f"/jobs/runs/{run.pk}/", None)
    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
