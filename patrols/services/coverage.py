"""覆盖 coverage: which windows nobody stood before this week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from patrols.models import Visit
from windows.models import Window

if TYPE_CHECKING:
    from accounts.models import Hall


@dataclass(frozen=True)
class Coverage:
    """The week from `monday` to `day`: how many windows there are, and those not visited."""

    monday: date
    day: date
    total: int
    unvisited: list[Window]

    @property
    def visited(self) -> int:
        """Windows somebody stood before."""
        return self.total - len(self.unvisited)


def week_coverage(hall: Hall, day: date) -> Coverage:
    """The coverage of the week `day` lies in, up to that day; one query."""
    monday = day - timedelta(days=day.weekday())
    seen = Visit.objects.checked().filter(window=OuterRef("pk"), round__day__range=(monday, day))
    windows = list(Window.objects.filter(hall=hall).open_on(day).on_route().annotate(seen=Exists(seen)))
    return Coverage(monday, day, len(windows), [w for w in windows if not getattr(w, "seen", False)])
