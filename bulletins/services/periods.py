"""期 periods: an issue covers what became countable between two cut-offs.

The cut-off of a week is the closing time of its last working day. A week wholly off has no issue;
neither has a week whose issue was withdrawn: the next one covers it. All halls are asked at once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import Min
from django.utils import timezone

from accounts.errors import Refused
from accounts.models import Hall
from bulletins.enums import BulletinStatus
from bulletins.models import Bulletin
from violations.models import ConductRecord
from windows.models import CalendarDay, ServiceHours
from windows.querysets import during
from windows.working_days import DEFAULT_CLOSING, WORKING_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

WEEK = re.compile(r"(\d{4})-W(\d{2})")
CATCH_UP_WEEKS = 8
"""How far back a missed issue is still drafted."""
LOOK_BACK_WEEKS = 14
"""Within so many weeks there is one with an issue before; holidays last two or three."""
ONE_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Period:
    """What an issue covers: after `since`, up to and including `until`; its working days first..last."""

    iso_week: str
    since: datetime
    until: datetime
    first_day: date
    last_day: date


def monday_of(iso_week: str) -> date:
    """The Monday of "2026-W47". Raises Refused for anything that is no ISO week."""
    match = WEEK.fullmatch(iso_week.strip())
    try:
        if match is None:
            raise ValueError(iso_week)
        return date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        raise Refused(
            f"“{iso_week}”不是周次，请写成 2026-W47 这样（年份和 ISO 周号）。", code="bad_week", status=422
        ) from None


def week_of(day: date) -> str:
    """The ISO week a day lies in, as "2026-W47"."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def period_of(hall: Hall, iso_week: str) -> Period:
    """What the hall's issue of the week covers.

    Raises Refused when the whole week is off.
    """
    monday = monday_of(iso_week)
    first = monday - ONE_WEEK * LOOK_BACK_WEEKS
    calendar = Calendar([hall], first, monday + timedelta(days=6))
    until = calendar.cutoff(hall, monday)
    if until is None:
        raise Refused(f"{iso_week} 整周没有工作日，不出通报，内容并入下一期。", code="week_off", status=422)
    since = _last_cutoff(hall, monday, calendar)
    days = calendar.working_days(hall, timezone.localdate(since) + timedelta(days=1), until.date())
    return Period(iso_week, since, until, days[0], timezone.localdate(until))


def latest_closed_week(hall: Hall, now: datetime) -> str | None:
    """The last week whose cut-off has come by `now`; None when all looked at were off."""
    monday = _monday(timezone.localdate(now))
    calendar = Calendar([hall], monday - ONE_WEEK * CATCH_UP_WEEKS, monday + timedelta(days=6))
    for back in range(CATCH_UP_WEEKS + 1):
        cutoff = calendar.cutoff(hall, monday - ONE_WEEK * back)
        if cutoff is not None and cutoff <= now:
            return week_of(monday - ONE_WEEK * back)
    return None


def next_cutoff(hall: Hall, now: datetime) -> datetime | None:
    """The first cut-off after `now`."""
    monday = _monday(timezone.localdate(now))
    calendar = Calendar([hall], monday, monday + ONE_WEEK * 4)
    cutoffs = [calendar.cutoff(hall, monday + ONE_WEEK * ahead) for ahead in range(4)]
    return next((moment for moment in cutoffs if moment is not None and moment > now), None)


