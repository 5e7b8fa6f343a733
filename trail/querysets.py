"""Which traces a person may see."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from accounts.querysets import in_halls
from trail.enums import UNFINISHED

if TYPE_CHECKING:
    from accounts.models import User
    from trail.models import (  # noqa: F401 - named in the bases below
        AuditDay,
        AuditEntry,
        AuditHead,
        Channel,
        Delivery,
        ImportRun,
        JobRun,
        LongRun,
        MailWish,
        Notice,
        PhotoMask,
        StoredFile,
    )


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Which audit rows; rows are never changed or removed."""

    def visible_to(self, user: User | AnonymousUser) -> AuditQuerySet:
        """Those of halls where the person reads the audit."""
        return self.filter(in_halls(user, "audit.read"))

    def update(self, **kwargs: object) -> int:
        """Refused: audit rows are append-only."""
        raise TypeError("audit rows are append-only")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused: audit rows are append-only."""
        raise TypeError("audit rows are append-only")

    def bulk_create(self, *args: object, **kwargs: object) -> list[AuditEntry]:
        """Refused: a row is stamped by its own `save`."""
        raise TypeError("audit rows are written one by one, with their stamp")

    def of_hall(self, hall_id: int | None) -> AuditQuerySet:
        """Of one hall, or with None of no hall."""
        return self.filter(hall__isnull=True) if hall_id is None else self.filter(hall_id=hall_id)

    def unlinked(self) -> AuditQuerySet:
        """Rows that stand in no chain: just written, or not by us."""
        return self.filter(link=None)

    def drop_archived(self, day: AuditDay) -> int:
        """Remove the rows of a day that stands in an archive; raises TypeError for any other day."""
        if not day.archive_mark:
            raise TypeError("audit rows are append-only until they stand in an archive")
        ids = day.links.values("entry")
        gone: int = self.filter(pk__in=ids)._raw_delete(self.db)
        day.links.all()._raw_delete(self.db)
        return gone


class AuditDayQuerySet(models.QuerySet["AuditDay"]):
    """Which days of the audit chain."""

    def visible_to(self, user: User | AnonymousUser) -> AuditDayQuerySet:
        """Those of halls where the person reads the audit."""
        return self.filter(in_halls(user, "audit.read"))

    def of_hall(self, hall_id: int | None) -> AuditDayQuerySet:
        """Of one hall, or with None of no hall."""
        return self.filter(hall__isnull=True) if hall_id is None else self.filter(hall_id=hall_id)

    def open(self) -> AuditDayQuerySet:
        """Not sealed yet."""
        return self.filter(sealed_at__isnull=True)


class AuditHeadQuerySet(models.QuerySet["AuditHead"]):
    """Which heads of the audit chain."""

    def visible_to(self, user: User | AnonymousUser) -> AuditHeadQuerySet:
        """Those of halls where the person reads the audit."""
        return self.filter(in_halls(user, "audit.read"))

    def of_hall(self, hall_id: int | None) -> AuditHeadQuerySet:
        """Of one hall, or with None of no hall."""
        return self.filter(hall__isnull=True) if hall_id is None else self.filter(hall_id=hall_id)


class JobRunQuerySet(models.QuerySet["JobRun"]):
    """Which job runs."""

    def visible_to(self, user: User | AnonymousUser) -> JobRunQuerySet:
        """Those of halls where the person reads job history."""
        return self.filter(in_halls(user, "jobs.read"))


class LongRunQuerySet(models.QuerySet["LongRun"]):
    """Which long runs."""

    def visible_to(self, user: User | AnonymousUser) -> LongRunQuerySet:
        """The person's own."""
        return self.filter(by=getattr(user, "pk", None))

    def unfinished(self) -> LongRunQuerySet:
        """Waiting or running."""
        return self.filter(status__in=UNFINISHED)


class ChannelQuerySet(models.QuerySet["Channel"]):
    """Which channels."""

    def visible_to(self, user: User | AnonymousUser) -> ChannelQuerySet:
        """Those of halls whose settings the person keeps."""
        return self.filter(in_halls(user, "hall.settings"))

    def hearing(self, event: str) -> list[Channel]:
        """The active ones that are told of an event of this kind."""
        return [c for c in self.filter(is_active=True) if not c.events or event in c.events]


class MailWishQuerySet(models.QuerySet["MailWish"]):
    """Whose mail."""

    def visible_to(self, user: User | AnonymousUser) -> MailWishQuerySet:
        """The person's own."""
        return self.filter(user=getattr(user, "pk", None))


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Which deliveries."""

    def visible_to(self, user: User | AnonymousUser) -> DeliveryQuerySet:
        """Those of halls whose settings the person keeps."""
        return self.filter(in_halls(user, "hall.settings"))


SOON = timedelta(days=3)


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Which notices."""

    def of_person(self, user: Any) -> NoticeQuerySet:
        """One person's, once the seconds of undo are over."""
        return self.filter(user=user, withdrawn_at__isnull=True, visible_from__lte=timezone.now())

    def visible_to(self, user: User | AnonymousUser) -> NoticeQuerySet:
        """The person's own, once the seconds of undo are over."""
        return self.of_person(getattr(user, "pk", None))

    def unread(self) -> NoticeQuerySet:
        """Not opened yet."""
        return self.filter(read_at__isnull=True)

    def due(self) -> NoticeQuerySet:
        """With a deadline."""
        return self.filter(due_at__isnull=False)

    def due_soon(self) -> NoticeQuerySet:
        """With a deadline in the next three days."""
        now = timezone.now()
        return self.filter(due_at__gte=now, due_at__lt=now + SOON)

    def overdue(self) -> NoticeQuerySet:
        """With a deadline that is over."""
        return self.filter(due_at__lt=timezone.now())

    def counts(self) -> dict[str, int]:
        """How many are unread, and among these how many are due soon or overdue; one query."""
        now = timezone.now()
        return self.unread().aggregate(
            unread=Count("pk"),
            soon=Count("pk", filter=Q(due_at__gte=now, due_at__lt=now + SOON)),
            late=Count("pk", filter=Q(due_at__lt=now)),
        )


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    """Which files; who may open one is asked of its kind (`trail.files`)."""

    def visible_to(self, user: User | AnonymousUser) -> StoredFileQuerySet:
        """The person's uploads, and files of halls he belongs to; the kind decides the rest."""
        return self.filter(in_halls(user, "hall.read") | Q(uploaded_by=getattr(user, "pk", None)))


class PhotoMaskQuerySet(models.QuerySet["PhotoMask"]):
    """Which masks; what a person sees of one follows from the file."""

    def visible_to(self, user: User | AnonymousUser) -> PhotoMaskQuerySet:
        """Of files in the halls the person belongs to; the file's kind decides the rest."""
        return self.filter(in_halls(user, "hall.read"))

    def standing(self) -> PhotoMaskQuerySet:
        """Not lifted."""
        return self.filter(lifted_at__isnull=True)


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Which imports."""

    def visible_to(self, user: User | AnonymousUser) -> ImportRunQuerySet:
        """Those of halls where the person may import."""
        return self.filter(in_halls(user, "imports.run"))


class UndoQuerySet(models.QuerySet[Any]):
    """Which steps that may be taken back."""

    def visible_to(self, user: User | AnonymousUser) -> UndoQuerySet:
        """Nobody's but who took them."""
        return self.filter(by=getattr(user, "pk", None))
