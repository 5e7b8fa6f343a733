"""当天简报: who is on duty, who asks to change, which random rounds were called, and what was left out.

Several parts of one page ask for a little of each; all of it is one statement, asked once a page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from accounts.links import link_to
from accounts.memo import remember
from patrols.enums import DutyKind, SwapStatus
from patrols.models import DutyDay, DutySwap, PatrolDay, RandomRound, Visit
from patrols.months import last_day
from windows.models import Window

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import Hall

LOG_DAYS = "patrols.duty_log_days"
KINDS = DutyKind.values


@dataclass(frozen=True)
class DutyLine:
    """One who is, or was lately, on duty."""

    pk: int
    day: date
    who: str
    kind: str
    user_id: int | None
    department_id: int | None
    logged_at: datetime | None

    def get_absolute_url(self) -> str:
        """The page of the day of duty."""
        return link_to("patrols:duty_day", self.pk)


@dataclass(frozen=True)
class SwapLine:
    """A request that waits for an answer."""

    pk: int
    day: date
    giver: str
    taker_id: int | None


@dataclass(frozen=True)
class CallLine:
    """A random round that was called that day."""

    pk: int
    due_until: datetime
    round_id: int | None


@dataclass
class Brief:
    """What there is to know of a hall's day."""

    duties: list[DutyLine] = field(default_factory=list)
    swaps: list[SwapLine] = field(default_factory=list)
    calls: list[CallLine] = field(default_factory=list)
    days: int = 0
    due: int = 0
    missed: int = 0
    bad_days: int = 0
    windows: int = 0
    unvisited: int = 0

    def on(self, day: date) -> list[DutyLine]:
        """Who is on duty that day, by kind."""
        return [line for line in self.duties if line.day == day]


def brief_of(hall: Hall, day: date) -> Brief:
    """The brief of a day: duty since the logs that may still be written, the month up to it, its week."""
    return remember(("duty brief", hall.pk, day), lambda: _read(hall, day))


def _read(hall: Hall, day: date) -> Brief:
    since = day - timedelta(days=hall.option(LOG_DAYS))
    parts = (
        _duties(DutyDay.objects.filter(hall=hall, day__range=(since, day))),
        _swaps(DutySwap.objects.filter(hall=hall, status=SwapStatus.ASKED, giver_day__gte=day)),
        _calls(RandomRound.objects.filter(hall=hall, day=day)),
        _figures(
            PatrolDay.objects.filter(hall=hall, day__range=(day.replace(day=1), last_day(day.replace(day=1))))
        ),
        _windows(hall, day),
    )
    found = Brief()
    for row in parts[0].union(*parts[1:], all=True):
        _take(found, row)
    found.duties.sort(key=lambda line: (line.day, KINDS.index(line.kind), line.pk))
    found.calls.sort(key=lambda line: (line.due_until, line.pk))
    return found


def _take(found: Brief, row: dict[str, Any]) -> None:
    pk, day, who, user = row["x_pk"], row["x_day"], row["x_who"], row["x_user"]
    if row["x_part"] == "duty":
        line = DutyLine(pk, day, who, row["x_kind"], user, row["x_unit"], row["x_at"])
        found.duties.append(line)
    elif row["x_part"] == "swap":
        found.swaps.append(SwapLine(pk, day, who, user))
    elif row["x_part"] == "call":
        found.calls.append(CallLine(pk, row["x_at"], user))
    elif row["x_part"] == "days":
        found.days, found.due, found.missed, found.bad_days = pk, user, row["x_unit"], row["x_number"]
    else:
        found.windows, found.unvisited = pk, user


def _row(rows: QuerySet[Any], part: str, **columns: Any) -> QuerySet[Any]:
    """The columns of all parts, in one order and of one type each."""
    types = {"x_pk": BigIntegerField, "x_day": DateField, "x_who": CharField, "x_kind": CharField}
    types |= {"x_user": BigIntegerField, "x_unit": BigIntegerField, "x_at": DateTimeField}
    types["x_number"] = BigIntegerField
    made = {name: Cast(columns.get(name, Value(None)), kind()) for name, kind in types.items()}
    shaped: QuerySet[Any] = rows.order_by().values(x_part=Value(part)).annotate(**made)
    return shaped


def _duties(rows: QuerySet[DutyDay]) -> QuerySet[Any]:
    return _row(
        rows,
        "duty",
        x_pk=F("pk"),
        x_day=F("day"),
        x_who=Coalesce("user__name", "department__name"),
        x_kind=F("kind"),
        x_user=F("user_id"),
        x_unit=F("department_id"),
        x_at=F("logged_at"),
    )


def _swaps(rows: QuerySet[DutySwap]) -> QuerySet[Any]:
    facts = {"x_pk": F("pk"), "x_day": F("giver_day"), "x_who": F("giver__name"), "x_user": F("taker_id")}
    return _row(rows, "swap", **facts)


def _calls(rows: QuerySet[RandomRound]) -> QuerySet[Any]:
    return _row(rows, "call", x_pk=F("pk"), x_user=F("round_id"), x_at=F("due_until"))


def _figures(rows: QuerySet[PatrolDay]) -> QuerySet[Any]:
    missed = Count("pk", filter=Q(missed__gt=0))
    return _row(rows, "days", x_pk=Count("pk"), x_user=Sum("due"), x_unit=Sum("missed"), x_number=missed)


def _windows(hall: Hall, day: date) -> QuerySet[Any]:
    monday = day - timedelta(days=day.weekday())
    seen = Visit.objects.checked().filter(window=OuterRef("pk"), round__day__range=(monday, day))
    rows = Window.objects.filter(hall=hall).open_on(day)
    return _row(rows, "windows", x_pk=Count("pk"), x_user=Count("pk", filter=~Exists(seen)))
