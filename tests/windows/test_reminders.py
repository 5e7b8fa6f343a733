"""到期提醒: only in the hall's hours, one working day before and once when overdue, around a holiday too."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts import registry
from accounts.registry import Todo, TodoSource
from tests.factories.attendance import usual_hours
from trail.actors import Robot
from trail.models import AuditEntry, Notice
from windows.enums import DayKind
from windows.models import CalendarDay, ServiceHours
from windows.services import reminders

SHANGHAI = ZoneInfo("Asia/Shanghai")
BY = Robot(reminders.NAME)


def at(month, day, hour=9, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def waiting(monkeypatch):
    """What waits for everybody, as the test says."""
    found = {}
    source = TodoSource("test", ("hall.read",), lambda user, hall, now: found.get(user.username))
    monkeypatch.setattr(registry._registry, "todos", {"test": source})
    return found


@pytest.fixture
def open_hall(hall):
    usual_hours(hall)
    return hall


def remind(hall, moment):
    """Run the job as the clock would, and say what the clerk has been told so far."""
    with time_machine.travel(moment, tick=False):
        if hall in [due for due, _ in reminders.due(moment)]:
            reminders.run(hall=hall, period=moment.date().isoformat(), by=BY)
    return list(Notice.objects.order_by("pk").values_list("user__username", "title"))


# --- the hall's hours --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (at(9, 30, 8, 29), False),
        (at(9, 30, 8, 30), True),
        (at(9, 30, 12, 30), False),  # noon
        (at(9, 30, 17, 29), True),
        (at(9, 30, 17, 30), False),
        (at(9, 30, 0, 0), False),
        (at(10, 1), False),  # 国庆
        (at(10, 7), False),
        (at(10, 8), True),
        (at(10, 10), True),  # a Saturday that is worked instead
        (at(10, 11), False),
    ],
)
def test_reminders_are_due_only_in_the_halls_hours(hall, moment, is_open):
    for weekday in range(5):
        for opens, closes in ((time(8, 30), time(12)), (time(13, 30), time(17, 30))):
            ServiceHours.objects.create(
                hall=hall, weekday=weekday, opens=opens, closes=closes, starts_on="2026-01-01"
            )

    assert [h for h, _ in reminders.due(moment)] == ([hall] if is_open else [])


def test_a_halls_own_day_off_has_no_reminders(open_hall, other_hall):
    usual_hours(other_hall)
    CalendarDay.objects.create(hall=open_hall, day="2026-09-30", kind=DayKind.LOCAL_OFF, name="停电")

    assert [h for h, _ in reminders.due(at(9, 30, 10))] == [other_hall]


def test_a_hall_without_hours_keeps_the_usual_ones(hall):
    assert [len(reminders.due(moment)) for moment in (at(9, 30, 8, 29), at(9, 30, 10))] == [0, 1]


# --- who is told what --------------------------------------------------------------------------


def test_deadline_behind_the_holiday_reminds_on_the_last_day_before_it(open_hall, clerk, waiting):
    waiting["clerk"] = Todo(2, "等你确认", "", "/me/", at(10, 8, 17, 30), key="answer")

    told = [remind(open_hall, moment) for moment in (at(9, 29, 10), at(9, 30, 10))]
    quiet = [remind(open_hall, at(10, day, 10)) for day in range(1, 8)]

    reminder = ("clerk", "提醒：等你确认（2 件），截止 10月8日 17:30")
    assert told == [[], [reminder]]
    assert quiet == [[reminder]] * 7


def test_each_deadline_reminds_once_before_and_once_when_it_has_passed(open_hall, clerk, waiting):
    waiting["clerk"] = Todo(1, "等你确认", "", "/me/", at(10, 8, 17, 30), key="answer")

    for moment in (at(9, 30, 9), at(9, 30, 15), at(10, 8, 10), at(10, 9, 10), at(10, 10, 10), at(10, 12, 10)):
        told = remind(open_hall, moment)

    assert [title for _, title in told] == [
        "提醒：等你确认，截止 10月8日 17:30",
        "提醒：等你确认，已超过 昨天 17:30",
    ]
    assert AuditEntry.objects.filter(action="reminders.left").count() == 2


def test_what_is_done_and_what_has_no_deadline_remind_nobody(open_hall, clerk, head, waiting):
    waiting["head"] = Todo(1, "核对通报", "", "/bulletins/", key="draft")

    assert remind(open_hall, at(9, 30, 10)) == []


def test_other_halls_and_closed_accounts_are_not_told(open_hall, other_hall, clerk, outsider, waiting):
    todo = Todo(1, "等你确认", "", "/me/", at(9, 30, 17, 30), key="answer")
    waiting.update(clerk=todo, outsider=todo)
    clerk.is_active = False
    clerk.save()

    assert remind(open_hall, at(9, 30, 10)) == []
