"""常用在前 act menu: what an officer may note in a hall on a day, the most used first.

The order is counted once a day and hall, up to the day before, so that it stays put all day long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db.models import Count, Subquery

from accounts.words import plain_number, signed
from violations.enums import RecordStatus
from violations.models import ActPhrase, ConductRecord, Price, Step
from violations.rule_enums import Source, Subject, Target
from violations.tariff import version_for

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import Hall
    from violations.models import Act

TOP = 11
USED_WITHIN = timedelta(days=90)
KEPT_SECONDS = 26 * 3600


@dataclass(frozen=True)
class ActChoice:
    """An act as the phone shows it: its cost, the clause, and what the window loses besides."""

    act: Act
    points: int
    clause: str
    cascade: str
    used: int = 0

    @property
    def words(self) -> str:
        """−2 分, +3 分, nothing for an act that only counts."""
        return f"{signed(self.points)} 分" if self.points else "只记次数"

    def as_json(self) -> dict[str, Any]:
        """For the script of the phone page."""
        return {
            "name": self.act.short_name,
            "full": self.act.name,
            "subject": self.act.subject,
            "bonus": self.act.is_bonus,
            "points": signed(self.points) if self.points else "",
            "cost": plain_number(abs(self.points)),
            "clause": self.clause,
            "cascade": self.cascade,
        }


def act_choices(hall: Hall, day: date) -> list[ActChoice]:
    """Acts some clause of the day judges: deductions by use, then bonuses by use."""
    version = version_for(hall, day)
    if version is None:
        return []
    used = _use_counts(hall, day)
    choices: dict[int, ActChoice] = {}
    for price in _prices(version.pk):
        if price.act_id not in choices:
            choices[price.act_id] = _choice(price, used.get(price.act_id, -1))
    return sorted(choices.values(), key=lambda c: (c.act.is_bonus, -c.used, c.act.sort, c.act.pk))


def _prices(version: int) -> Any:
    """Plain prices with their clause and act, and the rule by which a window loses with its people."""
    lost = Step.objects.filter(
        clause__version=version,
        clause__source=Source.LOST,
        clause__effects__target=Target.GROUP,
        clause__subject=Subject.STAFF,
        act=None,
    ).order_by("clause__sort", "pk")
    rows = Price.objects.filter(version=version, severity="", act__is_active=True)
    rows = rows.annotate(
        lost_from=Subquery(lost.values("start")[:1]),
        lost_every=Subquery(lost.values("every")[:1]),
        lost_points=Subquery(lost.values("points")[:1]),
    )
    return rows.select_related("clause", "act").order_by("clause__sort", "pk")


def _choice(price: Price, used: int) -> ActChoice:
    return ActChoice(price.act, price.points, price.clause.code, _cascade(price), used)


def _cascade(price: Any) -> str:
    """另扣窗口 2 分, or how much of it is still to come; nothing where a window does not lose along."""
    if price.act.subject != Subject.STAFF or price.points >= 0 or not price.lost_points:
        return ""
    window_loses = plain_number(abs(price.lost_points))
    if abs(price.points) >= max(price.lost_from, price.lost_every):
        return f"另扣窗口 {window_loses} 分"
    return f"当月满 {plain_number(price.lost_from)} 分另扣窗口 {window_loses} 分"


def _use_counts(hall: Hall, day: date) -> dict[int, int]:
    """How often each act was noted; 0 for those the hall has a usual phrase for, so that they come next."""
    key = f"patrols:used:{hall.pk}:{day}"
    counts: dict[int, int] | None = cache.get(key)
    if counts is None:
        rows = ConductRecord.objects.filter(hall=hall).in_days(day - USED_WITHIN, day - timedelta(days=1))
        rows = rows.exclude(status=RecordStatus.WITHDRAWN).order_by()
        counts = dict.fromkeys(ActPhrase.objects.ruling(hall).values_list("act", flat=True), 0)
        counts |= dict(rows.values("act").annotate(n=Count("pk")).values_list("act", "n"))
        cache.set(key, counts, KEPT_SECONDS)
    return counts
