"""The state's calendar of 2026 is in the database: 国庆 1 to 7 October, 春节 15 to 23 February."""

from datetime import date, time, timedelta

import pytest

from accounts.errors import Refused
from bulletins.services.drafting import draft_bulletin, withdraw_bulletin
from bulletins.services.periods import (
    cutoff_of,
    due_issues,
    latest_closed_week,
    monday_of,
    next_cutoff,
    period_of,
    week_of,
)
from tests.factories.accounts import HallFactory
from tests.factories.bulletins import counting_record, moment
from trail.actors import Robot
from windows import working_days
from windows.hall_calendars import HallCalendars
from windows.models import CalendarDay, ServiceHours

JOB = Robot("weekly_bulletin")


def early_fridays(hall):
    """Open until 17:30, on Fridays until 17:00."""
    ServiceHours.objects.bulk_create(
        ServiceHours(
            hall=hall,
            weekday=weekday,
            opens=time(8, 30),
            closes=time(17, 0) if weekday == 4 else time(17, 30),
            starts_on=date(2026, 1, 1),
        )
        for weekday in range(5)
    )


@pytest.mark.parametrize("week", ["", "2026-47", "2026-W60", "2026-W00", "26-W47", "2026-W47x", "2025-W53"])
def test_monday_of_a_bad_week(week):
    with pytest.raises(Refused) as refusal:
        monday_of(week)

    assert refusal.value.code == "bad_week"


def test_monday_of_a_year_with_53_weeks():
    assert (monday_of("2026-W53"), week_of(date(2027, 1, 3))) == (date(2026, 12, 28), "2026-W53")


def test_period_of_a_plain_week(hall):
    period = period_of(hall, "2026-W47")

    assert (period.since, period.until) == (moment("2026-11-13 17:30"), moment("2026-11-20 17:30"))
    assert (period.first_day, period.last_day) == (date(2026, 11, 16), date(2026, 11, 20))


def test_period_follows_the_service_hours(hall):
    early_fridays(hall)

    assert period_of(hall, "2026-W47").until == moment("2026-11-20 17:00")


def test_period_before_a_holiday_ends_on_its_last_working_day(hall):
    assert period_of(hall, "2026-W40").until == moment("2026-09-30 17:30")


def test_period_with_a_make_up_saturday_ends_on_it(hall):
    period = period_of(hall, "2026-W41")

    assert (period.since, period.until) == (moment("2026-09-30 17:30"), moment("2026-10-10 17:30"))
    assert (period.first_day, period.last_day) == (date(2026, 10, 8), date(2026, 10, 10))


def test_period_of_a_week_wholly_off(hall):
    with pytest.raises(Refused) as refusal:
        period_of(hall, "2026-W08")

    assert refusal.value.code == "week_off"


def test_period_after_a_week_wholly_off_covers_both(hall):
    period = period_of(hall, "2026-W09")

    assert (period.since, period.until) == (moment("2026-02-14 17:30"), moment("2026-02-28 17:30"))
    assert (period.first_day, period.last_day) == (date(2026, 2, 24), date(2026, 2, 28))


def test_period_after_a_withdrawn_issue_covers_both(hall, rulebook, manager):
    last = draft_bulletin(hall=hall, iso_week="2026-W46", by=JOB)
    withdraw_bulletin(bulletin=last, by=manager, reason="停电两天，并入下期")

    assert period_of(hall, "2026-W47").since == moment("2026-11-06 17:30")


def test_period_begins_where_the_issue_before_ended(hall, rulebook):
    draft_bulletin(hall=hall, iso_week="2026-W46", by=JOB)
    early_fridays(hall)

    assert period_of(hall, "2026-W47").since == moment("2026-11-13 17:30")


def test_cutoffs_of_many_halls_are_those_of_each(hall, township):
    early_fridays(hall)
    CalendarDay.objects.create(hall=hall, day=date(2026, 11, 20), kind="local_off", name="停电")
    CalendarDay.objects.create(hall=township, day=date(2026, 11, 20), kind="local_on", name="赶场日")
    mondays = [date(2026, 1, 5) + timedelta(weeks=n) for n in range(48)]
    calendars = HallCalendars([hall, township], mondays[0], mondays[-1] + timedelta(days=6))

    for place in (hall, township):
        expected = []
        for monday in mondays:
            day = working_days.last_working_day_of_week(place, monday)
            expected.append(working_days.close_of(place, day) if day else None)
        assert [cutoff_of(calendars, place, monday) for monday in mondays] == expected


def test_latest_closed_week_on_the_second_of_the_cutoff(hall):
    before = latest_closed_week(hall, moment("2026-11-20 17:29:59"))
    at = latest_closed_week(hall, moment("2026-11-20 17:30:00"))

    assert (before, at) == ("2026-W46", "2026-W47")


def test_next_cutoff_leaves_out_a_week_off(hall):
    assert next_cutoff(hall, moment("2026-02-15 09:00")) == moment("2026-02-28 17:30")


# --- what is due -------------------------------------------------------------------------------


def test_due_from_the_second_of_the_cutoff(hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)

    assert due_issues(moment("2026-11-20 17:29:59")) == []
    assert due_issues(moment("2026-11-20 17:30:00")) == [(hall, "2026-W47")]


def test_due_catches_up_to_the_first_record(hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-04 10:00", by=manager, staff=staff)

    assert [week for _, week in due_issues(moment("2026-11-23 08:30"))] == [
        "2026-W45",
        "2026-W46",
        "2026-W47",
    ]


def test_due_catches_up_at_most_eight_weeks(hall, rulebook, manager, staff):
    counting_record(hall, since="2026-06-03 10:00", by=manager, staff=staff)

    weeks = [week for _, week in due_issues(moment("2026-11-20 18:00"))]

    assert (len(weeks), weeks[0], weeks[-1]) == (9, "2026-W39", "2026-W47")


def test_due_not_for_an_issue_that_is_there(hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    draft_bulletin(hall=hall, iso_week="2026-W47", by=JOB)

    assert due_issues(moment("2026-11-23 08:30")) == []


def test_due_not_for_a_hall_without_records(hall, rulebook):
    assert due_issues(moment("2026-11-23 08:30")) == []


def test_due_asks_the_same_for_one_hall_and_many(
    hall, rulebook, manager, staff, django_assert_max_num_queries
):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    HallFactory.create_batch(5)

    with django_assert_max_num_queries(5):
        due_issues(moment("2026-11-23 08:30"))
