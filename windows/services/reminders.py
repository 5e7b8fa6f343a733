"""到期提醒 as a job: once a working day, in the hall's hours, who has something due or overdue is told.

What waits and until when comes from 待我处理, so a thing that is done reminds nobody. Each deadline
reminds twice at most: on the working day before it, and once when it has passed.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import time
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.models import Hall, User
from accounts.registry import todos_for
from accounts.words import near_day_words
from trail.models import Notice
from trail.services import audit
from trail.services.jobs import Job
from trail.services.notices import tell
from windows.hall_calendars import HallCalendars
from windows.models import ServiceHours
from windows.working_days import (
    DEFAULT_CLOSING,
    add_working_days,
    close_of,
    weekday_followed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from accounts.registry import Todo
    from trail.actors import Robot

NAME = "remind_due"
USUAL_STRETCH = (time(8, 30), DEFAULT_CLOSING)
"""The day of a hall that has not entered its hours."""


def due(now: datetime) -> list[tuple[Hall, str]]:
    """The halls that are open at this moment, with today; a day that was missed is not made up."""
    moment = timezone.localtime(now)
    return [(hall, moment.date().isoformat()) for hall in open_halls(Hall.objects.active(), moment)]


def open_halls(halls: Iterable[Hall], moment: datetime) -> list[Hall]:
    """Those of the halls that are in their service hours at the moment; four queries for all of them."""
    places, day = list(halls), moment.date()
    calendars = HallCalendars(places, day, day)
    stretches = stretches_on(places, day)
    return [
        hall
        for hall in places
        if calendars.works(hall, day)
        and any(
            opens <= moment.time() < closes for opens, closes in stretches(hall, calendars.kind(hall, day))
        )
    ]


def stretches_on(halls: list[Hall], day: date) -> Any:
    """The stretches in which each of the halls serves on the day: a function of a hall and the day's kind."""
    rows = ServiceHours.objects.on(day).filter(hall__in=halls, window=None, weekday__in={day.weekday(), 0})
    known: dict[tuple[int, int], list[tuple[time, time]]] = defaultdict(list)
    for hall_id, weekday, opens, closes in rows.values_list("hall", "weekday", "opens", "closes"):
        known[hall_id, weekday].append((opens, closes))

    def of(hall: Hall, kind: str | None) -> list[tuple[time, time]]:
        has_own = (hall.pk, day.weekday()) in known
        weekday = weekday_followed(day, kind, has_own=has_own)
        return known.get((hall.pk, weekday), [USUAL_STRETCH])

    return of


def run(*, hall: Hall, period: str, by: Robot) -> dict[str, Any]:
    """Leave the day's reminders; one audit row if there are any."""
    now = timezone.now()
    soon = close_of(hall, add_working_days(hall, timezone.localdate(now), 1))
    told = 0
    for person in User.objects.holding_a_role_in(hall):
        told += _remind(person, hall, now, soon)
    if told:
        audit.record("reminders.left", target=hall, by=by, hall=hall, after={"count": told})
    return {"day": period, "reminders": told}


def _remind(person: User, hall: Hall, now: datetime, soon: datetime) -> int:
    wanted = {}
    for todo in todos_for(person, hall, now):
        if todo.due_at is not None and todo.due_at <= soon:
            wanted[_key(todo, now)] = todo
    known = Notice.objects.filter(user=person, hall=hall, key__in=wanted).values_list("key", flat=True)
    for key in known:
        del wanted[key]
    for key, todo in wanted.items():
        tell([person], title=_title(todo, now), url=todo.url, hall=hall, due_at=todo.due_at, key=key)
    return len(wanted)


def _key(todo: Todo, now: datetime) -> str:
    """One for a deadline that comes, another for the same when it has passed."""
    stage = "late" if todo.due_at and todo.due_at <= now else "soon"
    return f"remind:{todo.key[:40]}:{stage}:{todo.due_at:%Y%m%d%H%M}"


def _title(todo: Todo, now: datetime) -> str:
    count = f"（{todo.count} 件）" if todo.count > 1 else ""
    if todo.due_at is None:
        raise ValueError(todo.key)
    when = near_day_words(todo.due_at, now)
    return f"提醒：{todo.title}{count}，{'已超过' if todo.due_at <= now else '截止'} {when}"


JOB = Job(NAME, "到期提醒", due, run)
