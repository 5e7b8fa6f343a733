"""到岗 presence: who has come, who is away, who has not been seen, at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Case, Count, Exists, OuterRef, QuerySet, Subquery, Value, When
from django.utils import timezone

from attendance.enums import Half, Presence
from attendance.models import Leave, Punch
from attendance.services.rules import cut_of
from windows.models import Posting, Staff

if TYPE_CHECKING:
    from accounts.models import Hall

AWAY_WORDS = {True: "外出", False: "请假"}


@dataclass(frozen=True)
class Headcount:
    """到岗人数: how many should be here, have come, are away, have not been seen."""

    expected: int
    present: int
    away: int

    @property
    def no_punch(self) -> int:
        """Neither seen nor excused."""
        return self.expected - self.present - self.away


def half_at(hall: Hall, moment: datetime) -> Half:
    """Which half day the moment lies in."""
    return Half.AM if timezone.localtime(moment).time() < cut_of(hall) else Half.PM


def with_presence(people: QuerySet[Staff], hall: Hall, moment: datetime) -> QuerySet[Staff]:
    """The people with `presence`, and the `first_punch` and `last_punch` of the day.

    Each is looked up in the index of the person's punches: a join would read all he ever made.
    """
    day = timezone.localtime(moment).date()
    today = Punch.objects.filter(staff=OuterRef("pk")).on(day).values("at")
    return people.annotate(
        first_punch=Subquery(today.order_by("at")[:1]),
        last_punch=Subquery(today.order_by("-at")[:1]),
        presence=_presence(hall, moment),
        window_code=window_code_on(day),
    )


def expected_on(hall: Hall, day: date) -> QuerySet[Staff]:
    """Everybody who belongs to the hall on the day."""
    return Staff.objects.filter(hall=hall).present_on(day)


def window_code_on(day: date) -> Subquery:
    """The number of the window a person sits at on the day."""
    return Subquery(Posting.objects.on(day).filter(staff=OuterRef("pk")).values("window__code")[:1])


def headcount(people: QuerySet[Staff], hall: Hall, moment: datetime) -> Headcount:
    """The figures of these people at the moment; one query."""
    kinds = people.order_by().annotate(presence=_presence(hall, moment)).values_list("presence")
    figures = dict(kinds.annotate(Count("pk")))
    present, away = figures.get(Presence.PRESENT, 0), figures.get(Presence.AWAY, 0)
    return Headcount(expected=sum(figures.values()), present=present, away=away)


def _presence(hall: Hall, moment: datetime) -> Case:
    """Away with leave comes first; then whoever punched today is here."""
    day = timezone.localtime(moment).date()
    on_leave = Exists(Leave.objects.filter(staff=OuterRef("pk"), day=day, half=half_at(hall, moment)))
    punched = Exists(Punch.objects.filter(staff=OuterRef("pk")).on(day))
    return Case(
        When(on_leave, then=Value(Presence.AWAY.value)),
        When(punched, then=Value(Presence.PRESENT.value)),
        default=Value(Presence.NO_PUNCH.value),
    )


def away_at(hall: Hall, moment: datetime) -> dict[int, str]:
    """Staff on leave or out on duty at the moment, without the reason; one query."""
    day = timezone.localtime(moment).date()
    leaves = Leave.objects.filter(hall=hall, day=day, half=half_at(hall, moment))
    return {staff: AWAY_WORDS[outing] for staff, outing in leaves.values_list("staff_id", "is_outing")}
