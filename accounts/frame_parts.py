"""Small facts the frame asks of higher rooms: they register how to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from django.db.models import Expression, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User

_unread: list[Callable[[OuterRef], QuerySet]] = []  # type: ignore[type-arg]
_facts: list[Callable[[OuterRef], Mapping[str, Expression]]] = []


def register_unread(count: Callable[[OuterRef], QuerySet]) -> None:  # type: ignore[type-arg]
    """Tell how unread notices are counted: `count(user)` is a subquery of one row with `count`."""
    _unread[:] = [count]


def register_person_facts(facts: Callable[[OuterRef], Mapping[str, Expression]]) -> None:
    """Read `facts(user)` as attributes of the person of a request, in the statement that reads the person."""
    if facts not in _facts:
        _facts.append(facts)


def person_facts() -> dict[str, Expression]:
    """What is read together with the person of a request."""
    found: dict[str, Expression] = dict(unread_counts())
    for facts in _facts:
        found |= facts(OuterRef("pk"))
    return found


def unread_counts() -> dict[str, Coalesce]:
    """What to annotate a person with; nothing when no room keeps notices."""
    if not _unread:
        return {}
    counted = Subquery(_unread[0](OuterRef("pk")).values("count"))
    return {"unread_notices": Coalesce(counted, 0, output_field=IntegerField())}


def unread(user: User) -> int:
    """Unread notices of a person read by `unread_counts`; 0 when nobody counted."""
    return getattr(user, "unread_notices", 0)
