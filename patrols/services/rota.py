"""值班表: drafted in fair turns over working days, changed day by day, copied to the next month.

A day that is over and a day with a log stay as they are: who was on duty is a fact by then.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import cycle
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from accounts.models import Hall, User
from accounts.versions import Facts, require_unchanged
from patrols.duty_permissions import LEADING_ROLES, may_edit_rota
from patrols.enums import DutyKind
from patrols.models import DutyDay
from patrols.months import last_day, month_after
from trail.actors import Robot
from trail.services import audit
from windows.models import Department
from windows.working_days import working_days_between

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

FACT_NAMES = {DutyKind.MANAGE: "manage", DutyKind.LEAD: "lead", DutyKind.UNIT: "units"}
LATEST_YEARS = 2
"""How far ahead a rota may be written, in years; a guard against a typing error."""


def candidates(hall: Hall, kind: str) -> QuerySet[User]:
    """Whom one may put on duty for the hall: its walkers; 带班 is for leaders and managers."""
    people: QuerySet[User] = User.objects.with_permission("patrol.walk", hall)
    if kind == DutyKind.LEAD:
        people = people.filter(role_grants__role__in=LEADING_ROLES)
    return people.order_by("name", "pk")


def units(hall: Hall) -> QuerySet[Department]:
    """The units whose leaders take turns."""
    return Department.objects.filter(hall=hall, is_active=True)


def month_rows(hall: Hall, first: date) -> list[QuerySet[Any]]:
    """The rows an act on a month may touch, for 撤销."""
    return [DutyDay.objects.in_month(hall, first, last_day(first))]


def day_rows(hall: Hall, day: date) -> list[QuerySet[Any]]:
    """The rows an act on a day may touch, for 撤销."""
    return [DutyDay.objects.of_day(hall, day)]


def day_facts(hall: Hall, day: date) -> Facts:
    """Who is on duty that day, by the fields of the form."""
    facts: Facts = {name: [] for name in FACT_NAMES.values()}
    for row in DutyDay.objects.of_day(hall, day):
        facts[FACT_NAMES[DutyKind(row.kind)]].append(row.department_id or row.user_id)
    return {name: sorted(ids) for name, ids in facts.items()}


@transaction.atomic
def draft_month(
    *, hall: Hall, first: date, kind: str, chosen: Sequence[User] | Sequence[Department], by: User | Robot
) -> list[DutyDay]:
    """One of the chosen on each working day of the month from today on that has nobody of this kind yet.

    Whoever has the fewest days in the month comes first, then whose last day is longest ago: turns go on
    from month to month, and who is new begins as the others do.
    """
    _may_edit(hall, by)
    _check_month(first)
    if not chosen:
        raise Refused("请至少选一个轮值的人或单位。", code="nobody_chosen", status=422)
    _check_chosen(hall, kind, chosen)
    _lock(hall)
    free = _free_days(hall, first, kind)
    counts, last = _had(hall, first, kind)
    rows = []
    for day in free:
        turn = min(chosen, key=lambda one: (counts[one.pk], last.get(one.pk, date.min), _place(chosen, one)))
        counts[turn.pk] += 1
        last[turn.pk] = day
        rows.append(_row(hall, day, kind, turn))
    DutyDay.objects.bulk_create(rows)
    after = {"month": f"{first:%Y-%m}", "kind": DutyKind(kind).label, "days": len(rows)}
    audit.record("duty.drafted", target=hall, by=by, hall=hall, after=after)
    return rows


@transaction.atomic
def copy_month(*, hall: Hall, first: date, by: User | Robot) -> list[DutyDay]:
    """复制到下月: the people of the first working day to the first working day of the next month, and so on.

    A day of the next month that has somebody of a kind keeps him. Where the next month has more working
    days, the turns begin again.
    """
    _may_edit(hall, by)
    following = month_after(first)
    _check_month(following)
    _lock(hall)
    days = working_days_between(hall, first, last_day(first))
    teams = _teams(hall, days)
    if not teams:
        raise Refused(f"{first:%Y}年{first.month}月还没有值班表，先生成再复制。", code="nothing_to_copy")
    rows = []
    for kind, turns in teams.items():
        free = set(_free_days(hall, following, kind))
        targets = working_days_between(hall, following, last_day(following))
        for day, team in zip(targets, cycle(turns), strict=False):
            rows += [_row(hall, day, kind, one) for one in team] if day in free else []
    DutyDay.objects.bulk_create(rows)
    after = {"month": f"{following:%Y-%m}", "days": len({row.day for row in rows})}
    audit.record("duty.copied", target=hall, by=by, hall=hall, after=after)
    return rows


@transaction.atomic
def set_day(
    *,
    hall: Hall,
    day: date,
    manage: Iterable[User],
    lead: Iterable[User],
    units: Iterable[Department],
    by: User | Robot,
    seen: str = "",
) -> list[DutyDay]:
    """Who is on duty that day, in place of whoever was; also on a day off.

    Raises ChangedMeanwhile when the day is not what `seen` says, Refused for a day that is over or for
    taking away somebody whose log is written.
    """
    _may_edit(hall, by)
    _check_day(day)
    _lock(hall)
    before = day_facts(hall, day)
    require_unchanged(before, seen)
    wanted: dict[tuple[str, int], Any] = {}
    for kind, chosen in ((DutyKind.MANAGE, manage), (DutyKind.LEAD, lead), (DutyKind.UNIT, units)):
        people = list(chosen)
        _check_chosen(hall, kind, people)
        wanted |= {(kind, one.pk): one for one in people}
    standing = {
        _key(row): row for row in DutyDay.objects.of_day(hall, day).select_related("user", "department")
    }
    _remove([row for key, row in standing.items() if key not in wanted])
    new = [_row(hall, day, key[0], one) for key, one in wanted.items() if key not in standing]
    DutyDay.objects.bulk_create(new)
    after = day_facts(hall, day)
    if after != before:
        audit.record(
            "duty.day_set",
            target=hall,
            by=by,
            hall=hall,
            before=before,
            after={"day": str(day), **after},
        )
    return list(DutyDay.objects.of_day(hall, day))


def _remove(rows: list[DutyDay]) -> None:
    logged = [row.who for row in rows if row.logged_at is not None]
    if logged:
        raise Refused(f"{'、'.join(logged)}当天的值班日志已经写了，不能从值班表上去掉。", code="duty_logged")
    DutyDay.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _teams(hall: Hall, days: list[date]) -> dict[str, list[list[Any]]]:
    """Of each kind, who was on duty on each of these days."""
    found: dict[str, dict[date, list[Any]]] = {}
    for row in DutyDay.objects.filter(hall=hall, day__in=days).select_related("user", "department"):
        found.setdefault(row.kind, {}).setdefault(row.day, []).append(row.department or row.user)
    allowed: dict[str, set[int]] = {
        kind: set(
            (units(hall) if kind == DutyKind.UNIT else candidates(hall, kind)).values_list("pk", flat=True)
        )
        for kind in found
    }
    return {
        kind: [[one for one in by_day.get(day, []) if one.pk in allowed[kind]] for day in days]
        for kind, by_day in found.items()
    }


def _free_days(hall: Hall, first: date, kind: str) -> list[date]:
    """Working days of the month, not over yet, without anybody of the kind."""
    start = max(first, timezone.localdate())
    if start > last_day(first):
        return []
    rows = DutyDay.objects.in_month(hall, first, last_day(first)).filter(kind=kind)
    taken = set(rows.values_list("day", flat=True))
    return [day for day in working_days_between(hall, start, last_day(first)) if day not in taken]


def _had(hall: Hall, first: date, kind: str) -> tuple[Counter[int], dict[int, date]]:
    """How many days of the kind each has in the month already, and the last day of each up to its end."""
    whose = "department" if kind == DutyKind.UNIT else "user"
    month = (first, last_day(first))
    rows = DutyDay.objects.filter(hall=hall, kind=kind, day__lte=month[1]).order_by().values(whose)
    counts: Counter[int] = Counter()
    last: dict[int, date] = {}
    for row in rows.annotate(days=Count("pk", filter=Q(day__range=month)), last=Max("day")):
        counts[row[whose]], last[row[whose]] = row["days"], row["last"]
    return counts, last


def _place(chosen: Sequence[Any], one: Any) -> int:
    return [other.pk for other in chosen].index(one.pk)


def _row(hall: Hall, day: date, kind: str, one: Any) -> DutyDay:
    if isinstance(one, Department):
        return DutyDay(hall=hall, day=day, kind=kind, department=one)
    return DutyDay(hall=hall, day=day, kind=kind, user=one)


def _key(row: DutyDay) -> tuple[str, int]:
    return row.kind, row.department_id or row.user_id or 0


def _lock(hall: Hall) -> None:
    """One at a time: there may be no row of the day to lock yet."""
    Hall.objects.select_for_update().get(pk=hall.pk)


def _may_edit(hall: Hall, by: User | Robot) -> None:
    if isinstance(by, User) and not may_edit_rota(by, hall):
        raise NotPermitted("值班表由大厅管理员编排。")


def _check_month(first: date) -> None:
    today = timezone.localdate()
    if last_day(first) < today:
        raise Refused("这个月已经过去，值班表不能再编排。", code="day_over")
    if first.year > today.year + LATEST_YEARS:
        raise Refused("日期太远了，请检查年份。", code="day_too_far", status=422)


def _check_day(day: date) -> None:
    today = timezone.localdate()
    if day < today:
        raise Refused("这一天已经过去，谁值的班不能再改。", code="day_over")
    if day.year > today.year + LATEST_YEARS:
        raise Refused("日期太远了，请检查年份。", code="day_too_far", status=422)


def _check_chosen(hall: Hall, kind: str, chosen: Sequence[Any]) -> None:
    if kind not in DutyKind.values:
        raise Refused("没有这种值班。", code="unknown_kind", status=422)
    allowed = units(hall) if kind == DutyKind.UNIT else candidates(hall, kind)
    known = set(allowed.filter(pk__in=[one.pk for one in chosen]).values_list("pk", flat=True))
    strangers = [str(one.name) for one in chosen if one.pk not in known]
    if strangers:
        label = DutyKind(kind).label
        raise Refused(f"{'、'.join(strangers)}不能排{label}。", code="not_on_duty_here", status=422)
