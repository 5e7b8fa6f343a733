"""Opening a hall: the hall itself, its usual service hours and the state's calendar."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.enums import HallLevel
from accounts.services.first_start import use_token
from accounts.services.halls import create_hall
from accounts.services.passwords import check_first
from accounts.services.people import create_account
from trail.actors import Robot
from trail.services import audit
from windows.models import ServiceHours
from windows.services.calendar import ensure_calendar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Hall, User

MORNING, AFTERNOON, FRIDAY = (
    (time(8, 30), time(12)),
    (time(13, 30), time(17, 30)),
    (time(13, 30), time(17)),
)
USUAL_HOURS = [(weekday, (MORNING, AFTERNOON if weekday < 4 else FRIDAY)) for weekday in range(5)]
"""What a new hall starts with until it sets its own: Friday closes at 17:00, other days at 17:30."""
FROM_EVER = date(2000, 1, 1)


@transaction.atomic
def open_hall(
    *,
    code: str,
    name: str,
    by: User | Robot,
    parent: Hall | None = None,
    level: str = "",
    short_name: str = "",
) -> Hall:
    """A new hall with the usual service hours; raises Refused for a bad or taken code."""
    level = level or (HallLevel.TOWNSHIP if parent else HallLevel.DISTRICT)
    hall = create_hall(code=code, name=name, by=by, parent=parent, level=level, short_name=short_name)
    ServiceHours.objects.bulk_create(
        ServiceHours(hall=hall, weekday=weekday, opens=opens, closes=closes, starts_on=FROM_EVER)
        for weekday, stretches in USUAL_HOURS
        for opens, closes in stretches
    )
    ensure_calendar()
    audit.record("hall.opened", target=hall, by=by, hall=hall, after={"hours": _words(USUAL_HOURS)})
    return hall


@transaction.atomic
def open_first_hall(
    *, token: str, code: str, name: str, level: str, username: str, person: str, password: str
) -> User:
    """The first hall and its administrator, against the token from the log; all or nothing.

    Raises Refused for a wrong or used token, a bad code and a weak password.
    """
    use_token(token)
    by = Robot("setup")
    hall = open_hall(code=code, name=name, level=level, by=by)
    check_first(password, username=username, name=person, halls=[hall])
    user, _ = create_account(
        username=username, name=person, hall=hall, role="admin", password=password, by=by
    )
    return user


def _words(hours: Iterable[tuple[int, Iterable[tuple[time, time]]]]) -> list[str]:
    return [
        f"周{'一二三四五六日'[weekday]} {opens:%H:%M}-{closes:%H:%M}"
        for weekday, stretches in hours
        for opens, closes in stretches
    ]
