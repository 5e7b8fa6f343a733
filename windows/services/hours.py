"""服务时间 hours: what holds from a day on, for ever or for a season."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from accounts.errors import Refused
from accounts.models import Hall
from accounts.versions import Facts, require_unchanged
from trail.services import audit
from windows.models import ServiceHours
from windows.querysets import during

if TYPE_CHECKING:
    from accounts.models import User
    from trail.actors import Robot
    from windows.models import Window

DAY = timedelta(days=1)
FAR = date(9999, 12, 31)
Stretch = tuple[time, time]
Week = Mapping[int, Sequence[Stretch]]
"""Weekday (0 is Monday) → stretches of service."""


def hours_facts(hall: Hall, window: Window | None = None) -> Facts:
    """The week as it stands today and what is set for later, for whoever is about to change it."""
    rows = list(
        ServiceHours.objects.filter(hall=hall, window=window).order_by("starts_on", "weekday", "opens")
    )
    today = timezone.localdate()
    now = [row for row in rows if row.starts_on <= today and (row.ends_on is None or row.ends_on >= today)]
    week = {f"day{n}": _stretches(row for row in now if row.weekday == n) for n in range(7)}
    coming = [f"{row.starts_on} 起：{row}" for row in rows if row.starts_on > today]
    return {**week, "coming": "\n".join(coming)}


@transaction.atomic
def set_hours(
    *,
    hall: Hall,
    week: Week,
    starts_on: date,
    by: User | Robot,
    ends_on: date | None = None,
    window: Window | None = None,
    seen: str = "",
) -> None:
    """Serve by `week` from a day on, or for a season up to `ends_on`; before and after, what held before.

    Raises Refused for stretches that overlap or end before they begin, and for a window of another hall,
    ChangedMeanwhile when the hours are no longer the version `seen`.
    """
    Hall.objects.select_for_update().get(pk=hall.pk)  # one at a time: the rows below come and go
    require_unchanged(hours_facts(hall, window), seen)
    _check(week, starts_on, ends_on)
    if window is not None and window.hall_id != hall.pk:
        raise Refused(f"{window.code} 是别的大厅的窗口。", status=422)
    rows = ServiceHours.objects.filter(hall=hall, window=window)
    before = hours_words(rows.on(starts_on))
    for row in rows.filter(during(starts_on, ends_on or FAR)):
        _make_room(row, starts_on, ends_on)
    ServiceHours.objects.bulk_create(
        ServiceHours(
            hall=hall,
            window=window,
            weekday=weekday,
            opens=opens,
            closes=closes,
            starts_on=starts_on,
            ends_on=ends_on,
        )
        for weekday, stretches in week.items()
        for opens, closes in stretches
    )
    after = hours_words(rows.on(starts_on))
    span = f"{starts_on} 至 {ends_on}" if ends_on else f"{starts_on} 起"
    audit.record(
        "hours.set", target=window or hall, by=by, hall=hall, before=before, after={**after, "span": span}
    )


def hours_words(rows: Iterable[ServiceHours]) -> dict[str, str]:
    """The hours by weekday, for the audit: {"周一": "08:30-12:00 13:30-17:30"}."""
    words: dict[str, str] = {}
    for row in rows:
        key = f"周{'一二三四五六日'[row.weekday]}"
        words[key] = f"{words.get(key, '')} {row.opens:%H:%M}-{row.closes:%H:%M}".strip()
    return words


def _stretches(rows: Iterable[ServiceHours]) -> str:
    return " ".join(f"{row.opens:%H:%M}-{row.closes:%H:%M}" for row in rows)


def _check(week: Week, starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise Refused("止日要不早于起日。", code="bad_span", status=422)
    for weekday, stretches in week.items():
        last = time.min
        for opens, closes in sorted(stretches):
            if closes <= opens or opens < last:
                day = "一二三四五六日"[weekday]
                raise Refused(f"周{day}的时段前后颠倒或重叠。", code="bad_hours", status=422)
            last = closes


def _make_room(row: ServiceHours, starts_on: date, ends_on: date | None) -> None:
    """Cut the row so that it leaves starts_on..ends_on free; what reaches beyond goes on after it."""
    if ends_on is not None and (row.ends_on is None or row.ends_on > ends_on):
        ServiceHours.objects.create(
            hall_id=row.hall_id,
            window_id=row.window_id,
            weekday=row.weekday,
            opens=row.opens,
            closes=row.closes,
            starts_on=ends_on + DAY,
            ends_on=row.ends_on,
        )
    if row.starts_on >= starts_on:
        row.delete()
    else:
        row.ends_on = starts_on - DAY
        row.save(update_fields=["ends_on"])
