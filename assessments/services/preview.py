"""暂定得分 preview: a person's month so far, straight from the ledger; nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assessments.models import Component
from assessments.scoring.scratch import last_of_month
from assessments.services.charging import Charges, charge
from assessments.services.schemes import clamp
from violations.enums import RecordStatus
from violations.models import ConductRecord
from violations.rule_enums import Subject
from violations.tariff import version_for

if TYPE_CHECKING:
    from datetime import date

    from windows.models import Staff


WAITING = (RecordStatus.NOTIFIED, RecordStatus.STATED, RecordStatus.APPEALED)


@dataclass
class Preview:
    """Base, what counts, what still may, and the total as of now."""

    month: date
    base: int
    total: int
    lines: list[tuple[ConductRecord, int]] = field(default_factory=list)
    waiting: list[tuple[ConductRecord, int]] = field(default_factory=list)
    total_if_upheld: int = 0
    """The total if everything that waits were upheld."""
    is_estimate: bool = False
    """Some clauses count over a longer time than the month, or together with others."""


def preview_of(staff: Staff, month: date) -> Preview | None:
    """The person's month so far; None when no rulebook is in force.

    Corrections of earlier months and what honours bring are left to the reckoning.
    """
    last = last_of_month(month)
    version = version_for(staff.hall, last)
    if version is None:
        return None
    own = Component.objects.filter(scheme__version=version, scheme__kind=Subject.STAFF)
    nodes = list(own.select_related("scheme"))
    scheme, base = (nodes[0].scheme if nodes else None), sum(node.base for node in nodes)
    rows = ConductRecord.objects.filter(staff=staff, subject=Subject.STAFF).in_days(month, last)
    records = list(rows.select_related("act", "hall", "window", "staff").order_by("day", "pk"))
    counting = [record for record in records if record.counts]
    open_ = [record for record in records if record.status in WAITING]
    now, upheld = charge(counting), charge(sorted([*counting, *open_], key=lambda r: (r.day, r.pk)))

    def total(charges: Charges) -> int:
        raw = base + sum(charges.points.values())
        return clamp(raw, scheme.floor, scheme.cap) if scheme else raw

    return Preview(
        month,
        base,
        total(now),
        [(record, now.points[record.pk]) for record in counting if record.pk in now.points],
        [(record, upheld.points[record.pk]) for record in open_ if record.pk in upheld.points],
        total(upheld),
        upheld.is_estimate,
    )
