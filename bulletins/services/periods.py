"""期 periods: an issue covers what became countable between two cut-offs.

The cut-off of a week is the closing time of its last working day. A week wholly off has no issue;
neither has a week whose issue was withdrawn: the next one covers it. All halls are asked at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Min
from django.utils import timezone

from accounts.errors import Refused
from accounts.models import Hall
from bulletins.enums import BulletinStatus
from bulletins.models import Bulletin
from violations.models import ConductRecord
from windows import working_days
from windows.hall_calendars import HallCalendars

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
    calendars = HallCalendars([hall], first, monday + timedelta(days=6))
    until = cutoff_of(calendars, hall, monday)
    if until is None:
        raise Refused(f"{iso_week} 整周没有工作日，不出通报，内容并入下一期。", code="week_off", status=422)
    since = _last_cutoff(hall, monday, calendars)
    days = _working_days(calendars, hall, timezone.localdate(since) + timedelta(days=1), until.date())
    return Period(iso_week, since, until, days[0], timezone.localdate(until))


def latest_closed_week(hall: Hall, now: datetime) -> str | None:
    """The last week whose cut-off has come by `now`; None when all looked at were off."""
    monday = _monday(timezone.localdate(now))
    calendars = HallCalendars([hall], monday - ONE_WEEK * CATCH_UP_WEEKS, monday + timedelta(days=6))
    for back in range(CATCH_UP_WEEKS + 1):
        cutoff = cutoff_of(calendars, hall, monday - ONE_WEEK * back)
        if cutoff is not None and cutoff <= now:
            return week_of(monday - ONE_WEEK * back)
    return None


def next_cutoff(hall: Hall, now: datetime) -> datetime | None:
    """The first cut-off after `now`."""
    monday = _monday(timezone.localdate(now))
    lasts = (working_days.last_working_day_of_week(hall, monday + ONE_WEEK * ahead) for ahead in range(4))
    cutoffs = (working_days.close_of(hall, day) for day in lasts if day)
    return next((moment for moment in cutoffs if moment > now), None)


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
    calendars = HallCalendars(halls, oldest, this_monday + timedelta(days=6))
    return [
        (hall, week_of(monday))
        for hall in halls
        for monday in weeks
        if monday + timedelta(days=6) >= begins[hall.pk]
        and (hall.pk, week_of(monday)) not in there
        and (cutoff := cutoff_of(calendars, hall, monday)) is not None
        and cutoff <= now
    ]


def _working_days(calendars: HallCalendars, hall: Hall, first: date, last: date) -> list[date]:
    """The working days of first..last; the last day alone when there is none."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if calendars.works(hall, day)] or [last]


def cutoff_of(calendars: HallCalendars, hall: Hall, monday: date) -> datetime | None:
    """When the week's last working day closes; None for a week wholly off."""
    days = (monday + timedelta(days=back) for back in range(6, -1, -1))
    last = next((day for day in days if calendars.works(hall, day)), None)
    return calendars.close_of(hall, last) if last else None


def _last_cutoff(hall: Hall, monday: date, calendars: HallCalendars) -> datetime:
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
        cutoff: datetime | None = until or cutoff_of(calendars, hall, day)
        if cutoff is not None:
            return cutoff
    return timezone.make_aware(datetime.combine(earlier[-1], time.min))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
