"""撤销: ten seconds, one step, by who took it; papers, notices and times go back with it."""

import pytest

from accounts.errors import NotPermitted, Refused
from tests.factories.violations import draft_of
from tests.violations.conftest import ROBOT
from trail.models import AuditEntry, Notice
from violations.enums import RecordStatus
from violations.models import ConductRecord
from violations.services.ledger import (
    accept_record,
    confirm_record,
    state_on_record,
    undo_last_step,
    verify_draft,
    withdraw_record,
)

pytestmark = pytest.mark.django_db
S = RecordStatus


def test_undo_within_ten_seconds_goes_one_step_back(life, manager, clock):
    record = life("stated")
    confirm_record(record=record, by=manager)
    clock.shift(10)

    record = undo_last_step(record=record, by=manager)

    assert (record.status, record.countable_at, record.appeal_until) == (S.STATED, None, None)
    rows = record.status_changes.values_list("old_status", "status", "is_undo")
    assert list(rows)[-2:] == [(S.STATED, S.CONFIRMED, False), (S.CONFIRMED, S.STATED, True)]
    assert AuditEntry.objects.filter(target_id=record.pk, action="record.undone").count() == 1


def test_undo_after_ten_seconds(life, manager, clock):
    record = life("stated")
    confirm_record(record=record, by=manager)
    clock.shift(11)

    with pytest.raises(Refused) as caught:
        undo_last_step(record=record, by=manager)
    assert caught.value.code == "undo_expired"


def test_undo_by_somebody_else(record, manager, clerk):
    accept_record(record=record, by=clerk)

    with pytest.raises(NotPermitted):
        undo_last_step(record=record, by=manager)


def test_undo_twice(record, officer, clerk):
    accept_record(record=record, by=clerk)
    undo_last_step(record=record, by=clerk)

    with pytest.raises(NotPermitted):
        undo_last_step(record=record, by=clerk)


def test_undo_of_the_first_step_withdraws_and_shows_the_person_nothing(record, officer, clerk):
    record = undo_last_step(record=record, by=officer)

    assert record.status == S.WITHDRAWN
    assert list(ConductRecord.objects.visible_to(clerk)) == []
    assert list(ConductRecord.objects.visible_to(officer)) == [record]


def test_notice_leaves_after_ten_seconds(record, clerk, clock):
    assert Notice.objects.visible_to(clerk).count() == 0

    clock.shift(10)

    assert Notice.objects.visible_to(clerk).count() == 1


def test_undo_takes_the_notice_back(record, officer, clerk, clock):
    clock.shift(8)
    undo_last_step(record=record, by=officer)
    clock.shift(60)

    assert Notice.objects.visible_to(clerk).count() == 0


def test_undo_of_a_statement_hides_it(record, clerk):
    state_on_record(record=record, by=clerk, reason="other", words="打错了")

    record = undo_last_step(record=record, by=clerk)

    assert (record.status, record.statements.standing().count(), record.statements.count()) == (
        S.NOTIFIED,
        0,
        1,
    )


def test_undo_of_a_withdrawal_keeps_the_time_since_when_it_counts(life, manager, clock):
    record = life("confirmed")
    counted_since, until = record.countable_at, record.appeal_until
    clock.shift(7 * 24 * 3600)
    withdraw_record(record=record, by=manager, reason="手误")

    record = undo_last_step(record=record, by=manager)

    assert (record.status, record.countable_at, record.appeal_until) == (S.CONFIRMED, counted_since, until)


def test_undo_of_a_verification_leaves_a_draft_nobody_sees(rules, staff, officer, clerk):
    record = verify_draft(record=draft_of(rules.late, staff=staff, by=ROBOT), by=officer)

    record = undo_last_step(record=record, by=officer)

    assert (record.status, record.deadline_at) == (S.DRAFT, None)
    assert list(ConductRecord.objects.visible_to(clerk)) == []
