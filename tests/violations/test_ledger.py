"""The life of a conduct record: every step, legal and not, by every role."""

from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from tests.factories.accounts import person_with
from tests.factories.violations import draft_of, record_of
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory
from tests.violations.conftest import HALL_TIME, NOW, ROBOT
from trail.models import AuditEntry, Notice
from violations.enums import COUNTING, NEXT, RecordStatus
from violations.models import ConductRecord, StatusChange
from violations.rule_enums import Subject
from violations.services.appeals import decide_appeal, file_appeal
from violations.services.ledger import (
    accept_record,
    confirm_record,
    dismiss_record,
    lapse_overdue,
    note_publication,
    state_on_record,
    undo_last_step,
    verify_draft,
    withdraw_record,
)
from windows.models import CalendarDay

pytestmark = pytest.mark.django_db
S = RecordStatus
STATES = list(RecordStatus)
ROLES = [
    "admin",
    "manager",
    "officer",
    "head",
    "clerk",
    "leader",
    "supervisor",
    "inspector",
    "unit",
    "outsider",
]

# --- the table: which step leads where, from which states, by whom --------------------------------


def decide(record, by, is_allowed):
    for appeal in record.appeals.all():
        return decide_appeal(appeal=appeal, by=by, is_allowed=is_allowed, opinion="意见")
    raise Refused("没有申诉可裁定")


STEPS = {
    "verify": lambda record, by: verify_draft(record=record, by=by),
    "accept": lambda record, by: accept_record(record=record, by=by),
    "state": lambda record, by: state_on_record(record=record, by=by, reason="other", words="说明"),
    "confirm": lambda record, by: confirm_record(record=record, by=by),
    "dismiss": lambda record, by: dismiss_record(record=record, by=by, reason="不成立"),
    "withdraw": lambda record, by: withdraw_record(record=record, by=by, reason="记错"),
    "appeal": lambda record, by: file_appeal(record=record, by=by, words="请复核"),
    "allow": lambda record, by: decide(record, by, True),
    "reject": lambda record, by: decide(record, by, False),
}
LEGAL = {
    ("draft", "verify"): "notified",
    ("draft", "dismiss"): "dismissed",
    ("draft", "withdraw"): "withdrawn",
    ("notified", "accept"): "confirmed",
    ("notified", "state"): "stated",
    ("notified", "dismiss"): "dismissed",
    ("notified", "withdraw"): "withdrawn",
    ("stated", "confirm"): "confirmed",
    ("stated", "dismiss"): "dismissed",
    ("stated", "withdraw"): "withdrawn",
    ("confirmed", "appeal"): "appealed",
    ("confirmed", "withdraw"): "withdrawn",
    ("lapsed", "appeal"): "appealed",
    ("lapsed", "withdraw"): "withdrawn",
    ("appealed", "allow"): "appeal_allowed",
    ("appealed", "reject"): "appeal_rejected",
    ("appeal_rejected", "withdraw"): "withdrawn",
}
BY = {
    "verify": {"officer", "manager", "leader"},
    "accept": {"clerk"},
    "state": {"clerk"},
    "confirm": {"manager"},
    "dismiss": {"manager"},
    "withdraw": {"manager", "officer"},
    "appeal": {"clerk"},
    "allow": {"leader"},
    "reject": {"leader"},
}
"""Who may take the step. The officer withdraws what he recorded; the manager of the fixture confirmed, so
only the leader reviews."""


@pytest.fixture
def cast(request):
    """All ten people by role."""
    return {role: request.getfixturevalue(role) for role in ROLES}


def outcome_of(step, record, by):
    """The state a step leads to, or "refused"; leaves everything as it was."""
    outcome = "refused"
    with transaction.atomic():
        with suppress(Refused):
            STEPS[step](record, by)
            outcome = ConductRecord.objects.get(pk=record.pk).status
        transaction.set_rollback(True)
    return outcome


@pytest.mark.parametrize("state", STATES)
def test_steps_from_state_by_every_role(state, life, cast):
    record = life(state)

    found = {
        (step, role): outcome
        for step in STEPS
        for role in ROLES
        if (outcome := outcome_of(step, record, cast[role])) != "refused"
    }

    expected = {(step, role): new for (old, step), new in LEGAL.items() if old == state for role in BY[step]}
    if state == "draft":
        del expected["withdraw", "officer"]  # a machine found it, not he
    assert found == expected


def test_table_of_steps_covers_the_table_of_states():
    reachable = {(state, target) for (state, _step), target in LEGAL.items()}
    by_job_or_bonus = {("notified", "lapsed"), ("draft", "confirmed")}

    assert reachable | by_job_or_bonus == {(old, new) for old, news in NEXT.items() for new in news}


@pytest.mark.parametrize(
    ("status", "counts"),
    [(status, status in (S.CONFIRMED, S.LAPSED, S.APPEAL_REJECTED)) for status in STATES],
)
def test_record_counts_only_in_counting_states(status, counts, life):
    record = life(status)

    assert (record.counts, record.countable_at is not None) == (counts, counts)


# --- who decides ----------------------------------------------------------------------------------


