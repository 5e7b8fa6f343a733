"""暗访: secret tasks, reports sent once, records that name nobody, an identity opened on appeal only."""

from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from patrols.enums import CovertStatus, QuestionKind
from patrols.models import CovertReport, CovertTask
from patrols.services import covert_reminders
from patrols.services.covert import Question, give_task, inspector_of, withdraw_task
from patrols.services.covert_identity import open_identity
from patrols.services.covert_reports import (
    LETTERS,
    Adopted,
    HandOver,
    adopt_report,
    dismiss_report,
    return_report,
    send_report,
    undo_covert_step,
)
from tests.factories.accounts import person_with
from tests.factories.covert import adopted, given, plan_of, reported, seen
from tests.factories.patrols import photo
from tests.factories.windows import WindowFactory
from trail.actors import Robot
from trail.models import AuditEntry, Delivery, Notice, StoredFile
from trail.services.outbox import hand_over
from violations.models import ConductRecord

pytestmark = pytest.mark.django_db


def told(user) -> list[str]:
    return [notice.title for notice in Notice.objects.filter(user=user, withdrawn_at=None).order_by("pk")]


# --- giving out ------------------------------------------------------------------------------------


def test_a_task_is_for_the_chosen_one_and_names_him_in_no_column(task, inspector):
    row = CovertTask.objects.filter(pk=task.pk).values().get()

    assert inspector_of(task) == inspector
    assert [name for name, value in row.items() if value in (inspector.pk, str(inspector.pk))] == []
    assert list(CovertTask.objects.visible_to(inspector)) == [task]


def test_another_volunteer_does_not_see_it(task, hall):
    another = person_with("inspector", hall, username="inspector08", name="监督员08")

    assert list(CovertTask.objects.visible_to(another)) == []


@pytest.mark.parametrize(
    "role", ["manager", "officer", "leader", "head", "clerk", "unit", "admin", "outsider"]
)
def test_the_hall_does_not_see_it(request, task, role):
    assert list(CovertTask.objects.visible_to(request.getfixturevalue(role))) == []


def test_whoever_is_no_inspector_any_more_sees_it_no_more(task, inspector):
    inspector.role_grants.update(ends_on=timezone.localdate() - timedelta(days=1))
    fresh = type(inspector).objects.get(pk=inspector.pk)

    assert list(CovertTask.objects.visible_to(fresh)) == []


@pytest.mark.parametrize("role", ["manager", "admin", "leader", "inspector", "outsider"])
def test_only_the_supervision_gives_tasks_out(request, hall, rulebook, inspector, role):
    with pytest.raises(NotPermitted):
        given(hall, by=request.getfixturevalue(role), to=inspector)


def test_the_same_form_sent_twice_is_one_task(hall, rulebook, supervisor, inspector):
    key = uuid4()
    first, again = (
        give_task(hall=hall, plan=plan_of(), inspector=inspector, by=supervisor, client_uuid=key)
        for _ in range(2)
    )

    assert (first, CovertTask.objects.count(), told(inspector)) == (again, 1, ["有一项新任务，请查看"])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"title": " "}, "words_missing"),
        ({"script": ""}, "words_missing"),
        ({"questions": []}, "no_items"),
        ({"questions": [Question("几分", QuestionKind.POINTS, 5, 6)]}, "bad_number"),
        ({"questions": [Question("几分", "stars")]}, "bad_kind"),
        ({"opens": time(11), "closes": time(9)}, "bad_span"),
    ],
)
def test_an_incomplete_task_is_refused(hall, rulebook, supervisor, inspector, fields, code):
    with pytest.raises(Refused) as refusal:
        given(hall, by=supervisor, to=inspector, **fields)

    assert refusal.value.code == code


def test_a_clerk_cannot_be_chosen_as_inspector(hall, rulebook, supervisor, clerk):
    with pytest.raises(Refused) as refusal:
        given(hall, by=supervisor, to=clerk)

    assert refusal.value.code == "bad_choice"


def test_a_window_of_another_hall_is_refused(hall, rulebook, supervisor, inspector):
    with pytest.raises(Refused) as refusal:
        given(hall, by=supervisor, to=inspector, windows=[WindowFactory()])

    assert refusal.value.code == "other_hall"


# --- the report ------------------------------------------------------------------------------------


def test_a_report_is_kept_with_its_day_and_a_receipt_of_clear_letters(report):
    assert report.visited_on == timezone.localdate()
    assert set(report.receipt) - set(LETTERS) == {"-"}
    assert "T" not in report.visited_sealed.split(".")[0]
    assert report.task.status == CovertStatus.REPORTED


