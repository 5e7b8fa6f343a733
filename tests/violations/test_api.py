"""The second door: the same rows, conditions, rules and words as the pages."""

from datetime import timedelta

import pytest
from rest_framework.settings import api_settings

from tests.factories.violations import draft_of, record_of
from tests.factories.windows import StaffFactory, WindowFactory
from tests.violations.conftest import NOW, ROBOT
from violations.models import Appeal, ConductRecord, Rectification
from violations.services.ledger import accept_record
from violations.services.rectify import order_rectification, submit_rectification

pytestmark = pytest.mark.django_db
FINDINGS = "/api/v1/findings/"


@pytest.fixture
def ask(client):
    """GET as a person."""

    def get(user, url):
        client.force_login(user)
        return client.get(url)

    return get


@pytest.fixture
def send(client):
    """POST JSON as a person."""

    def post(user, url, data=None, **headers):
        client.force_login(user)
        return client.post(url, data or {}, content_type="application/json", headers=headers)

    return post


def numbers(response):
    return [row["number"][-3:] for row in response.json()["results"]]


# --- findings -------------------------------------------------------------------------------------


def test_list_row_says_what_the_page_says(ask, rules, record, officer):
    row = ask(officer, FINDINGS).json()["results"][0]

    assert row["number"] == "WT-20261125-001"
    assert (row["act"], row["staff"], row["window"], row["hall"]) == ("talk", "ZW0001", "A05", "qinghe")
    assert (row["points"], row["quantity"], row["clause"]["code"]) == (-2, 1, "20-1")
    assert (row["status"], row["status_name"], row["counts"]) == ("notified", "待确认", False)
    assert row["finder"] == "李航"


@pytest.mark.parametrize("rows", [1, 3])
def test_list_in_six_queries(rows, ask, rules, staff, officer, django_assert_num_queries, client):
    for day in range(rows):
        person = StaffFactory(department=staff.department)
        record_of(rules.talk, staff=person, by=officer, at=NOW - timedelta(days=day))
    client.force_login(officer)

    with django_assert_num_queries(6):
        assert len(client.get(FINDINGS).json()["results"]) == rows


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=王丽",
        "window=A05",
        "person=ZW0001",
        "kind=messy",
        "kind=bonus",
        "status=open",
        "status=counting",
        "status=decide",
        "status=verify",
        "source=device",
        "from=2026-11-25",
        "to=2026-11-24",
        "hall=qinghe",
    ],
)
def test_list_under_conditions_equals_the_page(
    query, ask, client, rules, staff, window, life, officer, manager
):
    life("confirmed")
    record_of(rules.messy, window=window, by=officer)
    record_of(rules.thanks, staff=staff, by=officer)
    draft_of(rules.late, staff=staff, by=ROBOT, source="device")

    listed = {row["id"] for row in ask(manager, f"{FINDINGS}?{query}").json()["results"]}

    assert listed == {row.pk for row in client.get(f"/findings/?{query}").context["listing"].rows}


def test_list_with_a_condition_that_makes_no_sense(ask, record, officer):
    response = ask(officer, f"{FINDINGS}?status=moon")

    assert (response.status_code, response.json()["code"]) == (400, "invalid")


def test_list_in_order(ask, rules, staff, officer):
    for day in (2, 0, 1):
        record_of(rules.talk, staff=staff, by=officer, at=NOW - timedelta(days=day))

    days = [row["day"] for row in ask(officer, FINDINGS).json()["results"]]
    assert days == ["2026-11-25", "2026-11-24", "2026-11-23"]
    query = f"{api_settings.ORDERING_PARAM}=at"
    days = [row["day"] for row in ask(officer, f"{FINDINGS}?{query}").json()["results"]]
    assert days == ["2026-11-23", "2026-11-24", "2026-11-25"]


def test_list_in_pages(ask, rules, staff, officer):
    for _ in range(3):
        record_of(rules.talk, staff=staff, by=officer)

    first = ask(officer, f"{FINDINGS}?page_size=2").json()
    second = ask(officer, first["next"]).json()

    assert [len(page["results"]) for page in (first, second)] == [2, 1]