def test_finder_does_not_confirm(rules, staff, clerk, manager, second_manager):
    record = record_of(rules.talk, staff=staff, by=manager)
    state_on_record(record=record, by=clerk, reason="other", words="没有")

    with pytest.raises(NotPermitted, match="记录人回避"):
        confirm_record(record=record, by=manager)
    assert confirm_record(record=record, by=second_manager).status == S.CONFIRMED


def test_who_verified_does_not_confirm(rules, staff, clerk, manager, second_manager):
    record = verify_draft(record=draft_of(rules.late, staff=staff, by=ROBOT), by=manager)
    state_on_record(record=record, by=clerk, reason="other", words="没有")

    with pytest.raises(NotPermitted, match="记录人回避"):
        confirm_record(record=record, by=manager)
    assert confirm_record(record=record, by=second_manager).status == S.CONFIRMED


def test_manager_of_the_same_department_does_not_decide(life, hall, department):
    insider = person_with("manager", hall)
    StaffFactory(department=department, user=insider)

    with pytest.raises(NotPermitted, match="同单位"):
        confirm_record(record=life("stated"), by=insider)


def test_contact_of_the_department_does_not_decide(life, hall, department):
    insider = person_with("manager", hall)
    department.contacts.add(insider)

    with pytest.raises(NotPermitted, match="同单位"):
        dismiss_record(record=life("stated"), by=insider, reason="算了")


def test_manager_does_not_withdraw_what_concerns_himself(rules, hall, department, window, officer):
    insider = person_with("manager", hall)
    person = StaffFactory(department=department, user=insider)
    PostingFactory(staff=person, window=window)
    record = record_of(rules.talk, staff=person, by=officer)

    with pytest.raises(NotPermitted, match="回避"):
        withdraw_record(record=record, by=insider, reason="算了")


def test_manager_of_the_hall_above_decides(rules, township, manager, officer):
    desk = WindowFactory(department__hall=township)
    user = person_with("clerk", township)
    person = StaffFactory(department=desk.department, user=user)
    record = record_of(rules.talk, staff=person, window=desk, by=person_with("officer", township))
    state_on_record(record=record, by=user, reason="other", words="没有")

    assert confirm_record(record=record, by=manager).status == S.CONFIRMED


def test_officer_withdraws_only_his_own(record, hall):
    with pytest.raises(NotPermitted):
        withdraw_record(record=record, by=person_with("officer", hall), reason="记错")


def test_manager_may_not_confirm_before_the_answer(record, manager):
    with pytest.raises(TransitionNotAllowed, match="还没有答复"):
        confirm_record(record=record, by=manager)


def test_whole_window_is_answered_by_its_head(rules, window, officer, head, clerk):
    record = record_of(rules.messy, window=window, by=officer)

    with pytest.raises(NotPermitted):
        accept_record(record=record, by=clerk)
    assert accept_record(record=record, by=head).status == S.CONFIRMED


def test_unit_is_answered_by_its_contact(rules, window, officer, head, unit):
    record = record_of(rules.elsewhere, window=window, by=officer)

    assert (record.subject, list(Notice.objects.values_list("user", flat=True))) == (Subject.UNIT, [unit.pk])
    with pytest.raises(NotPermitted):
        accept_record(record=record, by=head)
    assert accept_record(record=record, by=unit).status == S.CONFIRMED


def test_head_speaks_for_a_person_without_account(rules, window, department, officer, head, clerk):
    person = StaffFactory(department=department)
    record = record_of(rules.talk, staff=person, window=window, by=officer)

    assert list(Notice.objects.values_list("user", flat=True)) == [head.pk]
    with pytest.raises(NotPermitted):
        accept_record(record=record, by=clerk)
    assert state_on_record(record=record, by=head, reason="other", words="代为说明").by == head


def test_new_head_answers_for_an_older_record(rules, window, department, hall, officer, head):
    record = record_of(rules.messy, window=window, by=officer)
    head.staff.postings.update(ends_on=NOW.date(), is_head=True)
    successor = person_with("head", hall)
    PostingFactory(
        staff=StaffFactory(department=department, user=successor),
        window=window,
        is_head=True,
        starts_on=NOW.date(),
    )

    assert accept_record(record=record, by=successor).status == S.CONFIRMED


@pytest.mark.parametrize("step", ["dismiss", "withdraw"])
def test_step_without_a_reason(step, life, manager):
    act = {"dismiss": dismiss_record, "withdraw": withdraw_record}[step]

    with pytest.raises(Refused) as caught:
        act(record=life("stated"), by=manager, reason="  ")
    assert (caught.value.code, caught.value.status) == ("reason_missing", 422)


def test_statement_without_words(record, clerk):
    with pytest.raises(Refused, match="请写明情况"):
        state_on_record(record=record, by=clerk, reason="other", words=" ")


# --- deadlines ------------------------------------------------------------------------------------


