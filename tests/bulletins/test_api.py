import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from bulletins.documents import DOCX_TYPE
from bulletins.models import Bulletin, Letter
from bulletins.services.drafting import draft_bulletin
from tests.factories.bulletins import counting_record, issue
from trail.actors import Robot


@pytest.fixture
def api():
    def as_(user):
        client = APIClient()
        client.force_authenticate(user)
        return client

    return as_


@pytest.fixture
def draft(hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    return draft_bulletin(hall=hall, iso_week="2026-W47", by=Robot("weekly_bulletin"))


@pytest.fixture
def letter(hall, rulebook, manager, leader, staff):
    for week, since in (("45", "2026-11-04"), ("46", "2026-11-11"), ("47", "2026-11-18")):
        counting_record(hall, since=f"{since} 10:00", by=manager, staff=staff)
        issue(hall, f"2026-W{week}", writer=manager, signer=leader)
    return Letter.objects.get()


def test_list_shows_drafts_to_the_office_only(api, draft, manager, clerk, outsider):
    seen = {user: len(api(user).get("/api/v1/bulletins/").json()["results"]) for user in (manager, clerk)}

    assert seen == {manager: 1, clerk: 0}
    assert api(outsider).get(f"/api/v1/bulletins/{draft.pk}/").status_code == 404


def test_week_from_draft_to_receipt(api, hall, rulebook, manager, leader, head, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    writer, signer = api(manager), api(leader)

    made = writer.post("/api/v1/bulletins/", {"week": "2026-W47"})
    url = f"/api/v1/bulletins/{made.json()['id']}/"
    words = writer.patch(f"{url}words/", {"problems": "离岗仍是主要问题。"}, headers={"If-Match": "*"})
    writer.post(f"{url}submit/")
    signed = signer.post(f"{url}sign/")
    read = api(head).post(f"{url}read/")

    assert [made.status_code, words.status_code, signed.status_code, read.status_code] == [201, 200, 200, 200]
    assert (signed.json()["number"], signed.json()["status_label"], read.json()["read"]) == (1, "已印发", 1)
    assert Bulletin.objects.get().content == signed.json()["content"]


def test_words_that_are_left_out_stay(api, draft, manager):
    url = f"/api/v1/bulletins/{draft.pk}/words/"
    first = api(manager).patch(url, {"praise": "甲"}, format="json", headers={"If-Match": "*"})
    seen = {"If-Match": first.headers["ETag"]}
    api(manager).patch(url, {"problems": "乙"}, format="json", headers=seen)

    draft.refresh_from_db()
    assert draft.words == {"praise": "甲", "problems": "乙"}


@pytest.mark.parametrize(
    ("week", "status", "code"),
    [("2026-W99", 422, "bad_week"), ("2026-W48", 422, "too_early"), ("2026-W08", 422, "week_off")],
)
def test_draft_that_cannot_be(api, hall, rulebook, manager, week, status, code):
    response = api(manager).post("/api/v1/bulletins/", {"week": week})

    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize("step", ["submit", "withdraw", "sign", "remind", "instruct", "return"])
def test_steps_by_a_clerk(api, draft, clerk, step):
    response = api(clerk).post(f"/api/v1/bulletins/{draft.pk}/{step}/", {"reason": "x", "words": "x"})

    assert response.status_code == 403


def test_hold_and_list_again(api, draft, manager):
    item = draft.items.get()

    held = api(manager).post(f"/api/v1/bulletin-items/{item.pk}/hold/", {"reason": "核实中"})
    waiting = api(manager).get("/api/v1/bulletin-items/?is_held=true").json()["results"]
    back = api(manager).post(f"/api/v1/bulletin-items/{item.pk}/unhold/")

    assert (held.json()["held_reason"], len(waiting), back.json()["held_reason"]) == ("核实中", 1, "")


def test_held_item_is_not_shown_to_the_hall(api, hall, draft, manager, leader, clerk):
    api(manager).post(f"/api/v1/bulletin-items/{draft.items.get().pk}/hold/", {"reason": "核实中"})
    issue(hall, "2026-W47", writer=manager, signer=leader)

    assert api(clerk).get("/api/v1/bulletin-items/").json()["results"] == []


def test_printed_issue_refuses_a_second_signature(api, hall, draft, manager, leader):
    issue(hall, "2026-W47", writer=manager, signer=leader)

    response = api(leader).post(f"/api/v1/bulletins/{draft.pk}/sign/")

    assert (response.status_code, response.json()["code"]) == (409, "bulletin_frozen")


@pytest.mark.parametrize(
    ("match", "status", "code"),
    [(None, 428, "version_required"), ('"an-older-one"', 412, "changed_meanwhile")],
)
def test_words_are_replaced_only_by_who_has_read_them(api, draft, manager, match, status, code):
    headers = {"If-Match": match} if match else {}
    url = f"/api/v1/bulletins/{draft.pk}/words/"

    answer = api(manager).patch(url, {"praise": "甲"}, format="json", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    draft.refresh_from_db()
    assert draft.words == {}


def test_docx_download(api, draft, manager):
    response = api(manager).get(f"/api/v1/bulletins/{draft.pk}/docx/")

    assert (response.status_code, response.headers["Content-Type"]) == (200, DOCX_TYPE)


def test_letter_from_task_to_answer(api, letter, manager, leader, unit):
    url = f"/api/v1/letters/{letter.pk}/"
    before = api(unit).get(url).status_code
    api(manager).patch(f"{url}words/", {"words": ""}, headers={"If-Match": "*"})
    api(manager).post(f"{url}submit/")
    api(leader).post(f"{url}sign/")
    opened = api(unit).get(url).json()
    answer = api(unit).post(f"{url}reply/", {"outcome": "educated", "words": "已批评教育"}).json()

    assert (before, opened["reference"], opened["opened_at"] is not None) == (404, "〔2026〕1号", True)
    assert (answer["status_label"], answer["outcome_label"]) == ("已回函", "已批评教育")


@pytest.mark.parametrize("path", ["bulletins", "bulletin-items", "letters"])
def test_lists_cost_the_same_with_one_row_and_many(
    api, hall, rulebook, manager, leader, staff, letter, department, path
):
    client = api(manager)
    Letter.objects.create(hall=hall, department=department, staff=staff, year=2025, threshold=3)

    costs = []
    for size in (1, 3):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/api/v1/{path}/?page_size={size}").status_code == 200
        costs.append(len(captured))

    assert (costs[0] == costs[1], costs[0] <= 6) == (True, True)
