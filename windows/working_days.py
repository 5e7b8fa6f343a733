"""工作日 working days: one calculator for every deadline, cut-off and schedule.

The state's holiday notice comes first, a hall's own entries win over it, the nearest hall last.
A year without a published notice counts Monday to Friday and is marked provisional (暂定).
N working days start the day after and end at the closing time of the Nth (《民法典》第二百零一条).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.memo import remember
from windows.enums import DayKind
from windows.models import CalendarDay, CalendarYear, ServiceHours

if TYPE_CHECKING:
    from accounts.models import Hall

WORKING_KINDS = (DayKind.MAKE_UP, DayKind.LOCAL_ON)
AROUND = timedelta(days=45)
DEFAULT_CLOSING = time(17, 30)
LONGEST_BREAK = 30
"""No run of days off is longer, in days; a guard against a calendar filled by mistake."""


class WorkingDays:
    """The working days of one hall, read once for a span of days and asked many times."""

    def __init__(self, hall: Hall, first: date, last: date) -> None:
        self.hall, self.first, self.last = hall, first, last
        self._kinds = _calendar_kinds(hall, first, last)

    def __contains__(self, day: date) -> bool:
        """Whether the hall works on the day; raises LookupError for a day outside the span read."""
        if not self.first <= day <= self.last:
            raise LookupError(f"{day} lies outside {self.first}..{self.last}")
        kind = self._kinds.get(day)
        return day.weekday() < 5 if kind is None else kind in WORKING_KINDS

    def days(self) -> list[date]:
        """All working days of the span, in order."""
        length = (self.last - self.first).days + 1
        return [day for n in range(length) if (day := self.first + timedelta(days=n)) in self]

    def after(self, day: date, count: int) -> date:
        """The `count`th working day after `day`; raises LookupError beyond the span read."""
        while count:
            day += timedelta(days=1)
            count -= day in self
        return day


def _calendar_kinds(hall: Hall, first: date, last: date) -> dict[date, str]:
    """What the calendar says of the days, with some around them: one page asks for several spans."""

    def read() -> tuple[date, date, dict[date, str]]:
        begin, end = first - AROUND, last + AROUND
        entries = CalendarDay.objects.for_hall(hall).filter(day__range=(begin, end))
        return begin, end, dict(entries.values_list("day", "kind"))

    begin, end, kinds = remember(("calendar", hall.pk), read)
    return kinds if begin <= first and last <= end else read()[2]


def is_working_day(hall: Hall, day: date) -> bool:
    """Whether the hall works on the day."""
    return day in WorkingDays(hall, day, day)


def working_days_between(hall: Hall, first: date, last: date) -> list[date]:
    """The hall's working days of first..last, both inclusive."""
    return WorkingDays(hall, first, last).days()


def add_working_days(hall: Hall, day: date, count: int) -> date:
    """The `count`th working day after `day`; the day itself is not counted. `count` 0 is the day."""
    if count == 0:
        return day
    span = timedelta(days=count * 3 + LONGEST_BREAK)
    return WorkingDays(hall, day + timedelta(days=1), day + span).days()[count - 1]


def previous_working_day(hall: Hall, day: date) -> date:
    """The last working day before `day`."""
    return WorkingDays(hall, day - timedelta(days=LONGEST_BREAK), day - timedelta(days=1)).days()[-1]


def first_working_day_of_month(hall: Hall, day: date) -> date:
    """The first working day of the month `day` lies in."""
    return add_working_days(hall, day.replace(day=1) - timedelta(days=1), 1)


def last_working_day_of_week(hall: Hall, monday: date) -> date | None:
    """The last working day of the ISO week that begins on `monday`; None when the whole week is off."""
    days = working_days_between(hall, monday, monday + timedelta(days=6))
    return days[-1] if days else None


def weekday_followed(day: date, kind: str | None, *, has_own: bool) -> int:
    """Whose hours a day follows: at the weekend its own if it has some, but Monday's on a make-up day."""
    return day.weekday() if day.weekday() < 5 or (has_own and kind != DayKind.MAKE_UP) else 0


def closing_time(hall: Hall, day: date) -> time:
    """When the hall closes on the day.

    A make-up day at the weekend follows Monday's hours; a weekend day the hall itself opens follows
    its own hours where it has some. A day without any hours closes at 17:30.
    """
    rows = ServiceHours.objects.on(day).filter(hall=hall, window=None, weekday__in={day.weekday(), 0})
    closes: dict[int, time] = {}
    for weekday, moment in rows.values_list("weekday", "closes"):
        closes[weekday] = max(moment, closes.get(weekday, moment))
    kind = DayKind.MAKE_UP if day.weekday() >= 5 and _is_make_up(hall, day) else None
    return closes.get(weekday_followed(day, kind, has_own=day.weekday() in closes), DEFAULT_CLOSING)


def _is_make_up(hall: Hall, day: date) -> bool:
    kinds = CalendarDay.objects.for_hall(hall).filter(day=day).values_list("kind", flat=True)
    return list(kinds)[-1:] == [DayKind.MAKE_UP]


def close_of(hall: Hall, day: date) -> datetime:
    """The moment the hall closes on the day."""
    return timezone.make_aware(datetime.combine(day, closing_time(hall, day)))


def deadline(hall: Hall, moment: datetime, count: int) -> datetime:
    """The close of the `count`th working day after `moment`."""
    return close_of(hall, add_working_days(hall, timezone.localdate(moment), count))


def is_provisional(day: date) -> bool:
    """Whether the day's year has no published holiday notice yet, so a deadline on it is 暂定."""
    return day.year not in published_years()


def published_years() -> set[int]:
    """The years whose notice is known; ask once for many deadlines."""
    return set(CalendarYear.objects.published().values_list("year", flat=True))
