"""Pulling by change: in the order of change, with what became void, and without losing a row."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Changed
from accounts.querysets import ChangedQuerySet
from accounts.since import OVERLAP, Place, place_of
from tests.factories.windows import DepartmentFactory, StaffFactory
from violations.models import ConductRecord
from windows.models import Department, Staff

DEPARTMENTS = "/api/v1/departments/"
LATER = OVERLAP + timedelta(seconds=1)


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-23 10:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def pull(client):
    """One answer of a list, as a person."""

    def get(user, url, since="", **query):
        client.force_login(user)
        return client.get(url, {"since": since, **query}).json()

    return get


def names(answer):
    return [row["name"] for row in answer["results"]]


# --- the cursor -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [
        Place(datetime(2026, 11, 23, 2, 0, 0, 123456, tzinfo=UTC), 7),
        Place(datetime(2026, 11, 23, tzinfo=UTC), 0, datetime(2026, 11, 22, tzinfo=UTC)),
    ],
)
def test_place_survives_the_journey(place):
    assert place_of(place.encoded()) == place


@pytest.mark.django_db
@pytest.mark.parametrize(
    "since", ["x", "2026-11-01", "MQ", "MS4tMQ", "LTEuMQ", "OTk5OTk5OTk5OTk5OTk5OTk5OS4x", "四"]
)
def test_cursor_that_was_never_given_out(client, manager, since):
    client.force_login(manager)

    answer = client.get(DEPARTMENTS, {"since": since})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


@pytest.mark.django_db
def test_list_that_cannot_be_pulled(client, manager):
    client.force_login(manager)

    answer = client.get("/api/v1/halls/?since=")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["since"])


# --- order and content ----------------------------------------------------------------------------


def test_all_rows_from_the_beginning_in_pages(pull, clock, hall, manager):
    for name in "甲乙丙丁戊":
        DepartmentFactory(hall=hall, name=name)
        clock.shift(1)

    seen, since, has_more = [], "", True
    while has_more:
        answer = pull(manager, DEPARTMENTS, since, page_size=2)
        since, has_more = answer["next_since"], answer["has_more"]
        seen += names(answer)

    assert seen == list("甲乙丙丁戊")


def test_rows_of_one_moment_are_told_apart_by_number(pull, clock, hall, manager):
    for name in "甲乙丙":
        DepartmentFactory(hall=hall, name=name)

    first = pull(manager, DEPARTMENTS, page_size=2)
    second = pull(manager, DEPARTMENTS, first["next_since"], page_size=2)

    assert (names(first), names(second)) == (["甲", "乙"], ["丙"])


def test_only_what_changed_since(pull, clock, hall, manager):
    one, _two = (DepartmentFactory(hall=hall, name=name) for name in "甲乙")
    clock.shift(LATER)
    since = pull(manager, DEPARTMENTS)["next_since"]
    clock.shift(LATER)

    one.name = "甲局"
    one.save(update_fields=["name"])

    assert names(pull(manager, DEPARTMENTS, since)) == ["甲局"]


def test_nothing_new_gives_the_same_place(pull, clock, hall, manager):
    DepartmentFactory(hall=hall)
    clock.shift(LATER)
    since = pull(manager, DEPARTMENTS)["next_since"]
    clock.shift(LATER)

    assert pull(manager, DEPARTMENTS, since) == {"next_since": since, "has_more": False, "results": []}


@pytest.mark.parametrize("write", ["update", "bulk_update", "save", "update_or_create", "bulk_create"])
def test_every_way_of_writing_is_a_change(write, pull, clock, hall, manager):
    row = DepartmentFactory(hall=hall, name="甲")
    clock.shift(LATER)
    since = pull(manager, DEPARTMENTS)["next_since"]
    clock.shift(LATER)

    row.sort = 9
    if write == "update":
        Department.objects.filter(pk=row.pk).update(sort=9)
    elif write == "bulk_update":
        Department.objects.bulk_update([row], ["sort"])
    elif write == "save":
        row.save()
    elif write == "update_or_create":
        Department.objects.update_or_create(pk=row.pk, defaults={"sort": 9})
    else:
        Department.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["id"], update_fields=["sort"]
        )

    assert names(pull(manager, DEPARTMENTS, since)) == ["甲"]


def test_another_hall_pulls_nothing_of_ours(pull, clock, hall, manager, outsider):
    DepartmentFactory(hall=hall)
    since = pull(manager, DEPARTMENTS)["next_since"]

    assert pull(outsider, DEPARTMENTS)["results"] == []
    assert pull(outsider, DEPARTMENTS, since)["results"] == []


def test_conditions_hold_for_a_pull(pull, clock, hall, manager):
    for name in "甲乙":
        DepartmentFactory(hall=hall, name=name)

    assert names(pull(manager, DEPARTMENTS, name="乙")) == ["乙"]


# --- nothing is lost ------------------------------------------------------------------------------


def test_row_that_appears_late_with_an_earlier_stamp(pull, clock, hall, manager):
    """Stamped first, committed last: it must come with the next pull."""
    late = DepartmentFactory(hall=hall, name="晚")
    Department.objects.filter(pk=late.pk).update(changed_at=timezone.now() + timedelta(days=1))
    stamped = timezone.now()
    clock.shift(20)
    DepartmentFactory(hall=hall, name="早")
    since = pull(manager, DEPARTMENTS)["next_since"]

    Department.objects.filter(pk=late.pk).update(changed_at=stamped)

    assert names(pull(manager, DEPARTMENTS, since)) == ["晚", "早"]


def test_floor_of_the_first_page_holds_to_the_end_of_the_pull(pull, clock, hall, manager):
    """A pull over an hour ends where its first page was safe, not where the last one is."""
    for name in "甲乙":
        DepartmentFactory(hall=hall, name=name)
    first = pull(manager, DEPARTMENTS, page_size=1)
    clock.shift(3600)

    last = pull(manager, DEPARTMENTS, first["next_since"], page_size=1)

    assert (names(last), last["has_more"]) == (["乙"], False)
    assert names(pull(manager, DEPARTMENTS, last["next_since"])) == ["甲", "乙"]


@pytest.mark.django_db(transaction=True)
def test_long_writer_on_postgresql_holds_the_place_back(pull, hall, manager):
    """Its rows are stamped long before they appear; an overlap alone would lose them."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time: rows appear in the order of their stamps")
    started, finish = threading.Event(), threading.Event()

    def write():
        with transaction.atomic():
            row = DepartmentFactory(hall=hall, name="晚")
            old = timezone.now()
            Department.objects.filter(pk=row.pk).update(changed_at=old)
            started.set()
            finish.wait(10)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    started.wait(10)
    with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=True):
        DepartmentFactory(hall=hall, name="早")
        since = pull(manager, DEPARTMENTS)["next_since"]
        finish.set()
        writer.join()
        found = names(pull(manager, DEPARTMENTS, since))

    assert found == ["晚", "早"]