def due_issues(now: datetime) -> list[tuple[Hall, str]]:
    """(hall, week) of each issue that should be drafted by `now` and is not; five queries for all halls."""
    this_monday = _monday(timezone.localdate(now))
    oldest = this_monday - ONE_WEEK * CATCH_UP_WEEKS
    halls = list(Hall.objects.active())
    begins = dict(ConductRecord.objects.order_by().values_list("hall").annotate(Min("day")))
    halls = [hall for hall in halls if hall.pk in begins]
    weeks = [oldest + ONE_WEEK * n for n in range(CATCH_UP_WEEKS + 1)]
    there = set(
        Bulletin.objects.order_by()
        .filter(iso_week__in=[week_of(monday) for monday in weeks])
        .values_list("hall", "iso_week")
    )
    calendar = Calendar(halls, oldest, this_monday + timedelta(days=6))
    return [
        (hall, week_of(monday))
        for hall in halls
        for monday in weeks
        if monday + timedelta(days=6) >= begins[hall.pk]
        and (hall.pk, week_of(monday)) not in there
        and (cutoff := calendar.cutoff(hall, monday)) is not None
        and cutoff <= now
    ]


class Calendar:
    """Working days and closing times of many halls for a span of days: two queries.

    Says the same as `windows.working_days` does hall by hall.
    """

    def __init__(self, halls: Iterable[Hall], first: date, last: date) -> None:
        self._first = first
        above = {hall.pk: [int(part) for part in hall.path.split("/") if part] for hall in halls}
        self._above = above
        self._kinds: dict[int | None, dict[date, str]] = defaultdict(dict)
        self._hours: dict[int, list[tuple[int, date, date | None, time]]] = defaultdict(list)
        if above:
            self._read(above, first, last)

    def _read(self, above: dict[int, list[int]], first: date, last: date) -> None:
        chain = {pk for some in above.values() for pk in some}
        days = CalendarDay.objects.filter(day__range=(first, last)).order_by()
        for hall, day, kind in days.values_list("hall", "day", "kind"):
            if hall is None or hall in chain:
                self._kinds[hall][day] = kind
        hours = ServiceHours.objects.filter(during(first, last), window=None).order_by()
        for owner, *rest in hours.values_list("hall", "weekday", "starts_on", "ends_on", "closes"):
            if owner in above:
                self._hours[owner].append(tuple(rest))

    def works(self, hall: Hall, day: date) -> bool:
        """Whether the hall works on the day; the nearest hall's own entry wins over the state's."""
        for owner in (*reversed(self._above[hall.pk]), None):
            kind = self._kinds[owner].get(day)
            if kind is not None:
                return kind in WORKING_KINDS
        return day.weekday() < 5

    def working_days(self, hall: Hall, first: date, last: date) -> list[date]:
        """The working days of first..last; the last day alone when there is none."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [day for day in days if self.works(hall, day)] or [last]

    def cutoff(self, hall: Hall, monday: date) -> datetime | None:
        """When the week's last working day closes; None for a week wholly off."""
        for back in range(6, -1, -1):
            day = monday + timedelta(days=back)
            if self.works(hall, day):
                return timezone.make_aware(datetime.combine(day, self._closes(hall, day)))
        return None

    def _closes(self, hall: Hall, day: date) -> time:
        weekday = day.weekday() if day.weekday() < 5 else 0
        return max(
            (
                closes
                for asked, starts, ends, closes in self._hours[hall.pk]
                if asked == weekday and starts <= day and (ends is None or ends >= day)
            ),
            default=DEFAULT_CLOSING,
        )


def _last_cutoff(hall: Hall, monday: date, calendar: Calendar) -> datetime:
    """The end of the issue before; of a week without one, its cut-off by the calendar."""
    earlier = [monday - ONE_WEEK * n for n in range(1, LOOK_BACK_WEEKS + 1)]
    weeks = Bulletin.objects.filter(hall=hall, iso_week__in=[week_of(day) for day in earlier])
    there = {
        week: (status, until) for week, status, until in weeks.values_list("iso_week", "status", "until")
    }
    for day in earlier:
        status, until = there.get(week_of(day), ("", None))
        if status == BulletinStatus.WITHDRAWN:
            continue
        cutoff: datetime | None = until or calendar.cutoff(hall, day)
        if cutoff is not None:
            return cutoff
    return timezone.make_aware(datetime.combine(earlier[-1], time.min))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
