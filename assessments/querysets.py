"""Which months, cards and lines, and for whom.

The ranking of a published month is public in its hall; a sheet with its lines is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When

from accounts.querysets import NOTHING, ChangedQuerySet, in_halls
from assessments.enums import MonthStatus
from violations.rule_enums import Period, Subject
from windows.querysets import staff_under_head, ties

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import Hall, User


class MonthQuerySet(ChangedQuerySet[Any]):
    """Which assessment months."""

    def visible_to(self, user: User | AnonymousUser) -> MonthQuerySet:
        """Published months of the person's halls; drafts too for who reads all of the hall."""
        published = in_halls(user, "assess.read") & Q(status=MonthStatus.PUBLISHED)
        return self.filter(published | in_halls(user, "sheet.read_all"))

    def published(self) -> MonthQuerySet:
        """Final ones."""
        return self.filter(status=MonthStatus.PUBLISHED)

    def public(self) -> MonthQuerySet:
        """What the honour board shows to everybody: published months of halls in use."""
        return self.published().monthly().filter(hall__is_active=True)

    def unpublished(self) -> MonthQuerySet:
        """Open ones and drafts."""
        return self.exclude(status=MonthStatus.PUBLISHED)

    def of(self, hall: Hall, month: date, period: str = Period.MONTH) -> MonthQuerySet:
        """The month of one hall, or the longer period that begins with it."""
        return self.filter(hall=hall, month=month.replace(day=1), period=period)

    def monthly(self) -> MonthQuerySet:
        """Months, not quarters or years."""
        return self.filter(period=Period.MONTH)


def _in_published_month(card: str = "") -> Exists:
    """Whether a card's run is the published result of its hall."""
    months = apps.get_model("assessments", "AssessmentMonth").objects.published()
    return Exists(months.filter(run=OuterRef(f"{card}run"), hall=OuterRef(f"{card}hall")))


def sheets_near(user: User | AnonymousUser, card: str = "") -> Q:
    """Published sheets a person outside the office may open: the own, those of the own window or unit."""
    if isinstance(user, AnonymousUser):
        return NOTHING
    bound, near = ties(user), NOTHING
    if bound.staff:
        near |= Q(**{f"{card}kind": "staff", f"{card}staff__in": bound.staff})
    if bound.headed and user.can("sheet.read_window"):
        near |= Q(**{f"{card}kind": "window", f"{card}window__in": bound.headed})
        near |= Q(**{f"{card}kind": "staff", f"{card}staff__in": staff_under_head(user).values("staff")})
    if bound.contact_of and user.can("sheet.read_unit"):
        near |= Q(**{f"{card}department__in": bound.contact_of})
    return near if near == NOTHING else near & Q(_in_published_month(card))


class CardQuerySet(models.QuerySet[Any]):
    """Which scorecards."""

    def visible_to(self, user: User | AnonymousUser) -> CardQuerySet:
        """As the ranking shows them: all of published months, drafts for who reads all of the hall."""
        public = in_halls(user, "assess.read") & Q(_in_published_month())
        return self.filter(public | in_halls(user, "sheet.read_all"))

    def opened_by(self, user: User | AnonymousUser) -> CardQuerySet:
        """Cards whose lines the person may read."""
        return self.filter(in_halls(user, "sheet.read_all") | sheets_near(user)).distinct()

    def of_kind(self, kind: str) -> CardQuerySet:
        """Cards of people, windows or units."""
        return self.filter(kind=kind)

    def barred(self) -> CardQuerySet:
        """Cards that fail a gate, with the reasons."""
        failures = apps.get_model("assessments", "GateFailure").objects.filter(card=OuterRef("pk"))
        return self.filter(Exists(failures)).prefetch_related("gate_failures__gate", "gate_failures__record")

    def current(self) -> CardQuerySet:
        """Of the run that counts for the hall's month, not of one that was replaced."""
        months = apps.get_model("assessments", "AssessmentMonth").objects
        return self.filter(Exists(months.filter(run=OuterRef("run"), hall=OuterRef("hall"))))

    def with_change(self) -> CardQuerySet:
        """With `changed_at`: a card changes with its month, when that is scored (again) or published."""
        months = apps.get_model("assessments", "AssessmentMonth").objects
        own = months.filter(run=OuterRef("run"), hall=OuterRef("hall"))
        rows: CardQuerySet = self.annotate(changed_at=Subquery(own.values("changed_at")[:1]))
        return rows

    def with_subject(self) -> CardQuerySet:
        """With all that a row of a ranking names, in one query."""
        return self.select_related("staff", "window", "department", "hall", "run")


class ResultQuerySet(models.QuerySet[Any]):
    """Which lines and award results: rows that hang on a card."""

    def visible_to(self, user: User | AnonymousUser) -> ResultQuerySet:
        """Those of cards whose lines the person may read."""
        near = sheets_near(user, "card__")
        return self.filter(in_halls(user, "sheet.read_all", "card__hall") | near).distinct()


class HonourQuerySet(models.QuerySet[Any]):
    """Which award results."""

    def visible_to(self, user: User | AnonymousUser) -> HonourQuerySet:
        """All of published months of the person's halls; drafts for who reads all of the hall."""
        public = in_halls(user, "assess.read", "card__hall") & Q(_in_published_month("card__"))
        return self.filter(public | in_halls(user, "sheet.read_all", "card__hall"))


class DecisionQuerySet(models.QuerySet[Any]):
    """Which decisions about honours."""

    def visible_to(self, user: User | AnonymousUser) -> DecisionQuerySet:
        """Those of halls the person reads all of."""
        return self.filter(in_halls(user, "sheet.read_all", "month__hall"))


def _by_key(label: str) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = apps.get_model(label)._default_manager.filter(pk=OuterRef("subject_id"))
    return rows


class FactQuerySet(models.QuerySet[Any]):
    """Which figures, votes and revocations."""

    def visible_to(self, user: User | AnonymousUser) -> FactQuerySet:
        """Those of halls the person reads all of."""
        return self.filter(in_halls(user, "sheet.read_all"))

    def with_names(self) -> FactQuerySet:
        """With whose they are: figures and votes keep the subject without a foreign key."""
        names = {
            Subject.STAFF: ("windows.Staff", "name"),
            Subject.WINDOW: ("windows.Window", "name"),
            Subject.UNIT: ("windows.Department", "name"),
        }
        whens = [
            When(kind=kind, then=Subquery(_by_key(label).values(field)[:1]))
            for kind, (label, field) in names.items()
        ]
        codes = [
            When(kind=Subject.STAFF, then=Subquery(_by_key("windows.Staff").values("no")[:1])),
            When(kind=Subject.WINDOW, then=Subquery(_by_key("windows.Window").values("code")[:1])),
        ]
        rows: FactQuerySet = self.annotate(
            subject_name=Case(*whens, default=Value(""), output_field=models.CharField()),
            subject_code=Case(*codes, default=Value(""), output_field=models.CharField()),
        )
        return rows

    def of(self, hall: Hall, month: date) -> FactQuerySet:
        """Those of one hall whose period begins in this month."""
        return self.filter(hall=hall, month=month.replace(day=1))


class TrialQuerySet(models.QuerySet[Any]):
    """Which differences of trial runs."""

    def visible_to(self, user: User | AnonymousUser) -> TrialQuerySet:
        """Those of runs the person started, while he may still do so in the hall."""
        halls = in_halls(user, "rules.edit") | in_halls(user, "assess.score")
        return self.filter(halls, run__by=getattr(user, "pk", None))