@pytest.mark.parametrize(
    ("role", "seen"),
    [("manager", 3), ("clerk", 1), ("head", 2), ("unit", 2), ("colleague", 0), ("outsider", 0)],
)
def test_list_by_role(role, seen, ask, rules, record, staff, window, officer, request):
    record_of(rules.messy, window=window, by=officer)
    draft_of(rules.late, staff=staff, by=ROBOT)

    assert len(ask(request.getfixturevalue(role), FINDINGS).json()["results"]) == seen


@pytest.mark.parametrize("role", ["admin", "inspector"])
def test_list_is_not_for_everybody(role, ask, request):
    assert ask(request.getfixturevalue(role), FINDINGS).status_code == 403


def test_detail(ask, life, officer):
    record = life("appealed")

    body = ask(officer, f"{FINDINGS}{record.pk}/").json()

    assert [row["words"] for row in body["statements"]] == ["在谈工作"]
    assert body["appeal"] == Appeal.objects.get().pk
    assert [row["text"] for row in body["story"]][:2] == [
        "提出申诉，裁定前不计入",
        "认定成立，开始计入",
    ]


def test_detail_of_another_hall(ask, record, outsider):
    assert ask(outsider, f"{FINDINGS}{record.pk}/").status_code == 404


def test_detail_does_not_name_who_went_on_a_covert_visit(ask, rules, staff, clerk, manager):
    record = record_of(rules.talk, staff=staff, by=manager, source="covert")

    response = ask(clerk, f"{FINDINGS}{record.pk}/")

    assert response.json()["finder"] == "督查（暗访）"
    assert "周敏" not in response.content.decode()


NEW = {"act": "talk", "day": "2026-11-25", "time": "14:20", "staff": "ZW0001", "note": "聊天"}


def test_create(send, rules, staff, officer):
    response = send(officer, FINDINGS, NEW)

    record = ConductRecord.objects.get()
    assert (response.status_code, response.json()["number"]) == (201, record.number)
    assert (record.status, record.finder, record.window.code) == ("notified", officer, "A05")


def test_create_twice_with_one_key(send, rules, staff, officer):
    first, again = (send(officer, FINDINGS, NEW, **{"Idempotency-Key": "k1"}) for _ in range(2))

    assert (first.json()["id"], ConductRecord.objects.count()) == (again.json()["id"], 1)


@pytest.mark.parametrize(
    ("change", "status", "where"),
    [
        ({"day": "2026-11-26"}, 422, "future"),
        ({"staff": ""}, 422, "who_missing"),
        ({"act": "moon"}, 400, "act"),
        ({"staff": "ZW9999"}, 400, "staff"),
        ({"act": ""}, 400, "act"),
        ({"day": "x"}, 400, "day"),
        ({"hall": "beiyuan"}, 403, "not_permitted"),
    ],
)
def test_create_with_errors(change, status, where, send, rules, staff, other_hall, officer):
    response = send(officer, FINDINGS, {**NEW, **change})

    body = response.json()
    assert response.status_code == status
    assert where in (body["code"], *body.get("errors", {}))
    assert ConductRecord.objects.count() == 0


def test_create_from_something_that_is_no_object(client, officer):
    client.force_login(officer)

    assert client.post(FINDINGS, "[1]", content_type="application/json").status_code == 400


@pytest.mark.parametrize("role", ["clerk", "head", "supervisor", "unit", "admin", "inspector"])
def test_create_by_a_role_that_may_not(role, send, rules, staff, request):
    assert send(request.getfixturevalue(role), FINDINGS, NEW).status_code == 403


def test_create_with_a_photo(client, rules, staff, officer, photo):
    client.force_login(officer)

    response = client.post(FINDINGS, {**NEW, "photos": [photo()]})

    assert len(response.json()["photos"]) == 1


