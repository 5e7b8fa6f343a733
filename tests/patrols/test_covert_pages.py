"""Pages of covert inspection: one form on a phone, one desk for the supervision, no door for the hall."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.recent import PROVED_AT
from patrols.models import CovertReport, CovertTask
from patrols.services.covert import Question
from patrols.services.covert_reports import dismiss_report
from tests.factories.accounts import person_with
from tests.factories.covert import adopted, given, reported
from tests.factories.patrols import photo
from trail.models import AuditEntry
from violations.models import Act, ConductRecord

pytestmark = pytest.mark.django_db


def fields_of(client, task, window, **fields):
    """What the phone sends: one tap a question."""
    now = timezone.localtime()
    sent = {"client_uuid": str(uuid4()), "window": window.pk, "day": now.date(), "time": f"{now:%H:%M}"}
    for question in task.questions.all():
        sent[f"a{question.pk}"] = "0" if question.kind == "yes_no" else "4"
    return sent | fields


def test_the_volunteer_sends_on_a_plain_form_and_gets_a_receipt(client, task, window, staff, inspector):
    client.force_login(inspector)
    url = reverse("patrols:my_task", args=[task.pk])
    answer = client.post(url, fields_of(client, task, window), follow=True)

    assert answer.redirect_chain == [(url, 302)]
    assert CovertReport.objects.get().receipt in answer.content.decode()


def test_the_same_form_sent_again_leads_to_the_same_receipt(client, task, window, staff, inspector):
    client.force_login(inspector)
    url, sent = reverse("patrols:my_task", args=[task.pk]), fields_of(client, task, window)
    codes = [client.post(url, sent).status_code for _ in range(2)]

    assert (codes, CovertReport.objects.count()) == ([302, 302], 1)


def test_a_missing_answer_stands_beside_its_question_and_nothing_typed_is_lost(
    client, task, window, inspector
):
    client.force_login(inspector)
    first = task.questions.first()
    sent = fields_of(client, task, window, words="等了很久")
    del sent[f"a{first.pk}"]
    answer = client.post(reverse("patrols:my_task", args=[task.pk]), sent)

    assert (answer.status_code, "请回答：窗口人员在岗吗" in answer.content.decode()) == (422, True)
    assert "等了很久" in answer.content.decode()


def test_what_was_typed_is_put_back_after_the_session_ended(client, task, window, inspector):
    url = reverse("patrols:my_task", args=[task.pk])
    sent = fields_of(client, task, window, words="等了二十分钟")
    sent_from = {"HTTP_REFERER": f"http://testserver{url}"}
    assert client.post(url, sent, **sent_from).status_code == 302
    client.force_login(inspector)

    assert "等了二十分钟" in client.get(url).content.decode()


@pytest.mark.parametrize(
    "role", ["manager", "officer", "leader", "head", "clerk", "unit", "admin", "inspector"]
)
def test_the_pages_of_the_supervision_are_closed(request, client, task, role):
    client.force_login(request.getfixturevalue(role))
    urls = [reverse("patrols:covert_tasks"), reverse("patrols:new_covert_task"), task.get_absolute_url()]

    assert [client.get(url).status_code for url in urls] == [403, 403, 403]


def test_a_task_of_somebody_else_is_not_found(client, task, hall):
    client.force_login(person_with("inspector", hall, username="inspector08", name="监督员08"))

    assert client.get(reverse("patrols:my_task", args=[task.pk])).status_code == 404


def test_the_supervision_gives_a_task_out_on_the_page(client, hall, rulebook, supervisor, inspector, window):
    client.force_login(supervisor)
    act = Act.objects.get(code="absent_from_post")
    sent = {
        "title": "咨询社保",
        "script": "问转移接续。",
        "windows": [window.pk],
        "starts_on": "2026-11-25",
        "ends_on": "2026-11-27",
        "inspector": inspector.pk,
        "key": str(uuid4()),
        "q1-words": "在岗吗",
        "q1-kind": "yes_no",
        "q1-act": act.pk,
        "q2-words": "态度",
        "q2-kind": "points",
        "q2-most": "5",
        "q2-passed_from": "3",
    }
    answer = client.post(reverse("patrols:new_covert_task"), sent)
    task = CovertTask.objects.get()

    assert answer.url == task.get_absolute_url()
    assert [(q.words, q.kind, q.most, q.act) for q in task.questions.all()] == [
        ("在岗吗", "yes_no", None, act),
        ("态度", "points", 5, None),
    ]


def test_a_begun_question_without_points_is_told_in_words(client, hall, rulebook, supervisor, inspector):
    client.force_login(supervisor)
    sent = {"title": "咨询", "q2-words": "态度", "q2-kind": "points"}
    body = client.post(reverse("patrols:new_covert_task"), sent).content.decode()

    assert "第 2 题：打分题要写满分和合格分" in body


def test_an_earlier_task_is_given_out_again_without_its_volunteer(client, task, supervisor, inspector):
    client.force_login(supervisor)
    form = client.get(reverse("patrols:new_covert_task"), {"like": task.pk}).context["form"]

    assert [row["words"].value() for row in form.rows[:4]] == [
        "窗口人员在岗吗",
        "态度怎么样",
        "台面整洁吗",
        None,
    ]
    assert form["inspector"].value() is None


def test_the_supervision_adopts_on_the_page(client, task, report, supervisor, staff):
    client.force_login(supervisor)
    absent = report.answers.get(question__act__code="absent_from_post")
    sent = {
        "verdict": "adopt",
        f"take{absent.pk}": "on",
        f"staff{absent.pk}": staff.pk,
        f"note{absent.pk}": "无人",
    }
    answer = client.post(task.get_absolute_url(), sent)
    record = ConductRecord.objects.get()

    assert (answer.status_code, record.staff, record.note) == (302, staff, "无人")


def test_handing_over_asks_who_is_meant(client, task, report, supervisor, staff):
    client.force_login(supervisor)
    absent = report.answers.get(question__act__code="absent_from_post")
    answer = client.post(task.get_absolute_url(), {"verdict": "adopt", f"take{absent.pk}": "on"})

    assert (answer.status_code, "是记在人身上的，请选是谁" in answer.content.decode()) == (422, True)


def test_a_task_reviewed_meanwhile_says_so(client, task, report, supervisor):
    dismiss_report(task=task, by=supervisor, words="看错")
    client.force_login(supervisor)

    assert client.post(task.get_absolute_url(), {"verdict": "adopt"}).status_code == 409


def test_the_supervision_of_another_hall_finds_nothing(client, task, other_hall):
    client.force_login(person_with("supervisor", other_hall, username="supervisor2", name="别处"))

    assert client.get(task.get_absolute_url()).status_code == 404


def test_no_trace_of_the_volunteer_names_him_or_his_address(client, task, window, staff, inspector):
    client.force_login(inspector)
    number = AuditEntry.objects.order_by("-pk").first().pk
    client.post(reverse("patrols:my_task", args=[task.pk]), fields_of(client, task, window))
    rows = AuditEntry.objects.filter(pk__gt=number)

    assert [(row.action, row.by, row.job, row.address) for row in rows] == [
        ("covert.reported", None, "covert_inspector", "")
    ]


def test_a_record_of_a_covert_visit_says_the_day_and_the_supervision(
    client, task, report, supervisor, staff, clerk
):
    record = adopted(task, by=supervisor, staff=staff)[0]
    client.force_login(clerk)
    body = client.get(record.get_absolute_url()).content.decode()

    assert ("督查（暗访）" in body, "窗口人员在岗吗：否" in body, "11月25日 00:00" in body) == (
        True,
        True,
        False,
    )


def proved(client, at):
    session = client.session
    session[PROVED_AT] = at
    session.save()


def test_the_page_asks_for_the_password_again_and_shows_the_name_once(
    client, task, appeal, supervisor, inspector
):
    client.force_login(supervisor)
    url = reverse("patrols:covert_identity", args=[task.pk])
    proved(client, 0)
    assert client.get(url).url.startswith("/login/again/")
    proved(client, timezone.now().timestamp())

    answer = client.post(url, {"appeal": appeal.pk, "reason": "核对到访时间"})

    assert (inspector.name in answer.content.decode(), answer["Cache-Control"]) == (True, "no-store")
    assert inspector.name not in client.get(task.get_absolute_url()).content.decode()
    assert "查看过身份" in client.get(task.get_absolute_url()).content.decode()


def queries_of(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_more_questions_and_photos_are_no_more_queries(
    client, hall, rulebook, supervisor, inspector, window, staff
):
    act = Act.objects.get(code="absent_from_post")
    counts = []
    for number in (2, 12):
        asked = [Question(f"第 {n} 问", act=act) for n in range(number)]
        task = given(hall, by=supervisor, to=inspector, questions=asked)
        client.force_login(inspector)
        form = queries_of(client, reverse("patrols:my_task", args=[task.pk]))
        photos = [photo() for _ in range(number // 2)]
        reported(task, window, *[0] * number, by=inspector, uploads=photos)
        client.force_login(supervisor)
        counts.append((form, queries_of(client, task.get_absolute_url())))

    assert counts[0] == counts[1]


def test_the_hall_is_offered_no_mask_it_may_not_lay(
    client, task, window, staff, inspector, supervisor, manager
):
    reported(task, window, by=inspector, uploads=[photo()])
    record = adopted(task, by=supervisor, staff=staff)[0]
    client.force_login(manager)
    body = client.get(record.get_absolute_url()).content.decode()

    assert ("/files/" in body, "遮挡第" in body) == (True, False)
