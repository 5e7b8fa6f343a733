"""Which traces a person may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.querysets import in_halls

if TYPE_CHECKING:
    from accounts.models import User
    from trail.models import (  # noqa: F401 - named in the bases below
        AuditEntry,
        ImportRun,
        JobRun,
        Notice,
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


class JobRunQuerySet(models.QuerySet["JobRun"]):
    """Which job runs."""

    def visible_to(self, user: User | AnonymousUser) -> JobRunQuerySet:
        """Those of halls where the person reads job history."""
        return self.filter(in_halls(user, "jobs.read"))


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


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    """Which files; who may open one is asked of its kind (`trail.files`)."""

    def visible_to(self, user: User | AnonymousUser) -> StoredFileQuerySet:
        """The person's uploads, and files of halls he belongs to; the kind decides the rest."""
        return self.filter(in_halls(user, "hall.read") | Q(uploaded_by=getattr(user, "pk", None)))


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Which imports."""

    def visible_to(self, user: User | AnonymousUser) -> ImportRunQuerySet:
        """Those of halls where the person may import."""
        return self.filter(in_halls(user, "imports.run"))
