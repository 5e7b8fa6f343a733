"""Many at once: a result per item, each as if it had come alone, and each done once."""

from uuid import uuid4

import pytest

from accounts.models import IdempotencyKey
from trail.models import AuditEntry
from violations.models import ConductRecord

pytestmark = pytest.mark.django_db
BULK = "/api/v1/findings/bulk/"
NEW = {"act": "talk", "day": "2026-11-25", "time": "14:00", "staff": "ZW0001"}


@pytest.fixture
def send(client):
    def post(user, url, items, **headers):
        client.force_login(user)
        return client.post(url, {"items": items}, content_type="application/json", headers=headers)

    return post


def outcomes(answer):
    return [(row["status"], row.get("problem", {}).get("code")) for row in answer.json()["results"]]


def test_each_item_has_its_own_result(send, rules, staff, officer):
    items = [NEW, {**NEW, "staff": "nobody"}, {**NEW, "day": "2027-01-01"}, {**NEW, "time": "13:30"}]

    answer = send(officer, BULK, items)

    assert answer.status_code == 200
    assert outcomes(answer) == [(201, None), (400, "invalid"), (422, "future"), (201, None)]
    assert (answer.json()["done"], answer.json()["refused"]) == (2, 2)
    assert list(answer.json()["results"][1]["problem"]["errors"]) == ["staff"]
    assert ConductRecord.objects.count() == 2


def test_item_names_the_row_it_made(send, rules, staff, officer):
    row = send(officer, BULK, [{**NEW, "client_id": "a1"}]).json()["results"][0]

    assert row == {"index": 0, "client_id": "a1", "status": 201, "id": ConductRecord.objects.get().pk}


def test_item_with_a_client_id_is_done_once(send, rules, staff, officer):
    items = [{**NEW, "client_id": "a1"}]
    first = send(officer, BULK, items).json()["results"][0]

    again = send(officer, BULK, [*items, *items]).json()["results"]

    assert [(row["id"], row["status"], row["replayed"]) for row in again] == [(first["id"], 200, True)] * 2
    assert ConductRecord.objects.count() == 1


def test_client_id_on_other_content_is_refused(send, rules, staff, officer):
    send(officer, BULK, [{**NEW, "client_id": "a1"}])

    answer = send(officer, BULK, [{**NEW, "time": "13:30", "client_id": "a1"}])

    assert outcomes(answer) == [(422, "idempotency_key_reused")]


def test_refused_item_leaves_its_client_id_free(send, rules, staff, officer):
    send(officer, BULK, [{**NEW, "staff": "nobody", "client_id": "a1"}])

    assert IdempotencyKey.objects.count() == 0
    assert outcomes(send(officer, BULK, [{**NEW, "client_id": "a1"}])) == [(201, None)]


def test_client_id_of_another_person_is_another(send, rules, staff, officer, manager):
    for person in (officer, manager):
        assert outcomes(send(person, BULK, [{**NEW, "client_id": "a1"}])) == [(201, None)]


def test_whole_body_may_be_repeated_with_a_key(send, rules, staff, officer):
    first, again = (send(officer, BULK, [NEW], **{"Idempotency-Key": "k1"}) for _ in range(2))

    assert again.json() == first.json()
    assert ConductRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"items": {}}, 400, "invalid"),
        ({"items": [1]}, 400, "invalid"),
        ({"items": []}, 422, "no_items"),
        ({"items": [NEW] * 4}, 422, "too_many_items"),
    ],
)
def test_body_that_makes_no_sense(client, settings, officer, body, status, code):
    settings.API_BULK_LIMIT = 3
    client.force_login(officer)

    answer = client.post(BULK, body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("client_id", [5, ["a"], "x" * 101])
def test_client_id_that_makes_no_sense(send, rules, staff, officer, client_id):
    assert outcomes(send(officer, BULK, [{**NEW, "client_id": client_id}])) == [(400, "invalid")]


def test_person_of_another_hall_records_nothing_here(send, rules, staff, outsider):
    answer = send(outsider, BULK, [{**NEW, "hall": "qinghe"}])

    assert outcomes(answer) == [(403, "not_permitted")]
    assert ConductRecord.objects.count() == 0


def test_who_may_not_find_may_not_in_bulk(send, rules, staff, clerk):
    assert send(clerk, BULK, [NEW]).status_code == 403


# --- steps ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "step", "role", "more", "becomes"),
    [
        ("stated", "bulk-confirm", "manager", {"note": "证据清楚"}, "confirmed"),
        ("stated", "bulk-dismiss", "manager", {"reason": "在谈工作"}, "dismissed"),
        ("confirmed", "bulk-withdraw", "manager", {"reason": "记错"}, "withdrawn"),
        ("draft", "bulk-verify", "officer", {}, "notified"),
    ],
)
def test_step_on_many(state, step, role, more, becomes, send, life, request):
    record = life(state)
    items = [{"id": record.pk, **more}, {"id": 999999, **more}, {"id": "x", **more}, more]

    answer = send(request.getfixturevalue(role), f"/api/v1/findings/{step}/", items)

    assert outcomes(answer) == [(200, None)] + [(404, "not_found")] * 3
    assert ConductRecord.objects.get(pk=record.pk).status == becomes


def test_step_that_the_record_does_not_allow(send, life, manager):
    record = life("notified")

    answer = send(manager, "/api/v1/findings/bulk-confirm/", [{"id": record.pk}])

    assert outcomes(answer) == [(409, "transition_not_allowed")]


def test_record_of_another_hall_is_not_found_in_bulk(send, life, outsider):
    record = life("stated")

    answer = send(outsider, "/api/v1/findings/bulk-confirm/", [{"id": record.pk}])

    assert outcomes(answer) == [(404, "not_found")]
    assert ConductRecord.objects.get(pk=record.pk).status == "stated"


def test_each_item_leaves_its_own_trace(send, rules, staff, officer):
    before = AuditEntry.objects.count()

    send(officer, BULK, [NEW, {**NEW, "time": "13:30", "key": str(uuid4())}, {**NEW, "staff": "x"}])

    assert AuditEntry.objects.count() == before + 2
