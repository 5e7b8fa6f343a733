"""不在岗 absences: who is away today with leave. A sibling room registers how it knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Hall

Away = Callable[["Hall", date], dict[int, str]]
_sources: dict[str, Away] = {}


def register_absences(key: str, find: Away) -> None:
    """Tell who is away: `find(hall, day)` answers {staff id: "请假"} in at most one query."""
    _sources[key] = find


def forget_absences(key: str) -> None:
    """Ask that source no more."""
    _sources.pop(key, None)


def away_on(hall: Hall, day: date) -> dict[int, str]:
    """Staff who are away with leave on the day, with the word a round shows for it."""
    away: dict[int, str] = {}
    for find in _sources.values():
        away.update(find(hall, day))
    return away
