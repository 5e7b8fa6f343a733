"""重点时段: add, change, remove a span of days in which the hall is walked more often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from accounts.errors import NotPermitted, Refused
from accounts.models import User
from accounts.versions import Facts, facts_of, require_unchanged
from patrols.duty_permissions import may_edit_rota
from patrols.models import SpecialPeriod
from trail.services import audit

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from accounts.models import Hall
    from trail.actors import Robot

FIELDS = ("name", "starts_on", "ends_on", "rounds")
LONGEST_DAYS = 366


def period_facts(period: SpecialPeriod) -> Facts:
    """What the form of a period edits."""
    return facts_of(period, FIELDS)


def period_rows(hall: Hall) -> list[QuerySet[Any]]:
    """The rows an act on a period may touch, for 撤销."""
    return [SpecialPeriod.objects.filter(hall=hall)]


@transaction.atomic
def add_period(
    *, hall: Hall, name: str, starts_on: date, ends_on: date, rounds: int, by: User | Robot
) -> SpecialPeriod:
    """A new special period."""
    _may_edit(hall, by)
    _check(starts_on, ends_on)
    period: SpecialPeriod = SpecialPeriod.objects.create(
        hall=hall, name=name.strip(), starts_on=starts_on, ends_on=ends_on, rounds=rounds
    )
    audit.record("duty.period_added", target=period, by=by, after=period_facts(period))
    return period


@transaction.atomic
def change_period(
    *,
    period: SpecialPeriod,
    name: str,
    starts_on: date,
    ends_on: date,
    rounds: int,
    by: User | Robot,
    seen: str = "",
) -> SpecialPeriod:
    """Change it. Raises ChangedMeanwhile when it is not what `seen` says."""
    period = SpecialPeriod.objects.select_related("hall").select_for_update(of=("self",)).get(pk=period.pk)
    _may_edit(period.hall, by)
    before = period_facts(period)
    require_unchanged(before, seen)
    _check(starts_on, ends_on)
    period.name, period.starts_on, period.ends_on, period.rounds = name.strip(), starts_on, ends_on, rounds
    period.save()
    after = period_facts(period)
    if after != before:
        audit.record("duty.period_changed", target=period, by=by, before=before, after=after)
    return period


@transaction.atomic
def remove_period(*, period: SpecialPeriod, by: User | Robot) -> None:
    """Remove it; the days that are over keep their figures."""
    _may_edit(period.hall, by)
    audit.record("duty.period_removed", target=period, by=by, before=period_facts(period))
    period.delete()


def _may_edit(hall: Hall, by: User | Robot) -> None:
    if isinstance(by, User) and not may_edit_rota(by, hall):
        raise NotPermitted("重点时段由大厅管理员设置。")


def _check(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise Refused("结束日期不能早于开始日期。", code="bad_span", status=422)
    if (ends_on - starts_on).days > LONGEST_DAYS:
        raise Refused("一个重点时段最长一年。", code="bad_span", status=422)
