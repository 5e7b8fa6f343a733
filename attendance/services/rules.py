"""考勤规定: the hall's settings as the rules a half day is judged by."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from attendance.day import MINUTE, Rules

if TYPE_CHECKING:
    from accounts.models import Hall

CUT = "attendance.cut"
LATE_MIDDLE = "attendance.late_middle_minutes"
LATE_HALF_DAY = "attendance.late_half_day_minutes"
EARLY_MIDDLE = "attendance.early_middle_minutes"
EARLY_HALF_DAY = "attendance.early_half_day_minutes"
WAIT = "attendance.wait_minutes"


def rules_of(hall: Hall) -> Rules:
    """The rules of the hall; one query for all its settings."""
    return Rules(
        cut=cut_of(hall),
        late_middle=hall.option(LATE_MIDDLE) * MINUTE,
        late_half_day=hall.option(LATE_HALF_DAY) * MINUTE,
        early_middle=hall.option(EARLY_MIDDLE) * MINUTE,
        early_half_day=hall.option(EARLY_HALF_DAY) * MINUTE,
    )


def cut_of(hall: Hall) -> time:
    """Where the day is parted into half days."""
    return time.fromisoformat(hall.option(CUT))
