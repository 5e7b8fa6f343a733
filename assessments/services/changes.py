"""重算变化: what a reckoning of a draft month changed against the one before it, card by card.

Replaced reckonings stay until the month is published and after: they are compared, never changed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Sum

from assessments.enums import Outcome
from assessments.models import AwardResult, Line, Run, Scorecard
from assessments.services.results import points_number
from violations.models import ConductRecord

if TYPE_CHECKING:
    from assessments.models import AssessmentMonth

Key = tuple[str, int]


@dataclass
class LineChange:
    """Points of one record (or of a count, without a record) that one of the two reckonings did not have."""

    clause: str
    record: ConductRecord | None
    before: int
    after: int


@dataclass
class CardChange:
    """One subject whose score, rank or titles differ."""

    card: Scorecard
    before: int | None
    after: int | None
    rank_before: int | None
    rank_after: int | None
    won: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    lines: list[LineChange] = field(default_factory=list)

    @property
    def change(self) -> int:
        """Points more or less than before."""
        return (self.after or 0) - (self.before or 0)

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            "kind": self.card.kind,
            "subject_id": self.card.subject_id,
            "name": str(self.card.subject),
            "before": None if self.before is None else points_number(self.before),
            "after": None if self.after is None else points_number(self.after),
            "change": points_number(self.change),
            "rank_before": self.rank_before,
            "rank_after": self.rank_after,
            "won": self.won,
            "lost": self.lost,
            "lines": [
                {
                    "clause": line.clause,
                    "record": line.record.number if line.record else "",
                    "before": points_number(line.before),
                    "after": points_number(line.after),
                }
                for line in self.lines
            ],
        }


def run_before(month: AssessmentMonth) -> Run | None:
    """The reckoning of this month that the present one replaced."""
    cards = Scorecard.objects.filter(run=OuterRef("pk"), hall=month.hall_id)
    earlier = Run.objects.filter(month=month.month, period=month.period, pk__lt=month.run_id or 0)
    return earlier.filter(Exists(cards)).order_by("-pk").first()


def changes_of(month: AssessmentMonth) -> list[CardChange]:
    """Who gained or lost what since the reckoning before, and by which records; the largest first."""
    prior = run_before(month)
    if prior is None or month.run_id is None:
        return []
    old, new = _cards(month, prior.pk), _cards(month, month.run_id)
    had, has = _titles(month, prior.pk), _titles(month, month.run_id)
    lines = _lines(month, prior.pk, month.run_id)
    found = []
    for key in old.keys() | new.keys():
        was, is_ = old.get(key), new.get(key)
        card = is_ or was
        if card is None:
            continue
        change = CardChange(
            card=card,
            before=was.total if was else None,
            after=is_.total if is_ else None,
            rank_before=was.rank if was else None,
            rank_after=is_.rank if is_ else None,
            won=sorted(has[key] - had[key]),
            lost=sorted(had[key] - has[key]),
            lines=lines[key],
        )
        numbers = (change.before, change.rank_before) != (change.after, change.rank_after)
        if numbers or change.won or change.lost or change.lines:
            found.append(change)
    return sorted(found, key=lambda row: (-abs(row.change), row.card.kind, row.rank_after or 0, row.card.pk))


def _cards(month: AssessmentMonth, run: int) -> dict[Key, Scorecard]:
    rows = Scorecard.objects.filter(run=run, hall=month.hall_id).with_subject()
    return {(card.kind, card.subject_id): card for card in rows}


def _titles(month: AssessmentMonth, run: int) -> dict[Key, set[str]]:
    rows = AwardResult.objects.filter(card__run=run, card__hall=month.hall_id, outcome=Outcome.WON)
    found: dict[Key, set[str]] = defaultdict(set)
    for kind, subject, name in rows.values_list("card__kind", "card__subject_id", "award__name"):
        found[kind, subject].add(name)
    return found


def _lines(month: AssessmentMonth, prior: int, now: int) -> dict[Key, list[LineChange]]:
    """Records (or counts) by clause whose points differ between the two."""
    rows = Line.objects.filter(run__in=(prior, now), card__hall=month.hall_id).values_list(
        "run", "card__kind", "card__subject_id", "clause__code", "record", "kind"
    )
    points: dict[Any, dict[int, int]] = defaultdict(lambda: {prior: 0, now: 0})
    for run, kind, subject, clause, record, line, total in rows.annotate(Sum("points")).order_by():
        points[kind, subject, clause or "", record, line][run] += total
    differ = {key: both for key, both in points.items() if both[prior] != both[now]}
    known = ConductRecord.objects.select_related("act").in_bulk({key[3] for key in differ if key[3]})
    found: dict[Key, list[LineChange]] = defaultdict(list)
    for (kind, subject, clause, record, _), both in sorted(differ.items(), key=lambda one: str(one[0])):
        found[kind, subject].append(LineChange(clause, known.get(record), both[prior], both[now]))
    return found
