"""暂定得分 preview: a person's month so far, straight from the ledger; nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assessments.models import Component
from assessments.scoring.scratch import last_of_month
from assessments.services.loading import clamp
from violations.models import ConductRecord
from violations.rule_enums import Subject
from violations.tariff import Tariff, tariffs_for, version_for

if TYPE_CHECKING:
    from datetime import date

    from windows.models import Staff


@dataclass
class Preview:
    """Base, what counts, what still may, and the total as of now."""

    month: date
    base: int
    total: int
    lines: list[tuple[ConductRecord, int]] = field(default_factory=list)
    waiting: list[tuple[ConductRecord, int]] = field(default_factory=list)

    @property
    def total_if_upheld(self) -> int:
        """The total if everything that waits were upheld."""
        return self.total + sum(points for _, points in self.waiting)


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
    tariffs = tariffs_for({(staff.hall, record.day) for record in records})
    lines, waiting = _split(records, tariffs)
    raw = base + sum(points for _, points in lines)
    total = clamp(raw, scheme.floor, scheme.cap) if scheme else raw
    return Preview(month, base, total, lines, waiting)


def _split(
    records: list[ConductRecord], tariffs: dict[tuple[int, date], Tariff]
) -> tuple[list[tuple[ConductRecord, int]], list[tuple[ConductRecord, int]]]:
    lines, waiting = [], []
    told: set[tuple[str, bool]] = set()
    for record in records:
        quote = tariffs[record.hall_id, record.day].quote(record.act_id, record.severity)
        if quote is None:
            continue
        points = quote.cost(record.quantity)
        if not record.counts:
            if record.status in ("notified", "stated", "appealed"):
                waiting.append((record, points))
            continue
        incident = (record.incident, points < 0)
        if quote.dedup != "all" and record.incident and incident in told:
            continue
        told.add(incident)
        lines.append((record, points))
    return lines, waiting
