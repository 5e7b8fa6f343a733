"""/metrics: valid Prometheus text, closed by default, one answer for all processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings as house
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from config import metrics
from tests.factories.accounts import HallFactory
from trail import gauges
from trail.enums import RunStatus
from trail.gauges import Gauge, register_gauge
from trail.models import ImportRun, JobRun

TOKEN = "a-token-for-the-monitoring-0123456789"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(metrics, "_kept", {})
    monkeypatch.setattr(gauges, "_gauges", dict(gauges._gauges))


@pytest.fixture
def monitored(settings):
    settings.METRICS_TOKEN = TOKEN


def samples(text: str) -> dict[tuple[str, ...], float]:
    """{(name, label value, …): value}; the parser refuses what Prometheus would."""
    return {
        (sample.name, *(sample.labels[key] for key in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(client) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    return samples(answer.content.decode())


# --- who may read -----------------------------------------------------------------------------


def test_closed_by_default(client, manager):
    client.force_login(manager)

    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", "Bearer 王丽"])
def test_closed_without_the_token(client, monitored, sent):
    assert client.get("/metrics", headers={"Authorization": sent}).status_code == 404


def test_empty_token_opens_nothing(client, settings):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize(
    ("address", "status"), [("10.1.2.3", 200), ("10.2.0.1", 404), ("not an address", 404), ("", 404)]
)
def test_open_to_the_named_network(client, settings, address, status):
    settings.METRICS_FROM = ["10.1.0.0/16"]

    assert client.get("/metrics", REMOTE_ADDR=address).status_code == status


def test_forwarded_address_of_a_stranger_opens_nothing(client, settings):
    settings.METRICS_FROM = ["10.1.0.0/16"]

    answer = client.get("/metrics", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": "10.1.2.3"})

    assert answer.status_code == 404


# --- what it says -----------------------------------------------------------------------------


def test_requests_are_counted_by_route_and_status(client, monitored, manager):
    client.force_login(manager)
    key = ("mingchuang_requests_total", "GET", "accounts:search", "200")
    before = read(client).get(key, 0)

    for words in ("王丽", "13812345678"):
        client.get("/search/", {"q": words})

    after = read(client)
    assert after[key] - before == 2
    assert after["mingchuang_request_seconds_count", "accounts:search"] >= 2
    assert after["mingchuang_request_queries_sum", "accounts:search"] > 0


def test_labels_hold_no_path_id_or_word_of_a_visitor(client, monitored, hall):
    client.get("/people/王丽/13812345678/")
    client.get("/findings/987654321/")
    client.generic("王丽", "/login/")
    client.generic("FORGED", "/login/")

    text = client.get("/metrics", headers=BEARER).content.decode()

    assert [
        words for words in ("王丽", "13812345678", "987654321", "FORGED", hall.code) if words in text
    ] == []
    assert any(key[:2] == ("mingchuang_requests_total", "OTHER") for key in samples(text))


def test_gauges_of_the_house(client, monitored):
    found = read(client)

    assert found["mingchuang_database_bytes",] > 10_000
    assert found["mingchuang_queue_messages",] >= 0
    assert found["mingchuang_files", "number"] == 0
    assert found["mingchuang_outbox_messages", "waiting"] == found["mingchuang_outbox_messages", "dead"] == 0
    assert found["mingchuang_volume_bytes", "free"] > 0


def test_jobs_by_name_and_outcome(client, monitored, hall):
    now = timezone.now()
    for hours, status, code in (
        (1, RunStatus.DONE, "a"),
        (2, RunStatus.FAILED, "b"),
        (30, RunStatus.DONE, "c"),
    ):
        at = now - timedelta(hours=hours)
        JobRun.objects.create(
            job="weekly_bulletin",
            hall=HallFactory(code=code),
            period="2026-W40",
            worker="x:1:1:1",
            status=status,
            claimed_at=at,
            started_at=at,
            finished_at=at,
        )

    found = read(client)

    assert [found["mingchuang_job_runs_last_day", "weekly_bulletin", s] for s in RunStatus.values] == [
        0,
        1,
        1,
    ]
    assert found["mingchuang_job_success_age_seconds", "weekly_bulletin"] == pytest.approx(3600, abs=60)


def test_rejected_rows_of_imports(client, monitored, hall):
    for age, rejected in ((0, 3), (1, 2), (30, 9)):
        ImportRun.objects.create(
            kind="roster",
            hall=hall,
            file_name="王丽.xlsx",
            sha256="",
            at=timezone.now() - timedelta(hours=age),
            rejected=[{"row": n, "reason": "x"} for n in range(rejected)],
        )

    assert read(client)["mingchuang_import_rejected_rows_last_day", "roster"] == 5


def test_gauge_that_fails_is_named_and_silences_nobody(client, monitored):
    def fail():
        raise RuntimeError("no")

    register_gauge(Gauge("broken", "x", fail))

    found = read(client)

    assert found["mingchuang_gauge_failed", "broken"] == 1
    assert found["mingchuang_database_bytes",] > 0


def test_gauge_of_a_whole_table_is_kept(client, monitored):
    asked = []
    register_gauge(Gauge("heavy", "x", lambda: [((), float(len(asked.append(1) or asked)))], keep=60))

    assert [read(client)["mingchuang_heavy",] for _ in range(3)] == [1, 1, 1]


def test_queries_stay_few(client, monitored, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        read(client)


# --- several processes ------------------------------------------------------------------------

COUNTING = """
import django; django.setup()
from config import metrics
metrics.keep_in_files({role!r})
for _ in range({times}):
    metrics.note_request("GET", "windows:window", 200, 0.01, 3)
    metrics.note_task("trail.tasks.tick", "SUCCESS", 0.2)
"""
TELLING = """
import django; django.setup()
from config import metrics
metrics.keep_in_files("web")
print(b"".join(line + b"\\n" for line in metrics.exposition().splitlines() if b"gauge" not in line).decode())
"""


def run(code: str, data_dir) -> str:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "DATA_DIR": str(data_dir)}
    env |= {"SECRET_KEY": "x" * 60, "PYTHONPATH": str(house.BASE_DIR), "DATABASE_URL": "sqlite://:memory:"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    return done.stdout


def test_counters_of_web_and_worker_processes_add_up(tmp_path):
    for role, times in (("web", 2), ("web", 3), ("worker", 4)):
        run(COUNTING.format(role=role, times=times), tmp_path)

    found = samples(run(TELLING, tmp_path))

    assert found["mingchuang_requests_total", "GET", "windows:window", "200"] == 9
    assert found["mingchuang_tasks_total", "SUCCESS", "trail.tasks.tick"] == 9
    assert found["mingchuang_request_queries_bucket", "4.0", "windows:window"] == 9


def test_start_forgets_its_own_role_and_what_is_old(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    folder = tmp_path / "metrics"
    folder.mkdir()
    here = metrics.host()
    names = [
        f"counter_web-{here}-7.db",
        f"counter_worker-{here}-7.db",
        "counter_web-gone-7.db",
        "counter_web-b-8.db",
    ]
    for name in names:
        (folder / name).touch()
    old = time.time() - 3 * 24 * 3600
    os.utime(folder / "counter_web-gone-7.db", (old, old))

    metrics.forget_files("web")

    assert sorted(file.name for file in folder.iterdir()) == sorted([names[1], names[3]])
