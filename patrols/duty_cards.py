"""Who is on duty, where others look: the head of 今日, the unit's page, and what waits for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.registry import Todo
from patrols.enums import DutyKind, RoundKind
from patrols.models import DutyDay
from patrols.months import last_day
from patrols.services.brief import LOG_DAYS, DutyLine, brief_of
from patrols.services.on_duty import duty_of, is_off_rota
from windows.querysets import ties

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from accounts.models import Hall, User
    from patrols.models import PatrolDay

SHORT = {DutyKind.MANAGE: "值班", DutyKind.LEAD: "带班", DutyKind.UNIT: "单位值班"}
MOST_SHOWN = 5


def today_head(request: HttpRequest, hall: Hall) -> dict[str, Any] | None:
    """Who is on duty today, in a line; nothing in a hall without a rota."""
    groups: dict[str, list[DutyLine]] = {}
    for row in duty_of(hall, timezone.localdate()):
        groups.setdefault(SHORT[DutyKind(row.kind)], []).append(row)
    return {"groups": list(groups.items())} if groups else None


def unit_days(request: HttpRequest, hall: Hall) -> dict[str, Any] | None:
    """The next days on which the own unit sends a leader, and those without a log."""
    today = timezone.localdate()
    rows = DutyDay.objects.visible_to(request.user).filter(kind=DutyKind.UNIT)
    near = rows.filter(day__gte=today - timedelta(days=hall.option(LOG_DAYS))).for_list()
    shown = list(near.order_by("day", "pk")[:MOST_SHOWN])
    return {"rows": shown, "today": today} if shown else None


def off_rota_names(user: User, hall: Hall, day: date, kind: str = RoundKind.MORNING) -> list[str]:
    """Who is on duty for such a round in this person's stead; empty when he is himself, or nobody is."""
    if not is_off_rota(hall, day, kind, user):
        return []
    wanted = DutyKind.LEAD if kind == RoundKind.LEADER else DutyKind.MANAGE
    return [row.who for row in duty_of(hall, day) if row.kind == wanted]


def logs_to_write(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Own days of duty, today's and those just over, that have no log yet; for a contact the own unit's."""
    units = set(ties(user).contact_of) if user.can("duty.read_unit", hall) else set()
    lines = [line for line in brief_of(hall, timezone.localdate(now)).duties if line.logged_at is None]
    found = [line for line in lines if line.user_id == user.pk or line.department_id in units]
    if not found:
        return None
    first = found[0]
    detail = f"{first.day.month}月{first.day.day}日值班，写看到的情况"
    return Todo(len(found), "写值班日志", detail, first.get_absolute_url(), key="duty_log")


def swaps_to_answer(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Requests to change days that wait for this person."""
    swaps = brief_of(hall, timezone.localdate(now)).swaps
    found = [line for line in swaps if line.taker_id == user.pk]
    if not found:
        return None
    url = reverse("patrols:duty_swap", args=[found[0].pk])
    return Todo(len(found), "换班等你答复", f"{found[0].giver}请你换班", url, key="duty_swap")


def month_figures(rows: QuerySet[PatrolDay], first: date) -> dict[str, int]:
    """Of the days of the month that are over: rounds due, not walked, and days on which one was left out."""
    return rows.filter(day__range=(first, last_day(first))).aggregate(
        days=Count("pk"),
        bad_days=Count("pk", filter=Q(missed__gt=0)),
        due=Coalesce(Sum("due"), 0),
        missed=Coalesce(Sum("missed"), 0),
    )


def coverage_card(request: HttpRequest, hall: Hall) -> dict[str, Any]:
    """应巡未巡 of the month and the windows nobody has visited this week."""
    today = timezone.localdate()
    first = today.replace(day=1)
    return {"brief": brief_of(hall, today), "first": first, "last": last_day(first)}
