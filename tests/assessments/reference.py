"""A slow, plain scorer: the pack as it is written, one person at a time. It must not import the engine.

It follows the sentences of the pack, not the tables: amounts in hundredths, loops, no SQL.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any


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


@dataclass(frozen=True)
class Member:
    """A person or window with the group it ended the month in."""

    id: int
    group: int | None
    category: str = ""
    is_chief: bool = False
    number: str = ""


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


@dataclass
class Sheet:
    """What came out for one subject."""

    lines: list[tuple[str, str, int | None, int]] = field(
        default_factory=list
    )  # clause, kind, record, points
    own: int = 0
    derived: int = 0
    total: int = 0
    lost: int = 0
    gained: int = 0
    rank: int = 0
    gates: dict[str, int] = field(default_factory=dict)
    awards: dict[str, str] = field(default_factory=dict)


def cents(value: float) -> int:
    """Points of a pack in hundredths."""
    return int(Decimal(str(value)) * 100)


def score(world: World) -> dict[tuple[str, int], Sheet]:
    """Every sheet of the month, by (kind, subject)."""
    sheets = {
        (kind, member.id): Sheet()
        for kind, members in (("staff", world.staff), ("window", world.windows), ("unit", world.units))
        for member in members
    }
    kinds = {act["code"]: act["subject"] for act in world.pack["acts"]}
    _records(world, sheets, kinds)
    _cascades(world, sheets, kinds, "staff")
    _cascades(world, sheets, kinds, "window")
    for kind in ("unit", "window", "staff"):
        _total(world, sheets, kind)
        _ranks(world, sheets, kind)
        _gates(world, sheets, kinds, kind)
        _awards(world, sheets, kind)
    return sheets


def _members(world: World, kind: str) -> list[Member]:
    return {"staff": world.staff, "window": world.windows, "unit": world.units}[kind]


def _in_month(world: World) -> list[Fact]:
    facts = [f for f in world.facts if f.counts and world.first <= f.day <= world.last]
    return sorted(facts, key=lambda fact: (fact.day, fact.id))


def _price(clause: dict[str, Any], fact: Fact) -> int | None:
    for entry in clause.get("acts", []):
        code = entry if isinstance(entry, str) else entry["act"]
        if code == fact.act:
            points = clause["points"] if isinstance(entry, str) else entry["points"]
            points = clause.get("severities", {}).get(fact.severity, points)
            times = 1 if clause.get("once") else fact.quantity // 100
            return cents(points) * times
    return None


def _records(world: World, sheets: dict, kinds: dict[str, str]) -> None:
    incidents: dict[Any, list[tuple[Fact, dict, int]]] = defaultdict(list)
    for fact in _in_month(world):
        for clause in world.pack["clauses"]:
            points = _price(clause, fact)
            card = (kinds[fact.act], fact.subject)
            if points is None or card not in sheets:
                continue
            policy = clause.get("same_incident", "all")
            if policy == "all" or not fact.incident:
                sheets[card].lines.append((clause["code"], "record", fact.id, points))
            else:
                incidents[card, fact.incident, policy, points < 0].append((fact, clause, points))
    for (card, _, policy, _), claims in incidents.items():
        best = claims[0]
        if policy == "heaviest":
            for claim in claims[1:]:
                if abs(claim[2]) > abs(best[2]):
                    best = claim
        sheets[card].lines.append((best[1]["code"], "record", best[0].id, best[2]))


def _cascades(world: World, sheets: dict, kinds: dict[str, str], kind: str) -> None:
    facts = {fact.id: fact for fact in world.facts}
    homes = {member.id: member.group for member in _members(world, kind)}
    upper = {"staff": "window", "window": "unit"}[kind]
    for clause in world.pack["clauses"]:
        if "lost" not in clause or clause["subject"] != kind:
            continue
        start = cents(clause["lost"].get("from", clause["lost"]["every"]))
        every = cents(clause["lost"]["every"])
        for member in _members(world, kind):
            losses = [
                (facts[record], -points)
                for _, line, record, points in sheets[kind, member.id].lines
                if line == "record" and points < 0
            ]
            running: dict[int | None, int] = defaultdict(int)
            for fact, amount in sorted(losses, key=lambda loss: (loss[0].day, loss[0].id)):
                group = homes[member.id]
                if kind == "staff" and fact.window is not None:
                    group = fact.window
                before = 0 if clause["lost"]["over"] == "each" else running[group]
                running[group] = before + amount
                hits = _rungs(before + amount, start, every) - _rungs(before, start, every)
                if hits and (upper, group) in sheets:
                    line = (clause["code"], "transfer", fact.id, hits * cents(clause["points"]))
                    sheets[upper, group].lines.append(line)


def _rungs(amount: int, start: int, every: int) -> int:
    rungs = 0
    while start + rungs * every <= amount:
        rungs += 1
    return rungs


def _clamp(value: int, node: dict[str, Any]) -> int:
    if node.get("floor") is not None:
        value = max(value, cents(node["floor"]))
    if node.get("cap") is not None:
        value = min(value, cents(node["cap"]))
    return value


def _total(world: World, sheets: dict, kind: str) -> None:
    scheme = next(scheme for scheme in world.pack["schemes"] if scheme["kind"] == kind)
    into = {clause["code"]: clause.get("into", "own") for clause in world.pack["clauses"]}
    nodes = scheme.get("components", [])
    for member in _members(world, kind):
        sheet = sheets[kind, member.id]
        sums: dict[str, int] = defaultdict(int)
        for code, _, _, points in sheet.lines:
            sums[into[code]] += points
        parts = {"own": cents(scheme["base"]) + sums["own"], "derived": sums["derived"]}
        for node in nodes:
            parts[node["part"]] += _clamp(cents(node.get("base", 0)) + sums[node["code"]], node)
        sheet.own, sheet.derived = parts["own"], parts["derived"]
        sheet.total = _clamp(sheet.own + sheet.derived, scheme)
        sheet.lost = -sum(points for *_, points in sheet.lines if points < 0)
        sheet.gained = sum(points for *_, points in sheet.lines if points > 0)


def _ranks(world: World, sheets: dict, kind: str) -> None:
    for member in _members(world, kind):
        sheet = sheets[kind, member.id]
        better = [
            other
            for other in _members(world, kind)
            if sheets[kind, other.id].total > sheet.total
            and (kind != "window" or other.category == member.category)
        ]
        sheet.rank = len(better) + 1


def _gates(world: World, sheets: dict, kinds: dict[str, str], kind: str) -> None:
    for gate in world.pack.get("gates", []):
        if gate["kind"] != kind:
            continue
        for member in _members(world, kind):
            seen = [
                fact
                for fact in sorted(world.facts, key=lambda fact: (fact.day, fact.id))
                if fact.counts
                and fact.act in gate["acts"]
                and fact.subject == member.id
                and fact.day <= world.last
            ]
            for fact in seen:
                reached = sum(
                    100 if gate.get("count", "times") == "times" else other.quantity
                    for other in seen
                    if (other.day, other.id) <= (fact.day, fact.id) and _same_span(gate, other, fact)
                )
                if reached > cents(gate["most"]) and _is_valid(gate, fact, world):
                    sheets[kind, member.id].gates[gate["code"]] = reached


def _same_span(gate: dict[str, Any], other: Fact, fact: Fact) -> bool:
    if gate["span"] == "each":
        return other.id == fact.id
    if gate["span"] == "year":
        return other.day.year == fact.day.year
    if gate["span"] == "quarter":
        return (other.day.year, (other.day.month - 1) // 3) == (fact.day.year, (fact.day.month - 1) // 3)
    if gate["span"] == "month":
        return (other.day.year, other.day.month) == (fact.day.year, fact.day.month)
    return _ordinal(other.day) > _ordinal(fact.day) - gate["days"]


def _ordinal(day: date) -> int:
    """Monday to Friday counted through; a weekend shares Friday's number."""
    weeks, weekday = divmod(day.toordinal() - 1, 7)
    return weeks * 5 + min(weekday, 4)


