"""What the pages of the rota show: a month as weeks of days, each with who is on duty."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from patrols.enums import DutyKind
from patrols.months import last_day, month_after, month_before
from windows.working_days import WorkingDays

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from patrols.models import DutyDay


@dataclass
class DutyCell:
    """One day of the calendar."""

    day: date
    is_in_month: bool
    is_workday: bool
    edit_url: str = ""
    groups: list[tuple[str, list[DutyDay]]] = field(default_factory=list)
    is_mine: bool = False

    @property
    def is_empty(self) -> bool:
        """A working day nobody is put down for."""
        return self.is_workday and not self.groups


@dataclass(frozen=True)
class DutyMonth:
    """The rota of a month."""

    first: date
    weeks: list[list[DutyCell]]

    @property
    def days(self) -> list[DutyCell]:
        """The days worth a line on a phone: somebody is on duty, or it is a working day without anybody."""
        cells = [cell for week in self.weeks for cell in week]
        return [cell for cell in cells if cell.is_in_month and (cell.groups or cell.is_workday)]

    @property
    def month(self) -> str:
        """As the address names it."""
        return f"{self.first:%Y-%m}"

    @property
    def last(self) -> date:
        """Its last day."""
        return last_day(self.first)

    @property
    def previous(self) -> str:
        """The month before."""
        return f"{month_before(self.first):%Y-%m}"

    @property
    def following(self) -> str:
        """The month after."""
        return f"{month_after(self.first):%Y-%m}"

    @property
    def has_rows(self) -> bool:
        """Whether anybody is on duty in it."""
        return any(cell.groups for cell in self.days)

    @property
    def empty_days(self) -> int:
        """Working days from today on that nobody is put down for."""
        today = timezone.localdate()
        return sum(cell.is_empty and cell.day >= today for cell in self.days)


def duty_month(hall: Hall, first: date, rows: list[DutyDay], user: User, *, may_edit: bool) -> DutyMonth:
    """The rows of the month as a calendar from Monday to Sunday."""
    last, today = last_day(first), timezone.localdate()
    start = first - timedelta(days=first.weekday())
    end = last + timedelta(days=6 - last.weekday())
    works = WorkingDays(hall, start, end)
    by_day: dict[date, dict[str, list[DutyDay]]] = {}
    for row in rows:
        by_day.setdefault(row.day, {}).setdefault(row.kind, []).append(row)
    cells = []
    for n in range((end - start).days + 1):
        day = start + timedelta(days=n)
        found = by_day.get(day, {})
        cells.append(
            DutyCell(
                day,
                first <= day <= last,
                day in works,
                reverse("patrols:duty_edit", args=[day.isoformat()]) if may_edit and day >= today else "",
                [(kind.label, found[kind]) for kind in DutyKind if kind in found],
                any(row.user_id == user.pk for some in found.values() for row in some),
            )
        )
    return DutyMonth(first, [cells[n : n + 7] for n in range(0, len(cells), 7)])
