"""随机轮: rounds at times nobody can know before.

The times of a day are drawn from the server's secret key and the day. They are written nowhere: the tick
works them out again, and a row and a notice come to be only when the time is there.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.errors import Refused
from accounts.models import Hall, User
from accounts.words import time_words
from patrols.enums import DutyKind
from patrols.models import DutyDay, RandomRound, SpecialPeriod
from patrols.services.rounds import AFTERNOON_DUE, MORNING_DUE
from trail.services import audit
from trail.services.jobs import Job
from trail.services.notices import tell
from windows.hall_calendars import HallCalendars
from windows.services.reminders import stretches_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trail.actors import Robot

RANDOM_ROUNDS, RANDOM_MINUTES = "patrols.random_rounds", "patrols.random_minutes"
NAME = "call_random_rounds"
SALT = "patrols.random_rounds"
Stretch = tuple[time, time]


def wanted(hall: Hall, periods: Iterable[SpecialPeriod]) -> int:
    """How many random rounds a working day asks for: the hall's own number, more in a special period."""
    fixed = sum(bool(hall.option(option)) for option in (MORNING_DUE, AFTERNOON_DUE))
    most = max((period.rounds for period in periods), default=0)
    own: int = hall.option(RANDOM_ROUNDS)
    return max(own, most - fixed)


def drawn(hall: Hall, day: date, stretches: list[Stretch], count: int) -> list[datetime]:
    """The times of the day, to the minute and within the hours of service, in order.

    The last minutes of the day are left out, so that a call can still be answered.
    """
    spans = [(_minute(opens), _minute(closes)) for opens, closes in sorted(stretches)]
    length = sum(end - start for start, end in spans) - hall.option(RANDOM_MINUTES)
    if length <= 0:
        return []
    offsets = sorted({_draw(hall, day, n, length) for n in range(count)})
    midnight = timezone.make_aware(datetime.combine(day, time.min))
    return [midnight + timedelta(minutes=_within(spans, offset)) for offset in offsets]


def due(now: datetime) -> list[tuple[Hall, str]]:
    """The calls whose time has come today in halls that are still at work; none is made up the day after."""
    moment = timezone.localtime(now)
    day = moment.date()
    periods: dict[int, list[SpecialPeriod]] = {}
    for period in SpecialPeriod.objects.on(day):
        periods.setdefault(period.hall_id, []).append(period)
    counts = {hall: wanted(hall, periods.get(hall.pk, [])) for hall in Hall.objects.active()}
    halls = [hall for hall, count in counts.items() if count > 0]
    if not halls:
        return []
    calendars, stretches = HallCalendars(halls, day, day), stretches_on(halls, day)
    runs = []
    for hall in halls:
        hours = stretches(hall, calendars.kind(hall, day))
        is_over = not hours or max(closes for _, closes in hours) <= moment.time()
        if calendars.works(hall, day) and not is_over:
            times = drawn(hall, day, hours, counts[hall])
            runs += [(hall, f"{timezone.localtime(at):%Y-%m-%dT%H:%M}") for at in times if at <= now]
    return runs


def run(*, hall: Hall, period: str, by: Robot) -> dict[str, Any]:
    """Call one round: a row, and a notice to those on duty. Raises Refused before its time."""
    at, now = timezone.make_aware(datetime.fromisoformat(period)), timezone.now()
    if at > now:
        raise Refused("随机轮的时间还没有到。", code="no_random_round")
    Hall.objects.select_for_update().get(pk=hall.pk)
    day = timezone.localdate(at)
    serial = RandomRound.objects.filter(hall=hall, day=day).count() + 1
    until = now + timedelta(minutes=hall.option(RANDOM_MINUTES))
    call = RandomRound.objects.create(hall=hall, day=day, serial=serial, called_at=now, due_until=until)
    people = _on_duty(hall, day)
    title = f"随机巡查：请在 {time_words(until)} 前开始"
    tell(people, title=title, url="/patrol/", hall=hall, due_at=until, key=f"duty:random:{call.pk}")
    audit.record("random_round.called", target=call, by=by, after={"due_until": str(until)})
    return {"day": str(day), "told": len(people)}


def _on_duty(hall: Hall, day: date) -> list[User]:
    """Who is put down for the day; without a rota all officers of the hall."""
    rows = DutyDay.objects.of_day(hall, day).filter(kind=DutyKind.MANAGE).select_related("user")
    people = [row.user for row in rows if row.user is not None and row.user.is_active]
    walkers = User.objects.with_permission("patrol.walk", hall)
    return people or list(walkers.filter(role_grants__role="officer", role_grants__hall=hall))


def _draw(hall: Hall, day: date, n: int, length: int) -> int:
    digest = salted_hmac(SALT, f"{hall.pk}:{day.isoformat()}:{n}", algorithm="sha256").digest()
    return int.from_bytes(digest[:8]) * length >> 64


def _within(spans: list[tuple[int, int]], offset: int) -> int:
    """The minute of the day that lies `offset` minutes of service after opening."""
    for start, end in spans:
        if offset < end - start:
            return start + offset
        offset -= end - start
    raise ValueError("the offset lies beyond the hours of service")


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


JOB = Job(NAME, "通知随机巡查", due, run)
