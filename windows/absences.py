"""不在岗 absences: who is away at a moment; an upper room registers how it knows.

Patrols, the public roster and the citizen's page ask here; none of them knows attendance.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Hall

Away = Callable[["Hall", datetime], dict[int, str]]
_sources: dict[str, Away] = {}


def register_absences(key: str, find: Away) -> None:
    """Tell who is away: `find(hall, moment)` answers {staff id: "请假"} in at most one query.

    The word is shown to others, so it never says why.
    """
    _sources[key] = find


def forget_absences(key: str) -> None:
    """Ask that source no more."""
    _sources.pop(key, None)


def away_at(hall: Hall, moment: datetime) -> dict[int, str]:
    """Staff who are away at the moment, with the word a page shows for it."""
    away: dict[int, str] = {}
    for find in _sources.values():
        away.update(find(hall, moment))
    return away
