"""Small facts the frame asks of higher rooms: they register how to answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db.models import IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User

_unread: list[Callable[[OuterRef], QuerySet]] = []  # type: ignore[type-arg]


def register_unread(count: Callable[[OuterRef], QuerySet]) -> None:  # type: ignore[type-arg]
    """Tell how unread notices are counted: `count(user)` is a subquery of one row with `count`."""
    _unread[:] = [count]


def unread_counts() -> dict[str, Coalesce]:
    """What to annotate a person with; nothing when no room keeps notices."""
    if not _unread:
        return {}
    counted = Subquery(_unread[0](OuterRef("pk")).values("count"))
    return {"unread_notices": Coalesce(counted, 0, output_field=IntegerField())}


def unread(user: User) -> int:
    """Unread notices of a person read by `unread_counts`; 0 when nobody counted."""
    return getattr(user, "unread_notices", 0)