@pytest.mark.parametrize(
    ("state", "step", "role", "data", "becomes"),
    [
        ("notified", "accept", "clerk", {}, "confirmed"),
        ("notified", "state", "clerk", {"reason": "at_work", "words": "在谈工作"}, "stated"),
        ("stated", "confirm", "manager", {"note": "证据清楚"}, "confirmed"),
        ("stated", "dismiss", "manager", {"reason": "在谈工作"}, "dismissed"),
        ("confirmed", "withdraw", "manager", {"reason": "记错"}, "withdrawn"),
        ("draft", "verify", "officer", {}, "notified"),
    ],
)
def test_step(state, step, role, data, becomes, send, life, request):
    record = life(state)

    response = send(request.getfixturevalue(role), f"{FINDINGS}{record.pk}/{step}/", data)

    assert (response.status_code, response.json()["status"]) == (200, becomes)


def test_undo(send, record, clerk, clock):
    send(clerk, f"{FINDINGS}{record.pk}/accept/")
    clock.shift(5)

    assert send(clerk, f"{FINDINGS}{record.pk}/undo/").json()["status"] == "notified"


@pytest.mark.parametrize(
    ("state", "step", "role", "data", "status", "code"),
    [
        ("notified", "confirm", "manager", {}, 409, "transition_not_allowed"),
        ("confirmed", "accept", "clerk", {}, 409, "transition_not_allowed"),
        ("notified", "accept", "head", {}, 403, "not_permitted"),
        ("notified", "accept", "outsider", {}, 403, "permission_denied"),
        ("notified", "accept", "colleague", {}, 404, "not_found"),
        ("notified", "state", "clerk", {"reason": "other"}, 400, "invalid"),
        ("notified", "state", "clerk", {"reason": "other", "words": "字" * 501}, 400, "invalid"),
        ("stated", "dismiss", "manager", {}, 400, "invalid"),
        ("stated", "withdraw", "officer", {}, 400, "invalid"),
        ("stated", "confirm", "leader", {}, 403, "permission_denied"),
        ("lapsed", "undo", "clerk", {}, 403, "not_permitted"),
    ],
)
def test_step_refused(state, step, role, data, status, code, send, life, request):
    record = life(state)

    response = send(request.getfixturevalue(role), f"{FINDINGS}{record.pk}/{step}/", data)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert ConductRecord.objects.get(pk=record.pk).status == state


def test_statement_with_a_file(client, record, clerk, photo):
    client.force_login(clerk)

    response = client.post(
        f"{FINDINGS}{record.pk}/state/",
        {"reason": "other", "words": "见图", "files": [photo(), photo("b.jpg")]},
    )

    assert len(response.json()["statements"][0]["files"]) == 2


def test_read_only_token_does_not_write(client, record, clerk):
    from accounts.services.tokens import issue_token  # noqa: PLC0415 - beside its only use

    token, secret = issue_token(
        user=clerk,
        name="读",
        scopes=["violations:read"],
        expires_at=NOW + timedelta(days=1),
        by=clerk,
    )
    headers = {"Authorization": f"Bearer {secret}"}

    assert client.get(FINDINGS, headers=headers).status_code == 200
    assert client.post(f"{FINDINGS}{record.pk}/accept/", headers=headers).status_code == 403
    assert token.pk


# --- appeals --------------------------------------------------------------------------------------


def test_appeal_from_filing_to_decision(send, ask, life, clerk, leader):
    record = life("confirmed")
    filed = send(clerk, f"{FINDINGS}{record.pk}/appeal/", {"words": "请复核"})
    assert (filed.status_code, filed.json()["status"]) == (201, "waiting")

    url = f"/api/v1/appeals/{filed.json()['id']}/"
    decided = send(leader, f"{url}decide/", {"verdict": "allow", "opinion": "公出单在案"})

    assert (decided.json()["status"], decided.json()["record"]["status"]) == ("allowed", "appeal_allowed")
    assert ask(clerk, url).json()["opinion"] == "公出单在案"


@pytest.mark.parametrize(
    ("role", "data", "status"),
    [
        ("manager", {"verdict": "allow", "opinion": "成立"}, 403),
        ("leader", {"verdict": "allow"}, 400),
        ("leader", {"opinion": "成立"}, 400),
        ("clerk", {"verdict": "allow", "opinion": "成立"}, 403),
    ],
)
def test_decision_refused(role, data, status, send, life, request):
    appeal = life("appealed").appeals.get()

    response = send(request.getfixturevalue(role), f"/api/v1/appeals/{appeal.pk}/decide/", data)

    assert response.status_code == status


