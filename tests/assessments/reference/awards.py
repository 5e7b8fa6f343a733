"""Gates, seats and what honours bring."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from tests.assessments.reference.counting import _acts, _place, _subject, same_span
from tests.assessments.reference.points import _land
from tests.assessments.reference.totals import _bounded_own, ballot_of
from tests.assessments.reference.world import (
    Fact,
    Member,
    Sheet,
    Sheets,
    World,
    _carded,
    _cents,
    _exact,
    _fits,
    _pool,
    scheme_of,
)

UNKNOWN = -(10**12)
"""A key nobody knows."""


def _gate_list(world: World) -> list[dict[str, Any]]:
    found = list(world.pack.get("gates", []))
    for clause in world.pack["clauses"]:
        rows = [row for row in clause.get("then", []) if "disqualify" in row]
        for number, row in enumerate(rows, 1):
            count, veto = clause["count"], row["disqualify"]
            gate = {
                "code": clause["code"] if len(rows) == 1 else f"{clause['code']}.{number}",
                "kind": clause["subject"], "acts": sorted(_acts(clause)), "count": count["what"],
                "span": count["over"], "days": count.get("days", 0), "below": row["from"], **veto,
            }  # fmt: skip
            found.append(gate)
    return found


def _gates(world: World, sheets: Sheets, kind: str) -> None:
    facts = [fact for fact in world.facts if fact.counts and fact.day <= world.last]
    for gate in _gate_list(world):
        for member in _carded(world, sheets, kind) if gate["kind"] == kind else []:
            sheet = sheets[kind, member.id]
            if "of" in gate:
                _value_gate(world, sheet, gate, kind, member)
                continue
            seen = sorted(
                (fact for fact in facts if fact.act in gate["acts"] and _bars(world, fact, kind, member)),
                key=lambda fact: fact.order,
            )
            for fact in seen:
                reached = sum(
                    100 if gate.get("count", "times") == "times" else other.quantity
                    for other in seen
                    if other.order <= fact.order and same_span(gate["span"], gate.get("days", 0), other, fact)
                )
                too_many = reached >= _exact(gate["below"]) * 100 if "below" in gate else (
                    reached > _exact(gate["most"]) * 100
                )  # fmt: skip
                if too_many and _is_valid(gate, fact, world):
                    sheet.gates[gate["code"]] = reached


def _bars(world: World, fact: Fact, kind: str, card: Member) -> bool:
    """Whether a fact counts against a card at a gate: its subject, its window or unit, or those below."""
    own = _subject(world, fact)
    member = world.member(own, fact.subject)
    if own == kind or member is None:
        return own == kind and fact.subject == card.id
    if (own, kind) in (("window", "staff"), ("unit", "window")):
        return card.group == fact.subject
    if (own, kind) == ("unit", "staff"):
        return card.unit == fact.subject
    return card.id == (_place(world, fact) if kind == "window" else member.unit)


def _is_valid(gate: dict[str, Any], fact: Fact, world: World) -> bool:
    this = Fact(0, "", 0, None, world.last)
    months = (world.last.year - fact.day.year) * 12 + world.last.month - fact.day.month
    return same_span(gate["valid"], 0, fact, this) or months <= gate.get("lasts", 0)


def _value_gate(world: World, sheet: Sheet, gate: dict[str, Any], kind: str, member: Member) -> None:
    looked = gate["of"]
    seen: int | None
    if "metric" in looked:
        seen = world.figures.get(("metric", looked["metric"], kind, member.id))
    elif "grade" in looked:
        scheme = scheme_of(world, kind, member) or {}
        grades = scheme.get("grades", [])
        codes = [
            g["code"] for g in sorted(grades, key=lambda g: -_exact(g.get("from", g.get("over", -(10**6)))))
        ]
        good = looked["grade"] in codes and codes.index(sheet.grade) <= codes.index(looked["grade"])
        seen = 100 if good else 0
    else:
        values = {
            "total": sheet.total,
            "rank": 100 * sheet.rank,
            "lost": sheet.lost,
            "days": 100 * member.days,
        }
        seen = next(value for name, value in values.items() if name in looked)
    least = 100 if "grade" in looked else _cents(_exact(gate["least"])) if "least" in gate else None
    most = _cents(_exact(gate["most"])) if "most" in gate else None
    if seen is None:
        if looked["missing"] == "fail":
            sheet.gates[gate["code"]] = None
    elif (least is not None and seen < least) or (most is not None and seen > most):
        sheet.gates[gate["code"]] = seen


def _awards(world: World, sheets: Sheets, kind: str) -> None:
    awards = [award for award in world.pack.get("awards", []) if award["kind"] == kind]
    waiting = [award for award in awards if "follows" not in award]
    done: set[str] = set()
    while waiting:
        ready = [award for award in waiting if award.get("winners_of") in {None, *done}]
        for award in ready:
            pools: dict[Any, list[Member]] = defaultdict(list)
            for member in _carded(world, sheets, kind):
                if _fits(world, kind, member, award.get("for", {})) and (
                    "winners_of" not in award
                    or sheets[kind, member.id].awards.get(award["winners_of"]) == "won"
                ):
                    pools[_award_pool(world, kind, award, member)].append(member)
            for pool in pools.values():
                _seat(world, sheets, kind, award, pool)
            done.add(award["code"])
            waiting.remove(award)
    for award in awards:
        if "follows" in award:
            _follow(world, sheets, kind, award)
    for award in awards:
        _derive(world, sheets, kind, award)


def _award_pool(world: World, kind: str, award: dict[str, Any], member: Member) -> Any:
    within = award.get("within", "hall")
    if within == "window":
        return member.group
    if within == "size":
        return world.size(kind, member) >= award["big_from"]
    return _pool(world, kind, member, within)


def _follow(world: World, sheets: Sheets, kind: str, award: dict[str, Any]) -> None:
    upper = {"staff": "window", "window": "unit"}[kind]
    for member in _carded(world, sheets, kind):
        group = sheets.get((upper, member.group or 0))
        if group and group.awards.get(award["follows"]) == "won":
            sheet = sheets[kind, member.id]
            if not _barred(world, sheet, kind, award) and _fits(world, kind, member, award.get("for", {})):
                sheet.awards[award["code"]] = "won"


def _seat(world: World, sheets: Sheets, kind: str, award: dict[str, Any], pool: list[Member]) -> None:
    fit = [member for member in pool if _is_fit(world, sheets, kind, award, member)]
    seats = _seats(award, len(pool), len(fit))
    keys = {member.id: _keys(world, sheets, kind, award, member) for member in fit}
    if award.get("order") == "lowest":
        keys = {pk: _turned(key) for pk, key in keys.items()}
    crowded: set[int] = set()
    if "limit" in award:
        fit, crowded = _limited(award, fit, keys)
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
        if member.id in crowded and award["tie"] == "hand" and above < seats:
            outcome = "pending"
        if outcome:
            sheets[kind, member.id].awards[award["code"]] = outcome


def _limited(award: dict[str, Any], fit: list[Member], keys: dict[int, Any]) -> tuple[list[Member], set[int]]:
    """Who competes for his window, and who of them shares its last places with more than there are."""
    kept, crowded = [], set()
    for member in fit:
        mates = [other for other in fit if other.group == member.group and member.group is not None]
        above = sum(keys[other.id] > keys[member.id] for other in mates)
        level = sum(keys[other.id] == keys[member.id] for other in mates)
        if not mates or above + level <= award["limit"]:
            kept.append(member)
        elif above < award["limit"]:
            crowded.add(member.id)
            if award["tie"] in ("all", "hand") or (
                award["tie"] == "number" and _turn(member, fit, keys) <= award["limit"]
            ):
                kept.append(member)
    return kept, crowded


def _turned(keys: tuple[int, ...]) -> tuple[int, ...]:
    """Who stood last stands first; what nobody knows stays behind."""
    return tuple(key if key == UNKNOWN else -key for key in keys)


def _turn(member: Member, fit: list[Member], keys: dict[int, Any]) -> int:
    """The how manieth of its window a candidate is: by keys, then by number."""
    mates = [other for other in fit if other.group == member.group]
    return 1 + sum(
        keys[o.id] > keys[member.id]
        or (keys[o.id] == keys[member.id] and (o.number, o.id) < (member.number, member.id))
        for o in mates
    )


def _barred(world: World, sheet: Sheet, kind: str, award: dict[str, Any]) -> bool:
    gates = {gate["code"]: gate.get("award") for gate in _gate_list(world) if gate["kind"] == kind}
    barring = (award["code"],) if award.get("order") == "lowest" else (None, award["code"])
    return any(gates[code] in barring for code in sheet.gates)


def _is_fit(world: World, sheets: Sheets, kind: str, award: dict[str, Any], member: Member) -> bool:
    sheet = sheets[kind, member.id]
    empty = kind == "window" and not any(
        person.group == member.id and ("staff", person.id) in sheets for person in world.staff
    )
    points = _score(world, sheet, kind, award, member)
    return not _barred(world, sheet, kind, award) and not empty and _within(points, award)


def _within(points: int | None, award: dict[str, Any]) -> bool:
    if points is None:
        return False
    enough = "least" not in award or points >= _cents(_exact(award["least"]))
    return enough and ("most" not in award or points <= _cents(_exact(award["most"])))


def _score(world: World, sheet: Sheet, kind: str, award: dict[str, Any], member: Member) -> int | None:
    """What the award puts its candidates in order by."""
    by = award.get("by", "total")
    if by == "figure":
        return world.figures.get(("metric", award["key_of"], kind, member.id))
    if by == "ballot":
        mark = ballot_of(world, award["key_of"], kind, member.id)
        return None if mark is None else _cents(mark)
    return sheet.total


def _seats(award: dict[str, Any], candidates: int, eligible: int) -> int:
    quota = award["quota"]
    if quota == "all":
        return eligible
    if "number" in quota:
        return quota["number"]
    exact = _exact(quota["percent"]) * (eligible if quota["of"] == "eligible" else candidates) / 100
    rounding = {"down": ROUND_FLOOR, "up": ROUND_CEILING, "half_up": ROUND_HALF_UP}[quota["rounding"]]
    return max(int(exact.quantize(Decimal(1), rounding)), quota.get("least", 0))


def _keys(world: World, sheets: Sheets, kind: str, award: dict[str, Any], member: Member) -> tuple[int, ...]:
    sheet = sheets[kind, member.id]
    below = {"window": "staff", "unit": "window"}.get(kind)
    people = [m for m in _carded(world, sheets, below) if m.group == member.id] if below else []
    figure = world.figures.get(("metric", award.get("key_of", ""), kind, member.id), UNKNOWN)
    mark = ballot_of(world, award["key_of"], kind, member.id) if "ballot" in award.get("then", []) else None
    joined = member.joined
    values = {
        "lost": -sheet.lost,
        "gained": sheet.gained,
        "members": _own_mean([_bounded_own(world, sheets, below, m) for m in people]) if below else 0,
        "wins": 0,
        "figure": figure,
        "ballot": UNKNOWN if mark is None else _cents(mark),
        "senior": -(joined.year * 10000 + joined.month * 100 + joined.day) if joined else UNKNOWN,
    }
    score = _score(world, sheet, kind, award, member)
    return (0 if score is None else score, *(values[key] for key in award.get("then", [])))


def _own_mean(people: list[int]) -> int:
    if not people:
        return 0
    whole, _ = divmod(abs(sum(people)), len(people))
    return whole if sum(people) >= 0 else -whole


def _derive(world: World, sheets: Sheets, kind: str, award: dict[str, Any]) -> None:
    lower = {"window": "staff", "unit": "window"}.get(kind)
    if lower is None:
        return
    for clause in world.pack["clauses"]:
        if clause.get("award") != award["code"]:
            continue
        for member in _carded(world, sheets, lower):
            winner = sheets.get((kind, member.group or 0))
            takes = clause.get("to") == "members" or member.is_chief
            if winner and winner.awards.get(award["code"]) == "won" and takes:
                points = _exact(clause["points"])
                _land(world, sheets, (lower, member.id), clause, clause, "award", None, points)
