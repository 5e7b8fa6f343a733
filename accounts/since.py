"""变更游标 since: programs pull the rows that changed after a place, in the order of change, losing none.

A row is at (changed_at, pk). A transaction stamps its rows before it commits, so a row may appear later
than rows stamped after it. The cursor given out at the end of a pull therefore never stands in the last
OVERLAP, nor (on PostgreSQL) after the start of the oldest transaction that is still writing: the rows
behind it come again with the next pull. Repeats are possible, losses are not.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from accounts.exceptions import BadCursor

if TYPE_CHECKING:
    from django.db.models import QuerySet

OVERLAP = timedelta(seconds=60)
"""More than a write may wait for its lock (20 s on SQLite), and than clocks of two servers differ."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
OLDEST_WRITER = """
    SELECT min(xact_start) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, order=True)
class Place:
    """After which row, in the order of change. `floor` is set in the middle of a pull: see `pull`."""

    at: datetime
    pk: int = 0
    floor: datetime | None = None

    def encoded(self) -> str:
        """As programs hold it."""
        parts = [_micros(self.at), self.pk, *([] if self.floor is None else [_micros(self.floor)])]
        return base64.urlsafe_b64encode(".".join(map(str, parts)).encode()).decode().rstrip("=")


START = Place(EPOCH)


def place_of(since: str) -> Place:
    """The place a cursor names, the beginning for an empty one; raises BadCursor."""
    if not since:
        return START
    try:
        padded = since + "=" * (-len(since) % 4)
        parts = [int(part) for part in base64.b64decode(padded, altchars=b"-_", validate=True).split(b".")]
        at, pk, *floor = parts
        moments = [EPOCH + timedelta(microseconds=micros) for micros in (at, *floor)]
    except (ValueError, OverflowError, binascii.Error) as error:
        raise BadCursor from error
    if len(floor) > 1 or not 0 <= pk < 2**63 or min(moments) < EPOCH:
        raise BadCursor
    return Place(moments[0], pk, *moments[1:])


def pull(rows: QuerySet[Any], place: Place, limit: int) -> tuple[list[Any], Place, bool]:
    """At most `limit` rows after the place, the place to go on from, and whether there are more now.

    `floor` is fixed with the first page of a pull and kept to its end: the place given out then stands
    at it or before, however long the pull took. It never goes back behind where the pull began.
    """
    floor = place.floor or max(settled_until(), place.at)
    same_moment = Q(changed_at=place.at, pk__lte=place.pk)
    after = rows.filter(changed_at__gte=place.at).exclude(same_moment) if place.at > EPOCH else rows
    found = list(after.order_by("changed_at", "pk")[: limit + 1])
    page, has_more = found[:limit], len(found) > limit
    end = Place(page[-1].changed_at, page[-1].pk) if page else Place(place.at, place.pk)
    if has_more:
        return page, Place(end.at, end.pk, floor), True
    return page, min(end, Place(floor)), False


def settled_until() -> datetime:
    """Before this moment nothing can appear any more."""
    now = timezone.now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(OLDEST_WRITER)
            now = min(now, cursor.fetchone()[0] or now)
    return now - OVERLAP


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