@pytest.mark.parametrize("rows", [1, 3])
def test_appeals_in_six_queries(rows, client, life, leader, django_assert_num_queries):
    for _ in range(rows):
        life("appealed")
    client.force_login(leader)

    with django_assert_num_queries(6):
        assert len(client.get("/api/v1/appeals/?status=waiting").json()["results"]) == rows


def test_appeals_of_another_hall(ask, life, outsider):
    appeal = life("appealed").appeals.get()

    assert ask(outsider, "/api/v1/appeals/").json()["results"] == []
    assert ask(outsider, f"/api/v1/appeals/{appeal.pk}/").status_code == 404


# --- rectifications -------------------------------------------------------------------------------


@pytest.fixture
def order(rules, window, head, officer):
    accept_record(record=record_of(rules.messy, window=window, by=officer), by=head)
    return Rectification.objects.get()


def test_rectification_from_order_to_done(send, order, head, officer):
    url = f"/api/v1/rectifications/{order.pk}/"

    assert send(head, f"{url}submit/", {"words": "已整理"}).json()["status"] == "submitted"
    returned = send(officer, f"{url}recheck/", {"verdict": "returned", "words": "还有杂物"})
    assert returned.json()["status"] == "returned"
    send(head, f"{url}submit/", {"words": "已清走"})
    done = send(officer, f"{url}recheck/", {"verdict": "done"}).json()

    assert [step["status"] for step in done["steps"]] == [
        "open",
        "submitted",
        "returned",
        "submitted",
        "done",
    ]


@pytest.mark.parametrize(
    ("step", "role", "data", "status"),
    [
        ("submit", "head", {}, 400),
        ("submit", "officer", {"words": "已整理"}, 403),
        ("recheck", "officer", {"verdict": "returned"}, 422),
        ("recheck", "head", {"verdict": "done"}, 403),
        ("recheck", "outsider", {"verdict": "done"}, 404),
    ],
)
def test_rectification_step_refused(step, role, data, status, send, order, request):
    response = send(request.getfixturevalue(role), f"/api/v1/rectifications/{order.pk}/{step}/", data)

    assert response.status_code == status


def test_rectifications_to_check(ask, order, head, officer, outsider):
    submit_rectification(rectification=order, by=head, words="已整理")

    url = "/api/v1/rectifications/?status=check"
    assert len(ask(officer, url).json()["results"]) == 1
    assert ask(outsider, "/api/v1/rectifications/").json()["results"] == []


@pytest.mark.parametrize("rows", [1, 3])
def test_rectifications_in_constant_queries(rows, client, rules, window, officer, django_assert_num_queries):
    for _ in range(rows):
        order_rectification(record=record_of(rules.messy, window=window, by=officer), by=officer)
    client.force_login(officer)

    with django_assert_num_queries(4):
        assert len(client.get("/api/v1/rectifications/").json()["results"]) == rows


# --- acts -----------------------------------------------------------------------------------------


def test_acts_with_what_they_cost(ask, rules, officer):
    acts = ask(officer, "/api/v1/acts/").json()

    assert [(act["code"], act["points"]) for act in acts][:2] == [("talk", -2), ("late", -2)]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("q=聊天", ["talk"]),
        ("is_bonus=true", ["thanks"]),
        ("subject=unit", ["elsewhere"]),
        ("day=2019-12-31", []),
    ],
)
def test_acts_under_conditions(query, codes, ask, rules, officer):
    assert [act["code"] for act in ask(officer, f"/api/v1/acts/?{query}").json()] == codes


def test_acts_of_a_hall_without_rules(ask, rules, outsider):
    assert ask(outsider, "/api/v1/acts/").json() == []


def test_create_for_a_window_of_another_hall(send, rules, staff, officer, other_hall):
    WindowFactory(department__hall=other_hall, code="B77")

    response = send(officer, FINDINGS, {**NEW, "act": "messy", "staff": "", "window": "B77"})

    assert response.status_code == 400
