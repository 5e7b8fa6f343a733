"""Whose duty on which day, who asks whom to change, and for whom to see."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce

from accounts.querysets import ChangedQuerySet, in_halls
from patrols.enums import DutyKind
from windows.querysets import ties

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from patrols.models import DutyDay, DutySwap, SpecialPeriod  # noqa: F401 - named in the bases below


class DutyDayQuerySet(ChangedQuerySet["DutyDay"]):
    """Which days of duty."""

    def visible_to(self, user: User | AnonymousUser) -> DutyDayQuerySet:
        """The office and the leaders see the whole rota, a contact the own unit's days, everybody the own."""
        pk = getattr(user, "pk", None)
        return self.filter(in_halls(user, "duty.read") | self._of_unit(user) | Q(user=pk, user__isnull=False))

    def in_month(self, hall: Hall, first: date, last: date) -> DutyDayQuerySet:
        """Of the hall from the first day to the last."""
        return self.filter(hall=hall, day__range=(first, last))

    def of_day(self, hall: Hall, day: date) -> DutyDayQuerySet:
        """Of the hall on the day."""
        return self.filter(hall=hall, day=day)

    def with_presence(self) -> DutyDayQuerySet:
        """With `walked` and `is_present`: a log was written, or a round of the hall was walked that day."""
        rounds = apps.get_model("patrols", "Round").objects.filter(
            hall=OuterRef("hall"), day=OuterRef("day"), officer=OuterRef("user"), is_imported=False
        )
        return self.annotate(walked=Exists(rounds)).annotate(
            is_present=Case(When(Q(logged_at__isnull=False) | Q(walked=True), then=True), default=False)
        )

    def with_who(self) -> DutyDayQuerySet:
        """With `who`: the person, or the unit that sends somebody."""
        return self.annotate(
            who_words=Case(
                When(kind=DutyKind.UNIT, then=F("department__name")),
                default=Coalesce("user__name", Value("")),
            )
        )

    def for_list(self) -> DutyDayQuerySet:
        """With what a line shows, in one query."""
        return self.select_related("hall", "user", "department", "logged_by").with_presence().with_who()

    def _of_unit(self, user: User | AnonymousUser) -> Q:
        return in_halls(user, "duty.read_unit") & Q(department__in=ties(user).contact_of)


class DutySwapQuerySet(ChangedQuerySet["DutySwap"]):
    """Which requests to change days."""

    def visible_to(self, user: User | AnonymousUser) -> DutySwapQuerySet:
        """The two it is about, and who keeps the rota."""
        mine = Q(giver=getattr(user, "pk", None)) | Q(taker=getattr(user, "pk", None))
        return self.filter(in_halls(user, "duty.edit") | mine)

    def for_list(self) -> DutySwapQuerySet:
        """With what a line shows."""
        return self.select_related("hall", "giver", "taker")


class SpecialPeriodQuerySet(ChangedQuerySet["SpecialPeriod"]):
    """Which special periods."""

    def visible_to(self, user: User | AnonymousUser) -> SpecialPeriodQuerySet:
        """Those of halls whose rota the person reads."""
        return self.filter(in_halls(user, "duty.read"))

    def on(self, day: date) -> SpecialPeriodQuerySet:
        """In force on the day."""
        return self.filter(starts_on__lte=day, ends_on__gte=day)


class PlanQuerySet(models.QuerySet[Any]):
    """Rows of the plan of rounds that came out: random rounds that were called, and how a day ended."""

    def visible_to(self, user: User | AnonymousUser) -> PlanQuerySet:
        """Those of halls where the person reads patrols."""
        return self.filter(in_halls(user, "patrol.read"))

    def waiting(self, moment: datetime) -> PlanQuerySet:
        """Calls of random rounds that may still be answered."""
        return self.filter(round=None, called_at__lte=moment, due_until__gte=moment)
