"""考勤统计: what is counted of a month, under the names that reports and programs use.

Each count is a condition on results, so that a number on a page and the list behind it cannot differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from attendance.enums import Outcome, Tier
from attendance.models import DayResult

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from accounts.models import Hall

COUNTS: dict[str, Q] = {
    "late_under_10": Q(late=Tier.SMALL),
    "late_10_to_30": Q(late=Tier.MIDDLE),
    "early_under_10": Q(early=Tier.SMALL),
    "early_10_to_30": Q(early=Tier.MIDDLE),
    "missed_punches": Q(is_missed=True),
    "unexcused_absence_half_days": Q(outcome=Outcome.ABSENCE),
    "of_which_late_30_or_more": Q(late=Tier.HALF_DAY),
    "leave_half_days": Q(outcome=Outcome.LEAVE),
    "official_outing_half_days": Q(outcome=Outcome.OUTING),
}
WITHIN_ABSENCE = "of_which_late_30_or_more"
"""What is already told as 旷工半天."""


LABELS = {
    "late_under_10": "迟到（轻微）",
    "late_10_to_30": "迟到（较重）",
    "early_under_10": "早退（轻微）",
    "early_10_to_30": "早退（较重）",
    "missed_punches": "缺卡",
    "unexcused_absence_half_days": "旷工半天",
    "of_which_late_30_or_more": "迟到按旷工",
    "leave_half_days": "请假半天",
    "official_outing_half_days": "因公外出半天",
}


def count_expressions(prefix: str = "", within: Q | None = None) -> dict[str, Count]:
    """One conditional count a name; `prefix` is the path to the results ("day_results__")."""
    return {
        name: Count(f"{prefix}pk", filter=prefixed(condition, prefix) & (within or Q()))
        for name, condition in COUNTS.items()
    }


def prefixed(condition: Q, prefix: str) -> Q:
    """The condition on a result, asked from a row that has results."""
    return Q(**{f"{prefix}{name}": value for name, value in _pairs(condition)})


def _pairs(condition: Q) -> list[tuple[str, Any]]:
    return [pair for pair in condition.children if isinstance(pair, tuple)]


def month_counts(hall: Hall, first: date, last: date) -> dict[str, dict[str, int]]:
    """The counts of each person by 工号, zeros and people without entries left out; one query."""
    rows = DayResult.objects.of_hall(hall).in_days(first, last).order_by().values("staff__no")
    counted = rows.annotate(**count_expressions()).order_by("staff__no")
    found = {no: _without_zeros(row) for row in counted if (no := row["staff__no"])}
    return {no: row for no, row in found.items() if row}


def totals(by_staff: dict[str, dict[str, int]]) -> dict[str, int]:
    """The counts of all people together, zeros left out."""
    sums = {name: sum(person.get(name, 0) for person in by_staff.values()) for name in COUNTS}
    return _without_zeros(sums)


def _without_zeros(row: Mapping[str, Any]) -> dict[str, int]:
    return {name: row[name] for name in COUNTS if row[name]}
