"""Deriving a month: which days and halves, from which hours, for whom; and again."""

from datetime import date, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import Refused
from attendance.enums import Half, LeaveKind, Outcome
from attendance.models import DayResult
from attendance.services.deriving import derive_month
from tests.factories.accounts import HallFactory
from tests.factories.attendance import DayResultFactory, LeaveFactory, moment, punch, usual_hours
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory
from trail.actors import Robot
from trail.models import AuditEntry
from windows.models import ServiceHours

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)
LATER = moment("2026-11-22 12:00")
ROBOT = Robot("test")


@pytest.fixture
def hall():
    hall = HallFactory()
    usual_hours(hall)
    return hall


@pytest.fixture
def person(hall):
    return StaffFactory(department__hall=hall, no="ZW0001", attendance_no="1")


def derive(hall, month=OCTOBER, now=LATER):
    return derive_month(hall=hall, month=month, by=ROBOT, now=now)


def outcome(person, day, half=Half.AM):
    result = DayResult.objects.filter(staff=person, day=day, half=half).first()
    return result and result.outcome


def test_every_half_of_every_working_day_has_a_result(hall, person):
    derive(hall)

    days = sorted(set(DayResult.objects.filter(staff=person).values_list("day", flat=True)))
    assert (days[0], days[-1], len(days)) == (date(2026, 10, 8), date(2026, 10, 30), 18)
    assert DayResult.objects.filter(staff=person).count() == 36


def test_make_up_saturday_has_mondays_hours(hall, person):
    punch(person, "2026-10-10 13:25:00")
    punch(person, "2026-10-10 17:10:00")

    derive(hall)

    assert outcome(person, date(2026, 10, 10), Half.PM) == Outcome.EARLY


def test_friday_closes_earlier(hall, person):
    punch(person, "2026-10-09 13:25:00")
    punch(person, "2026-10-09 17:00:00")

    derive(hall)

    assert outcome(person, date(2026, 10, 9), Half.PM) == Outcome.PRESENT


def test_joiner_counts_from_the_first_day_and_leaver_through_the_last(hall):
    joiner = StaffFactory(department__hall=hall, joined_on=date(2026, 10, 15))
    leaver = StaffFactory(department__hall=hall, left_on=date(2026, 10, 20))

    derive(hall)

    assert [outcome(joiner, date(2026, 10, d)) for d in (14, 15)] == [None, Outcome.ABSENCE]
    assert [outcome(leaver, date(2026, 10, d)) for d in (20, 21)] == [Outcome.ABSENCE, None]


def test_punches_of_a_half_day_on_leave_do_not_matter(hall, person):
    LeaveFactory(staff=person, day=date(2026, 10, 12), half=Half.AM)
    LeaveFactory(staff=person, day=date(2026, 10, 12), half=Half.PM, kind=LeaveKind.OUTING)
    punch(person, "2026-10-12 09:40:00")

    assert derive(hall).by_staff["ZW0001"]["leave_half_days"] == 1
    assert outcome(person, date(2026, 10, 12), Half.PM) == Outcome.OUTING


def test_a_window_with_hours_of_its_own_follows_only_those(hall, person):
    window = WindowFactory(department=person.department)
    PostingFactory(staff=person, window=window)
    ServiceHours.objects.create(
        hall=hall, window=window, weekday=0, opens=time(9), closes=time(12), starts_on=date(2026, 1, 1)
    )
    punch(person, "2026-10-12 08:59:00")
    punch(person, "2026-10-12 12:00:00")

    derive(hall)

    assert outcome(person, date(2026, 10, 12)) == Outcome.PRESENT
    assert outcome(person, date(2026, 10, 12), Half.PM) is None
    assert outcome(person, date(2026, 10, 13)) is None


