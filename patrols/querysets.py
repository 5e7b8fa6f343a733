"""Which rounds, visits and findings, and for whom."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts.querysets import in_halls
from patrols.enums import VisitResult

if TYPE_CHECKING:
    from accounts.models import Hall, User

CHECKED = (VisitResult.OK, VisitResult.FINDING)


class RoundQuerySet(models.QuerySet[Any]):
    """Which rounds."""

    def visible_to(self, user: User | AnonymousUser) -> RoundQuerySet:
        """Those of halls where the person reads patrols."""
        return self.filter(in_halls(user, "patrol.read"))

    def open(self) -> RoundQuerySet:
        """Still being walked."""
        return self.filter(finished_at__isnull=True)

    def of_day(self, hall: Hall, day: date) -> RoundQuerySet:
        """Walked in the hall on the day; what was brought in from paper is not among them."""
        return self.filter(hall=hall, day=day, is_imported=False)

    def with_counts(self) -> RoundQuerySet:
        """With `checked` windows and `found` findings that still stand.

        Each looked up for its own round: a join would count the visits of all rounds for one page of them.
        """
        visits = apps.get_model("patrols", "Visit").objects.live().filter(round=OuterRef("pk")).order_by()
        checked = visits.checked().values("round").values_list(Count("window", distinct=True))
        found = visits.filter(result=VisitResult.FINDING).values("round").values_list(Count("pk"))
        counted: RoundQuerySet = self.annotate(
            checked=Coalesce(Subquery(checked), 0), found=Coalesce(Subquery(found), 0)
        )
        return counted


class VisitQuerySet(models.QuerySet[Any]):
    """Which visits."""

    def visible_to(self, user: User | AnonymousUser) -> VisitQuerySet:
        """Those of halls where the person reads patrols."""
        return self.filter(in_halls(user, "patrol.read"))

    def live(self) -> VisitQuerySet:
        """Not undone."""
        return self.filter(undone_at__isnull=True)

    def checked(self) -> VisitQuerySet:
        """Somebody stood before the window."""
        return self.live().filter(result__in=CHECKED)

    def for_states(self) -> VisitQuerySet:
        """With what a map of the round shows: where, and what came of it."""
        return self.select_related("window").only("window__code", "result", "reason")

    def with_finding(self) -> VisitQuerySet:
        """With what a line of a round shows, in one query."""
        rows = self.select_related("window", "finding__act", "finding__staff", "finding__record")
        counted: VisitQuerySet = rows.annotate(photo_count=Count("finding__photos"))
        return counted


class FindingQuerySet(models.QuerySet[Any]):
    """Which findings."""

    def visible_to(self, user: User | AnonymousUser) -> FindingQuerySet:
        """As the conduct record they became: the one concerned sees his own."""
        records = apps.get_model("violations", "ConductRecord").objects
        return self.filter(record__in=records.visible_to(user))
