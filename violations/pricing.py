"""计价 pricing: every price that judges a record, by its source and severity, and what a person may choose.

`violations.tariff` says what an act costs nominally, for lists; this says what the score will read.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.words import signed
from violations.enums import RecordStatus
from violations.models import Effect, Price, Step
from violations.tariff import versions_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from violations.models import Clause, ConductRecord, RulebookVersion

VERDICTS = (RecordStatus.CONFIRMED, RecordStatus.APPEAL_REJECTED)
MOST_LISTS = 64
_LISTS: dict[tuple[object, ...], PriceBook] = {}


@dataclass(frozen=True)
class Range:
    """酌情: the points a person may choose for one unit, and those that hold when nobody chooses."""

    least: int
    most: int
    usual: int

    def holds(self, points: int) -> bool:
        """Whether the points lie within, both ends included."""
        return self.least <= points <= self.most

    @property
    def words(self) -> str:
        """As pages say it, the mildest first."""
        mild, hard = sorted((self.least, self.most), key=abs)
        return f"{signed(mild)} 到 {signed(hard)} 分"


@dataclass(frozen=True)
class PriceBook:
    """All prices of one version, with the steps and effects of their clauses."""

    prices: dict[tuple[int, str], list[Price]]
    steps: dict[int, list[Step]]
    effects: dict[int, list[Effect]]

    def of(self, record: ConductRecord) -> list[Price]:
        """Each clause's price for the record: of its own source first, the general one for all others."""
        found = [p for p in self.prices.get((record.act_id, record.severity), []) if _is_for(p, record)]
        return [price for price in found if price.period == "month"]


EMPTY = PriceBook({}, {}, {})


def books_for(records: Iterable[ConductRecord]) -> dict[int, PriceBook]:
    """The price book of each record's hall and day, by record; a version in force is read once a process."""
    rows = list(records)
    versions = versions_for({(record.hall_id, record.day): record.hall for record in rows})
    return {
        record.pk: _book(version) if (version := versions[record.hall_id, record.day]) else EMPTY
        for record in rows
    }


def range_of(record: ConductRecord) -> Range | None:
    """What may be chosen for the record; None where the clause leaves nothing to choose."""
    for price in books_for([record])[record.pk].of(record):
        if price.least is not None and price.most is not None:
            return Range(price.least, price.most, price.points)
    return None


def unit_of(price: Price, record: ConductRecord) -> int:
    """Points of one unit: the chosen ones within the clause's range, else the price."""
    if record.judged is None or price.least is None or price.most is None:
        return price.points
    return max(price.least, min(price.most, record.judged))


def times_of(record: ConductRecord, *, by_quantity: bool) -> int:
    """Full units of the record, or 1."""
    return record.quantity // 100 if by_quantity else 1


def counts_by(price: Price, record: ConductRecord, *, has_photo: bool) -> bool:
    """Whether the clause lets this record count: some ask for a verdict, some for evidence."""
    if price.needs_verdict and record.counts and record.status not in VERDICTS:
        return False
    return has_photo or not price.needs_evidence


def _is_for(price: Price, record: ConductRecord) -> bool:
    if price.found_by:
        return price.found_by == record.source
    return f",{record.source}," not in price.except_for


def _book(version: RulebookVersion) -> PriceBook:
    key = (version.pk, version.sha256, version.loaded_at)
    if key not in _LISTS:
        if len(_LISTS) >= MOST_LISTS:
            _LISTS.pop(next(iter(_LISTS)))
        _LISTS[key] = _read(version)
    return _LISTS[key]


def _read(version: RulebookVersion) -> PriceBook:
    book = PriceBook(defaultdict(list), defaultdict(list), defaultdict(list))
    rows = Price.objects.filter(version=version).select_related("clause").order_by("clause__sort", "pk")
    for price in rows:
        book.prices[price.act_id, price.severity].append(price)
    for step in Step.objects.filter(clause__version=version).order_by("start", "pk"):
        book.steps[step.clause_id].append(step)
    for effect in Effect.objects.filter(clause__version=version):
        book.effects[effect.clause_id].append(effect)
    return book


def gives_points(step: Step) -> bool:
    """Not a step that produces an act, sets a grade or calls for a measure."""
    return not (step.produces_id or step.grade or step.call)


def is_counted(clause: Clause) -> bool:
    """Whether the clause adds amounts up before it gives points."""
    return not clause.is_plain
