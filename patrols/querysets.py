"""Which rounds, visits and findings, and for whom."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, Q

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
        """With `checked` windows and `found` findings that still stand."""
        live = Q(visits__undone_at__isnull=True)
        counted: RoundQuerySet = self.annotate(
            checked=Count("visits__window", filter=live & Q(visits__result__in=CHECKED), distinct=True),
            found=Count("visits", filter=live & Q(visits__result=VisitResult.FINDING), distinct=True),
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
