"""Which windows, people and postings, and for whom."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.querysets import in_halls
from windows.enums import YearStatus

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from windows.models import Department, Posting, ServiceItem, Staff, Window  # noqa: F401 - named in the bases below


def during(first: date, last: date, prefix: str = "") -> Q:
    """Spans (starts_on, ends_on inclusive or open) that touch the days first..last."""
    starts = Q(**{f"{prefix}starts_on__lte": last})
    return starts & (Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gte": first}))


def _counted(rows: models.QuerySet[Any], group: str) -> Coalesce:
    """How many of `rows`, a subquery of one group, there are; 0 for none."""
    return Coalesce(Subquery(rows.values(group).annotate(n=Count("pk")).values("n")), 0)


class DepartmentQuerySet(models.QuerySet["Department"]):
    """Which departments."""

    def visible_to(self, user: User | AnonymousUser) -> DepartmentQuerySet:
        """All departments of the halls the person belongs to: they are public in the hall."""
        return self.filter(in_halls(user, "roster.read"))

    def with_counts(self, day: date) -> DepartmentQuerySet:
        """With how many windows are in service on the day, and how many people belong to the hall."""
        models_ = {name: apps.get_model("windows", name).objects for name in ("Window", "Staff")}
        windows = models_["Window"].open_on(day).filter(department=OuterRef("pk")).order_by()
        people = models_["Staff"].present_on(day).filter(department=OuterRef("pk")).order_by()
        return self.annotate(
            window_count=_counted(windows, "department"), staff_count=_counted(people, "department")
        )

    def of_contact(self, user: User | AnonymousUser) -> DepartmentQuerySet:
        """Those the person is contact of."""
        return self.filter(contacts=getattr(user, "pk", None))


class WindowQuerySet(models.QuerySet["Window"]):
    """Which windows."""

    def visible_to(self, user: User | AnonymousUser) -> WindowQuerySet:
        """All windows of the halls the person belongs to: they are public in the hall."""
        return self.filter(in_halls(user, "roster.read"))

    def public(self) -> WindowQuerySet:
        """What a hall shows to everybody: windows of halls in use."""
        return self.filter(hall__is_active=True)

    def open_on(self, day: date) -> WindowQuerySet:
        """Windows in service on the day; a closed window keeps its history."""
        opened = Q(opened_on__isnull=True) | Q(opened_on__lte=day)
        return self.filter(opened, Q(closed_on__isnull=True) | Q(closed_on__gte=day))

    def matching(self, words: str) -> WindowQuerySet:
        """Whose code, name or department holds the words."""
        found = Q(code__icontains=words) | Q(name__icontains=words) | Q(department__name__icontains=words)
        return self.filter(found)

    def on_route(self) -> WindowQuerySet:
        """In the order a round walks them."""
        return self.order_by("floor", "sort", "code")


class ServiceItemQuerySet(models.QuerySet["ServiceItem"]):
    """Which services."""

    def visible_to(self, user: User | AnonymousUser) -> ServiceItemQuerySet:
        """As the windows that offer them."""
        return self.filter(in_halls(user, "roster.read"))

    def offered(self) -> ServiceItemQuerySet:
        """Offered now."""
        return self.filter(is_active=True)


class StaffQuerySet(models.QuerySet["Staff"]):
    """Which staff."""

    def visible_to(self, user: User | AnonymousUser) -> StaffQuerySet:
        """The office: its halls; a unit contact: own people; a head: the own window's; anyone: himself."""
        return self.filter(in_halls(user, "people.read") | self._near(user)).distinct()

    @staticmethod
    def _near(user: User | AnonymousUser) -> Q:
        pk = getattr(user, "pk", None)
        if pk is None:
            return Q(pk__in=[])
        return Q(user=pk) | Q(department__contacts=pk) | Q(pk__in=staff_under_head(user).values("staff"))

    def matching(self, words: str) -> StaffQuerySet:
        """Whose number or name holds the words."""
        return self.filter(Q(no__icontains=words) | Q(name__icontains=words))

    def present_on(self, day: date) -> StaffQuerySet:
        """Belonging to the hall on the day."""
        joined = Q(joined_on__isnull=True) | Q(joined_on__lte=day)
        return self.filter(joined, Q(left_on__isnull=True) | Q(left_on__gte=day))

    def present_during(self, first: date, last: date) -> StaffQuerySet:
        """Belonging to the hall on at least one of the days."""
        joined = Q(joined_on__isnull=True) | Q(joined_on__lte=last)
        return self.filter(joined, Q(left_on__isnull=True) | Q(left_on__gte=first))


