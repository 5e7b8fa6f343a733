"""工作日 and deadlines: 国庆, 春节, 调休, a hall's own days, and what no year has published yet."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trail.actors import Robot
from windows import working_days
from windows.enums import DayKind
from windows.hall_calendars import HallCalendars
from windows.models import CalendarDay, CalendarYear, ServiceHours
from windows.services.halls import open_hall

SHANGHAI = ZoneInfo("Asia/Shanghai")
pytestmark = pytest.mark.django_db


def local(hall, day, kind):
    return CalendarDay.objects.create(hall=hall, day=day, kind=kind, name="本地安排")


def shanghai(*parts):
    return datetime(*parts, tzinfo=SHANGHAI)


# --- the state's calendar ---------------------------------------------------------------------

OFF_2026 = [
    ((1, 1), (1, 3)),
    ((2, 15), (2, 23)),
    ((4, 4), (4, 6)),
    ((5, 1), (5, 5)),
    ((6, 19), (6, 21)),
    ((9, 25), (9, 27)),
    ((10, 1), (10, 7)),
]
WORKED_2026 = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]


def test_2026_is_the_notice(hall):
    off = [
        date(2026, *first) + timedelta(days=n)
        for first, last in OFF_2026
        for n in range((date(2026, *last) - date(2026, *first)).days + 1)
    ]
    rows = CalendarDay.objects.filter(hall=None, day__year=2026)

    assert sorted(rows.filter(kind=DayKind.OFF).values_list("day", flat=True)) == off
    assert sorted(rows.filter(kind=DayKind.MAKE_UP).values_list("day", flat=True)) == [
        date(2026, *day) for day in WORKED_2026
    ]


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_shipped_years_agree_with_chinesecalendar(hall, year):
    calendar = working_days.WorkingDays(hall, date(year, 1, 1), date(year, 12, 31))
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]

    assert [d for d in days if (d in calendar) != chinese_calendar.is_workday(d)] == []


def test_working_days_of_october_2026_are_those_of_the_paper(hall):
    found = working_days.working_days_between(hall, date(2026, 10, 1), date(2026, 10, 31))

    assert [d.day for d in found] == [8, 9, 10, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 26, 27, 28, 29, 30]


# --- a hall's own days ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "kind", "works"),
    [
        (date(2026, 11, 25), DayKind.LOCAL_OFF, False),  # a power cut on a Wednesday
        (date(2026, 11, 28), DayKind.LOCAL_ON, True),  # an open Saturday
        (date(2026, 10, 1), DayKind.LOCAL_ON, True),  # over the state's holiday
        (date(2026, 10, 10), DayKind.LOCAL_OFF, False),  # over the state's make-up day
    ],
)
def test_local_day_wins_over_the_state(hall, township, other_hall, day, kind, works):
    local(hall, day, kind)

    assert working_days.is_working_day(hall, day) is works
    assert working_days.is_working_day(township, day) is works
    assert working_days.is_working_day(other_hall, day) is not works


def test_nearest_hall_wins(hall, township):
    local(hall, date(2026, 11, 28), DayKind.LOCAL_ON)
    local(township, date(2026, 11, 28), DayKind.LOCAL_OFF)

    found = [working_days.is_working_day(one, date(2026, 11, 28)) for one in (hall, township)]

    assert found == [True, False]


# --- counting ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 25), 0, date(2026, 11, 25)),
        (date(2026, 11, 25), 2, date(2026, 11, 27)),
        (date(2026, 11, 26), 2, date(2026, 11, 30)),  # over a weekend
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # over 国庆
        (date(2026, 9, 30), 3, date(2026, 10, 10)),  # the third is the make-up Saturday
        (date(2026, 9, 30), 4, date(2026, 10, 12)),
        (date(2026, 2, 13), 1, date(2026, 2, 14)),  # Saturday before 春节
        (date(2026, 2, 14), 1, date(2026, 2, 24)),
        (date(2026, 2, 13), 6, date(2026, 2, 28)),  # 24, 25, 26, 27, then the make-up Saturday
        (date(2026, 10, 3), 1, date(2026, 10, 8)),  # found on a day off
    ],
)
def test_add_working_days(hall, day, count, expected):
    assert working_days.add_working_days(hall, day, count) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 10, 8), date(2026, 9, 30)),
        (date(2026, 10, 12), date(2026, 10, 10)),
        (date(2026, 2, 24), date(2026, 2, 14)),
        (date(2026, 11, 25), date(2026, 11, 24)),
    ],
)
def test_previous_working_day(hall, day, expected):
    assert working_days.previous_working_day(hall, day) == expected


@pytest.mark.parametrize(
    ("monday", "expected"),
    [
        (date(2026, 11, 23), date(2026, 11, 27)),
        (date(2026, 10, 5), date(2026, 10, 10)),  # the week that ends with a make-up Saturday
        (date(2026, 9, 28), date(2026, 9, 30)),  # cut short by 国庆
        (date(2026, 2, 16), None),  # all of it 春节
    ],
)
def test_last_working_day_of_week(hall, monday, expected):
    assert working_days.last_working_day_of_week(hall, monday) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 22), date(2026, 11, 2)),
        (date(2026, 10, 20), date(2026, 10, 8)),
        (date(2026, 5, 9), date(2026, 5, 6)),
    ],
)
def test_first_working_day_of_month(hall, day, expected):
    assert working_days.first_working_day_of_month(hall, day) == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.dates(date(2024, 1, 1), date(2026, 10, 1)),
    one=st.integers(1, 25),
    two=st.integers(1, 25),
)
def test_counting_adds_up(hall, start, one, two):
    days = working_days.WorkingDays(hall, start, start + timedelta(days=200))

    assert days.after(days.after(start, one), two) == days.after(start, one + two)
    assert days.after(start, one) in days
    assert days.after(start, one) == working_days.add_working_days(hall, start, one)
    between = working_days.working_days_between(hall, start + timedelta(days=1), days.after(start, one))
    assert len(between) == one


def test_day_outside_the_span_read(hall):
    days = working_days.WorkingDays(hall, date(2026, 11, 1), date(2026, 11, 30))

    with pytest.raises(LookupError):
        date(2026, 12, 1) in days  # noqa: B015


# --- closing time and deadlines ---------------------------------------------------------------


@pytest.fixture
def open_one(db):
    return open_hall(code="qh", name="青禾", by=Robot("test"))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 25), time(17, 30)),  # Wednesday
        (date(2026, 11, 27), time(17)),  # Friday
        (date(2026, 10, 10), time(17, 30)),  # a make-up Saturday follows Monday
    ],
)
def test_closing_time(open_one, day, expected):
    assert working_days.closing_time(open_one, day) == expected


def test_closing_time_of_a_hall_without_hours(hall):
    assert working_days.closing_time(hall, date(2026, 11, 27)) == time(17, 30)


def test_open_saturday_has_its_own_hours_and_a_make_up_saturday_has_not(open_one):
    ServiceHours.objects.create(
        hall=open_one, weekday=5, opens=time(9), closes=time(12), starts_on=date(2026, 1, 1)
    )
    local(open_one, date(2026, 11, 28), DayKind.LOCAL_ON)

    found = [working_days.closing_time(open_one, day) for day in (date(2026, 11, 28), date(2026, 10, 10))]

    assert found == [time(12), time(17, 30)]


def test_open_sunday_without_hours_follows_monday(open_one):
    local(open_one, date(2026, 11, 29), DayKind.LOCAL_ON)

    assert working_days.closing_time(open_one, date(2026, 11, 29)) == time(17, 30)


@pytest.mark.parametrize(
    ("moment", "count", "expected"),
    [
        (shanghai(2026, 11, 25, 9), 2, shanghai(2026, 11, 27, 17)),
        (shanghai(2026, 11, 25, 23, 59), 2, shanghai(2026, 11, 27, 17)),
        (shanghai(2026, 9, 30, 16), 3, shanghai(2026, 10, 10, 17, 30)),
        (datetime(2026, 11, 24, 16, 30, tzinfo=ZoneInfo("UTC")), 1, shanghai(2026, 11, 26, 17, 30)),
    ],
)
def test_deadline(open_one, moment, count, expected):
    assert working_days.deadline(open_one, moment, count) == expected


@pytest.mark.parametrize(("day", "expected"), [(date(2026, 12, 31), False), (date(2027, 1, 4), True)])
def test_provisional(hall, day, expected):
    assert working_days.is_provisional(day) is expected


def test_unpublished_year_counts_monday_to_friday(hall):
    days = working_days.working_days_between(hall, date(2027, 1, 1), date(2027, 1, 10))

    assert [d.day for d in days] == [1, 4, 5, 6, 7, 8]


def test_provisional_year_is_not_published(hall):
    CalendarYear.objects.create(year=2027, status="provisional")

    assert working_days.is_provisional(date(2027, 1, 4))


def test_many_halls_at_once_say_the_same(open_one, other_hall):
    first, last = date(2026, 9, 1), date(2026, 11, 30)
    ServiceHours.objects.create(hall=open_one, weekday=5, opens=time(9), closes=time(12), starts_on=first)
    local(open_one, date(2026, 11, 28), DayKind.LOCAL_ON)
    both = HallCalendars([open_one, other_hall], first, last)

    for hall in (open_one, other_hall):
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        assert [d for d in days if both.works(hall, d)] == working_days.working_days_between(
            hall, first, last
        )
        assert [both.close_of(hall, d) for d in days] == [working_days.close_of(hall, d) for d in days]