def _is_valid(gate: dict[str, Any], fact: Fact, world: World) -> bool:
    if gate["valid"] == "year":
        return fact.day.year == world.first.year
    if gate["valid"] == "quarter":
        same = (fact.day.month - 1) // 3 == (world.first.month - 1) // 3
        return same and fact.day.year == world.first.year
    return world.first <= fact.day <= world.last


def _awards(world: World, sheets: dict, kind: str) -> None:
    for award in world.pack.get("awards", []):
        if award["kind"] != kind:
            continue
        pools: dict[str, list[Member]] = defaultdict(list)
        for member in _members(world, kind):
            pools[member.category if award.get("within") == "category" else ""].append(member)
        for pool in pools.values():
            _seat(world, sheets, kind, award, pool)
        _derive(world, sheets, kind, award)


def _seat(world: World, sheets: dict, kind: str, award: dict[str, Any], pool: list[Member]) -> None:
    fit = [member for member in pool if _is_fit(world, sheets, kind, award, member)]
    seats = _seats(award, len(pool), len(fit))
    keys = {member.id: _keys(world, sheets, kind, award, member) for member in fit}
    for member in fit:
        above = sum(keys[other.id] > keys[member.id] for other in fit)
        level = sum(keys[other.id] == keys[member.id] for other in fit)
        outcome = ""
        if above + level <= seats:
            outcome = "won"
        elif above < seats:
            earlier = sum(
                keys[other.id] == keys[member.id] and (other.number, other.id) < (member.number, member.id)
                for other in fit
            )
            by_number = "won" if above + earlier < seats else ""
            outcome = {"all": "won", "none": "", "hand": "pending", "number": by_number}[award["tie"]]
        if outcome:
            sheets[kind, member.id].awards[award["code"]] = outcome