def test_the_same_report_sent_twice_is_one(task, window, inspector):
    visited = seen(task, window)
    first, again = (send_report(task=task, visited=visited, by=inspector) for _ in range(2))

    assert (first.receipt, CovertReport.objects.count()) == (again.receipt, 1)


def test_a_second_report_comes_too_late(task, report, window, inspector):
    with pytest.raises(TransitionNotAllowed):
        send_report(task=task, visited=seen(task, window), by=inspector)


def test_nobody_else_can_report(task, window, hall, supervisor):
    another = person_with("inspector", hall, username="inspector08", name="监督员08")
    for person in (another, supervisor):
        with pytest.raises(NotPermitted):
            send_report(task=task, visited=seen(task, window), by=person)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"at": datetime.fromisoformat("2026-11-23T10:00+08:00")}, "bad_time"),
        ({"at": datetime.fromisoformat("2026-11-25T13:00+08:00")}, "future"),
        ({"answers": {}}, "words_missing"),
    ],
)
def test_a_report_that_does_not_fit_the_task_is_refused(task, window, inspector, fields, code):
    with pytest.raises(Refused) as refusal:
        send_report(task=task, visited=seen(task, window, **fields), by=inspector)

    assert refusal.value.code == code


def test_the_hours_of_the_task_count(hall, rulebook, supervisor, inspector, window):
    task = given(hall, by=supervisor, to=inspector, opens=time(14), closes=time(16))

    with pytest.raises(Refused) as refusal:
        reported(task, window, by=inspector)

    assert refusal.value.code == "bad_time"


def test_only_windows_of_the_task_may_be_visited(
    hall, rulebook, supervisor, inspector, window, second_window
):
    task = given(hall, by=supervisor, to=inspector, windows=[second_window])

    with pytest.raises(Refused) as refusal:
        reported(task, window, by=inspector)

    assert refusal.value.code == "window_missing"


def test_points_beyond_the_full_mark_are_refused(task, window, inspector):
    with pytest.raises(Refused) as refusal:
        reported(task, window, 0, 6, 0, by=inspector)

    assert refusal.value.code == "out_of_bounds"


def test_a_photo_loses_name_time_and_sender(task, window, inspector):
    upload = photo()
    upload.name = "IMG_20261125_094312.jpg"
    reported(task, window, by=inspector, uploads=[upload])
    stored = StoredFile.objects.get()

    assert (stored.name, stored.taken_at, stored.uploaded_by) == ("暗访照片.jpg", None, None)
    assert timezone.localtime(stored.created_at).time() == time(0)


# --- review ----------------------------------------------------------------------------------------


def test_what_failed_becomes_records_of_the_day_found_by_nobody_in_person(
    task, report, supervisor, staff, window
):
    records = adopted(task, by=supervisor, staff=staff)

    assert [(r.act.code, r.status, r.source) for r in records] == [
        ("absent_from_post", "notified", "covert"),
        ("untidy_window", "notified", "covert"),
    ]
    assert {timezone.localtime(r.at).time() for r in records} == {time(0)}
    assert (records[0].staff, records[0].window, task.status) == (staff, window, CovertStatus.ADOPTED)


def test_only_what_failed_can_be_handed_over(task, report, supervisor):
    good = report.answers.get(question__kind="points")

    with pytest.raises(Refused) as refusal:
        adopt_report(task=task, adopted=Adopted([HandOver(good)]), by=supervisor)

    assert (refusal.value.code, ConductRecord.objects.count()) == ("bad_choice", 0)


def test_what_could_not_be_seen_fails_nothing(task, window, inspector):
    report = reported(task, window, None, None, None, by=inspector)

    assert [answer.is_failed for answer in report.answers.all()] == [False] * 3


