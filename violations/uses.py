"""用到哪里 uses: rooms above tell which bulletin and which score a record feeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from violations.models import ConductRecord


@dataclass(frozen=True)
class Use:
    """A place where a record counts: "第47期周通报", "2026年11月得分单", and its page."""

    label: str
    url: str
    at: datetime | None = None
    """When it was published there."""


Find = Callable[[list["ConductRecord"]], dict[int, list[Use]]]
_finds: list[Find] = []


def register_use(find: Find) -> None:
    """Tell where records are used: `find(records)` answers by record id, in constant queries."""
    if find not in _finds:
        _finds.append(find)


def uses_of(records: Iterable[ConductRecord]) -> dict[int, list[Use]]:
    """Where each record is used, by record id; records that are used nowhere are left out."""
    rows = list(records)
    found: dict[int, list[Use]] = defaultdict(list)
    for find in _finds:
        for record_id, uses in find(rows).items():
            found[record_id] += uses
    return dict(found)
