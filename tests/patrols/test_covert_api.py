"""The second door to covert inspection: same rights, same rules, same receipt."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import IdempotencyKey
from accounts.recent import PROVED_AT
from accounts.services.tokens import issue_token
from patrols.models import CovertTask
from tests.factories.accounts import person_with
from tests.factories.covert import adopted, reported
from tests.factories.patrols import photo
from violations.models import ConductRecord
from violations.services.appeals import file_appeal
from violations.services.ledger import accept_record

pytestmark = pytest.mark.django_db
URL = "/api/v1/covert-tasks/"


def of(client, user):
    client.force_login(user)
    return client


def post(client, url, data):
    return client.post(url, data, content_type="application/json")


def new_task(inspector, /, **fields):
    return {
        "title": "咨询社保",
        "script": "问转移接续。",
        "starts_on": "2026-11-25",
        "ends_on": "2026-11-27",
        "inspector": inspector.pk,
        "questions": [
            {"words": "在岗吗", "act": "absent_from_post"},
            {"words": "态度", "kind": "points", "most": 5, "passed_from": 3},
        ],
    } | fields


def report_of(task, window, /, **fields):
    values = zip(task.questions.all(), (0, 4, 0), strict=True)
    return {
        "client_uuid": str(uuid4()),
        "window": window.code,
        "at": (timezone.now() - timedelta(minutes=5)).isoformat(),
        "answers": [{"question": question.pk, "value": value} for question, value in values],
    } | fields


def test_the_supervision_gives_out_and_reads_no_name(client, hall, rulebook, supervisor, inspector, window):
    client = of(client, supervisor)
    assert client.get(f"{URL}inspectors/").json() == [{"id": inspector.pk, "name": inspector.name}]
    answer = post(client, URL, new_task(inspector, windows=[window.code]))

    assert (answer.status_code, answer.json()["windows"]) == (201, [window.code])
    assert [q["act"] for q in answer.json()["questions"]] == ["absent_from_post", None]
    assert inspector.name not in answer.content.decode()


def test_the_same_client_uuid_is_the_same_task(client, hall, rulebook, supervisor, inspector):
    sent = new_task(inspector, client_uuid=str(uuid4()))
    numbers = {post(of(client, supervisor), URL, sent).json()["number"] for _ in range(2)}

    assert (len(numbers), CovertTask.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"windows": ["Z99"]},
        {"inspector": 0},
        {"questions": []},
        {"questions": [{"words": "在岗吗", "act": "no_such_act"}]},
        {"questions": [{"words": "几分", "kind": "points"}]},
        {"questions": "x"},
        {"title": ""},
        {"starts_on": "soon"},
    ],
)
def test_bad_input_is_told(client, hall, rulebook, supervisor, inspector, fields):
    answer = post(of(client, supervisor), URL, new_task(inspector, **fields))

    assert (answer.status_code, CovertTask.objects.count()) == (400, 0)


@pytest.mark.parametrize("role", ["manager", "officer", "leader", "head", "clerk", "unit", "admin"])
def test_the_hall_has_no_door(request, client, task, role):
    client = of(client, request.getfixturevalue(role))
    doors = ["return", "dismiss", "adopt", "withdraw", "undo", "identity", "report"]
    codes = {client.get(URL).status_code, client.get(f"{URL}{task.pk}/").status_code}
    codes |= {post(client, f"{URL}{task.pk}/{door}/", {}).status_code for door in doors}

    assert codes == {403}


def test_another_volunteer_finds_nothing(client, task, hall, window):
    client = of(client, person_with("inspector", hall, username="inspector08", name="监督员08"))
    answer = post(client, f"{URL}{task.pk}/report/", report_of(task, window))

    assert (client.get(URL).json()["results"], answer.status_code) == ([], 404)


def test_the_volunteer_reports_once_and_gets_a_receipt(client, task, inspector, window, staff):
    client, sent = of(client, inspector), report_of(task, window)
    answers = [post(client, f"{URL}{task.pk}/report/", sent) for _ in range(2)]

    assert answers[0].status_code == 200
    assert answers[0].json()["receipt"] is not None
    assert answers[0].json()["reports"] == []
    assert task.reports.count() == 1


def test_a_remembered_answer_does_not_say_whose_task_it_was(client, task, inspector, window, staff):
    client = of(client, inspector)
    sent, key = report_of(task, window), {"Idempotency-Key": "a"}
    for _ in range(2):
        client.post(f"{URL}{task.pk}/report/", sent, content_type="application/json", headers=key)

    assert (IdempotencyKey.objects.get().body, task.reports.count()) == ({}, 1)


def test_photos_come_with_a_form(client, task, inspector, window):
    sent = report_of(task, window)
    for n, said in enumerate(sent.pop("answers")):
        sent |= {f"answers[{n}]question": said["question"], f"answers[{n}]value": said["value"]}
    answer = of(client, inspector).post(f"{URL}{task.pk}/report/", sent | {"photos": [photo(), photo()]})

    assert (answer.status_code, task.reports.get().photos.count()) == (200, 2)


@pytest.mark.parametrize(
    "fields", [{"window": "Z99"}, {"answers": []}, {"at": "x"}, {"answers": [{"question": 0, "value": 1}]}]
)
def test_a_bad_report_is_told(client, task, inspector, window, fields):
    answer = post(of(client, inspector), f"{URL}{task.pk}/report/", report_of(task, window, **fields))

    assert (answer.status_code, task.reports.count()) == (400, 0)


def test_adopting_makes_findings(client, task, inspector, supervisor, window, staff):
    reported(task, window, by=inspector, uploads=[photo()])
    client = of(client, supervisor)
    report = client.get(f"{URL}{task.pk}/").json()["reports"][0]
    item = {"answer": report["answers"][0]["id"], "staff": staff.no, "note": "无人"}
    sent = {"items": [item], "photos": [report["photos"][0]["file"]]}
    answer = post(client, f"{URL}{task.pk}/adopt/", sent)
    shown = answer.json()["reports"][0]

    assert (answer.status_code, shown["photos"][0]["is_shown"]) == (200, True)
    assert shown["answers"][0]["record"] == ConductRecord.objects.get().pk
    assert post(client, f"{URL}{task.pk}/undo/", {}).json()["status"] == "reported"


def test_an_answer_that_passed_is_not_handed_over(client, task, inspector, supervisor, window, staff):
    report = reported(task, window, by=inspector)
    good = report.answers.get(question__kind="points")
    answer = post(of(client, supervisor), f"{URL}{task.pk}/adopt/", {"items": [{"answer": good.pk}]})

    assert (answer.status_code, ConductRecord.objects.count()) == (400, 0)


@pytest.mark.parametrize(("door", "status"), [("return", "returned"), ("dismiss", "dismissed")])
def test_sending_back_and_putting_aside(client, task, inspector, supervisor, window, door, status):
    reported(task, window, by=inspector)
    client = of(client, supervisor)

    assert post(client, f"{URL}{task.pk}/{door}/", {}).status_code == 400
    assert post(client, f"{URL}{task.pk}/{door}/", {"words": "写清楚"}).json()["status"] == status


def test_withdrawing(client, task, supervisor):
    answer = post(of(client, supervisor), f"{URL}{task.pk}/withdraw/", {"words": "停业"})

    assert answer.json()["status"] == "withdrawn"


def test_an_identity_is_for_a_person_who_has_just_shown_the_password(
    client, task, inspector, supervisor, window, staff, clerk
):
    reported(task, window, by=inspector)
    record = adopted(task, by=supervisor, staff=staff)[0]
    accept_record(record=record, by=clerk)
    appeal = file_appeal(record=ConductRecord.objects.get(pk=record.pk), by=clerk, words="在岗")
    sent, url = {"appeal": appeal.pk, "reason": "核对"}, f"{URL}{task.pk}/identity/"
    client = of(client, supervisor)
    assert post(client, url, sent).json() == {"name": inspector.name, "username": inspector.username}
    session = client.session
    session[PROVED_AT] = 0
    session.save()
    assert post(client, url, sent).json()["code"] == "recent_sign_in_required"


def test_a_token_never_opens_an_identity(client, task, supervisor):
    _, secret = issue_token(
        user=supervisor,
        name="取数",
        scopes=["patrols:write"],
        expires_at=timezone.now() + timedelta(days=1),
        by=supervisor,
    )
    answer = client.post(
        f"{URL}{task.pk}/identity/",
        {"appeal": 1, "reason": "核对"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "recent_sign_in_required")