def test_the_hall_cannot_review(request, task, report, manager):
    for act in (
        lambda: adopt_report(task=task, adopted=Adopted(), by=manager),
        lambda: return_report(task=task, by=manager, words="补"),
        lambda: dismiss_report(task=task, by=manager, words="不"),
        lambda: withdraw_task(task=task, by=manager, reason="不"),
        lambda: undo_covert_step(task=task, by=manager),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_a_returned_report_is_sent_again_with_the_photos_of_the_first(task, window, inspector, supervisor):
    reported(task, window, by=inspector, uploads=[photo()])
    return_report(task=task, by=supervisor, words="补写等了多久")
    again = reported(task, window, by=inspector)

    assert (task.status, again.photos.count(), StoredFile.objects.count()) == (CovertStatus.REPORTED, 1, 1)
    assert told(inspector)[-1] == "一项任务请补充，说明见任务页"


@pytest.mark.parametrize("act", [return_report, dismiss_report])
def test_sending_back_and_putting_aside_ask_for_words(task, report, supervisor, act):
    with pytest.raises(Refused) as refusal:
        act(task=task, by=supervisor, words=" ")

    assert refusal.value.code == "words_missing"


def test_adopting_is_undone_within_seconds_with_its_records(task, report, supervisor, staff):
    records = adopted(task, by=supervisor, staff=staff)
    undo_covert_step(task=task, by=supervisor)
    task.refresh_from_db()

    assert task.status == CovertStatus.REPORTED
    assert [ConductRecord.objects.get(pk=r.pk).status for r in records] == ["withdrawn"] * 2
    assert adopted(task, by=supervisor, staff=staff) != []


def test_later_it_cannot_be_undone(task, report, supervisor):
    dismiss_report(task=task, by=supervisor, words="看错窗口")
    with time_machine.travel(timezone.now() + timedelta(seconds=11)), pytest.raises(Refused) as refusal:
        undo_covert_step(task=task, by=supervisor)

    assert refusal.value.code == "undo_expired"


def test_a_report_cannot_be_undone_by_the_supervision(task, report, supervisor):
    with pytest.raises(NotPermitted):
        undo_covert_step(task=task, by=supervisor)


def test_undoing_the_giving_out_takes_the_notice_back(task, supervisor, inspector):
    undo_covert_step(task=task, by=supervisor)
    task.refresh_from_db()

    assert (task.status, told(inspector)) == (CovertStatus.WITHDRAWN, [])


def test_a_withdrawn_task_takes_no_report(task, supervisor, inspector, window):
    withdraw_task(task=task, by=supervisor, reason="窗口停业")

    with pytest.raises(TransitionNotAllowed):
        send_report(task=task, visited=seen(task, window), by=inspector)


def test_a_reported_task_is_not_withdrawn(task, report, supervisor):
    with pytest.raises(TransitionNotAllowed):
        withdraw_task(task=task, by=supervisor, reason="不要了")


# --- identity --------------------------------------------------------------------------------------


def test_who_went_is_told_on_appeal_and_the_look_names_nobody(task, appeal, supervisor, inspector):
    found = open_identity(task=task, appeal=appeal.pk, reason="核对到访时间", by=supervisor)
    row = AuditEntry.objects.get(action="covert.identity_opened")

    assert (found, row.by, row.reason) == (inspector, supervisor, "核对到访时间")
    assert inspector.name not in f"{row.target_label}{row.before}{row.after}{row.reason}"
    assert told(inspector)[-1] == "因申诉，纪检监察查看了你的身份"


def test_without_an_appeal_nobody_is_told(task, report, supervisor, staff):
    adopted(task, by=supervisor, staff=staff)

    with pytest.raises(NotPermitted):
        open_identity(task=task, appeal=1, reason="好奇", by=supervisor)


def test_an_appeal_of_another_matter_opens_nothing(task, appeal, hall, supervisor, inspector, window):
    another = given(hall, by=supervisor, to=inspector)

    with pytest.raises(NotPermitted):
        open_identity(task=another, appeal=appeal.pk, reason="好奇", by=supervisor)


@pytest.mark.parametrize("role", ["manager", "admin", "leader"])
def test_the_hall_never_opens_an_identity(request, task, appeal, role):
    with pytest.raises(NotPermitted):
        open_identity(task=task, appeal=appeal.pk, reason="想知道", by=request.getfixturevalue(role))


# --- reminders and messages ------------------------------------------------------------------------


def remind(hall, day):
    with time_machine.travel(f"{day}T09:00+08:00"):
        return covert_reminders.run(hall=hall, period=day, by=Robot("covert_due"))


def test_the_volunteer_is_reminded_before_the_end_and_both_after_it(task, hall, inspector, supervisor):
    results = [
        remind(hall, day) for day in ("2026-11-25", "2026-11-26", "2026-11-27", "2026-11-28", "2026-11-29")
    ]

    assert told(inspector)[1:] == ["一项任务快到截止日了", "一项任务已过截止日，请尽快提交"]
    assert told(supervisor) == [f"{task.number} 已过截止日，还没有收到报告"]
    assert {len(result) for result in results} == {1}


def test_a_reported_task_reminds_nobody(task, report, hall, inspector):
    remind(hall, "2026-11-30")

    assert told(inspector) == ["有一项新任务，请查看"]


def test_nothing_of_it_leaves_by_channels_or_mail(task, report, settings, hall):
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert hand_over(timezone.now()) > 0

    assert Delivery.objects.count() == 0
