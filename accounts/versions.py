"""版本 versions: what a thing was like when opened, so that a second save overwrites nothing unseen.

Facts are what a form edits, as plain JSON values; their hash is the version. A service that is given the
version its caller has seen compares it with the facts of the locked row, inside its own transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Model

from accounts.errors import Refused

Facts = dict[str, Any]


class ChangedMeanwhile(Refused):
    """Somebody else has changed the thing since the caller looked at it; `facts` is what it is like now."""

    status = 412
    code = "changed_meanwhile"

    def __init__(self, facts: Facts) -> None:
        super().__init__("打开以后有人改过，为免覆盖没有保存。请看清现在的内容再提交。")
        self.facts = facts
        self.extra = {"version": version_of(facts), "current": facts}


class VersionMissing(Refused):
    """A text is replaced as a whole, and the caller does not say which one he has read."""

    status = 428
    code = "version_required"

    def __init__(self) -> None:
        super().__init__("请在 If-Match 里带上读到的版本（应答头 ETag）；确定要覆盖时写 If-Match: *。")


def plain(value: Any) -> Any:
    """A value as JSON keeps it: a row is its id, several rows a sorted list of ids, a day its ISO form."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Iterable):
        parts = [plain(one) for one in value]
        return sorted(parts) if all(isinstance(one, int) for one in parts) else parts
    return value


def facts_of(row: Model, names: Iterable[str], **more: Any) -> Facts:
    """The named fields of a row, and what else its form edits."""
    fields = {name: row._meta.get_field(name) for name in names}
    own = {name: plain(getattr(row, getattr(field, "attname", name))) for name, field in fields.items()}
    return own | {name: plain(value) for name, value in more.items()}


def version_of(facts: Facts) -> str:
    """A short name of these facts; equal facts have equal versions."""
    text = json.dumps(plain(facts), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def require_unchanged(facts: Facts, seen: str) -> None:
    """Raise ChangedMeanwhile unless `facts` are one of the versions in `seen`; an empty one asks nothing."""
    if seen and version_of(facts) not in seen.split():
        raise ChangedMeanwhile(facts)


@dataclass(frozen=True)
class Change:
    """Who changed which fields of a thing, and when."""

    by: str
    at: datetime
    fields: frozenset[str]


_find: list[Callable[[Model, datetime, tuple[str, ...]], list[Change]]] = []


def register_changes(find: Callable[[Model, datetime, tuple[str, ...]], list[Change]]) -> None:
    """Tell where changes are read; called once by the trail room, which keeps them."""
    _find[:] = [find]


def changes_since(target: Model, since: datetime, actions: tuple[str, ...] = ()) -> list[Change]:
    """What happened to the thing from that moment on, the newest first; `actions` narrows it to these."""
    return _find[0](target, since, actions) if _find else []
