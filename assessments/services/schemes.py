"""Storing the scoring half of a checked pack: schemes, components, grades, gates, awards, ballots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assessments.enums import (
    Combine,
    GateSource,
    Grouping,
    How,
    Missing,
    Order,
    Origin,
    Part,
    QuotaKind,
    RankedBy,
    Rounding,
)
from assessments.models import Award, BallotGroup, Component, Gate, GateAct, Grade, Scheme
from violations.ladders import HIGHEST, LOWEST, hundredths, row_of, ten_thousandths
from violations.models import Act
from violations.rule_enums import Measure, Period, Span, Subject, Target
from violations.services.storing import component_for, nominal_points

if TYPE_CHECKING:
    from violations.models import RulebookVersion

ORIGINS = ("metric", "self", "panel", "ballot", "members", "group", "periods")
ABOVE = {Subject.STAFF: Subject.WINDOW, Subject.WINDOW: Subject.UNIT}
BELOW = {Subject.WINDOW: Subject.STAFF, Subject.UNIT: Subject.WINDOW}


def store_schemes(version: RulebookVersion, data: dict[str, Any]) -> None:
    """The schemes of a version and all that hangs on them."""
    acts = {act.code: act for act in Act.objects.filter(rulebook=version.rulebook)}
    items = data["schemes"]
    schemes = Scheme.objects.bulk_create(_scheme(version, item, sort) for sort, item in enumerate(items))
    pairs = list(zip(schemes, items, strict=True))
    _store_nodes([node for scheme, item in pairs for node in _tree(scheme, tree_of(item, data))])
    Grade.objects.bulk_create(grade for scheme, item in pairs for grade in _grades(scheme, item))
    awards = _store_awards(schemes, data.get("awards", []))
    _store_gates(schemes, [*data.get("gates", []), *_disqualifying(data)], awards, acts)
    BallotGroup.objects.bulk_create(
        BallotGroup(
            version=version,
            ballot=ballot["code"],
            name=ballot["name"],
            code=group["code"],
            label=group["name"],
            weight=ten_thousandths(group["weight"]) // 100,
            trim=group.get("trim", 0),
            quorum=group.get("quorum", 0),
            ballot_quorum=ballot.get("quorum", 0),
        )
        for ballot in data.get("ballots", [])
        for group in ballot["groups"]
    )


def clamp(value: int, floor: int | None, cap: int | None) -> int:
    """The value within its bounds; a missing bound does not bind."""
    if floor is not None:
        value = max(value, floor)
    return value if cap is None else min(value, cap)


def round_div(number: int, by: int) -> int:
    """Half up, alike on both sides of zero."""
    whole = (2 * abs(number) + abs(by)) // (2 * abs(by))
    return whole if (number >= 0) == (by > 0) else -whole


def _bound(value: float | None) -> int | None:
    return None if value is None else hundredths(value)


def _listed(values: list[str]) -> str:
    """',a,b,' or nothing; no value has a comma in it."""
    return f",{','.join(values)}," if values else ""


def conditions(item: dict[str, Any]) -> dict[str, Any]:
    """Columns of a scheme's or award's conditions."""
    members = item.get("members", {})
    chief = item.get("chief")
    return {
        "categories": _listed(item.get("categories", [])),
        "politics": _listed(item.get("political_status", [])),
        "genders": _listed(item.get("gender", [])),
        "chief": 0 if chief is None else 1 if chief else 2,
        "least_members": members.get("least", 0),
        "most_members": members.get("most", 1_000_000),
    }


# --- schemes and their components -----------------------------------------------------------------


def _scheme(version: RulebookVersion, item: dict[str, Any], sort: int) -> Scheme:
    usual = Grouping.CATEGORY if item["kind"] == Subject.WINDOW else Grouping.HALL
    rounding = item.get("rounding", {"to": 0.01, "how": "half_up"})
    return Scheme(
        version=version,
        kind=item["kind"],
        code=scheme_code(item),
        name=item.get("name", ""),
        period=item.get("period", Period.MONTH),
        floor=_bound(item["floor"]),
        cap=_bound(item["cap"]),
        own_share=ten_thousandths(item.get("own_share", 100)) // 100,
        round_to=hundredths(rounding["to"]),
        rounding=Rounding(rounding["how"]),
        ranking=item.get("ranking", usual),
        note=item.get("note", ""),
        sort=sort,
        **conditions(item.get("for", {})),
    )


def scheme_code(item: dict[str, Any]) -> str:
    """The code of a scheme; without one it is the main scheme of its period."""
    return str(item.get("code", "main" if item.get("period", "month") == "month" else item["period"]))


def _grades(scheme: Scheme, item: dict[str, Any]) -> list[Grade]:
    rows = [(grade, row_of(grade)) for grade in item.get("grades", [])]
    rows.sort(key=lambda pair: -pair[1].start)
    return [
        Grade(
            scheme=scheme, code=grade["code"], name=grade["name"], level=level, start=row.start, end=row.end
        )
        for level, (grade, row) in enumerate(rows, 1)
    ]


def tree_of(item: dict[str, Any], data: dict[str, Any]) -> list[dict[str, Any]]:
    """The two roots with their nodes, and a node of its own for every clause with a limit."""
    own = {
        "code": "own",
        "name": "本体分",
        "base": item.get("base", 0),
        "combine": item.get("combine", Combine.SUM),
        "components": [node for node in item.get("components", []) if node["part"] == Part.OWN],
    }
    derived = {
        "code": "derived",
        "name": "联动分",
        "components": [node for node in item.get("components", []) if node["part"] == Part.DERIVED],
    }
    limits = _limits(item["kind"], item.get("period", "month"), data)
    return [_with_limits(own, limits), _with_limits(derived, limits)]


def _limits(kind: str, period: str, data: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Nodes of limited clauses that land on this kind, by the node they hang on."""
    found: dict[str, list[dict[str, Any]]] = {}
    for clause in data["clauses"]:
        if "at_most" not in clause or clause.get("period", "month") != period:
            continue
        effect = clause.get("effects", [clause])[0]
        if receiver(clause["subject"], effect.get("to", "self")) != kind:
            continue
        bound = "cap" if nominal_points(clause) > 0 else "floor"
        sign = 1 if bound == "cap" else -1
        node = {
            "code": component_for(clause, ""),
            "name": f"{clause['article']}限额"[:40],
            bound: sign * clause["at_most"],
        }
        found.setdefault(effect.get("into", "own"), []).append(node)
    return found


