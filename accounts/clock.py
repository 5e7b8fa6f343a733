"""现在 now: the one clock of field defaults, and a way for the demo builder to live through past days.

Code asks `django.utils.timezone.now()`; a field's default must not hold that function itself, or a
builder that lives through October would date its rows today.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone

_real_now = timezone.now


def now() -> datetime:
    """The present moment, as `timezone.now()` tells it at the time of the call."""
    return timezone.now()


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def move_to(self, moment: datetime) -> None:
        """Go on to a later moment; raises ValueError for an earlier one: time runs forward only."""
        if moment < self.moment:
            raise ValueError(f"{moment} is before {self.moment}")
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


@contextmanager
def living_at(moment: datetime) -> Iterator[Clock]:
    """Let `timezone.now()` be `moment` and move with the returned clock; for the demo builder alone."""
    clock = Clock(moment)
    timezone.now = clock  # type: ignore[assignment]
    try:
        yield clock
    finally:
        timezone.now = _real_now
