"""日程 agenda: what will happen when, in order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

from accounts.models import Hall
from trail.services import jobs

if TYPE_CHECKING:
    from accounts.clock import Clock

Act = Callable[[], None]


class Agenda:
    """Acts by their moment; doing one may put further ones on the agenda."""

    def __init__(self, clock: Clock, since: date) -> None:
        self.clock, self.since = clock, since
        self._acts: list[tuple[datetime, int, Act]] = []
        self._count = 0

    def at(self, moment: datetime, act: Act) -> None:
        """Do `act` at `moment`, or right after what has to be done before it."""
        self._count += 1
        heapq.heappush(self._acts, (moment, self._count, act))

    def live_until(self, moment: datetime) -> None:
        """Do everything that is due up to and including `moment`."""
        while self._acts and self._acts[0][0] <= moment:
            due, _, act = heapq.heappop(self._acts)
            self.clock.move_to(max(due, self.clock.moment))
            act()
        self.clock.move_to(max(moment, self.clock.moment))

    def tick(self) -> None:
        """What beat does every quarter of an hour: run whatever period is missing.

        Months before the story began are left out: nobody worked in the hall yet.
        """
        for name, hall_id, period in jobs.due_runs(self.clock.moment):
            if len(period) == len("2026-08") and period < f"{self.since:%Y-%m}":
                continue
            jobs.run_job(name, hall=Hall.objects.get(pk=hall_id), period=period)
