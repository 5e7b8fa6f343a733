"""逾期升级: what is overdue reminds who has to act, later the next above; each once for a deadline."""

from datetime import datetime, timedelta

import pytest

from tests.factories.violations import record_of
from tests.violations.conftest import HALL_TIME, ROBOT
from trail.models import AuditEntry, Notice
from violations.models import Escalation
from violations.services.appeals import decide_appeal
from violations.services.escalating import run, tell_of_overdue
from violations.services.ledger import accept_record, confirm_record, undo_last_step
from violations.services.rectify import order_rectification, recheck_rectification, submit_rectification

pytestmark = pytest.mark.django_db


def at(day, hour=17, minute=31, month=11):
    return datetime(2026, month, day, hour, minute, tzinfo=HALL_TIME)


@pytest.fixture
def told(hall):
    """What a run at a moment tells, and whom."""

    def ask(moment):
        rows = tell_of_overdue(hall=hall, moment=moment, by=ROBOT)
        return sorted(
            (row.step, row.level, *sorted(user.username for user in row.told.all())) for row in rows
        )

    return ask


# --- who is told when: Wednesday 25 November, three days to decide, two more to raise ----------------


@pytest.mark.parametrize(
    ("moment", "levels"),
    [
        (at(30, 17, 30), []),
        (at(30), ["reminded"]),
        (at(2, 17, 30, month=12), ["reminded"]),
        (at(2, month=12), ["raised", "reminded"]),
    ],
)
def test_statement_not_decided(moment, levels, life, told, manager, leader):
    life("stated")

    assert told(moment) == [
        ("decide", level, "leader" if level == "raised" else "manager") for level in levels
    ]


def test_appeal_not_reviewed(life, told, second_manager):
    life("appealed")  # three days to review; the manager confirmed it and is not asked

    assert told(at(30)) == [("review", "reminded", "leader", "manager2")]
    assert told(at(2, month=12)) == [("review", "raised", "leader")]


def test_rectification_not_handed_in(record, officer, head, unit, told):
    order_rectification(record=record, by=officer)  # five working days

    assert told(at(2, 17, 30, month=12)) == []
    assert told(at(2, month=12)) == [("rectify", "reminded", "head")]
    assert told(at(4, month=12)) == [("rectify", "raised", "unit")]


def test_rectification_not_rechecked(record, officer, manager, head, leader, told):
    order = order_rectification(record=record, by=officer)
    submit_rectification(rectification=order, by=head, words="已整理")

    assert told(at(27)) == [("recheck", "reminded", "manager", "officer")]
    assert told(at(1, month=12)) == [("recheck", "raised", "leader")]


def test_whoever_is_recused_is_not_reminded(life, told, officer, hall, manager, leader):
    officer.role_grants.create(hall=hall, role="manager")  # the finder does not decide
    life("stated")

    assert told(at(30)) == [("decide", "reminded", "manager")]


# --- once -----------------------------------------------------------------------------------------


def test_each_level_is_told_once(life, told, manager, leader):
    life("stated")

    assert [len(told(at(2, month=12))), len(told(at(2, month=12))), len(told(at(9, month=12)))] == [2, 0, 0]
    assert Notice.objects.filter(key__startswith="overdue:").count() == 2
    assert AuditEntry.objects.filter(action__in=("record.reminded", "record.raised")).count() == 2


def test_second_round_of_a_rectification_is_a_deadline_of_its_own(record, officer, head, told, clock):
    order = order_rectification(record=record, by=officer)
    submit_rectification(rectification=order, by=head, words="已整理")
    assert told(at(27)) == [("recheck", "reminded", "officer")]
    clock.move_to(at(30, 9))
    recheck_rectification(rectification=order, by=officer, is_done=False, words="还有杂物")
    submit_rectification(rectification=order, by=head, words="又整理了")

    assert told(at(2, 17, 30, month=12)) == []
    assert told(at(2, month=12)) == [("recheck", "reminded", "officer")]


@pytest.mark.parametrize("state", ["draft", "notified", "confirmed", "dismissed", "withdrawn"])
def test_nothing_is_told_of_what_does_not_wait(state, life, told):
    life(state)

    assert told(at(25, month=12)) == []


def test_decided_in_time_tells_nobody(life, told, manager, leader):
    confirm_record(record=life("stated"), by=manager)
    decide_appeal(appeal=life("appealed").appeals.get(), by=leader, is_allowed=True, opinion="成立")

    assert told(at(25, month=12)) == []


def test_appeal_taken_back_tells_nobody(life, told, clerk, clock):
    record = life("appealed")
    clock.move_to(record.status_at)
    undo_last_step(record=record, by=clerk)

    assert told(at(25, month=12)) == []


def test_other_hall_is_left_alone(life, other_hall):
    life("stated")

    assert tell_of_overdue(hall=other_hall, moment=at(25, month=12), by=ROBOT) == []


def test_hall_sets_its_own_days(life, told, hall, manager):
    hall.settings = {"violations.decide_days": 1, "violations.raise_days": 1}
    hall.save()
    life("stated")

    assert told(at(26)) == [("decide", "reminded", "manager")]
    assert [level for _, level, *_ in told(at(27))] == ["raised"]


def test_job_says_how_many(life, hall, clock):
    life("stated")
    clock.move_to(at(2, month=12) + timedelta(days=1))

    answer = run(hall=hall, period="2026-12-03", by=ROBOT)

    assert answer == {"day": "2026-12-03", "reminded": 1, "raised": 1}


def test_job_asks_as_often_for_many_that_are_not_late(
    life, hall, rules, staff, window, officer, django_assert_max_num_queries
):
    for _ in range(6):
        accept_record(record=record_of(rules.talk, staff=staff, window=window, by=officer), by=staff.user)
        life("stated")

    with django_assert_max_num_queries(8):
        tell_of_overdue(hall=hall, moment=at(26), by=ROBOT)


# --- pages ----------------------------------------------------------------------------------------


def test_record_page_says_to_whom_it_was_raised(life, told, see, manager, leader, clerk):
    record = life("stated")
    told(at(2, month=12))

    text = see(manager, record.get_absolute_url())
    assert text.count("认定逾期（期限 11月30日），已升级给陈国平") == 2  # beside the state, and in the story
    assert text.count("认定逾期（期限 11月30日），已提醒周敏") == 1

    confirm_record(record=record, by=manager)
    assert see(manager, record.get_absolute_url()).count("已升级给陈国平") == 1


def test_appeal_and_rectification_pages_say_it_too(life, told, see, record, officer, head, unit, leader):
    appeal = life("appealed").appeals.get()
    order = order_rectification(record=record, by=officer)
    told(at(9, month=12))

    assert "申诉复核逾期（期限 11月30日），已升级给陈国平" in see(leader, appeal.get_absolute_url())
    assert "整改逾期（期限 12月2日），已升级给联系人乙" in see(head, order.get_absolute_url())


def test_what_was_told_is_not_edited(life, told):
    life("stated")
    told(at(2, month=12))

    with pytest.raises(TypeError):
        Escalation.objects.first().save()
    with pytest.raises(TypeError):
        Escalation.objects.all().delete()


@pytest.mark.parametrize(("role", "rows"), [("manager", 2), ("clerk", 2), ("colleague", 0), ("outsider", 0)])
def test_who_sees_what_was_told(role, rows, life, told, request, manager, leader):
    life("stated")
    told(at(2, month=12))

    assert Escalation.objects.visible_to(request.getfixturevalue(role)).count() == rows
