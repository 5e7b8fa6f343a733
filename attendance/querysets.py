"""Which punches, leaves and results, and for whom."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.querysets import in_halls
from attendance.enums import ANOMALIES
from windows.models import Staff
from windows.querysets import StaffQuerySet, any_of, staff_under_head, ties

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from attendance.models import DayResult, Leave, Punch  # noqa: F401  named in the bases below


def people_near(user: User | AnonymousUser, prefix: str = "staff__") -> Q:
    """Rows of the person himself, of people at windows he heads, of units he is contact of.

    `prefix` is the path to the person from the row; "" for staff themselves.
    """
    bound, person = ties(user), prefix.removesuffix("__") or "pk"
    near = any_of(**{person: bound.staff, f"{prefix}department": bound.contact_of})
    return near | Q(**{f"{person}__in": staff_under_head(user).values("staff")}) if bound.headed else near


def attendance_in_sight(user: User | AnonymousUser, prefix: str = "staff__") -> Q:
    """Rows of people whose attendance the person may read."""
    return in_halls(user, "attendance.read_all", f"{prefix}hall") | people_near(user, prefix)


def people_in_sight(user: User | AnonymousUser) -> StaffQuerySet:
    """People whose attendance the person may read."""
    return Staff.objects.filter(attendance_in_sight(user, ""))


class PunchQuerySet(models.QuerySet["Punch"]):
    """Which punches. Rows are never changed or removed."""

    def visible_to(self, user: User | AnonymousUser) -> PunchQuerySet:
        """The office reads its halls; others what concerns people near them."""
        return self.filter(in_halls(user, "attendance.read_all") | people_near(user))

    def on(self, day: date) -> PunchQuerySet:
        """Of one day in the hall's time."""
        return self.in_days(day, day)

    def in_days(self, first: date, last: date) -> PunchQuerySet:
        """Of days first..last in the hall's time, both inclusive."""
        return self.filter(at__gte=start_of(first), at__lt=start_of(last + timedelta(days=1)))

    def update(self, **kwargs: Any) -> int:
        """Refused: punches are append-only."""
        raise TypeError("punches are append-only")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused: punches are append-only."""
        raise TypeError("punches are append-only")


class LeaveQuerySet(models.QuerySet["Leave"]):
    """Which leaves and outings."""

    def visible_to(self, user: User | AnonymousUser) -> LeaveQuerySet:
        """The office reads its halls; others what concerns people near them."""
        return self.filter(in_halls(user, "leave.read_all") | people_near(user))

    def in_days(self, first: date, last: date) -> LeaveQuerySet:
        """Of days first..last, both inclusive."""
        return self.filter(day__range=(first, last))


class DayResultQuerySet(models.QuerySet["DayResult"]):
    """Which results of half days."""

    def visible_to(self, user: User | AnonymousUser) -> DayResultQuerySet:
        """The office reads its halls; others what concerns people near them."""
        return self.filter(in_halls(user, "attendance.read_all") | people_near(user))

    def of_hall(self, hall: Hall) -> DayResultQuerySet:
        """Of one hall."""
        return self.filter(hall=hall)

    def in_days(self, first: date, last: date) -> DayResultQuerySet:
        """Of days first..last, both inclusive."""
        return self.filter(day__range=(first, last))

    def anomalies(self) -> DayResultQuerySet:
        """Those somebody has to look at."""
        return self.filter(outcome__in=ANOMALIES)


def start_of(day: date) -> datetime:
    """The first moment of the day in the hall's time."""
    return timezone.make_aware(datetime.combine(day, time.min))