def _with_limits(node: dict[str, Any], limits: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    children = [_with_limits(child, limits) for child in node.get("components", [])]
    return {**node, "components": [*children, *limits.get(node["code"], [])]}


def receiver(subject: str, target: str) -> str | None:
    """Which kind of card a clause about `subject` lands on."""
    if target == Target.SELF:
        return subject
    if target == Target.GROUP:
        return ABOVE.get(Subject(subject))
    if target == Target.UNIT:
        return Subject.UNIT
    if target in (Target.RECORDER, Target.CHIEF):
        return Subject.STAFF
    return BELOW.get(Subject(subject), Subject.STAFF)


def _store_nodes(nodes: list[Component]) -> None:
    """Those above before those below, all of a depth at once."""
    for depth in sorted({node.depth for node in nodes}):
        Component.objects.bulk_create(node for node in nodes if node.depth == depth)


def _tree(scheme: Scheme, roots: list[dict[str, Any]]) -> list[Component]:
    found: list[Component] = []
    for root in roots:
        _grow(found, scheme, root, None, str(root["code"]), 0)
    return found


def _grow(
    found: list[Component],
    scheme: Scheme,
    node: dict[str, Any],
    parent: Component | None,
    part: str,
    sort: int,
) -> Component:
    """A node with all below it, not stored yet; what it is worth untouched comes of its children."""
    source = node.get("source", {})
    origin = next((name for name in ORIGINS if name in source), Origin.CLAUSES)
    floor = 0 if node.get("negative") is False else _bound(node.get("floor"))
    row = Component(
        scheme=scheme,
        parent=parent,
        code=node["code"],
        name=node["name"],
        part=part,
        depth=parent.depth + 1 if parent else 1,
        base=hundredths(node.get("base", 0)),
        floor=floor,
        cap=_bound(node.get("cap")),
        weight=ten_thousandths(node.get("weight", 0)) // 100 or 10_000,
        combine=node.get("combine", Combine.SUM) if node.get("components") else Combine.SUM,
        origin=origin,
        of=source.get("award", "") if origin == Origin.PERIODS else str(source.get(origin, "")),
        how=source[origin] if origin in (Origin.MEMBERS, Origin.PERIODS) else How.MEAN,
        factor=ten_thousandths(source.get("factor", 1)),
        reads=source.get("of", Period.MONTH),
        missing=source.get("missing", Missing.ZERO),
        sort=sort,
    )
    found.append(row)
    children = [
        _grow(found, scheme, child, row, part, index)
        for index, child in enumerate(node.get("components", []), 1)
    ]
    _settle(row, children)
    return row


def _settle(row: Component, children: list[Component]) -> None:
    """What a node is worth when nothing touches it, and whether a weighted parent counts it."""
    inside = [child for child in children if child.is_in0]
    row.num0 = sum(_weight(row, child) * child.value0 for child in inside)
    row.den0 = sum(_weight(row, child) for child in inside)
    if row.combine == Combine.SUM:
        row.sum0 = row.base + sum(child.value0 for child in inside)
    else:
        row.sum0 = row.base + (round_div(row.num0, row.den0) if row.den0 else 0)
    if row.origin != Origin.CLAUSES:
        row.is_in0 = row.missing != Missing.LEFT_OUT
        if row.missing == Missing.FULL and row.cap is not None:
            row.sum0 = row.cap
    row.value0 = clamp(row.sum0, row.floor, row.cap)


def _weight(parent: Component, child: Component) -> int:
    return child.weight if parent.combine == Combine.WEIGHTED else 1


# --- awards ----------------------------------------------------------------------------------------


def _store_awards(schemes: list[Scheme], items: list[dict[str, Any]]) -> dict[tuple[str, int], Award]:
    """An award stands in every scheme of its kind and period: candidates of all of them compete."""
    rounds = award_rounds(items)
    awards = Award.objects.bulk_create(
        _award(scheme, item, sort, rounds[item["code"]])
        for sort, item in enumerate(items)
        for scheme in schemes
        if (scheme.kind, scheme.period) == (item["kind"], item.get("period", Period.MONTH))
    )
    return {(award.code, award.scheme_id): award for award in awards}


def award_rounds(items: list[dict[str, Any]]) -> dict[str, int]:
    """1 for awards open to all, 2 and 3 for those whose candidates must have won another first."""
    parents = {item["code"]: item.get("winners_of") for item in items}
    rounds = {}
    for code, first in parents.items():
        number, parent = 1, first
        while parent in parents and number < 9:
            number, parent = number + 1, parents[parent]
        rounds[code] = number
    return rounds


def _award(scheme: Scheme, item: dict[str, Any], sort: int, round_no: int) -> Award:
    keys = [*item.get("then", []), "", "", ""]
    wanted = item.get("for", {})
    return Award(
        scheme=scheme,
        code=item["code"],
        name=item["name"],
        article=item.get("article", ""),
        grouping=item.get("within", Grouping.HALL),
        by=item.get("by", RankedBy.TOTAL),
        order=item.get("order", Order.HIGHEST),
        least=_bound(item.get("least")),
        most=_bound(item.get("most")),
        key1=keys[0],
        key2=keys[1],
        key3=keys[2],
        key_of=item.get("key_of", ""),
        tie=item.get("tie", "all"),
        least_days=wanted.get("days", 0),
        big_from=item.get("big_from", 0),
        limit=item.get("limit", 0),
        winners_of=item.get("winners_of", ""),
        follows=item.get("follows", ""),
        round_no=round_no,
        sort=sort,
        **conditions(wanted),
        **_quota(item.get("quota", "all")),
    )


def _quota(quota: Any) -> dict[str, Any]:
    if quota == "all":
        return {"quota_kind": QuotaKind.ALL}
    if "number" in quota:
        return {"quota_kind": QuotaKind.NUMBER, "quota": quota["number"]}
    return {
        "quota_kind": QuotaKind.PERCENT,
        "quota": hundredths(quota["percent"]),
        "rounding": Rounding(quota["rounding"]),
        "least_seats": quota.get("least", 0),
        "of_eligible": quota["of"] == "eligible",
    }


# --- gates -----------------------------------------------------------------------------------------


def _disqualifying(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The gates that clauses with `disqualify` mean: from the nth time on, for a while."""
    found = []
    for clause in data["clauses"]:
        count = clause.get("count", {})
        rows = [row for row in clause.get("then", []) if "disqualify" in row]
        for number, row in enumerate(rows):
            veto = row["disqualify"]
            gate = {
                "code": clause["code"] if len(rows) == 1 else f"{clause['code']}.{number + 1}",
                "article": clause["article"],
                "wording": clause["wording"],
                "kind": clause["subject"],
                "acts": [entry if isinstance(entry, str) else entry["act"] for entry in clause["acts"]],
                "count": count.get("what", "times"),
                "span": count.get("over", "each"),
                "most": (hundredths(row["from"]) - 1) / 100,
                "valid": veto["valid"],
                "lasts": veto.get("lasts", 0),
            }
            gate.update({name: value for name, value in (("award", veto.get("award")),) if value})
            gate.update({"days": count["days"]} if "days" in count else {})
            found.append(gate)
    return found


def _store_gates(
    schemes: list[Scheme],
    items: list[dict[str, Any]],
    awards: dict[tuple[str, int], Award],
    acts: dict[str, Act],
) -> None:
    rows: list[Gate] = []
    codes: list[list[str]] = []
    for sort, item in enumerate(items):
        for scheme in schemes:
            if scheme.kind != item["kind"] or not _concerns(item, scheme):
                continue
            award = awards.get((item.get("award", ""), scheme.pk))
            if "award" in item and award is None:
                continue
            rows.append(_gate(scheme, item, sort, award))
            codes.append(list(dict.fromkeys(item.get("acts", []))))
    Gate.objects.bulk_create(rows)
    GateAct.objects.bulk_create(
        GateAct(gate=gate, act=acts[code]) for gate, some in zip(rows, codes, strict=True) for code in some
    )


def _concerns(item: dict[str, Any], scheme: Scheme) -> bool:
    """Whether a gate for all awards is about those of the scheme's period.

    Who is barred for a month is barred from honours of the month, not of the year; a gate that looks at
    values says its period. A gate of one award stands where that award does.
    """
    if "award" in item:
        return True
    if "acts" in item:
        return Period(scheme.period).months <= Period(item["valid"]).months
    return bool(scheme.period == item.get("period", Period.MONTH))


def _gate(scheme: Scheme, item: dict[str, Any], sort: int, award: Award | None) -> Gate:
    looked = item.get("of", {})
    source = next((name for name in GateSource.values if name in looked), GateSource.ACTS)
    of = looked.get(source, "")
    is_acts = source == GateSource.ACTS
    return Gate(
        scheme=scheme,
        award=award,
        code=item["code"],
        article=item["article"],
        wording=item["wording"],
        note=item.get("note", ""),
        measure=item.get("count", Measure.TIMES),
        span=looked.get("over", item.get("span", Span.EACH)),
        days=item.get("days", 0),
        source=source,
        of=of if isinstance(of, str) else "",
        most=hundredths(item["most"]) if "most" in item else HIGHEST if not is_acts else 0,
        least=100
        if source == GateSource.GRADE
        else hundredths(item["least"])
        if "least" in item
        else None
        if is_acts
        else LOWEST,
        is_missing_ok=looked.get("missing") == "pass",
        valid=item.get("valid", Span.MONTH),
        lasts=looked.get("last", item.get("lasts", 0)),
        sort=sort,
    )
