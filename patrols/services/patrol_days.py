"""巡查日结: at the end of a working day, what was due and what nobody walked; the office is told of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Max

from accounts.models import Hall, User
from accounts.words import day_words
from patrols.enums import DutyKind, RoundKind
from patrols.models import DutyDay, PatrolDay, Visit
from patrols.services.rounds import day_plan
from trail.services import audit
from trail.services.jobs import Job
from trail.services.notices import tell
from windows.hall_calendars import HallCalendars, last_closed_days
from windows.models import Window
from windows.working_days import LONGEST_BREAK

if TYPE_CHECKING:
    from datetime import datetime

    from trail.actors import Robot

NAME = "close_patrol_day"


def due(now: datetime) -> list[tuple[Hall, str]]:
    """Each hall's working days that are over and have no figures yet, from its last ones on.

    A hall without any begins with the latest; what was missed longer ago than the longest break stays so.
    """
    halls = list(Hall.objects.active())
    closed = last_closed_days(halls, now)
    if not closed:
        return []
    known = dict(
        PatrolDay.objects.filter(hall__in=halls).order_by().values_list("hall").annotate(last=Max("day"))
    )
    last = max(closed.values())
    calendars = HallCalendars(halls, last - timedelta(days=LONGEST_BREAK), last)
    runs = []
    for hall in halls:
        if hall.pk not in closed:
            continue
        end = closed[hall.pk]
        start = max(
            known.get(hall.pk, end - timedelta(days=1)) + timedelta(days=1), last - timedelta(LONGEST_BREAK)
        )
        days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
        runs += [(hall, day.isoformat()) for day in days if calendars.works(hall, day)] or [
            (hall, end.isoformat())
        ]
    return runs


def run(*, hall: Hall, period: str, by: Robot) -> dict[str, Any]:
    """Keep the day's figures; once a day, whatever is set afterwards."""
    day = date.fromisoformat(period)
    plan = day_plan(Hall.objects.get(pk=hall.pk), day)
    walked = {round_.kind for round_ in plan.rounds}
    missing = [RoundKind(kind).label for kind in plan.due if kind not in walked]
    missing += [RoundKind.RANDOM.label] * sum(call.round_id is None for call in plan.calls)
    on_duty = list(DutyDay.objects.of_day(hall, day).filter(kind=DutyKind.MANAGE).select_related("user"))
    windows = Window.objects.filter(hall=hall).open_on(day)
    seen = Visit.objects.checked().filter(round__hall=hall, round__day=day, round__is_imported=False)
    row = PatrolDay.objects.create(
        hall=hall,
        day=day,
        due=len(plan.due) + len(plan.calls),
        missed=len(missing),
        missed_words=_counted(missing),
        windows=windows.count(),
        visited=windows.filter(pk__in=seen.values("window")).count(),
        on_duty="、".join(one.who for one in on_duty)[:100],
    )
    audit.record("patrol_day.closed", target=row, by=by, after={"due": row.due, "missed": row.missed})
    if missing:
        _tell(row, [one.user for one in on_duty if one.user and one.user.is_active])
    return {"day": period, "due": row.due, "missed": row.missed}


def _tell(row: PatrolDay, on_duty: list[User]) -> None:
    office = User.objects.with_permission("record.confirm", row.hall)
    title = f"{day_words(row.day)}应巡 {row.due} 轮，没有巡：{row.missed_words}"
    key = f"duty:missed:{row.pk}"
    tell([*office, *on_duty], title=title, url="/patrol/", hall=row.hall, key=key)


def _counted(labels: list[str]) -> str:
    """下午轮、随机轮 2 次."""
    counts = {label: labels.count(label) for label in labels}
    return "、".join(f"{label} {n} 次" if n > 1 else label for label, n in counts.items())[:100]


JOB = Job(NAME, "巡查日结", due, run)
