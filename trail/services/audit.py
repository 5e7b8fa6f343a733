"""审计 audit: `record()` stands in the same transaction as the change it tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, models

from accounts.models import Hall
from trail import origin
from trail.actors import Robot, job_name, person
from trail.models import AuditEntry

if TYPE_CHECKING:
    from accounts.models import User


def record(
    action: str,
    *,
    target: models.Model,
    by: User | Robot,
    hall: Hall | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Write that `by` did `action` ("record.confirmed") to `target`.

    `hall` defaults to the target's own. Raises RuntimeError outside a transaction: a change without
    its trace, or a trace without its change, must not be possible.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{action}: an audit row belongs in the transaction of the change")
    return AuditEntry.objects.create(
        hall=hall or _hall_of(target),
        by=person(by),
        job=job_name(by),
        address=origin.address.get(),
        action=action,
        target_kind=target._meta.label_lower,
        target_id=str(target.pk),
        target_label=str(target)[:200],
        before=before,
        after=after,
        reason=reason[:500],
    )


def _hall_of(target: models.Model) -> Hall | None:
    return target if isinstance(target, Hall) else getattr(target, "hall", None)
