"""发现是否均匀: how much each officer walks and finds, and who finds much more or less than the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from patrols.enums import VisitResult
from patrols.models import Visit
from patrols.querysets import CHECKED
from patrols.services.rounds import OWN_UNIT

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import Hall

UNEVEN_TIMES, UNEVEN_FROM = "patrols.uneven_times", "patrols.uneven_from"


@dataclass(frozen=True)
class OfficerShare:
    """One walker in a span of days; `average` is what a hundred visits of the hall find."""

    who: str
    rounds: int
    visits: int
    found: int
    own: int
    average: float
    times: int
    enough: int

    @property
    def rate(self) -> float | None:
        """Findings of a hundred visits."""
        return round(self.found * 100 / self.visits, 1) if self.visits else None

    @property
    def verdict(self) -> str:
        """明显偏多, 明显偏少 or nothing; few visits say nothing."""
        if self.visits < self.enough or not self.average or self.rate is None:
            return ""
        if self.rate >= self.average * self.times:
            return "明显偏多"
        return "明显偏少" if self.rate * self.times <= self.average else ""


def officer_shares(hall: Hall, first: date, last: date) -> list[OfficerShare]:
    """Of the days first..last, who walked most first; one query. Rounds from paper do not count."""
    visits = Visit.objects.live().filter(round__hall=hall, round__day__range=(first, last))
    rows = list(
        visits.filter(round__is_imported=False)
        .order_by()
        .values("round__officer", "round__officer__name")
        .annotate(
            rounds=Count("round", distinct=True),
            visits=Count("pk", filter=Q(result__in=CHECKED)),
            found=Count("pk", filter=Q(result=VisitResult.FINDING)),
            own=Count("pk", filter=Q(result=VisitResult.SKIPPED, reason=OWN_UNIT)),
        )
    )
    total = sum(row["visits"] for row in rows)
    average = round(sum(row["found"] for row in rows) * 100 / total, 1) if total else 0.0
    times, enough = hall.option(UNEVEN_TIMES), hall.option(UNEVEN_FROM)
    found = [
        OfficerShare(
            row["round__officer__name"],
            row["rounds"],
            row["visits"],
            row["found"],
            row["own"],
            average,
            times,
            enough,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (-one.visits, one.who))
