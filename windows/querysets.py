"""Which windows, people and postings, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import (
    Aggregate,
    Count,
    F,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.memo import remember
from accounts.querysets import NOTHING, ChangedQuerySet, holding, holding_any, in_halls
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


class DepartmentQuerySet(ChangedQuerySet["Department"]):
    """Which departments."""

    def visible_to(self, user: User | AnonymousUser) -> DepartmentQuerySet:
        """All departments of the halls the person belongs to: they are public in the hall."""
        return self.filter(in_halls(user, "roster.read"))

    def matching(self, words: str) -> DepartmentQuerySet:
        """Whose name holds each of the words."""
        return self.filter(holding(words, "name"))

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


class WindowQuerySet(ChangedQuerySet["Window"]):
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
        """Whose code, name or department holds each of the words."""
        return self.filter(holding(words, "code", "name", "department__name"))

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


class StaffQuerySet(ChangedQuerySet["Staff"]):
    """Which staff."""

    def visible_to(self, user: User | AnonymousUser) -> StaffQuerySet:
        """The office: its halls; a unit contact: own people; a head: the own window's; anyone: himself."""
        return self.filter(in_halls(user, "people.read") | self._near(user))

    @staticmethod
    def _near(user: User | AnonymousUser) -> Q:
        bound = ties(user)
        near = any_of(pk=bound.staff, department=bound.contact_of)
        return near | Q(pk__in=staff_under_head(user).values("staff")) if bound.headed else near

    def matching(self, words: str) -> StaffQuerySet:
        """Whose number, name or department holds each of the words, and one of them not in the department."""
        return self.filter(holding(words, "no", "name", "department__name")).filter(
            holding_any(words, "no", "name")
        )

    def present_on(self, day: date) -> StaffQuerySet:
        """Belonging to the hall on the day."""
        joined = Q(joined_on__isnull=True) | Q(joined_on__lte=day)
        return self.filter(joined, Q(left_on__isnull=True) | Q(left_on__gte=day))

    def present_during(self, first: date, last: date) -> StaffQuerySet:
        """Belonging to the hall on at least one of the days."""
        joined = Q(joined_on__isnull=True) | Q(joined_on__lte=last)
        return self.filter(joined, Q(left_on__isnull=True) | Q(left_on__gte=first))


class PostingQuerySet(ChangedQuerySet["Posting"]):
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


def headed_windows(user: User | AnonymousUser) -> tuple[int, ...]:
    """Ids of the windows this person heads today."""
    return ties(user).headed


@dataclass(frozen=True)
class Ties:
    """What binds a person to the floor today, all as ids: a few numbers that conditions compare with."""

    staff: tuple[int, ...] = ()
    """The person as staff of a hall."""
    departments: tuple[int, ...] = ()
    """Departments that posted the person."""
    headed: tuple[int, ...] = ()
    """Windows the person heads today."""
    contact_of: tuple[int, ...] = ()
    """Departments the person is contact of."""


def ties(user: User | AnonymousUser) -> Ties:
    """What binds the person to the floor; no query for the person of a request, who came with it."""
    pk = getattr(user, "pk", None)
    if pk is None:
        return Ties()
    if hasattr(user, TIES[0]):
        return _parsed([getattr(user, name) for name in TIES])
    return remember(("ties", pk), lambda: _read_ties(pk))


TIES = tuple(f"tied_{part.name}" for part in fields(Ties))


def tie_facts(user: OuterRef | Value) -> dict[str, Subquery]:
    """The ids of each kind as one text, in the order of `Ties`, to be read along with a person."""
    people = apps.get_model("windows", "Staff").objects.filter(user=user)
    postings = apps.get_model("windows", "Posting").objects.on(timezone.localdate())
    heads = postings.filter(staff__user=user, is_head=True)
    contacts = apps.get_model("windows", "Department").contacts.through.objects.filter(user=user)
    rows: tuple[tuple[models.QuerySet[Any], str], ...] = (
        *((people, "pk"), (people, "department"), (heads, "window")),
        (contacts, "department"),
    )
    return {
        name: Subquery(found.order_by().values(one=Value(1)).annotate(ids=Ids(path)).values("ids"))
        for name, (found, path) in zip(TIES, rows, strict=True)
    }


class Ids(Aggregate):
    """Ids of many rows as one text; the two databases name it differently."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        """The same under PostgreSQL's name."""
        template = "STRING_AGG(CAST(%(expressions)s AS text), ',')"
        return super().as_sql(compiler, connection, template=template, **extra)


def _read_ties(pk: int) -> Ties:
    person = apps.get_model("accounts", "User").objects.filter(pk=pk).annotate(**tie_facts(Value(pk)))
    return _parsed(person.values_list(*TIES).first() or ())


def _parsed(texts: Sequence[str | None]) -> Ties:
    return Ties(*(tuple(sorted({int(key) for key in (text or "").split(",") if key})) for text in texts))


def any_of(prefix: str = "", /, **places: tuple[int, ...]) -> Q:
    """Rows that name one of the ids in one of the places; no row when there are no ids."""
    near = NOTHING
    for path, keys in places.items():
        if keys:
            near |= Q(**{f"{prefix}{path}__in": keys})
    return near


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
