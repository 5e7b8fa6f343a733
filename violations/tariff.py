"""价目 tariff: what an act costs in a hall on a day, read from the version in force that day.

Constant queries: two for any number of halls, days and acts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.memo import remember
from violations.models.rulebook import ONE, Act, Price, RulebookVersion

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from accounts.models import Hall


@dataclass(frozen=True)
class Quote:
    """What one unit of an act costs, and by which clause."""

    clause_id: int
    clause_code: str
    article: str
    wording: str
    points: int
    per: str = "每次"
    by_quantity: bool = True
    version_id: int = 0
    dedup: str = "all"

    def cost(self, quantity: int = ONE) -> int:
        """Points of a record with `quantity` hundredths: a full unit counts, a part of one does not."""
        return self.points * (quantity // ONE if self.by_quantity else 1)


@dataclass(frozen=True)
class Tariff:
    """What acts cost in one hall on one day; empty when no rulebook is in force."""

    version_id: int | None = None
    quotes: dict[tuple[int, str], Quote] = field(default_factory=dict)

    def quote(self, act_id: int, severity: str = "") -> Quote | None:
        """What the act costs at this severity; None when no clause judges it."""
        return self.quotes.get((act_id, severity)) or self.quotes.get((act_id, ""))

    @property
    def act_ids(self) -> set[int]:
        """Acts that some clause judges."""
        return {act for act, _severity in self.quotes}

    def __bool__(self) -> bool:
        return self.version_id is not None


def tariff_for(hall: Hall, day: date | None = None) -> Tariff:
    """What acts cost in `hall` on `day` (today when not given)."""
    day = day or timezone.localdate()
    return tariffs_for([(hall, day)])[hall.pk, day]


def tariffs_for(pairs: Iterable[tuple[Hall, date]]) -> dict[tuple[int, date], Tariff]:
    """The tariff of each (hall, day), under the hall's id and the day."""
    wanted = {(hall.pk, day): hall for hall, day in pairs}
    versions = versions_for(wanted)
    prices = _price_lists({version.pk: version for version in versions.values() if version})
    empty = Tariff()
    return {
        key: prices.get(version.pk, Tariff(version.pk)) if version else empty
        for key, version in versions.items()
    }


def versions_for(wanted: dict[tuple[int, date], Hall]) -> dict[tuple[int, date], RulebookVersion | None]:
    """The version that rules each (hall, day): of the hall itself or the nearest hall above that has one."""
    above = {hall.pk: [int(part) for part in hall.path.split("/") if part] for hall in wanted.values()}
    ids = frozenset(pk for chain in above.values() for pk in chain)
    dated = remember(("versions", ids), lambda: _dated_versions(ids))
    return {key: _ruling(key[1], above[hall.pk], dated) for key, hall in wanted.items()}


def _dated_versions(hall_ids: frozenset[int]) -> dict[int, list[RulebookVersion]]:
    dated: dict[int, list[RulebookVersion]] = defaultdict(list)
    if hall_ids:
        rows = RulebookVersion.objects.dated().filter(rulebook__hall__in=hall_ids).defer("source_text")
        for version in rows.select_related("rulebook").order_by("effective_on", "pk"):
            dated[version.rulebook.hall_id].append(version)
    return dated


def version_for(hall: Hall, day: date | None = None) -> RulebookVersion | None:
    """The version that rules `hall` on `day` (today when not given)."""
    day = day or timezone.localdate()
    return versions_for({(hall.pk, day): hall})[hall.pk, day]


def acts_for(hall: Hall, day: date | None = None, subject: str = "") -> list[Act]:
    """Acts an officer may record in the hall on the day, in the order of the pack."""
    version = version_for(hall, day)
    if version is None:
        return []
    acts = Act.objects.usable().filter(prices__version=version).distinct()
    return list(acts.about(subject) if subject else acts)


def _ruling(day: date, chain: list[int], dated: dict[int, list[RulebookVersion]]) -> RulebookVersion | None:
    nearest = next((dated[hall] for hall in reversed(chain) if hall in dated), [])
    return next((version for version in reversed(nearest) if version.effective_on <= day), None)


_PRICE_LISTS: dict[tuple[object, ...], Tariff] = {}
MOST_PRICE_LISTS = 64


def _price_lists(versions: dict[int, RulebookVersion]) -> dict[int, Tariff]:
    """The price list of each version. One in force never changes, so the process keeps it."""
    keys = {pk: (pk, version.sha256, version.loaded_at) for pk, version in versions.items()}
    unknown = frozenset(pk for pk, key in keys.items() if key not in _PRICE_LISTS)
    for pk, tariff in _quotes_by_version(unknown).items():
        if len(_PRICE_LISTS) >= MOST_PRICE_LISTS:
            _PRICE_LISTS.pop(next(iter(_PRICE_LISTS)))
        _PRICE_LISTS[keys[pk]] = tariff
    return {pk: _PRICE_LISTS[key] for pk, key in keys.items() if key in _PRICE_LISTS}


def _quotes_by_version(versions: frozenset[int]) -> dict[int, Tariff]:
    tariffs: dict[int, Tariff] = {}
    if not versions:
        return tariffs
    rows = Price.objects.filter(version__in=versions).order_by("version", "clause__sort", "pk")
    for price in rows.select_related("clause"):
        quotes = tariffs.setdefault(price.version_id, Tariff(price.version_id)).quotes
        quotes.setdefault((price.act_id, price.severity), _quote(price))
    return tariffs


def _quote(price: Price) -> Quote:
    clause = price.clause
    return Quote(
        clause_id=clause.pk,
        clause_code=clause.code,
        article=clause.article,
        wording=clause.wording,
        points=price.points,
        per=clause.per,
        by_quantity=price.by_quantity,
        version_id=price.version_id,
        dedup=price.dedup,
    )
