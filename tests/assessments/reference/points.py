"""What amounts give, and on whose sheet it lands."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from tests.assessments.reference.counting import _by_times, _place, _subject, _unit
from tests.assessments.reference.world import (
    CENT,
    DEDUCTION,
    ZERO,
    Fact,
    Member,
    Sheet,
    Sheets,
    World,
    _carded,
    _cents,
    _exact,
    _passed,
    _pool,
    _round,
    scheme_of,
)


def _in_row(row: dict[str, Any], amount: Decimal) -> bool:
    return (
        ("from" not in row or amount >= _exact(row["from"]))
        and ("over" not in row or amount > _exact(row["over"]))
        and ("to" not in row or amount <= _exact(row["to"]))
        and ("under" not in row or amount < _exact(row["under"]))
    )


def rows_of(
    clause: dict[str, Any], unit: Decimal, times: int, before: Decimal, after: Decimal
) -> list[tuple[Decimal, Decimal]]:
    """(points, how often a fixed effect falls due) of every row an amount passes."""
    found: list[tuple[Decimal, Decimal]] = []
    if "linear" in clause:
        low, high = _exact(clause["linear"].get("over", 0)), clause["linear"].get("to")
        ends = [max(x, low) for x in (before, after)]
        ends = [e if high is None else min(e, _exact(high)) for e in ends]
        share = (ends[1] - ends[0]) / _exact(clause["linear"]["every"])
        return [(_round(unit * share), _due(clause, unit, share))] if share > 0 else []
    for row, hits in _passed_rows(clause, before, after):
        if hits:
            often = Decimal(hits if "points" in row else hits * times)
            takes = _exact(row["points"]) if "points" in row else unit
            found.append((hits * _worth(row, unit, times), _due(clause, takes, often)))
    return found


def _passed_rows(clause: dict[str, Any], before: Decimal, after: Decimal) -> list[tuple[dict[str, Any], int]]:
    if "table" in clause:
        return [
            (row, int(_in_row(row, after)) - int(before > 0 and _in_row(row, before)))
            for row in clause["table"]
        ]
    found = []
    for row in _steps(clause):
        start = row.get("from", row.get("over", 0) + CENT if "over" in row else 1)
        end = row.get("to", _exact(row["under"]) - CENT if "under" in row else None)
        found.append((row, _passed(start, end, row.get("every", 1), before, after)))
    return found


def _due(clause: dict[str, Any], takes: Decimal, often: Decimal) -> Decimal:
    """A row that takes nothing brings nobody else anything, unless the whole clause takes nothing."""
    return ZERO if not takes and _nominal(clause) else often


def _steps(clause: dict[str, Any]) -> list[dict[str, Any]]:
    if "steps" in clause:
        return clause["steps"]
    if "lost" in clause:
        lost = clause["lost"]
        return [{"from": lost.get("from", lost["every"]), "every": lost["every"], "points": clause["points"]}]
    return [{"from": 1 + clause.get("warn_first", {}).get("times", 0), "factor": 1}]


def _worth(row: dict[str, Any], unit: Decimal, times: int) -> Decimal:
    return _exact(row["points"]) if "points" in row else _round(unit * _exact(row["factor"])) * times


def _give(
    world: World,
    sheets: Sheets,
    clause: dict[str, Any],
    fact: Fact,
    before: Decimal,
    after: Decimal,
    unit: Decimal,
) -> None:
    kind = _subject(world, fact)
    if (kind, fact.subject) not in sheets:
        return
    times = fact.quantity // 100 if _by_times(clause) and not clause.get("once") else 1
    for points, due in rows_of(clause, unit, times, before, after):
        _spread(world, sheets, clause, kind, fact, points, due, "record")
    _consequences(sheets[kind, fact.subject], clause, before, after)


def _spread(  # what one row came to, and where it goes
    world: World,
    sheets: Sheets,
    clause: dict[str, Any],
    kind: str,
    fact: Fact,
    points: Decimal,
    due: Decimal,
    line: str,
) -> None:
    for effect in clause.get("effects", [clause]):
        given = points
        if "points" in effect and effect is not clause:
            if not due:
                continue
            given = _round(due * _exact(effect["points"]))
        if "percent" in effect:
            given = _round(points * _exact(effect["percent"]) / 100)
        to = effect.get("to", "self")
        for card in _targets(world, sheets, to, kind, fact):
            record = fact.id if line == "record" else None
            _land(world, sheets, card, clause, effect, line if to == "self" else "effect", record, given)


def _consequences(sheet: Sheet, clause: dict[str, Any], before: Decimal, after: Decimal) -> None:
    for row in clause.get("then", []):
        if _passed(row["from"], row.get("to"), row.get("every", 1), before, after):
            if "grade" in row:
                code = row["grade"].get("set") or row["grade"]["at_most"]
                sheet.grades.append((code, "at_most" in row["grade"]))
            if "measure" in row:
                sheet.calls.append((clause["code"], row["measure"]))


def _targets(world: World, sheets: Sheets, to: str, kind: str, fact: Fact) -> list[tuple[str, int]]:
    member = world.member(kind, fact.subject)
    place = fact.subject
    if kind == "staff":
        place = _place(world, fact) if fact.act else member and member.group
    below = {"staff": "staff", "window": "staff", "unit": "window"}[kind]
    found: list[tuple[str, int | None]] = []
    if to == "self":
        found = [(kind, fact.subject)]
    elif to == "group":
        found = [("window", place)] if kind == "staff" else [("unit", member.group if member else None)]
    elif to == "unit":
        found = [("unit", member.unit if member else None)]
    elif to == "recorder":
        found = [("staff", fact.finder)]
    else:
        people = [m for m in world.of_kind(below) if m.group == place and (to == "members" or m.is_chief)]
        found = [(below, m.id) for m in people if (below, m.id) != (kind, fact.subject)]
    return [(k, pk) for k, pk in found if pk is not None and (k, pk) in sheets]


def _land(
    world: World,
    sheets: Sheets,
    card: tuple[str, int],
    clause: dict[str, Any],
    effect: dict[str, Any],
    kind: str,
    record: int | None,
    points: Decimal,
) -> None:
    into = effect.get("into", "own")
    member = world.member(*card)
    assert member is not None
    if into not in _codes(world, card[0], member):
        return
    sheet = sheets[card]
    sheet.lines.append((clause["code"], kind, record, _cents(points)))
    first = effect is clause or effect is clause.get("effects", [None])[0]
    limited = "at_most" in clause and first
    sheet.landed[f"limit-{clause['code']}" if limited else into] += points
    if kind != "erratum":
        sheet.lost += max(-_cents(points), 0)
        sheet.gained += max(_cents(points), 0)


def _codes(world: World, kind: str, member: Member) -> set[str]:
    def walk(nodes: list[dict[str, Any]]) -> set[str]:
        return {node["code"] for node in nodes}.union(*(walk(node.get("components", [])) for node in nodes))

    scheme = scheme_of(world, kind, member)
    return {"own", "derived"} | walk(scheme.get("components", []) if scheme else [])


def _metrics(world: World, sheets: Sheets) -> None:
    for clause in world.pack["clauses"]:
        metric = clause.get("metric")
        for member in _carded(world, sheets, clause["subject"]) if metric else []:
            cents = world.figures.get(("metric", metric["code"], clause["subject"], member.id))
            if cents is None and metric["missing"] == "full":
                continue
            amount = Decimal(cents or 0) / 100
            if "rank" in metric:
                amount = Decimal(_place_of(world, sheets, clause, member))
            if "below" in metric:
                amount = max(_exact(metric["below"]) - amount, ZERO)
            if "above" in metric:
                amount = max(amount - _exact(metric["above"]), ZERO)
            of_figure = Fact(0, "", member.id, None, world.last)
            unit = _unit(clause, Fact(0, "", 0, None, world.last)) or _nominal(clause)
            for points, due in rows_of(clause, unit, 1, ZERO, amount):
                _spread(world, sheets, clause, clause["subject"], of_figure, points, due, "metric")


def _place_of(world: World, sheets: Sheets, clause: dict[str, Any], member: Member) -> int:
    """How many with a better figure stand before a member, and one."""
    metric, kind = clause["metric"], clause["subject"]
    within, highest = metric["rank"]["within"], metric["rank"]["order"] == "highest"

    def figure(of: Member) -> int | None:
        cents = world.figures.get(("metric", metric["code"], kind, of.id))
        return 0 if cents is None and metric["missing"] == "zero" else cents

    mine, better = figure(member), 0
    assert mine is not None
    for other in _carded(world, sheets, kind):
        theirs = figure(other)
        if theirs is not None and _pool(world, kind, other, within) == _pool(world, kind, member, within):
            better += theirs > mine if highest else theirs < mine
    return better + 1


def _nominal(clause: dict[str, Any]) -> Decimal:
    rows = [*clause.get("steps", []), *clause.get("table", [])]
    given = [clause["points"]] if "points" in clause else [row.get("points", 0) for row in rows]
    return _exact(next((points for points in given if points), 0))


def _losses(world: World, sheets: Sheets, kind: str) -> None:
    """What a subject lost through its own records, added up, costs its group or itself."""
    facts = {fact.id: fact for fact in world.facts}
    order = {clause["code"]: at for at, clause in enumerate(world.pack["clauses"])}
    for clause in world.pack["clauses"]:
        if "lost" not in clause or clause["subject"] != kind:
            continue
        to = clause.get("to", "self")
        for member in _carded(world, sheets, kind):
            losses = [
                (facts[record].day, record, order[code], points)
                for code, line, record, points in sheets[kind, member.id].lines
                if line in DEDUCTION and points < 0 and record is not None
            ]
            running: dict[Any, Decimal] = defaultdict(Decimal)
            for _, record, _, points in sorted(losses):
                fact, cents = facts[record], -points
                place = _place(world, fact) if kind == "staff" else member.group
                key = place if to == "group" else None
                before = ZERO if clause["lost"]["over"] == "each" else running[key]
                running[key] = before + Decimal(cents) / 100
                after = before + Decimal(cents) / 100
                for points, _ in rows_of(clause, _nominal(clause), 1, before, after):
                    upper = {"staff": "window", "window": "unit"}.get(kind, "")
                    card = {
                        "group": (upper, place),
                        "self": (kind, member.id),
                        "unit": ("unit", member.unit),
                    }[to]
                    if card in sheets:
                        _land(world, sheets, card, clause, clause, "transfer", fact.id, points)
                _consequences(sheets[kind, member.id], clause, before, after)
