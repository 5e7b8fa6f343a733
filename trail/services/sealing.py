"""留痕封存 as a job: each night the days that are over are checked once more, sealed, and told outside."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import structlog
from django.utils import timezone

from accounts.models import Hall, User
from trail.services import chain, notices
from trail.services.jobs import Job
from trail.services.verifying import Walk

if TYPE_CHECKING:
    from datetime import datetime

    from trail.actors import Robot

log = structlog.get_logger(__name__)
LOOKED_BACK = timedelta(days=2)
MOST_COUNTED = 100


def due(now: datetime) -> list[tuple[Hall, str]]:
    """Each hall in use with the day that is over; one query for all halls."""
    yesterday = timezone.localdate(now) - timedelta(days=1)
    return [(hall, yesterday.isoformat()) for hall in Hall.objects.active()]


def run(*, hall: Hall, period: str, by: Robot) -> dict[str, Any]:
    """Link what was left behind, check the last days, then seal what is over, the rows of no hall too."""
    today = timezone.localdate()
    chain.link_left_behind(hall_id=hall.pk)
    walk = Walk(since=today - LOOKED_BACK)
    broken = sum(1 for _ in islice(walk.breaks_of(hall), MOST_COUNTED))
    if broken:
        _alarm(hall, broken)
    sealed = chain.seal_days(hall.pk, before=today)
    chain.seal_days(None, before=today)
    return {"day": period, "sealed": len(sealed), "rows": walk.rows, "broken": broken}


def _alarm(hall: Hall, broken: int) -> None:
    log.error("audit.broken", hall=hall.code, broken=broken)
    readers = User.objects.with_permission("audit.read", hall)
    title = f"操作留痕核对发现 {broken} 处不符，请尽快运行 verify_audit 查明"
    notices.tell(readers, title=title, url="/audit/", hall=hall)


JOB = Job("seal_audit", "留痕核对与封存", due, run)
