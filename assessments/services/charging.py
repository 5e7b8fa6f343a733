"""暂定计分 charging: what a month's records cost on their own card so far, clause by clause.

Counts of one's own within the month are exact; what counts over a longer time, or together with others, is
counted from the first of the month and said to be an estimate.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assessments.services.schemes import clamp, round_div
from violations.pricing import books_for, counts_by, gives_points, is_counted, times_of, unit_of
from violations.rule_enums import CountedFor, Dedup, Measure, Mode, Span, Target

if TYPE_CHECKING:
    from violations.models import ConductRecord, Price, Step
    from violations.pricing import PriceBook

EXACT = (Span.EACH, Span.DAY, Span.WEEK, Span.MONTH)
EVERYTHING = 1_000_000_000_00


@dataclass
class Charges:
    """Points by record, and whether some of them are an estimate."""

    points: dict[int, int] = field(default_factory=dict)
    is_estimate: bool = False


@dataclass(frozen=True, eq=False)
class _Claim:
    record: ConductRecord
    price: Price
    unit: int
    times: int
    book: PriceBook


def charge(records: list[ConductRecord]) -> Charges:
    """What each record costs; records that no clause judges are left out."""
    books = books_for(records)
    with_photo = _with_photo(records, books)
    found = Charges()
    amounts: dict[tuple[object, ...], int] = defaultdict(int)
    claims = [
        claim for record in records for claim in _claims(record, books[record.pk], record.pk in with_photo)
    ]
    kept = _once_an_incident(claims)
    for claim in claims:
        found.points.setdefault(claim.record.pk, 0)
        if claim not in kept:
            continue
        clause = claim.price.clause
        if is_counted(clause):
            found.is_estimate |= clause.span not in EXACT or clause.counted_for != CountedFor.SELF
            key = (clause.pk, *_span_key(clause.span, claim.record))
            before = amounts[key]
            amounts[key] += 100 if clause.measure == Measure.TIMES else claim.record.quantity
            found.points[claim.record.pk] += _own_share(claim, before, amounts[key])
        else:
            found.points[claim.record.pk] += claim.unit * claim.times
    return found


def _claims(record: ConductRecord, book: PriceBook, has_photo: bool) -> list[_Claim]:
    return [
        _Claim(record, price, unit_of(price, record), times_of(record, by_quantity=price.by_quantity), book)
        for price in book.of(record)
        if counts_by(price, record, has_photo=has_photo)
    ]


def _with_photo(records: list[ConductRecord], books: dict[int, PriceBook]) -> set[int]:
    """Asked only when some clause wants evidence."""
    asked = [r for r in records if any(price.needs_evidence for price in books[r.pk].of(r))]
    if not asked:
        return set()
    rows = type(asked[0]).objects.filter(pk__in=[record.pk for record in asked], photos__isnull=False)
    return set(rows.values_list("pk", flat=True))


def _once_an_incident(claims: list[_Claim]) -> set[_Claim]:
    """Of one incident what the clause says: the first, the heaviest, or all."""
    kept: set[_Claim] = set()
    best: dict[tuple[object, ...], tuple[tuple[int, object, int], _Claim]] = {}
    for claim in claims:
        dedup, record = claim.price.dedup, claim.record
        if dedup == Dedup.ALL or not record.incident:
            kept.add(claim)
            continue
        weight = 0 if dedup == Dedup.FIRST else -abs(claim.unit * claim.times)
        key, order = (record.incident, dedup, claim.unit < 0), (weight, record.day, record.pk)
        if key not in best or order < best[key][0]:
            best[key] = (order, claim)
    return kept | {claim for _, claim in best.values()}


def _span_key(span: str, record: ConductRecord) -> tuple[object, ...]:
    keys: dict[str, tuple[object, ...]] = {
        Span.EACH: ("each", record.pk),
        Span.DAY: ("day", record.day),
        Span.WEEK: ("week", *record.day.isocalendar()[:2]),
    }
    return keys.get(span, ("month",))


def _own_share(claim: _Claim, before: int, after: int) -> int:
    """What the passed steps give to the card itself, by the clause's effects."""
    clause, book = claim.price.clause, claim.book
    total = 0
    for step in filter(gives_points, book.steps[clause.pk]):
        passed = _passed(step, clause.mode, before, after)
        if not passed:
            continue
        points = _step_points(step, claim, passed, clause.mode)
        hits = 1 if clause.mode == Mode.LINEAR else passed
        for effect in book.effects[clause.pk]:
            if effect.target != Target.SELF:
                continue
            total += (
                hits * effect.points
                if effect.points is not None
                else round_div(points * effect.ratio, 10_000)
            )
    return total


def _passed(step: Step, mode: str, before: int, after: int) -> int:
    end = EVERYTHING if step.end is None else step.end
    if mode == Mode.LOOKUP:
        return int(step.start <= after <= end) - int(before > 0 and step.start <= before <= end)
    if mode == Mode.LINEAR:
        return clamp(after, step.start, end) - clamp(before, step.start, end)
    return _reached(after, step, end) - _reached(before, step, end)


def _reached(amount: int, step: Step, end: int) -> int:
    return 0 if amount < step.start else (min(amount, end) - step.start) // step.every + 1


def _step_points(step: Step, claim: _Claim, passed: int, mode: str) -> int:
    if mode == Mode.LINEAR:
        return round_div(claim.unit * passed, step.every)
    if step.factor is None:
        return passed * step.points
    times = times_of(claim.record, by_quantity=claim.price.clause.by_quantity)
    return passed * round_div(claim.unit * step.factor, 10_000) * times
