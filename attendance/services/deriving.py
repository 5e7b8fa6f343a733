"""考勤结果: derive the half days of a month from punches and leaves, again whenever facts arrive."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import Refused
from attendance.day import Excuse, HalfDay, Rules, Shift, judge_half_day
from attendance.enums import Half
from attendance.models import DayResult, Leave, Punch
from attendance.services import counts
from attendance.services.months import last_day
from attendance.services.rules import WAIT, rules_of
from attendance.services.timetable import Seats, Timetable
from trail.services import audit
from trail.services.progress import Progress
from windows.models import Staff

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

    from accounts.models import Hall, User
    from trail.actors import Robot

CHUNK = 500
"""People taken into memory at once."""
DERIVED = (
    "outcome",
    "late",
    "early",
    "late_seconds",
    "early_seconds",
    "is_missed",
    "arrival",
    "departure",
    "reason",
)
Key = tuple[int, date, str]


@dataclass(frozen=True)
class Derived:
    """A derived month: its counts, and how many half days changed."""

    by_staff: dict[str, dict[str, int]]
    changed: int

    @property
    def totals(self) -> dict[str, int]:
        """The counts of the hall."""
        return counts.totals(self.by_staff)

    def as_json(self) -> dict[str, Any]:
        """The contract's two keys."""
        return {"totals": self.totals, "by_staff": self.by_staff}


@transaction.atomic
def derive_month(
    *,
    hall: Hall,
    month: date,
    by: User | Robot,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> Derived:
    """Derive all half days of the month that are over, and return the counts.

    A second run on the same facts changes nothing. A half day is judged only after its close and the
    hall's waiting time. Raises Refused for a month to come and for a hall without service hours.
    """
    moment = timezone.localtime(now)
    first, last = month, last_day(month)
    if first > moment.date():
        raise Refused(f"{month:%Y-%m} 还没有到，不能计算考勤。", code="future_month", status=422)
    book = _Book(hall, first, min(last, moment.date()), moment)
    present = Staff.objects.filter(hall=hall).present_during(first, last)
    changed = _drop_others(hall, present, first, last)
    told = progress or Progress()
    told.expect(present.count() if progress else 0, "正在计算考勤")
    people = present.order_by("pk").iterator(CHUNK)
    while chunk := list(islice(people, CHUNK)):
        changed += _write(hall, chunk, book.judge(chunk), first, last)
        told.advance(len(chunk))
    derived = Derived(counts.month_counts(hall, first, last), changed)
    if changed:
        after = {"month": f"{month:%Y-%m}", "changed": changed, "totals": derived.totals}
        audit.record("attendance.derived", target=hall, by=by, hall=hall, after=after)
    return derived


class _Book:
    """Everything about the hall that is the same for all people."""

    def __init__(self, hall: Hall, first: date, last: date, moment: datetime) -> None:
        self.rules: Rules = rules_of(hall)
        self.first, self.last, self.moment = first, last, moment
        self.wait = timedelta(minutes=hall.option(WAIT))
        self.timetable = Timetable(hall, first, last, self.rules.cut)
        self.seats = Seats(hall, first, last)
        if self.timetable.is_empty:
            raise Refused(
                f"{hall} 在 {first:%Y-%m} 没有服务时间，先在“设置 - 服务时间”里填好上下班时间。",
                code="no_hours",
                status=422,
            )

    def judge(self, people: list[Staff]) -> dict[Key, HalfDay]:
        """The result of every half day of these people; two queries."""
        ids = [person.pk for person in people]
        punches = _punches_by_day(ids, self.first, self.last)
        excuses = _excuses(ids, self.first, self.last)
        judged: dict[Key, HalfDay] = {}
        for person in people:
            for day in self._days_of(person):
                seen = punches.get((person.pk, day), ())
                for half, shift in self._over(person, day):
                    key = (person.pk, day, half.value)
                    judged[key] = judge_half_day(half, shift, seen, excuses.get(key, ()), self.rules)
        return judged

    def _days_of(self, person: Staff) -> Iterator[date]:
        for day in self.timetable.workdays:
            if (person.joined_on is None or person.joined_on <= day) and (
                person.left_on is None or day <= person.left_on
            ):
                yield day

    def _over(self, person: Staff, day: date) -> Iterator[tuple[Half, Shift]]:
        """The half days whose close and waiting time are past."""
        shifts = self.timetable.shifts(day, self.seats.window_id(person.pk, day))
        for half, shift in shifts.items():
            close = timezone.make_aware(datetime.combine(day, shift.closes))
            if close + self.wait <= self.moment:
                yield half, shift


def _punches_by_day(ids: list[int], first: date, last: date) -> dict[tuple[int, date], list[time]]:
    found: dict[tuple[int, date], list[time]] = defaultdict(list)
    rows = Punch.objects.filter(staff__in=ids).in_days(first, last).order_by()
    for staff, at in rows.values_list("staff_id", "at").iterator():
        local = timezone.localtime(at)
        found[staff, local.date()].append(local.time())
    return found


def _excuses(ids: list[int], first: date, last: date) -> dict[Key, list[Excuse]]:
    found: dict[Key, list[Excuse]] = defaultdict(list)
    for leave in Leave.objects.filter(staff__in=ids).in_days(first, last).order_by():
        found[leave.staff_id, leave.day, leave.half].append(Excuse(leave.is_outing, leave.words))
    return found


def _drop_others(hall: Hall, present: QuerySet[Staff], first: date, last: date) -> int:
    """Remove results of people who turned out not to belong to the hall in these days."""
    others = DayResult.objects.of_hall(hall).in_days(first, last).exclude(staff__in=present)
    return others.delete()[0]


def _write(hall: Hall, people: list[Staff], judged: dict[Key, HalfDay], first: date, last: date) -> int:
    """Bring the stored results of these people in line with what was judged; how many rows changed."""
    stored = DayResult.objects.filter(staff__in=[p.pk for p in people]).in_days(first, last).order_by()
    known: dict[Key, tuple[Any, ...]] = {}
    stale: list[int] = []
    for pk, staff, day, half, *fields in stored.values_list("pk", "staff_id", "day", "half", *DERIVED):
        if (staff, day, half) in judged:
            known[staff, day, half] = tuple(fields)
        else:
            stale.append(pk)
    changed = [key for key, result in judged.items() if known.get(key) != _fields(result)]
    DayResult.objects.bulk_create(
        _rows(hall, changed, judged),
        update_conflicts=True,
        unique_fields=["staff", "day", "half"],
        update_fields=DERIVED,
        batch_size=CHUNK,
    )
    DayResult.objects.filter(pk__in=stale).delete()
    return len(changed) + len(stale)


def _rows(hall: Hall, keys: Iterable[Key], judged: dict[Key, HalfDay]) -> list[DayResult]:
    return [
        DayResult(
            hall=hall,
            staff_id=staff,
            day=day,
            half=half,
            **dict(zip(DERIVED, _fields(judged[staff, day, half]), strict=True)),
        )
        for staff, day, half in keys
    ]


def _fields(result: HalfDay) -> tuple[Any, ...]:
    return tuple(getattr(result, name) for name in DERIVED)
