"""轮值是否均匀、到场率: how many days each has had, and on how many of them he was there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone

from patrols.enums import DutyKind

if TYPE_CHECKING:
    from patrols.duty_querysets import DutyDayQuerySet


@dataclass
class Share:
    """One person, or one unit, in a month and in its year so far."""

    who: str
    kind: str
    days: int = 0
    year_days: int = 0
    over: int = 0
    present: int = 0

    @property
    def kind_label(self) -> str:
        """In the words of the page."""
        return DutyKind(self.kind).label

    @property
    def percent(self) -> int | None:
        """到场率 in whole percent; None while no day is over."""
        return round(self.present * 100 / self.over) if self.over else None

    @property
    def absent(self) -> int:
        """Days that are over without a log, a round or a sign-in."""
        return self.over - self.present


def shares(rows: DutyDayQuerySet, first: date, last: date) -> list[Share]:
    """Of the rows in sight, each person's share by kind; one query. A day counts when it has begun."""
    today = timezone.localdate()
    year = rows.filter(day__range=(date(first.year, 1, 1), last)).with_presence()
    found: dict[tuple[str, int], Share] = {}
    names = ("kind", "user", "department", "user__name", "department__name", "day", "is_present")
    for kind, user, unit, name, unit_name, day, is_present in year.order_by("day").values_list(*names):
        key = (kind, user or unit)
        share = found.setdefault(key, Share(name or unit_name, kind))
        share.year_days += 1
        if day < first:
            continue
        share.days += 1
        if day < today or is_present:
            share.over += 1
            share.present += is_present
    order = DutyKind.values
    return sorted(found.values(), key=lambda s: (order.index(s.kind), -s.days, -s.year_days, s.who))