def test_answer_is_due_after_two_working_days_across_a_holiday(rules, staff, officer, clock, hall):
    for day in range(1, 8):
        CalendarDay.objects.update_or_create(
            hall=None, day=date(2026, 10, day), defaults={"kind": "off", "name": "国庆节"}
        )
    clock.move_to(datetime(2026, 9, 30, 16, 0, tzinfo=HALL_TIME))

    record = record_of(rules.talk, staff=staff, by=officer)

    assert record.deadline_at == datetime(2026, 10, 9, 17, 30, tzinfo=HALL_TIME)


def test_answer_days_are_a_setting_of_the_hall(rules, staff, officer, hall):
    hall.settings["violations.statement_days"] = 3
    hall.save(update_fields=["settings"])
    staff.hall.refresh_from_db()

    record = record_of(rules.talk, staff=staff, by=officer)

    assert record.deadline_at == datetime(2026, 11, 30, 17, 30, tzinfo=HALL_TIME)


@pytest.mark.parametrize(("seconds", "lapsed"), [(-1, 0), (0, 1), (1, 1)])
def test_lapse_at_the_deadline(seconds, lapsed, record):
    found = lapse_overdue(hall=record.hall, moment=record.deadline_at + timedelta(seconds=seconds), by=ROBOT)

    assert len(found) == lapsed


def test_lapse_leaves_what_was_answered(record, clerk, clock):
    state_on_record(record=record, by=clerk, reason="other", words="没有")

    assert lapse_overdue(hall=record.hall, moment=record.deadline_at, by=ROBOT) == []


def test_lapsed_record_names_the_job_and_tells_the_person(life, clerk):
    record = life("lapsed")

    change = record.status_changes.last()
    assert (change.by, change.job, change.status) == (None, "attendance", S.LAPSED)
    assert Notice.objects.filter(user=clerk, title__contains="逾期未提异议").count() == 1


def test_publication_opens_the_time_to_appeal_again(life, clock):
    record = life("confirmed")
    published = NOW + timedelta(days=12)

    note_publication(records=[record], at=published)

    record.refresh_from_db()
    assert record.appeal_until == datetime(2026, 12, 14, 17, 30, tzinfo=HALL_TIME)


# --- two at once ----------------------------------------------------------------------------------


def test_second_decision_is_told_who_was_quicker(life, manager, second_manager):
    record = life("stated")
    mine, yours = (ConductRecord.objects.get(pk=record.pk) for _ in range(2))
    confirm_record(record=mine, by=manager)

    with pytest.raises(TransitionNotAllowed, match="周敏在今天 14:32已把这条记录变为“已确认”"):
        dismiss_record(record=yours, by=second_manager, reason="不成立")


def test_stale_page_does_not_confirm_an_unanswered_record(life, clerk, manager):
    """The person took the statement back while the manager's page still showed it."""
    record = life("notified")
    state_on_record(record=record, by=clerk, reason="other", words="没有")
    stale = ConductRecord.objects.get(pk=record.pk)
    undo_last_step(record=record, by=clerk)

    with pytest.raises(TransitionNotAllowed, match="还没有答复"):
        confirm_record(record=stale, by=manager)


# --- the rows behind it ---------------------------------------------------------------------------


def test_each_step_leaves_a_status_row_and_an_audit_row(life):
    record = life("appeal_rejected")

    story = list(record.status_changes.values_list("status", flat=True))
    assert story == ["notified", "stated", "confirmed", "appealed", "appeal_rejected"]
    actions = AuditEntry.objects.filter(target_kind="violations.conductrecord", target_id=record.pk)
    assert actions.count() == len(story)


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.save(),
        lambda record: record.delete(),
        lambda record: ConductRecord.objects.filter(pk=record.pk).update(status="confirmed"),
        lambda record: ConductRecord.objects.all().delete(),
        lambda record: record.status_changes.get().save(),
        lambda record: record.status_changes.get().delete(),
        lambda record: record.status_changes.update(note="改"),
        lambda record: StatusChange.objects.all().delete(),
    ],
)
def test_verdict_and_story_are_not_edited(change, record):
    with pytest.raises(TypeError):
        change(record)


def test_dropped_proposal_is_no_news_to_the_person(rules, staff, clerk, manager):
    dismiss_record(record=draft_of(rules.late, staff=staff, by=ROBOT), by=manager, reason="设备故障")

    assert (Notice.objects.count(), ConductRecord.objects.visible_to(clerk).count()) == (0, 0)


def test_settled_signal_comes_with_each_step(record, clerk):
    from violations.signals import record_settled  # noqa: PLC0415 - beside its only use

    heard = []

    def listen(sender, record, old, new, **kwargs):
        heard.append((old, new, connection.in_atomic_block))

    record_settled.connect(listen)
    accept_record(record=record, by=clerk)
    record_settled.disconnect(listen)

    assert heard == [("notified", "confirmed", True)]


def test_countable_since_the_step(record, clerk, clock):
    clock.shift(3600)
    accepted = accept_record(record=record, by=clerk)

    assert accepted.countable_at == timezone.now()
    since, until = NOW, NOW + timedelta(hours=1)
    assert list(ConductRecord.objects.became_countable(since, until)) == [accepted]
    assert list(ConductRecord.objects.became_countable(until, until + timedelta(days=1))) == []
    assert accepted.status in COUNTING