def _is_fit(world: World, sheets: dict, kind: str, award: dict[str, Any], member: Member) -> bool:
    sheet = sheets[kind, member.id]
    gates = {gate["code"]: gate.get("award") for gate in world.pack.get("gates", []) if gate["kind"] == kind}
    barred = any(gates[code] in (None, award["code"]) for code in sheet.gates)
    empty = kind == "window" and not any(person.group == member.id for person in world.staff)
    return not barred and not empty and ("least" not in award or sheet.total >= cents(award["least"]))


def _seats(award: dict[str, Any], candidates: int, eligible: int) -> int:
    quota = award["quota"]
    if quota == "all":
        return eligible
    if "number" in quota:
        return quota["number"]
    exact = Decimal(str(quota["percent"])) * (eligible if quota["of"] == "eligible" else candidates) / 100
    rounding = {"down": "ROUND_FLOOR", "up": "ROUND_CEILING", "half_up": "ROUND_HALF_UP"}[quota["rounding"]]
    return int(exact.quantize(Decimal(1), rounding))


def _keys(world: World, sheets: dict, kind: str, award: dict[str, Any], member: Member) -> tuple[int, ...]:
    sheet = sheets[kind, member.id]
    people = [sheets["staff", person.id].own for person in world.staff if person.group == member.id]
    mean = _own_mean(world, people)
    values = {"lost": -sheet.lost, "gained": sheet.gained, "members": mean, "wins": 0}
    return (sheet.total, *(values[key] for key in award.get("then", [])))


def _own_mean(world: World, people: list[int]) -> int:
    if not people:
        return 0
    whole, _ = divmod(abs(sum(people)), len(people))
    return whole if sum(people) >= 0 else -whole


def _derive(world: World, sheets: dict, kind: str, award: dict[str, Any]) -> None:
    lower = {"window": "staff", "unit": "window"}.get(kind)
    if lower is None:
        return
    for clause in world.pack["clauses"]:
        if clause.get("award") != award["code"]:
            continue
        for member in _members(world, lower):
            winner = sheets.get((kind, member.group))
            takes = clause.get("to") == "members" or member.is_chief
            if winner and winner.awards.get(award["code"]) == "won" and takes:
                line = (clause["code"], "award", None, cents(clause["points"]))
                sheets[lower, member.id].lines.append(line)
