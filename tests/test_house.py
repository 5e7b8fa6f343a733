"""The contract of the house: addresses and headers that stay put."""

import os
import re

import pytest
from django.conf import settings
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_healthz_asks_the_database_once(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = client.get("/healthz")

    assert (response.status_code, response.json()) == (
        200,
        {"database": "ok", "broker": "ok", "jobs": "ok"},
    )


def test_healthz_forbids_inline_code(client):
    policy = client.get("/healthz").headers["Content-Security-Policy"]

    assert (re.findall(r"unsafe-\w+|https?:", policy), "default-src 'self'" in policy) == ([], True)


def test_healthz_with_an_unread_queue(client, tmp_path, settings):
    queue = tmp_path / "queue"
    queue.mkdir()
    message = queue / "1_a.celery.msg"
    message.touch()
    message_time = 1_000_000_000
    os.utime(message, (message_time, message_time))
    settings.BROKER_DIR, settings.REDIS_URL = tmp_path, ""

    response = client.get("/healthz")

    assert (response.status_code, response.json()["broker"]) == (503, "down")


def test_schema_as_stranger(client):
    assert client.get("/api/v1/schema/").status_code == 401


def test_docs_as_stranger(client):
    assert client.get("/api/v1/docs/").headers["Location"] == "/login/?next=/api/v1/docs/"


def test_docs_load_only_our_own_files(client, manager):
    client.force_login(manager)

    page = client.get("/api/v1/docs/").content.decode()

    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert [s for s in sources if not s.startswith("/")] == []
    assert len(re.findall(r"<script\b", page)) == len(re.findall(r"<script src=", page)) == 3


def test_schema_lists_the_api(client, manager):
    client.force_login(manager)

    response = client.get("/api/v1/schema/?format=json")

    assert (response.status_code, response.json()["info"]["title"]) == (200, "明窗 API")


def test_one_tick_serves_all_halls():
    assert {row["task"] for row in settings.CELERY_BEAT_SCHEDULE.values()} == {
        "trail.tasks.tick",
        "trail.tasks.send_out",
    }


def test_names_of_the_contract():
    assert [reverse("healthz"), reverse("api:schema"), reverse("api:docs")] == [
        "/healthz",
        "/api/v1/schema/",
        "/api/v1/docs/",
    ]


def test_schema_names_carry_no_hash(client, manager):
    client.force_login(manager)

    names = client.get("/api/v1/schema/?format=json").json()["components"]["schemas"]

    assert [name for name in names if re.search(r"[0-9a-f]{3}Enum$", name)] == []
