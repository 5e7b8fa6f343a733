"""Small facts the frame asks of higher rooms: they register how to answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User

_unread: list[Callable[[User], int]] = []


def register_unread(count: Callable[[User], int]) -> None:
    """Tell how many unread notices a person has; one query."""
    _unread[:] = [count]


def unread(user: User) -> int:
    """Unread notices of the person, 0 when no room keeps notices."""
    return sum(count(user) for count in _unread)
