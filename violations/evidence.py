"""佐证 evidence: each inlet tells how the evidence behind its records is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trail.models import StoredFile
    from violations.models import ConductRecord


@dataclass(frozen=True)
class Evidence:
    """What stands behind a record: a label ("巡查记录"), a page when there is one, and photos."""

    label: str
    url: str = ""
    photos: list[StoredFile] = field(default_factory=list)


Show = Callable[[list["ConductRecord"]], dict[int, Evidence]]
_shows: dict[str, Show] = {}


def register_evidence(source: str, show: Show) -> None:
    """Tell how evidence of a source is shown: `show(records)` answers by record id, in constant queries."""
    _shows[source] = show


def evidence_for(records: Iterable[ConductRecord]) -> dict[int, Evidence]:
    """The evidence of each record that has any, by record id."""
    by_source: dict[str, list[ConductRecord]] = defaultdict(list)
    for record in records:
        by_source[record.source].append(record)
    found: dict[int, Evidence] = {}
    for source, some in by_source.items():
        if source in _shows:
            found.update(_shows[source](some))
    return found
