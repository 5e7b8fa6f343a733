"""The second door: months, cards, lines, honours, rulebooks and phrases."""

from datetime import date

import pytest

from assessments.models import AssessmentMonth, AwardResult, Line
from assessments.services.months import publish_month, score_month
from tests.factories.assessments import OCTOBER, record, window_with

API = "/api/v1/"


@pytest.fixture
def world(acts, hall, window, staff, colleague):
    record(acts("late"), date(2026, 10, 9), staff=staff, window=window)
    record(acts("rude"), date(2026, 10, 13), staff=colleague.staff, window=window)
    return hall


@pytest.fixture
def draft(world, manager):
    return score_month(hall=world, month=OCTOBER, by=manager)


@pytest.fixture
def published(draft, manager):
    return publish_month(month=draft, by=manager)


def get(client, user, path, **params):
    client.force_login(user)
    return client.get(f"{API}{path}", params)


def test_months_of_the_hall(client, published, clerk, outsider):
    found = [get(client, user, "assessment-months/").json()["results"] for user in (clerk, outsider)]

    assert [[row["month"] for row in rows] for rows in found] == [["2026-10"], []]


def test_draft_is_not_listed_for_a_clerk(client, draft, clerk, manager):
    found = [get(client, user, "assessment-months/").json()["results"] for user in (clerk, manager)]

    assert [len(rows) for rows in found] == [0, 1]


def test_score_and_publish(client, world, manager):
    client.force_login(manager)

    made = client.post(f"{API}assessment-months/", {"month": "2026-10"}, content_type="application/json")
    run = client.get(made.headers["Location"]).json()
    done = client.post(f"{API}assessment-months/{AssessmentMonth.objects.get().pk}/publish/")
    again = client.post(f"{API}assessment-months/", {"month": "2026-10"}, content_type="application/json")

    assert (made.status_code, run["status"]) == (202, "done")
    assert (done.json()["status"], again.status_code) == ("published", 409)


@pytest.mark.parametrize("role", ["clerk", "leader", "admin"])
def test_score_is_for_the_manager(client, world, request, role):
    client.force_login(request.getfixturevalue(role))

    response = client.post(f"{API}assessment-months/", {"month": "2026-10"}, content_type="application/json")

    assert (response.status_code, AssessmentMonth.objects.count()) == (403, 0)


def test_decide_puts_a_candidate_out(client, draft, manager):
    card = AwardResult.objects.get(card__run=draft.run, award__code="flag").card_id
    client.force_login(manager)

    response = client.post(
        f"{API}assessment-months/{draft.pk}/decide/",
        {"card": card, "award": "flag", "is_in": False, "reason": "核查"},
        content_type="application/json",
    )

    month = AssessmentMonth.objects.get()
    left = AwardResult.objects.filter(card__run=month.run, award__code="flag")
    assert (response.status_code, left.exists()) == (200, False)


def test_scorecards_show_score_and_rank(client, published, clerk, staff):
    rows = get(client, clerk, "scorecards/", month=published.pk, no=staff.no).json()["results"]

    assert [(row["code"], row["score"], row["own"], row["rank"]) for row in rows] == [
        (staff.no, 100.0, 98.0, rows[0]["rank"])
    ]


def test_cards_of_a_replaced_run_are_not_listed(client, draft, world, manager):
    score_month(hall=world, month=OCTOBER, by=manager)

    rows = get(client, manager, "scorecards/", kind="staff").json()["results"]

    assert len(rows) == 2


def test_lines_of_the_own_sheet_only(client, published, clerk, manager):
    own, all_ = (get(client, user, "lines/").json()["results"] for user in (clerk, manager))

    assert {row["clause"] for row in own} == {"1", "8"}
    assert len(all_) == Line.objects.count()


def test_awards_are_public_in_the_hall(client, published, clerk, outsider):
    mine, others = (get(client, user, "awards/").json()["results"] for user in (clerk, outsider))

    assert ({row["award"] for row in mine}, others) == ({"flag", "star"}, [])


@pytest.mark.parametrize("path", ["assessment-months/", "scorecards/", "lines/", "awards/"])
@pytest.mark.parametrize("more", [0, 20])
def test_lists_take_few_queries(client, world, manager, path, more, django_assert_max_num_queries):
    if more:
        window_with(world, "C01", people=more)
    score_month(hall=world, month=OCTOBER, by=manager)
    client.force_login(manager)

    with django_assert_max_num_queries(6):
        response = client.get(f"{API}{path}")

    assert response.status_code == 200


def test_rulebook_is_read(client, rulebook, clerk, django_assert_max_num_queries):
    version = get(client, clerk, "versions/").json()["results"][0]

    with django_assert_max_num_queries(6):
        clauses = client.get(f"{API}clauses/", {"version": version["id"], "page_size": 100}).json()["results"]

    late = next(clause for clause in clauses if clause["code"] == "20-7")
    assert (version["rulebook"], len(clauses), late["points"]) == ("maiji", 33, -2.0)
    assert late["acts"][0] == "late_arrival"


def test_rulebook_of_another_hall_is_out_of_sight(client, rulebook, outsider):
    assert get(client, outsider, "versions/").json()["results"] == []
    assert get(client, outsider, "clauses/").json()["results"] == []


def test_phrases_are_taught_changed_and_forgotten(client, small, manager, hall):
    client.force_login(manager)
    kind = {"content_type": "application/json"}

    made = client.post(f"{API}phrases/", {"pattern": "磨蹭", "act": "late"}, **kind)
    url = f"{API}phrases/{made.json()['id']}/"
    changed = client.put(url, {"pattern": "磨蹭", "act": "rude"}, **kind)
    gone = client.delete(url)

    assert (made.status_code, changed.json()["act"], gone.status_code) == (201, "rude", 204)


def test_phrase_of_an_unknown_act(client, small, manager):
    client.force_login(manager)

    response = client.post(f"{API}phrases/", {"pattern": "磨蹭", "act": "x"}, content_type="application/json")

    assert response.status_code == 400


@pytest.mark.parametrize("role", ["clerk", "officer", "outsider"])
def test_phrases_of_the_hall_refuse_others(client, small, hall, request, role):
    phrase = hall.act_phrases.first()
    client.force_login(request.getfixturevalue(role))

    response = client.delete(f"{API}phrases/{phrase.pk}/")

    assert response.status_code in (403, 404)
    assert hall.act_phrases.filter(pk=phrase.pk).exists()
