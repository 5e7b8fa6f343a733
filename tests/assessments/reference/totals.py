"""Components, totals, grades and ranks."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Any

from tests.assessments.reference.points import _in_row
from tests.assessments.reference.world import (
    ZERO,
    Member,
    Sheet,
    Sheets,
    World,
    _carded,
    _cents,
    _exact,
    _pool,
    _round,
    scheme_of,
)


def _node(world: World, sheets: Sheets, kind: str, member: Member, code: str) -> tuple[Decimal, bool]:
    """What a component is worth, and whether a weighted parent counts it."""
    scheme = scheme_of(world, kind, member)
    assert scheme is not None
    if code in ("own", "derived"):
        nodes = [node for node in scheme.get("components", []) if node["part"] == code]
        root: dict[str, Any] = {"code": code, "components": nodes}
        if code == "own":
            root.update(base=scheme["base"], combine=scheme.get("combine", "sum"))
        return _worth_of(world, sheets, kind, member, root)
    raise KeyError(code)


def _worth_of(
    world: World, sheets: Sheets, kind: str, member: Member, node: dict[str, Any]
) -> tuple[Decimal, bool]:
    value = _exact(node.get("base", 0)) + sheets[kind, member.id].landed[node["code"]]
    is_in = True
    if "source" in node:
        amount, is_there = _source(world, sheets, kind, member, node["source"])
        if is_there:
            value += amount
        elif node["source"].get("missing") == "full":
            value += _exact(node["cap"]) - _exact(node.get("base", 0))
        elif node["source"].get("missing") == "left_out":
            is_in = False
    children = [
        (child, *_worth_of(world, sheets, kind, member, child)) for child in node.get("components", [])
    ]
    combine = node.get("combine", "sum")
    if combine == "sum":
        value += sum((worth for _, worth, inside in children if inside), ZERO)
    else:
        weights = [
            (_exact(child.get("weight", 100)) if combine == "weighted" else Decimal(1), worth)
            for child, worth, inside in children
            if inside
        ]
        weight = sum((w for w, _ in weights), ZERO)
        value += _round(sum((w * worth for w, worth in weights), ZERO) / weight) if weight else ZERO
    value += _limited(world, sheets, kind, member, node["code"])
    floor = 0 if node.get("negative") is False else node.get("floor")
    return _clamp(value, floor, node.get("cap")), is_in


def _limited(world: World, sheets: Sheets, kind: str, member: Member, code: str) -> Decimal:
    """Clauses with a limit are added up by themselves first."""
    value = ZERO
    for clause in world.pack["clauses"]:
        effect = clause.get("effects", [clause])[0]
        if "at_most" in clause and effect.get("into", "own") == code:
            landed = sheets[kind, member.id].landed.get(f"limit-{clause['code']}", ZERO)
            most = _exact(clause["at_most"])
            value += min(max(landed, -most), most)
    return value


def _clamp(value: Decimal, floor: float | None, cap: float | None) -> Decimal:
    if floor is not None:
        value = max(value, _exact(floor))
    return value if cap is None else min(value, _exact(cap))


def _source(
    world: World, sheets: Sheets, kind: str, member: Member, source: dict[str, Any]
) -> tuple[Decimal, bool]:
    factor = _exact(source.get("factor", 1))
    for origin in ("metric", "self", "panel"):
        if origin in source:
            cents = world.figures.get((origin, source[origin], kind, member.id))
            return (ZERO, False) if cents is None else (_round(Decimal(cents) / 100 * factor), True)
    if "ballot" in source:
        mark = ballot_of(world, source["ballot"], kind, member.id)
        return (ZERO, False) if mark is None else (_round(mark * factor), True)
    if "members" in source:
        below = {"window": "staff", "unit": "window"}[kind]
        scores = [
            Decimal(_bounded_own(world, sheets, below, m)) / 100
            for m in _carded(world, sheets, below)
            if m.group == member.id
        ]
        if not scores:
            return ZERO, False
        worked = {"mean": _round(sum(scores, ZERO) / len(scores)), "sum": sum(scores, ZERO),
                  "worst": min(scores), "best": max(scores)}  # fmt: skip
        return _round(worked[source["members"]] * factor), True
    upper = {"staff": "window", "window": "unit"}[kind]
    group = sheets.get((upper, member.group or 0))
    if group is None:
        return ZERO, False
    value = group.total if source["group"] == "total" else group.own
    return _round(Decimal(value) / 100 * factor), True


def _bounded_own(world: World, sheets: Sheets, kind: str, member: Member) -> int:
    """A member's own score as his window reads it: never beyond the bounds of his scheme."""
    scheme = scheme_of(world, kind, member) or {}
    return _cents(_clamp(Decimal(sheets[kind, member.id].own) / 100, scheme["floor"], scheme["cap"]))


