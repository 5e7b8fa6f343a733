"""The plain objects of one hall and month, and who is scored by which scheme."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ZERO, CENT = Decimal(0), Decimal("0.01")
DEDUCTION = ("record", "late")


@dataclass(frozen=True)
class Fact:
    """A record: which act, whose, at which window, when, how much."""

    id: int
    act: str
    subject: int
    window: int | None
    day: date
    quantity: int = 100
    severity: str = ""
    incident: str = ""
    counts: bool = True
    source: str = "manual"
    judged: int | None = None
    decided: bool = True
    finder: int | None = None
    made: tuple[int, int] = (0, 0)

    @property
    def order(self) -> tuple[date, int, tuple[int, int]]:
        """Records by day, then by number; what is produced comes behind its record."""
        return self.day, self.id, self.made


@dataclass(frozen=True)
class Member:
    """A person or window with the group it ended the month in."""

    id: int
    group: int | None
    category: str = ""
    is_chief: bool = False
    number: str = ""
    floor: str = ""
    unit: int | None = None
    days: int = 31
    joined: date | None = None
    political_status: str = ""
    gender: str = ""


@dataclass
class World:
    """One hall in one month."""

    pack: dict[str, Any]
    staff: list[Member]
    windows: list[Member]
    units: list[Member]
    facts: list[Fact]
    first: date
    last: date
    figures: dict[tuple[str, str, str, int], int] = field(default_factory=dict)
    votes: list[tuple[str, str, str, int, int]] = field(default_factory=list)

    def of_kind(self, kind: str) -> list[Member]:
        return {"staff": self.staff, "window": self.windows, "unit": self.units}[kind]

    def member(self, kind: str, pk: int | None) -> Member | None:
        return next((member for member in self.of_kind(kind) if member.id == pk), None)

    def size(self, kind: str, member: Member) -> int:
        """How many people the window of a card has; a unit has no size."""
        window = member.group if kind == "staff" else member.id
        return 0 if kind == "unit" else sum(person.group == window for person in self.staff)


@dataclass
class Sheet:
    """What came out for one subject."""

    lines: list[tuple[str, str, int | None, int]] = field(default_factory=list)
    own: int = 0
    derived: int = 0
    total: int = 0
    lost: int = 0
    gained: int = 0
    rank: int = 0
    grade: str = ""
    gates: dict[str, int | None] = field(default_factory=dict)
    awards: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    landed: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    grades: list[tuple[str, bool]] = field(default_factory=list)


Sheets = dict[tuple[str, int], Sheet]


def _cents(value: Decimal) -> int:
    return int(value * 100)


def _exact(value: float | str) -> Decimal:
    return Decimal(str(value))


def _round(value: Decimal, to: Decimal = CENT, how: str = ROUND_HALF_UP) -> Decimal:
    return (value / to).quantize(Decimal(1), how) * to


def _carded(world: World, sheets: Sheets, kind: str) -> list[Member]:
    return [member for member in world.of_kind(kind) if (kind, member.id) in sheets]


def scheme_of(world: World, kind: str, member: Member) -> dict[str, Any] | None:
    """The first scheme of the pack whose conditions the subject meets."""
    for scheme in world.pack["schemes"]:
        fits = scheme["kind"] == kind and _fits(world, kind, member, scheme.get("for", {}))
        if fits and scheme.get("period", "month") == "month":
            return scheme
    return None


def _pool(world: World, kind: str, member: Member, within: str) -> Any:
    scheme = scheme_of(world, kind, member)
    return {
        "hall": "",
        "category": member.category,
        "floor": member.floor,
        "unit": member.unit,
        "scheme": world.pack["schemes"].index(scheme),
    }[within]


def _fits(world: World, kind: str, member: Member, wanted: dict[str, Any]) -> bool:
    size, members = world.size(kind, member), wanted.get("members", {})
    return (
        member.category in wanted.get("categories", [member.category])
        and (kind != "staff" or wanted.get("chief", member.is_chief) == member.is_chief)
        and members.get("least", 0) <= size <= members.get("most", size)
        and member.days >= wanted.get("days", 0)
        and all(
            name not in wanted or getattr(member, name).strip() in wanted[name]
            for name in ("political_status", "gender")
        )
    )


def _passed(start: float, end: float | None, every: float, before: Decimal, after: Decimal) -> int:
    """How many rungs lie in (before, after]."""
    rung, rungs = _exact(start), 0
    while rung <= after and (end is None or rung <= _exact(end)):
        rungs += rung > before
        rung += _exact(every)
    return rungs
