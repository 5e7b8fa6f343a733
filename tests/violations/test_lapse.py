"""逾期未提异议 as a job: once per hall and working day, and nothing is lost when a run is missed."""

from datetime import date, datetime, time

import pytest
from django.utils import timezone

from tests.factories.accounts import HallFactory
from tests.factories.violations import record_of
from tests.violations.conftest import HALL_TIME
from trail.models import JobRun
from trail.services.jobs import due_runs, run_job
from violations.services import lapse
from violations.services.ledger import state_on_record
from windows import working_days
from windows.hall_calendars import HallCalendars, last_closed_days
from windows.models import CalendarDay, ServiceHours

pytestmark = pytest.mark.django_db


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=HALL_TIME)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (at(25, 17, 29), "2026-11-24"),
        (at(25, 17, 30), "2026-11-25"),
        (at(28, 12), "2026-11-27"),
        (at(30, 9), "2026-11-27"),
        (at(30, 18), "2026-11-30"),
    ],
)
def test_due_names_the_latest_working_day_that_is_over(now, day, hall):
    assert lapse.due(now) == [(hall, day)]


def test_due_follows_the_hours_and_the_calendar_of_each_hall(hall, township, other_hall):
    ServiceHours.objects.create(
        hall=other_hall, weekday=2, opens=time(9), closes=time(17), starts_on=date(2026, 1, 1)
    )
    CalendarDay.objects.create(hall=township, day=date(2026, 11, 24), kind="local_off", name="停电")

    days = last_closed_days([hall, township, other_hall], at(25, 17, 10))

    assert days == {
        hall.pk: date(2026, 11, 24),
        township.pk: date(2026, 11, 23),
        other_hall.pk: date(2026, 11, 25),
    }


@pytest.mark.parametrize("halls", [1, 20])
def test_due_asks_three_queries_for_any_number_of_halls(halls, db, django_assert_num_queries):
    HallFactory.create_batch(halls)

    with django_assert_num_queries(3):
        assert len(lapse.due(at(25, 18))) == halls


def test_calendars_of_many_halls_say_what_is_said_of_one(hall, township):
    CalendarDay.objects.create(hall=hall, day=date(2026, 11, 18), kind="local_off", name="停电")
    CalendarDay.objects.create(hall=township, day=date(2026, 11, 21), kind="local_on", name="加开")
    ServiceHours.objects.create(
        hall=township, weekday=0, opens=time(9), closes=time(16), starts_on=date(2026, 11, 10)
    )
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    calendars = HallCalendars([hall, township], first, last)

    for day in (date(2026, 11, n) for n in range(1, 31)):
        for each in (hall, township):
            assert calendars.works(each, day) == working_days.is_working_day(each, day)
            assert calendars.close_of(each, day) == working_days.close_of(each, day)


def test_run_lapses_what_nobody_answered(record, clerk, rules, staff, officer, clock):
    answered = record_of(rules.talk, staff=staff, by=officer)
    state_on_record(record=answered, by=clerk, reason="other", words="没有")
    clock.move_to(at(27, 17, 31))

    run = run_job("lapse_statements", hall=record.hall, period="2026-11-27")

    record.refresh_from_db()
    answered.refresh_from_db()
    assert run.result == {"day": "2026-11-27", "lapsed": [record.number]}
    assert (record.status, answered.status) == ("lapsed", "stated")
    assert record.status_changes.last().job == "lapse_statements"


def test_run_of_other_hall_leaves_ours(record, other_hall, clock):
    clock.move_to(at(30, 18))

    run_job("lapse_statements", hall=other_hall, period="2026-11-30")

    record.refresh_from_db()
    assert record.status == "notified"


def test_second_run_changes_nothing(record, clock):
    clock.move_to(at(27, 17, 31))
    first = run_job("lapse_statements", hall=record.hall, period="2026-11-27")
    second = run_job("lapse_statements", hall=record.hall, period="2026-11-27")

    assert (first.pk, second.result) == (second.pk, first.result)
    assert record.status_changes.filter(status="lapsed").count() == 1


def test_missed_days_are_caught_up_by_the_next_run(record, clock):
    clock.move_to(at(30, 8))

    wanted = [run for run in due_runs(timezone.now()) if run[0] == "lapse_statements"]
    assert wanted == [("lapse_statements", record.hall_id, "2026-11-27")]
    run_job("lapse_statements", hall=record.hall, period="2026-11-27")

    record.refresh_from_db()
    assert (record.status, JobRun.objects.filter(job="lapse_statements").count()) == ("lapsed", 1)