def ballot_of(world: World, code: str, kind: str, subject: int) -> Decimal | None:
    """The weighted mean of the groups' trimmed means."""
    ballot = next(ballot for ballot in world.pack["ballots"] if ballot["code"] == code)
    if not _enough(world, ballot, kind, subject):
        return None
    total, weights = ZERO, ZERO
    for group in ballot["groups"]:
        marks = sorted(
            Decimal(value) / 100
            for name, voters, of, pk, value in world.votes
            if (name, voters, of, pk) == (code, group["code"], kind, subject)
        )
        trim = group.get("trim", 0)
        if len(marks) > 2 * trim:
            marks = marks[trim : len(marks) - trim]
        if marks:
            weight = _exact(group["weight"])
            total += weight * _round(sum(marks, ZERO) / len(marks))
            weights += weight
    return _round(total / weights) if weights else None


def _enough(world: World, ballot: dict[str, Any], kind: str, subject: int) -> bool:
    """Whether all that cast a vote, and those of each group, are as many as the pack asks for."""
    cast = [
        voters for name, voters, of, pk, _ in world.votes if (name, of, pk) == (ballot["code"], kind, subject)
    ]
    return len(cast) >= ballot.get("quorum", 0) and all(
        cast.count(group["code"]) >= group.get("quorum", 0) for group in ballot["groups"]
    )


def _total(world: World, sheets: Sheets, kind: str, member: Member) -> None:
    scheme, sheet = scheme_of(world, kind, member), sheets[kind, member.id]
    assert scheme is not None
    sheet.derived = _cents(_node(world, sheets, kind, member, "derived")[0])
    share = _round(Decimal(sheet.own) / 100 * _exact(scheme.get("own_share", 100)) / 100)
    rounding = scheme.get("rounding", {"to": 0.01, "how": "half_up"})
    how = {"down": ROUND_DOWN, "up": ROUND_UP, "half_up": ROUND_HALF_UP}[rounding["how"]]
    total = _round(share + Decimal(sheet.derived) / 100, _exact(rounding["to"]), how)
    sheet.total = _cents(_clamp(total, scheme["floor"], scheme["cap"]))
    sheet.grade = _grade(scheme, sheet)


def _grade(scheme: dict[str, Any], sheet: Sheet) -> str:
    grades = scheme.get("grades", [])
    if not grades:
        return ""
    best_first = sorted(grades, key=lambda g: -_exact(g.get("from", g.get("over", -(10**6)))))
    codes = [grade["code"] for grade in best_first]
    level = next(i for i, grade in enumerate(best_first) if _in_row(grade, Decimal(sheet.total) / 100))
    fixed = [codes.index(code) for code, is_cap in sheet.grades if not is_cap and code in codes]
    capped = [codes.index(code) for code, is_cap in sheet.grades if is_cap and code in codes]
    level = max(fixed, default=level)
    return codes[max([level, *capped])]


def _ranks(world: World, sheets: Sheets, kind: str) -> None:
    def pool(member: Member) -> Any:
        scheme = scheme_of(world, kind, member) or {}
        return _pool(world, kind, member, scheme.get("ranking", "category" if kind == "window" else "hall"))

    for member in _carded(world, sheets, kind):
        sheet = sheets[kind, member.id]
        better = [
            other
            for other in _carded(world, sheets, kind)
            if sheets[kind, other.id].total > sheet.total and pool(other) == pool(member)
        ]
        sheet.rank = len(better) + 1
