"""重复发生 and 重复登记: the same act at the same window again; the same matter recorded by two people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from violations.enums import VOID
from violations.models import ConductRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Hall, User

REPEAT_DAYS = "violations.repeat_days"
MERGE_MINUTES = "violations.merge_minutes"


@dataclass
class Nearby:
    """What else is known of one record's act, the newest first."""

    repeats: list[ConductRecord] = field(default_factory=list)
    """At the same window, on another occasion, within the hall's days."""
    doubles: list[ConductRecord] = field(default_factory=list)
    """Of the same person, by somebody else, within the hall's minutes: perhaps the same occasion."""


NOTHING_NEAR = Nearby()


def nearby(records: Iterable[ConductRecord], user: User) -> dict[int, Nearby]:
    """By record id, of what this person may see; one query. What is void repeats nothing."""
    alive = [record for record in records if not record.is_void]
    if not alive:
        return {}
    reach = timedelta(days=max(repeat_days(record.hall) for record in alive))
    span = (min(record.day for record in alive) - reach, max(record.day for record in alive) + reach)
    place = Q(window__in={record.window_id for record in alive if record.window_id})
    place |= Q(staff__in={record.staff_id for record in alive if record.staff_id})
    rows = ConductRecord.objects.visible_to(user).filter(
        place,
        hall__in={record.hall_id for record in alive},
        act__in={record.act_id for record in alive},
        day__range=span,
    )
    others = list(rows.exclude(status__in=VOID).for_list().order_by("-at", "-pk"))
    return {record.pk: _near(record, others) for record in alive}


def _near(record: ConductRecord, others: list[ConductRecord]) -> Nearby:
    found = Nearby()
    for other in others:
        if other.pk == record.pk:
            continue
        if is_double(record, other):
            found.doubles.append(other)
        elif _is_repeat(record, other):
            found.repeats.append(other)
    return found


def is_double(record: ConductRecord, other: ConductRecord) -> bool:
    """Whether two people recorded the same: one act, one subject, at nearly the same time."""
    named = record.finder_id and other.finder_id and record.finder_id != other.finder_id
    within = timedelta(minutes=record.hall.option(MERGE_MINUTES))
    same = _subject(record) == _subject(other) and abs(record.at - other.at) <= within
    return bool(named) and same and not record.is_void and not other.is_void


def nth_time(record: ConductRecord, repeats: list[ConductRecord]) -> int:
    """The how manieth time it is at the window: 1 for the first."""
    return 1 + sum((other.at, other.pk) < (record.at, record.pk) for other in repeats)


def repeat_days(hall: Hall) -> int:
    """Within how many days the same act counts as a repeat."""
    return int(hall.option(REPEAT_DAYS))


def _subject(record: ConductRecord) -> tuple[object, ...]:
    place = record.window_id if record.staff_id is None else None
    return record.hall_id, record.act_id, record.subject, record.staff_id, place, record.department_id


def _is_repeat(record: ConductRecord, other: ConductRecord) -> bool:
    def where(row: ConductRecord) -> tuple[int | None, ...]:
        return row.hall_id, row.window_id, row.act_id

    same = record.window_id is not None and where(record) == where(other) and not other.act.is_bonus
    return same and abs((record.day - other.day).days) <= repeat_days(record.hall)
