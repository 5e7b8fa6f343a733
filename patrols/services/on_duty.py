"""今天谁值班: asked when a round begins, on the home page and by the reminders of the day."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.models import Hall, User
from accounts.words import day_words
from patrols.enums import DutyKind, RoundKind
from patrols.models import DutyDay
from patrols.services.brief import DutyLine, brief_of
from trail.services import audit
from trail.services.jobs import Job
from trail.services.notices import tell

if TYPE_CHECKING:
    from trail.actors import Robot

REMIND_AT = "patrols.duty_remind_at"
REMINDER = "remind_duty"


def duty_of(hall: Hall, day: date) -> list[DutyLine]:
    """Who is on duty in the hall that day, by kind; asked once a page."""
    return brief_of(hall, day).on(day)


def is_off_rota(hall: Hall, day: date, kind: str, user: User) -> bool:
    """Whether others are on the rota of such a round that day and this person is not: a warning, no bar.

    A leader's round is for those of 带班, any other for those of 管理值班; on a day nobody is put down
    for, nobody is off the rota.
    """
    wanted = DutyKind.LEAD if kind == RoundKind.LEADER else DutyKind.MANAGE
    people = {row.user_id for row in duty_of(hall, day) if row.kind == wanted}
    return bool(people) and user.pk not in people


def to_remind(row: DutyDay) -> list[User]:
    """Who is told of a day of duty: the person, for a unit its contacts."""
    if row.department is not None:
        return [user for user in row.department.contacts.all() if user.is_active]
    return [row.user] if row.user and row.user.is_active else []


def due(now: datetime) -> list[tuple[Hall, str]]:
    """Halls with somebody on duty today, from the hall's hour of reminding on; one query."""
    moment = timezone.localtime(now)
    with_rota = DutyDay.objects.filter(day=moment.date()).order_by().values("hall")
    halls = Hall.objects.active().filter(pk__in=with_rota)
    return [
        (hall, moment.date().isoformat())
        for hall in halls
        if moment.time() >= time.fromisoformat(hall.option(REMIND_AT))
    ]


def run(*, hall: Hall, period: str, by: Robot) -> dict[str, Any]:
    """Tell everybody who is on duty that day; one audit row if there is somebody to tell."""
    day = date.fromisoformat(period)
    rows = DutyDay.objects.of_day(hall, day).select_related("user", "department")
    told = 0
    for row in rows.prefetch_related("department__contacts"):
        people = to_remind(row)
        title = f"今天（{day_words(day)}）{row.get_kind_display()}"
        title += f"：{row.who}，请安排领导到场并写值班日志" if row.is_unit else "轮到你，请到场并写值班日志"
        tell(people, title=title, url=row.get_absolute_url(), hall=hall, key=f"duty:today:{row.pk}")
        told += len(people)
    if told:
        audit.record("duty.reminded", target=hall, by=by, hall=hall, after={"day": period, "count": told})
    return {"day": period, "reminders": told}


JOB = Job(REMINDER, "值班提醒", due, run)
