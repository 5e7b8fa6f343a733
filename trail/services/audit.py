"""审计 audit: `record()` stands in the same transaction as the change it tells of."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from django.db import connection, models

from accounts.models import Hall
from accounts.versions import Change
from trail import origin
from trail.actors import Robot, job_name, person
from trail.models import AuditEntry
from trail.services.chain import link_after_commit

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User

SECRET = re.compile(
    r"passw|secret|token|otp|csrf|session|cookie|身份证|密码|complainant|投诉人", re.IGNORECASE
)
"""Names of values that never go into a trace, whatever a caller hands over."""
KEPT_BACK = "（不记录）"
KEPT_CONTROLS = "\n\t"


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
    its trace, or a trace without its change, must not be possible. The row joins the chain of its
    hall and day right after the commit, so a long transaction holds nobody up.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{action}: an audit row belongs in the transaction of the change")
    entry = AuditEntry.objects.create(
        hall=hall or _hall_of(target),
        by=person(by),
        job=job_name(by),
        address=one_line(origin.address.get())[:45],
        action=action,
        target_kind=target._meta.label_lower,
        target_id=str(target.pk),
        target_label=one_line(str(target))[:200],
        before=_without_secrets(before),
        after=_without_secrets(after),
        reason=_clean(reason)[:500],
    )
    link_after_commit(entry)
    return entry


def one_line(text: str) -> str:
    """Text that cannot pass for two lines, colour a terminal or turn its reading direction around."""
    return " ".join(_clean(text).split())


def _clean(text: str) -> str:
    """Text without control characters, half code points and signs that hide or reverse what stands there."""
    kept = (c for c in text.replace("\r\n", "\n") if c in KEPT_CONTROLS or not _is_hidden(c))
    return "".join(kept)


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _without_secrets(value: Any, name: str = "") -> Any:
    if name and SECRET.search(name):
        return KEPT_BACK
    if isinstance(value, dict):
        return {_clean(str(key)): _without_secrets(one, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(one, name) for one in value]
    return _clean(value) if isinstance(value, str) else value


def changes_since(target: models.Model, since: datetime, actions: tuple[str, ...] = ()) -> list[Change]:
    """Who changed what of the thing from that moment on, the newest first."""
    rows = AuditEntry.objects.filter(
        target_kind=target._meta.label_lower, target_id=str(target.pk), at__gte=since
    ).select_related("by")
    if actions:
        rows = rows.filter(action__in=actions)
    return [
        Change(row.by.name if row.by else f"系统（{row.job}）", row.at, _names(row.after))
        for row in rows.order_by("-pk")[:50]
    ]


def _names(after: dict[str, Any] | None) -> frozenset[str]:
    """The fields an audit row tells of, as forms name them."""
    return frozenset(name.replace(".", "__") for name in after or {})


def _hall_of(target: models.Model) -> Hall | None:
    return target if isinstance(target, Hall) else getattr(target, "hall", None)
