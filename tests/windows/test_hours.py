"""服务时间: what holds from a day on, seasons, and a new hall's hours."""

from datetime import date, time

import pytest

from accounts.errors import Refused
from trail.actors import Robot
from windows.models import ServiceHours
from windows.services.halls import open_hall
from windows.services.hours import set_hours

SUMMER = {weekday: [(time(9), time(12)), (time(14), time(18))] for weekday in range(5)}


@pytest.fixture
def opened(db):
    return open_hall(code="qh", name="青禾", by=Robot("test"))


def hours(hall, day, window=None):
    rows = ServiceHours.objects.on(day).filter(hall=hall, window=window, weekday=day.weekday())
    return " ".join(f"{row.opens:%H:%M}-{row.closes:%H:%M}" for row in rows)


def test_season_gives_way_again(opened, admin):
    set_hours(hall=opened, week=SUMMER, starts_on=date(2026, 6, 1), ends_on=date(2026, 9, 30), by=admin)

    found = [
        hours(opened, day)
        for day in (date(2026, 5, 29), date(2026, 6, 1), date(2026, 9, 30), date(2026, 10, 1))
    ]

    assert found == [
        "08:30-12:00 13:30-17:00",
        "09:00-12:00 14:00-18:00",
        "09:00-12:00 14:00-18:00",
        "08:30-12:00 13:30-17:30",
    ]


def test_new_hours_for_ever(opened, admin):
    set_hours(hall=opened, week=SUMMER, starts_on=date(2026, 12, 1), by=admin)

    assert [hours(opened, date(2026, 11, 30)), hours(opened, date(2030, 1, 1))] == [
        "08:30-12:00 13:30-17:30",
        "09:00-12:00 14:00-18:00",
    ]


def test_same_day_again_replaces(opened, admin):
    for week in (SUMMER, {0: [(time(10), time(11))]}):
        set_hours(hall=opened, week=week, starts_on=date(2026, 12, 1), by=admin)

    assert [hours(opened, date(2026, 12, 7)), hours(opened, date(2026, 12, 1))] == ["10:00-11:00", ""]


def test_window_of_its_own(opened, window, hall, admin):
    set_hours(hall=hall, window=window, week=SUMMER, starts_on=date(2026, 12, 1), by=admin)

    assert (hours(hall, date(2026, 12, 1), window), hours(hall, date(2026, 12, 1))) == (
        "09:00-12:00 14:00-18:00",
        "",
    )


@pytest.mark.parametrize(
    "stretches",
    [[(time(12), time(9))], [(time(9), time(9))], [(time(8), time(12)), (time(11), time(17))]],
)
def test_hours_that_make_no_sense(opened, admin, stretches):
    with pytest.raises(Refused, match="周一的时段前后颠倒或重叠"):
        set_hours(hall=opened, week={0: stretches}, starts_on=date(2026, 12, 1), by=admin)


def test_season_that_ends_before_it_begins(opened, admin):
    with pytest.raises(Refused):
        set_hours(hall=opened, week=SUMMER, starts_on=date(2026, 12, 1), ends_on=date(2026, 11, 1), by=admin)


def test_bad_code(db):
    with pytest.raises(Refused, match="大厅代码只用小写字母"):
        open_hall(code="青禾", name="青禾", by=Robot("test"))


def test_township_below(opened):
    town = open_hall(code="town", name="柳林", by=Robot("test"), parent=opened)

    assert (town.level, town.path) == ("township", f"/{opened.pk}/{town.pk}/")