# --- every list that says so ----------------------------------------------------------------------

LISTS = [
    "findings",
    "appeals",
    "rectifications",
    "departments",
    "windows",
    "people",
    "postings",
    "bulletins",
    "letters",
    "assessment-months",
    "scorecards",
    "duty-days",
    "duty-swaps",
    "special-periods",
    "measures",
]


def test_all_lists_that_can_be_pulled():
    from config.api import ROOMS  # noqa: PLC0415 - beside its only use

    pulled = [p for room in ROOMS for p, view, _ in room.routes if getattr(view, "pulls_changes", False)]

    assert sorted(pulled) == sorted(LISTS)


def test_every_model_with_a_stamp_is_written_through_a_stamping_manager():
    stamped = [model for model in apps.get_models() if issubclass(model, Changed)]

    assert len(stamped) == 14
    assert [m for m in stamped if not isinstance(m._default_manager.all(), ChangedQuerySet)] == []
    assert [m for m in stamped if ["hall", "changed_at"] not in [i.fields for i in m._meta.indexes]] == []


@pytest.mark.parametrize("name", LISTS)
def test_pull_in_few_queries(request, client, manager, django_assert_max_num_queries, name):
    from tests.sweep_world import build_world  # noqa: PLC0415 - heavy

    build_world(request)
    client.force_login(manager)
    client.get(f"/api/v1/{name}/?since=")

    with django_assert_max_num_queries(6 if connection.vendor == "sqlite" else 7):
        answer = client.get(f"/api/v1/{name}/?since=")

    assert answer.json()["results"] != []


def test_withdrawn_record_comes_again_as_withdrawn(pull, clock, request, hall, manager, rulebook, staff):
    from tests.factories.bulletins import counting_record  # noqa: PLC0415 - beside its only use
    from violations.services.ledger import withdraw_record  # noqa: PLC0415

    record = counting_record(hall, since="2026-11-20 10:00", by=manager, staff=staff)
    clock.shift(LATER)
    since = pull(manager, "/api/v1/findings/")["next_since"]
    clock.shift(LATER)

    withdraw_record(record=ConductRecord.objects.get(pk=record.pk), by=manager, reason="记错了人")

    assert [(r["id"], r["status"]) for r in pull(manager, "/api/v1/findings/", since)["results"]] == [
        (record.pk, "withdrawn")
    ]


def test_person_who_moves_is_a_change_of_the_posting(pull, clock, staff, manager):
    clock.shift(LATER)
    since = pull(manager, "/api/v1/postings/")["next_since"]
    clock.shift(LATER)

    staff.postings.update(ends_on=timezone.localdate())

    assert len(pull(manager, "/api/v1/postings/", since)["results"]) == 1
    assert StaffFactory._meta.model is Staff
