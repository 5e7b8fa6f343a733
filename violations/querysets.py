"""Which conduct records and rectifications, and for whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from accounts.querysets import in_halls
from violations.enums import COUNTING, OPEN, RecordStatus, RectificationStatus
from windows.querysets import headed_windows

if TYPE_CHECKING:
    from accounts.models import User


def concerns(user: User | AnonymousUser, prefix: str = "") -> Q:
    """Rows about the person, about windows the person heads, or about units the person is contact of.

    A draft is not shown to them: a machine's proposal that nobody has looked at is no record yet.
    """
    pk = getattr(user, "pk", None)
    if pk is None:
        return Q(pk__in=[])
    near = Q(**{f"{prefix}staff__user": pk})
    near |= Q(**{f"{prefix}window__in": headed_windows(user)})
    near |= Q(**{f"{prefix}department__contacts": pk})
    return near & ~Q(**{f"{prefix}status": RecordStatus.DRAFT})


class RecordQuerySet(models.QuerySet["ConductRecord"]):
    """Which conduct records. Rows that carry a verdict change only through the ledger's services."""

    def visible_to(self, user: User | AnonymousUser) -> RecordQuerySet:
        """The office reads its halls; others what concerns them."""
        near = self.model._default_manager.filter(concerns(user)).values("pk")
        return self.filter(in_halls(user, "record.read_all") | Q(pk__in=near))

    def counting(self) -> RecordQuerySet:
        """In a state that counts in scores and bulletins."""
        return self.filter(status__in=COUNTING)

    def open(self) -> RecordQuerySet:
        """Somebody still has to act."""
        return self.filter(status__in=OPEN)

    def deductions(self) -> RecordQuerySet:
        """What was found wrong."""
        return self.filter(act__is_bonus=False)

    def bonuses(self) -> RecordQuerySet:
        """What was praised."""
        return self.filter(act__is_bonus=True)

    def awaiting_answer_of(self, user: User) -> RecordQuerySet:
        """Notified records the person has to accept or state on: own ones, and whole-window ones of a head."""
        own = Q(staff__user=user) | Q(staff__isnull=True, window__in=headed_windows(user))
        return self.filter(own, status=RecordStatus.NOTIFIED)

    def awaiting_decision(self) -> RecordQuerySet:
        """Stated records and bonuses that wait for the manager."""
        return self.filter(Q(status=RecordStatus.STATED) | Q(status=RecordStatus.DRAFT))

    def answer_overdue(self, moment: datetime) -> RecordQuerySet:
        """Notified records whose time to answer was over at `moment`."""
        return self.filter(status=RecordStatus.NOTIFIED, deadline_at__lte=moment)

    def became_countable(self, since: datetime, until: datetime) -> RecordQuerySet:
        """Counting records that became so after `since`, up to and including `until`."""
        return self.counting().filter(countable_at__gt=since, countable_at__lte=until)

    def in_days(self, first: date, last: date) -> RecordQuerySet:
        """Of days first..last, both inclusive."""
        return self.filter(day__range=(first, last))

    def for_list(self) -> RecordQuerySet:
        """With everything a list row shows, in one query."""
        return self.select_related("hall", "act", "staff", "window", "department", "finder")

    def update(self, **kwargs: Any) -> int:
        """Refused for the verdict: states change through the ledger's services, with a status row."""
        if "status" in kwargs:
            raise TypeError("a record's status changes through violations.services.ledger")
        return super().update(**kwargs)


class AppealQuerySet(models.QuerySet["Appeal"]):
    """Which appeals."""

    def visible_to(self, user: User | AnonymousUser) -> AppealQuerySet:
        """As the record they are about."""
        records = self.model._meta.get_field("record").related_model._default_manager
        return self.filter(record__in=records.visible_to(user))

    def undecided(self) -> AppealQuerySet:
        """Waiting for the reviewer."""
        return self.filter(decided_at__isnull=True)


class RectificationQuerySet(models.QuerySet["Rectification"]):
    """Which rectifications."""

    def visible_to(self, user: User | AnonymousUser) -> RectificationQuerySet:
        """The office reads its halls; others those of their windows and units."""
        pk = getattr(user, "pk", None)
        near = Q(pk__in=[])
        if pk is not None:
            near = Q(window__in=headed_windows(user)) | Q(window__department__contacts=pk)
        mine = self.model._default_manager.filter(near).values("pk")
        return self.filter(in_halls(user, "rectify.read_all") | Q(pk__in=mine))

    def unfinished(self) -> RectificationQuerySet:
        """Not yet done."""
        return self.exclude(status=RectificationStatus.DONE)

    def overdue(self, day: date) -> RectificationQuerySet:
        """Not handed in although the day was the last one or earlier."""
        waiting = (RectificationStatus.OPEN, RectificationStatus.RETURNED)
        return self.filter(status__in=waiting, due_on__lt=day)
