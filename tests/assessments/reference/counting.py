"""Counters as sentences: which facts a clause counts, and the running amount before and after each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from tests.assessments.reference.world import ZERO, Fact, World, _exact, _passed


def _counted(world: World) -> dict[str, list[tuple[Fact, Decimal, Decimal, Decimal]]]:
    """For each clause its facts with the running amount before and after, and what one costs."""
    facts = [fact for fact in world.facts if fact.counts and fact.day <= world.last]
    converting = {c["code"] for c in world.pack["clauses"] if _makes(c)}
    first = {
        clause["code"]
        for clause in world.pack["clauses"]
        if _makes(clause) and any(_makes(c) and _makes(clause) & _acts(c) for c in world.pack["clauses"])
    }
    levels = [first, converting - first]
    for number, level in enumerate(levels, 1):
        made: dict[int, list[tuple[tuple[Any, ...], int, Fact]]] = defaultdict(list)
        for order, clause in enumerate(world.pack["clauses"]):
            if clause["code"] not in level:
                continue
            for fact, before, after, _ in _amounts(world, clause, _claims(world, facts)[clause["code"]]):
                for index, row in enumerate(clause["then"]):
                    times = _passed(row["from"], row.get("to"), row.get("every", 1), before, after)
                    if "produces" in row and times > 0:
                        quantity = int(times * _exact(row["produces"]["quantity"]) * 100)
                        born = replace(
                            fact, act=row["produces"]["act"], quantity=quantity, severity="", incident="",
                            source="made", judged=None, decided=True,
                        )  # fmt: skip
                        made[fact.id].append(((fact.made, order, index), number, born))
        for some in made.values():
            some.sort(key=lambda item: item[0])
            facts += [replace(fact, made=(level_, turn)) for turn, (_, level_, fact) in enumerate(some)]
    claims = _claims(world, facts)
    return {
        clause["code"]: _amounts(world, clause, claims[clause["code"]])
        for clause in world.pack["clauses"]
        if "acts" in clause
    }


def _makes(clause: dict[str, Any]) -> set[str]:
    return {row["produces"]["act"] for row in clause.get("then", []) if "produces" in row}


def _acts(clause: dict[str, Any]) -> set[str]:
    return {entry if isinstance(entry, str) else entry["act"] for entry in clause.get("acts", [])}


def _claims(world: World, facts: list[Fact]) -> dict[str, list[tuple[Fact, Decimal]]]:
    """What each clause may count: its acts, its sources, one of each incident."""
    found: dict[str, list[tuple[Fact, Decimal]]] = defaultdict(list)
    rivals: dict[Any, list[tuple[Any, str, Fact, Decimal]]] = defaultdict(list)
    for order, clause in enumerate(world.pack["clauses"]):
        for fact in facts:
            unit = _unit(clause, fact)
            if unit is None:
                continue
            policy = clause.get("same_incident", "all")
            if policy == "all" or not fact.incident:
                found[clause["code"]].append((fact, unit))
                continue
            times = 1 if clause.get("once") else fact.quantity // 100
            weight = ZERO if policy == "first" else -abs(unit * times)
            key = (fact.subject, _subject(world, fact), fact.day.month, fact.incident, policy, unit < 0)
            rivals[key].append(((weight, fact.order, order), clause["code"], fact, unit))
    for some in rivals.values():
        _, code, fact, unit = min(some, key=lambda rival: rival[0])
        found[code].append((fact, unit))
    return found


def _subject(world: World, fact: Fact) -> str:
    return next(act["subject"] for act in world.pack["acts"] if act["code"] == fact.act)


def _unit(clause: dict[str, Any], fact: Fact) -> Decimal | None:
    """What one of a fact costs by a clause; None when the clause does not count it."""
    entry = next((e for e in clause.get("acts", []) if fact.act in (e, _code(e))), None)
    wrong_source = fact.source not in clause.get("only_sources", [fact.source])
    if entry is None or wrong_source or (clause.get("needs_verdict") and not fact.decided):
        return None
    rows = [*clause.get("steps", []), *clause.get("table", [])]
    usual = clause.get("points", next((row["points"] for row in rows if row.get("points")), 0))
    points = usual if isinstance(entry, str) else entry["points"]
    points = clause.get("severities", {}).get(fact.severity, points)
    points = clause.get("by_source", {}).get(fact.source, points)
    if "range" in clause and fact.judged is not None:
        low, high = sorted(_exact(clause["range"][end]) for end in ("from", "to"))
        return min(max(Decimal(fact.judged) / 100, low), high)
    return _exact(points)


def _code(entry: Any) -> str:
    return entry if isinstance(entry, str) else entry["act"]


def _by_times(clause: dict[str, Any]) -> bool:
    what = clause.get("count", {}).get("what")
    return what == "times" or (
        what is None and bool(clause.get("once") or clause.get("warn_first") or clause.get("then"))
    )


def _amounts(
    world: World, clause: dict[str, Any], claims: list[tuple[Fact, Decimal]]
) -> list[tuple[Fact, Decimal, Decimal, Decimal]]:
    count = clause.get("count", clause.get("warn_first", {}))
    over = count.get("over", "each")
    claims = sorted(claims, key=lambda claim: claim[0].order)
    found = []
    for fact, unit in claims:
        amount = Decimal(1) if _by_times(clause) else Decimal(fact.quantity) / 100
        same = [
            other
            for other, _ in claims
            if other.order <= fact.order
            and _counts_for(world, clause, other) == _counts_for(world, clause, fact)
            and (count.get("on_move") != "anew" or _place(world, other) == _place(world, fact))
        ]
        if over == "running":
            months = {other.day.month for other in same}
            if any(other.day.month == fact.day.month and other is not fact for other in same):
                continue
            streak = 1
            while fact.day.month - streak in months:
                streak += 1
            found.append((fact, Decimal(streak - 1), Decimal(streak), unit))
            continue
        inside = [other for other in same if same_span(over, count.get("days", 0), other, fact)]
        after = sum((Decimal(1) if _by_times(clause) else Decimal(o.quantity) / 100 for o in inside), ZERO)
        found.append((fact, after - amount, after, unit))
    return found


def _counts_for(world: World, clause: dict[str, Any], fact: Fact) -> Any:
    kind, per = _subject(world, fact), clause.get("count", {}).get("per", "self")
    own = (kind, fact.subject)
    member = world.member(kind, fact.subject)
    if per == "self" or member is None:
        return own
    if per == "group":
        group = _place(world, fact) if kind == "staff" else member.group
        return own if group is None else ("group of", kind, group)
    return own if member.unit is None else ("unit", member.unit)


def _place(world: World, fact: Fact) -> int | None:
    """Where it happened: the window of the day, else the group of the month's end."""
    kind = _subject(world, fact)
    member = world.member(kind, fact.subject)
    window = fact.window if kind == "staff" else fact.subject if kind == "window" else None
    if window is not None and world.member("window", window):
        return window
    return member.group if member else None


def same_span(over: str, days: int, other: Fact, fact: Fact) -> bool:
    """Whether an earlier fact counts together with this one."""
    one, two = other.day, fact.day
    if over == "each":
        return (other.id, other.made) == (fact.id, fact.made)
    if over == "rolling":
        return ordinal(one) > ordinal(two) - days
    return {
        "day": one == two,
        "week": one.isocalendar()[:2] == two.isocalendar()[:2],
        "month": (one.year, one.month) == (two.year, two.month),
        "quarter": (one.year, (one.month - 1) // 3) == (two.year, (two.month - 1) // 3),
        "half_year": (one.year, (one.month - 1) // 6) == (two.year, (two.month - 1) // 6),
        "year": one.year == two.year,
    }[over]


def ordinal(day: date) -> int:
    """Monday to Friday counted through; a weekend shares Friday's number."""
    weeks, weekday = divmod(day.toordinal() - 1, 7)
    return weeks * 5 + min(weekday, 4)
