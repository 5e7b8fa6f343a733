"""Any walk of legal steps leaves the ledger consistent, and two who act at once do not both win."""

import threading
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import Refused, TransitionNotAllowed
from tests.factories.violations import draft_of, record_of
from tests.violations.conftest import ROBOT
from violations.enums import COUNTING, NEXT, VOID
from violations.models import ConductRecord
from violations.services.appeals import decide_appeal, file_appeal
from violations.services.ledger import (
    accept_record,
    confirm_record,
    dismiss_record,
    lapse_overdue,
    state_on_record,
    undo_last_step,
    verify_draft,
    withdraw_record,
)

STEPS = {
    "verify": lambda r, p: verify_draft(record=r, by=p["officer"]),
    "accept": lambda r, p: accept_record(record=r, by=p["clerk"]),
    "state": lambda r, p: state_on_record(record=r, by=p["clerk"], reason="other", words="说明"),
    "confirm": lambda r, p: confirm_record(record=r, by=p["manager"]),
    "dismiss": lambda r, p: dismiss_record(record=r, by=p["manager"], reason="不成立"),
    "withdraw": lambda r, p: withdraw_record(record=r, by=p["manager"], reason="记错"),
    "appeal": lambda r, p: file_appeal(record=r, by=p["clerk"], words="请复核"),
    "allow": lambda r, p: decide_appeal(appeal=_appeal(r), by=p["leader"], is_allowed=True, opinion="成立"),
    "reject": lambda r, p: decide_appeal(
        appeal=_appeal(r), by=p["leader"], is_allowed=False, opinion="不成立"
    ),
    "lapse": lambda r, p: lapse_overdue(hall=r.hall, moment=r.deadline_at or r.at, by=ROBOT),
    "undo": lambda r, p: undo_last_step(record=r, by=_last_actor(r)),
}


def _appeal(record):
    appeal = record.appeals.standing().first()
    if appeal is None:
        raise Refused("没有申诉")
    return appeal


def _last_actor(record):
    actor = record.status_changes.last().by
    if actor is None:
        raise Refused("是作业做的")
    return actor


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    walk=st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 20)), min_size=1, max_size=14),
    machine=st.booleans(),
)
def test_any_walk_leaves_the_ledger_consistent(
    walk, machine, rules, staff, window, officer, clerk, manager, leader, clock
):
    people = {"officer": officer, "clerk": clerk, "manager": manager, "leader": leader}
    record = (
        draft_of(rules.late, staff=staff, by=ROBOT)
        if machine
        else record_of(rules.talk, staff=staff, by=officer)
    )
    kept = list(record.status_changes.values_list())

    for step, seconds in walk:
        clock.shift(timedelta(seconds=seconds))
        try:
            with transaction.atomic():
                STEPS[step](ConductRecord.objects.get(pk=record.pk), people)
        except Refused:
            pass
        record = ConductRecord.objects.get(pk=record.pk)
        rows = list(record.status_changes.values_list())
        assert rows[: len(kept)] == kept, "a status row was changed or removed"
        kept = rows
        _check(record)


def _check(record):
    changes = list(record.status_changes.order_by("pk"))
    assert record.status == changes[-1].status
    assert (record.countable_at is not None) == (record.status in COUNTING)
    for before, change in pairwise(changes):
        assert change.old_status == before.status
        assert change.is_undo or change.status in NEXT[change.old_status]
    if record.counts:
        entered = [c for c in changes if c.status == record.status and not c.is_undo]
        assert record.countable_at == entered[-1].at
    waiting = record.appeals.standing().undecided().count()
    assert waiting == (1 if record.status == "appealed" else 0)
    if record.status == "stated":
        assert record.statements.standing().count() == 1
    if record.status in ("notified", "draft"):
        assert record.statements.standing().count() == 0
    if record.status not in VOID:
        was_asked = "notified" in [change.status for change in changes]
        assert (record.deadline_at is not None) == (record.status != "draft" and was_asked)


@pytest.mark.django_db(transaction=True)
def test_two_managers_at_the_same_moment(life, manager, second_manager):
    record = life("stated")
    outcomes, barrier = [], threading.Barrier(2)

    def act(step):
        mine = ConductRecord.objects.get(pk=record.pk)
        barrier.wait()
        try:
            step(mine)
            outcomes.append("done")
        except TransitionNotAllowed:
            outcomes.append("refused")
        finally:
            connection.close()

    steps = [
        lambda mine: confirm_record(record=mine, by=manager),
        lambda mine: dismiss_record(record=mine, by=second_manager, reason="不成立"),
    ]
    threads = [threading.Thread(target=act, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "refused"]
    assert record.status_changes.filter(status__in=("confirmed", "dismissed")).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_doors_with_one_source_key(rules, staff, officer):
    found, barrier = [], threading.Barrier(2)

    def find():
        barrier.wait()
        try:
            found.append(record_of(rules.talk, staff=staff, by=officer, source="patrol", source_key="f-1").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=find) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(found), len(set(found)), ConductRecord.objects.count()) == (2, 1, 1)
