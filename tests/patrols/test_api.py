"""The second door: what the phone and programs send."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from patrols.models import Finding, Round, Visit
from tests.factories.patrols import found, photo, visited
from violations.models import ConductRecord

pytestmark = pytest.mark.django_db
VISITS = "/api/v1/visits/"
ROUNDS = "/api/v1/rounds/"


def send(client, round_, window, **fields):
    data = {
        "round": round_.pk,
        "window": window.pk,
        "result": "ok",
        "client_uuid": str(uuid.uuid4()),
        "at": timezone.now().isoformat(),
        **fields,
    }
    return client.post(VISITS, data, content_type="application/json")


def test_visit_as_a_stranger(client, running, window):
    assert send(client, running, window).status_code == 401


def test_visit_without_a_problem(client, officer, running, window):
    client.force_login(officer)

    response = send(client, running, window)

    assert (response.status_code, response.json()["window"], response.json()["finding"]) == (200, "A05", None)


def test_finding_sent_twice_is_one_record_and_200_both_times(client, officer, running, window, staff, doze):
    client.force_login(officer)
    fields = {"result": "finding", "staff": staff.pk, "act": doze.pk, "client_uuid": str(uuid.uuid4())}
    at = timezone.now().isoformat()

    answers = [send(client, running, window, at=at, **fields) for _ in range(2)]

    assert [a.status_code for a in answers] == [200, 200]
    assert answers[0].json()["finding"]["record"] == answers[1].json()["finding"]["record"]
    assert ConductRecord.objects.count() == 1


def test_finding_with_a_photo_in_one_request(client, officer, running, window, untidy):
    client.force_login(officer)
    data = {
        "round": running.pk,
        "window": window.pk,
        "result": "finding",
        "act": untidy.pk,
        "client_uuid": str(uuid.uuid4()),
        "at": timezone.now().isoformat(),
        "photos": [photo()],
    }

    response = client.post(VISITS, data)

    assert (response.status_code, len(response.json()["finding"]["photos"])) == (200, 1)


def test_photo_after_its_finding(client, officer, running, window, untidy):
    visit = found(running, window, untidy)
    client.force_login(officer)

    response = client.post(
        f"{VISITS}{visit.pk}/photos/", {"photo": photo(), "client_uuid": str(uuid.uuid4())}
    )

    assert (response.status_code, Finding.objects.get().photos.count()) == (200, 1)


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"result": "finding"}, ["act"]),
        ({"result": "finding", "act": "dozing"}, ["staff"]),
        ({"result": "wrong"}, ["result"]),
        ({"client_uuid": "x"}, ["client_uuid"]),
    ],
)
def test_visit_that_lacks_something(client, officer, running, window, doze, fields, names):
    client.force_login(officer)
    if fields.get("act"):
        fields = {**fields, "act": doze.pk}

    response = send(client, running, window, **fields)

    assert (response.status_code, list(response.json()["errors"])) == (400, names)


def test_visit_in_the_future(client, officer, running, window):
    client.force_login(officer)

    response = send(client, running, window, at=(timezone.now() + timedelta(hours=2)).isoformat())

    assert (response.status_code, response.json()["code"]) == (422, "future")


def test_visit_in_a_round_of_another_hall(client, outsider, running, window):
    client.force_login(outsider)

    assert (send(client, running, window).status_code, Visit.objects.count()) == (400, 0)


def test_visit_by_a_supervisor(client, supervisor, running, window):
    client.force_login(supervisor)

    assert send(client, running, window).status_code == 403


def test_undo(client, officer, running, window):
    visit = visited(running, window)
    client.force_login(officer)

    response = client.post(f"{VISITS}{visit.pk}/undo/")

    assert (response.status_code, response.json()["undone_at"] is not None) == (200, True)


def test_round_starts_and_finishes(client, officer, hall, window):
    client.force_login(officer)

    started = client.post(ROUNDS, {"kind": "morning"}, content_type="application/json")
    number = started.json()["id"]
    refused = client.post(f"{ROUNDS}{number}/finish/", {}, content_type="application/json")
    reasons = {"reasons": [{"window": window.pk, "reason": "停办"}]}
    done = client.post(f"{ROUNDS}{number}/finish/", reasons, content_type="application/json")

    assert [started.status_code, refused.status_code, done.status_code] == [201, 422, 200]
    assert Round.objects.get().finished_at is not None


@pytest.mark.parametrize("path", [ROUNDS, VISITS])
def test_lists_of_another_hall_are_empty(client, outsider, running, window, path):
    visited(running, window)
    client.force_login(outsider)

    assert client.get(path).json()["results"] == []


@pytest.mark.parametrize(
    "query",
    [
        "rounds/?kind=morning&is_open=true",
        "visits/?window=A05&is_undone=false",
        "visits/?hall=qinghe&sort=at",
    ],
)
def test_lists_with_filters(client, manager, running, window, query):
    visited(running, window)
    client.force_login(manager)

    assert client.get(f"/api/v1/{query}").status_code == 200


@pytest.mark.parametrize("count", [1, 4])
def test_list_of_visits_asks_a_fixed_number_of_times(
    client, manager, new_round, window, untidy, count, django_assert_num_queries
):
    for _ in range(count):
        found(new_round(), window, untidy)
    client.force_login(manager)

    with django_assert_num_queries(5):
        client.get(VISITS)
