"""Which walk-by notes, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from accounts.querysets import in_halls
from patrols.enums import NoteState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class WalkNoteQuerySet(models.QuerySet[Any]):
    """Which notes."""

    def visible_to(self, user: User | AnonymousUser) -> WalkNoteQuerySet:
        """One's own where one finds, and all of a hall for who decides there."""
        own = in_halls(user, "record.find") & Q(writer=user.pk)
        return self.filter(own | in_halls(user, "record.confirm"))

    def waiting(self) -> WalkNoteQuerySet:
        """Nobody has decided on them."""
        return self.filter(state=NoteState.WAITING)

    def for_list(self) -> WalkNoteQuerySet:
        """With what a line shows."""
        return self.select_related("hall", "window", "staff", "writer", "settled_by", "record__act")
