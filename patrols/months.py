"""月份: the month a page or a program asks about."""

from __future__ import annotations

from datetime import date, timedelta

from accounts.errors import Refused


def month_of(text: str, today: date) -> date:
    """The first day of "2026-10", this month for nothing; Refused for anything else."""
    if not text:
        return today.replace(day=1)
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = date.min
    if not 2000 <= first.year <= 2100:
        raise Refused(f"“{text[:20]}”不是月份，请写成 2026-10 这样。", code="bad_month", status=422)
    return first


def last_day(first: date) -> date:
    """The last day of the month that begins on `first`."""
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def month_before(first: date) -> date:
    """The month before."""
    return (first - timedelta(days=1)).replace(day=1)


def month_after(first: date) -> date:
    """The month after."""
    return last_day(first) + timedelta(days=1)