def test_who_moves_follows_the_hours_of_the_window_of_the_day(hall, person):
    early, usual = WindowFactory(department=person.department), WindowFactory(department=person.department)
    PostingFactory(staff=person, window=early, ends_on=date(2026, 10, 12))
    PostingFactory(staff=person, window=usual, starts_on=date(2026, 10, 13))
    for weekday in (0, 1):
        ServiceHours.objects.create(
            hall=hall,
            window=early,
            weekday=weekday,
            opens=time(8),
            closes=time(12),
            starts_on=date(2026, 1, 1),
        )
    for day in (12, 13):
        punch(person, f"2026-10-{day} 08:25:00")
        punch(person, f"2026-10-{day} 12:01:00")

    derive(hall)

    assert [outcome(person, date(2026, 10, d)) for d in (12, 13)] == [Outcome.LATE, Outcome.PRESENT]


def test_hours_of_a_season_end_with_it(hall, person):
    ServiceHours.objects.filter(hall=hall, weekday=0).update(ends_on=date(2026, 10, 12))

    derive(hall)

    assert [outcome(person, date(2026, 10, d)) for d in (12, 19)] == [Outcome.ABSENCE, None]


def test_settings_of_the_hall_part_the_tiers(hall, person):
    hall.settings["attendance.late_half_day_minutes"] = 5
    hall.save(update_fields=["settings"])
    punch(person, "2026-10-12 08:35:00")
    punch(person, "2026-10-12 12:00:00")

    derive(hall)

    assert outcome(person, date(2026, 10, 12)) == Outcome.ABSENCE


def test_a_half_day_is_judged_only_after_its_close_and_the_waiting_time(hall, person):
    monday = date(2026, 11, 16)
    derive(hall, date(2026, 11, 1), moment("2026-11-16 12:59"))
    assert outcome(person, monday) is None

    derive(hall, date(2026, 11, 1), moment("2026-11-16 13:00"))
    assert (outcome(person, monday), outcome(person, monday, Half.PM)) == (Outcome.ABSENCE, None)


def test_second_run_changes_nothing_and_leaves_no_trace(hall, person):
    punch(person, "2026-10-12 08:35:00")
    first = derive(hall)
    rows = list(DayResult.objects.order_by("pk").values())

    second = derive(hall)

    assert (first.changed, second.changed) == (36, 0)
    assert second.as_json() == first.as_json()
    assert list(DayResult.objects.order_by("pk").values()) == rows
    assert AuditEntry.objects.filter(action="attendance.derived").count() == 1


def test_a_late_arriving_punch_changes_only_its_half_day(hall, person):
    punch(person, "2026-10-12 08:20:00")
    derive(hall)
    punch(person, "2026-10-12 12:01:00")

    assert derive(hall).changed == 1
    assert outcome(person, date(2026, 10, 12)) == Outcome.PRESENT


def test_results_that_should_not_be_are_removed(hall, person):
    other = StaffFactory(department__hall=hall, left_on=date(2026, 9, 1))
    DayResultFactory(staff=other, day=date(2026, 10, 12), outcome=Outcome.ABSENCE)
    DayResultFactory(staff=person, day=date(2026, 10, 3), outcome=Outcome.ABSENCE)

    derive(hall)

    assert outcome(other, date(2026, 10, 12)) is None
    assert outcome(person, date(2026, 10, 3)) is None


def test_another_hall_is_left_alone(hall, person):
    stranger = StaffFactory()
    result = DayResultFactory(staff=stranger, day=date(2026, 10, 12), outcome=Outcome.LATE)

    derive(hall)

    assert list(DayResult.objects.filter(staff=stranger)) == [result]


def test_a_month_to_come_is_refused(hall):
    with pytest.raises(Refused, match="2026-12 还没有到"):
        derive(hall, date(2026, 12, 1))


def test_a_hall_without_hours_is_refused():
    with pytest.raises(Refused, match="没有服务时间"):
        derive(HallFactory())


@pytest.mark.parametrize("count", [1, 20])
def test_queries_are_the_same_for_one_and_for_many(hall, count):
    for _ in range(count):
        PostingFactory(staff=StaffFactory(department__hall=hall))

    with CaptureQueriesContext(connection) as queries:
        derive(hall)

    streamed = ("SELECT", "DECLARE")  # PostgreSQL streams through a cursor it declares
    reading = [q["sql"] for q in queries.captured_queries if q["sql"].startswith(streamed)]
    assert len(reading) == 8
