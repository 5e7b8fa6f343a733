"""Working days and closing times of many halls at once, in two queries; says what `working_days` says."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from windows.models import CalendarDay, ServiceHours
from windows.querysets import during
from windows.working_days import DEFAULT_CLOSING, LONGEST_BREAK, WORKING_KINDS, weekday_followed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Hall


class HallCalendars:
    """The days first..last of these halls, read once and asked many times."""

    def __init__(self, halls: Iterable[Hall], first: date, last: date) -> None:
        self._first, self._last = first, last
        self._above = {hall.pk: [int(part) for part in hall.path.split("/") if part] for hall in halls}
        self._kinds: dict[int | None, dict[date, str]] = defaultdict(dict)
        self._hours: dict[int, list[tuple[int, date, date | None, time]]] = defaultdict(list)
        if self._above:
            self._read()

    def works(self, hall: Hall, day: date) -> bool:
        """Whether the hall works on the day; the nearest hall's own entry wins over the state's."""
        kind = self.kind(hall, day)
        return day.weekday() < 5 if kind is None else kind in WORKING_KINDS

    def close_of(self, hall: Hall, day: date) -> datetime:
        """The moment the hall closes on the day."""
        closings: dict[int, time] = {}
        for weekday, starts, ends, closes in self._hours.get(hall.pk, ()):
            if starts <= day and (ends is None or ends >= day):
                closings[weekday] = max(closes, closings.get(weekday, closes))
        followed = weekday_followed(day, self.kind(hall, day), has_own=day.weekday() in closings)
        return timezone.make_aware(datetime.combine(day, closings.get(followed, DEFAULT_CLOSING)))

    def last_closed(self, hall: Hall, now: datetime) -> date | None:
        """The latest working day of the span that is over for the hall at `now`."""
        day = self._last
        while day >= self._first:
            if self.works(hall, day) and self.close_of(hall, day) <= now:
                return day
            day -= timedelta(days=1)
        return None

    def kind(self, hall: Hall, day: date) -> str | None:
        """What the calendar calls the day for the hall; None where only the weekday counts."""
        owners = (*reversed(self._above[hall.pk]), None)
        return next((kind for o in owners if o in self._kinds and (kind := self._kinds[o].get(day))), None)

    def _read(self) -> None:
        chain = {pk for some in self._above.values() for pk in some}
        days = CalendarDay.objects.filter(day__range=(self._first, self._last)).order_by()
        for owner, day, kind in days.values_list("hall", "day", "kind"):
            if owner is None or owner in chain:
                self._kinds[owner][day] = kind
        hours = ServiceHours.objects.filter(during(self._first, self._last), window=None).order_by()
        for hall, weekday, starts, ends, closes in hours.values_list(
            "hall", "weekday", "starts_on", "ends_on", "closes"
        ):
            if hall in self._above:
                self._hours[hall].append((weekday, starts, ends, closes))


def last_closed_days(halls: Iterable[Hall], now: datetime) -> dict[int, date]:
    """The latest working day of each hall, by its id, whose closing time has passed at `now`."""
    halls, today = list(halls), timezone.localdate(now)
    calendars = HallCalendars(halls, today - timedelta(days=LONGEST_BREAK), today)
    return {hall.pk: day for hall in halls if (day := calendars.last_closed(hall, now)) is not None}