class PostingQuerySet(models.QuerySet["Posting"]):
    """Which postings."""

    def visible_to(self, user: User | AnonymousUser) -> PostingQuerySet:
        """Who sits where is public in the hall."""
        return self.filter(in_halls(user, "roster.read"))

    def on(self, day: date) -> PostingQuerySet:
        """In force on the day."""
        return self.filter(during(day, day))

    def overlapping(self, first: date, last: date) -> PostingQuerySet:
        """In force on at least one of the days."""
        return self.filter(during(first, last))

    def of_hall(self, hall: Hall) -> PostingQuerySet:
        """Of one hall."""
        return self.filter(hall=hall)


def staff_under_head(user: User | AnonymousUser) -> models.QuerySet[Any]:
    """Postings at windows this person heads today, of people sitting there today."""
    today = timezone.localdate()
    postings = apps.get_model("windows", "Posting").objects
    return postings.on(today).filter(window__in=headed_windows(user))


def headed_windows(user: User | AnonymousUser) -> models.QuerySet[Any]:
    """Ids of the windows this person heads today."""
    today = timezone.localdate()
    postings = apps.get_model("windows", "Posting").objects
    return postings.on(today).filter(staff__user=getattr(user, "pk", None), is_head=True).values("window")


class SpanQuerySet(models.QuerySet[Any]):
    """Rows with starts_on / ends_on that belong to a hall."""

    def visible_to(self, user: User | AnonymousUser) -> SpanQuerySet:
        """Of halls the person belongs to."""
        return self.filter(in_halls(user, "roster.read"))

    def on(self, day: date) -> SpanQuerySet:
        """In force on the day."""
        return self.filter(during(day, day))


class StaffEventQuerySet(models.QuerySet[Any]):
    """Which dated events of staff."""

    def visible_to(self, user: User | AnonymousUser) -> StaffEventQuerySet:
        """Those of people the person may see."""
        people = apps.get_model("windows", "Staff").objects
        return self.filter(staff__in=people.visible_to(user).values("pk"))


class CalendarYearQuerySet(models.QuerySet[Any]):
    """Which calendar years."""

    def visible_to(self, user: User | AnonymousUser) -> CalendarYearQuerySet:
        """All of them for anyone signed in: the state's notices are public."""
        return self if user.is_authenticated else self.none()

    def published(self) -> CalendarYearQuerySet:
        """Those whose notice is known."""
        return self.filter(status=YearStatus.PUBLISHED)


class CalendarDayQuerySet(models.QuerySet[Any]):
    """Which calendar entries."""

    def visible_to(self, user: User | AnonymousUser) -> CalendarDayQuerySet:
        """The state's days, and the local ones of halls the person belongs to."""
        return self.filter(Q(hall__isnull=True) | in_halls(user, "hall.read"))

    def for_hall(self, hall: Hall) -> CalendarDayQuerySet:
        """The state's days, then those of the hall and of the halls above it, nearest last."""
        above = [int(part) for part in hall.path.split("/") if part]
        mine = Q(hall__isnull=True) | Q(hall__in=above)
        return self.filter(mine).order_by(F("hall__path").asc(nulls_first=True))
