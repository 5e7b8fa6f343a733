"""班次: which hours a person has on a day, from the service hours of the window or of the hall."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, time
from typing import TYPE_CHECKING

from attendance.day import Shift
from attendance.enums import Half
from windows.models import Posting, ServiceHours
from windows.querysets import during
from windows.working_days import WorkingDays

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Hall

MONDAY, SATURDAY = 0, 5


class Timetable:
    """The hours of one hall for a span of days, read once (two queries) and asked many times."""

    def __init__(self, hall: Hall, first: date, last: date, cut: time) -> None:
        self.cut = cut
        self._workdays = set(WorkingDays(hall, first, last).days())
        self._rows: dict[int | None, list[ServiceHours]] = defaultdict(list)
        for row in ServiceHours.objects.filter(during(first, last), hall=hall).order_by("opens"):
            self._rows[row.window_id].append(row)
        self._known: dict[tuple[int | None, date], dict[Half, Shift]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether the hall has stated no hours at all for these days."""
        return not self._rows

    @property
    def workdays(self) -> list[date]:
        """The working days of the span, in order."""
        return sorted(self._workdays)

    def shifts(self, day: date, window_id: int | None = None) -> dict[Half, Shift]:
        """The shift of each half day; empty on a day off. A window with hours of its own follows only those.

        A working Saturday or Sunday (make-up day) has Monday's hours.
        """
        key = (window_id if window_id in self._rows else None, day)
        if key not in self._known:
            self._known[key] = self._find(*key)
        return self._known[key]

    def _find(self, window_id: int | None, day: date) -> dict[Half, Shift]:
        if day not in self._workdays:
            return {}
        weekday = day.weekday() if day.weekday() < SATURDAY else MONDAY
        spans = [
            (row.opens, row.closes)
            for row in self._rows.get(window_id, ())
            if row.weekday == weekday and row.starts_on <= day and (row.ends_on is None or day <= row.ends_on)
        ]
        return part_spans(spans, self.cut)


def part_spans(spans: Iterable[tuple[time, time]], cut: time) -> dict[Half, Shift]:
    """Spans of a day as one shift per half. A span across the cut asks for a punch at its outer end only."""
    shifts: dict[Half, Shift] = {}
    for opens, closes in sorted(spans):
        if opens < cut < closes:
            _widen(shifts, Half.AM, Shift(opens, cut, needs_departure=False))
            _widen(shifts, Half.PM, Shift(cut, closes, needs_arrival=False))
        else:
            _widen(shifts, Half.AM if opens < cut else Half.PM, Shift(opens, closes))
    return shifts


def _widen(shifts: dict[Half, Shift], half: Half, other: Shift) -> None:
    known = shifts.get(half)
    if known is None:
        shifts[half] = other
        return
    first, last = (known, other) if known.opens <= other.opens else (other, known)
    shifts[half] = Shift(
        opens=first.opens,
        closes=max(known.closes, other.closes),
        needs_arrival=first.needs_arrival,
        needs_departure=last.needs_departure,
    )


class Seats:
    """Who sat at which window on a day, for a span of days; one query."""

    def __init__(self, hall: Hall, first: date, last: date) -> None:
        self._spans: dict[int, list[tuple[date, date | None, int]]] = defaultdict(list)
        rows = Posting.objects.of_hall(hall).overlapping(first, last).order_by("starts_on", "pk")
        for staff, starts, ends, window in rows.values_list("staff_id", "starts_on", "ends_on", "window_id"):
            self._spans[staff].append((starts, ends, window))

    def window_id(self, staff_id: int, day: date) -> int | None:
        """The window the person sat at, the later posting when two overlap; None without a posting."""
        found = None
        for starts, ends, window in self._spans.get(staff_id, ()):
            if starts <= day and (ends is None or day <= ends):
                found = window
        return found
