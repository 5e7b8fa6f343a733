"""Storing a checked pack: the words of the hall become acts, clauses, steps, effects and prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from trail.services import audit
from violations.enums import RecordSource
from violations.ladders import HIGHEST, hundredths, row_of, ten_thousandths
from violations.models import (
    Act,
    ActPhrase,
    ActUse,
    Clause,
    ClauseAct,
    ClauseCategory,
    Effect,
    MeasureRule,
    Price,
    Rulebook,
    RulebookVersion,
    Step,
)
from violations.models.rulebook import ONE
from violations.rule_enums import (
    CountedFor,
    Dedup,
    Measure,
    Meter,
    Mode,
    Period,
    Severity,
    Source,
    Span,
    Subject,
    Target,
)
from violations.services.rulebook import content_hash, phrase_key

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from trail.actors import Robot

ACT_FIELDS = ["name", "short_name", "subject", "is_bonus", "meter", "asks_rectification", "sort"]
REACH = (Span.EACH, Span.DAY, Span.WEEK, Span.MONTH, Span.QUARTER, Span.HALF_YEAR, Span.YEAR, Span.RUNNING)
"""Spans from the shortest to the longest look back; a rolling one stands between by its days."""


@transaction.atomic
def store_version(
    *, data: dict[str, Any], canonical: str, text: str, hall: Hall, by: User | Robot
) -> RulebookVersion:
    """Store the rule half of a checked pack as a draft version: acts, clauses, steps, prices, measures.

    Acts are found again by their code, so that a count runs on from one version to the next.
    """
    rulebook, _ = Rulebook.objects.update_or_create(
        hall=hall, code=data["rulebook"]["code"], defaults={"name": data["rulebook"]["name"]}
    )
    version = RulebookVersion.objects.create(
        rulebook=rulebook,
        version=data["version"]["number"],
        title=data["version"]["title"],
        basis=data["version"].get("basis", ""),
        effective_on=data["version"]["effective_on"],
        source_text=text,
        sha256=content_hash(canonical),
    )
    version.refresh_from_db()
    acts = _store_acts(rulebook, data["acts"])
    fill_version(version, data)
    _store_phrases(rulebook, acts, data.get("phrases", {}))
    audit.record("rulebook.stored", target=version, by=by, hall=hall, after={"sha256": version.sha256})
    return version


def fill_version(version: RulebookVersion, data: dict[str, Any]) -> None:
    """The clauses, steps, prices and measures of a version; its acts are known."""
    acts = {act.code: act for act in Act.objects.filter(rulebook=version.rulebook)}
    _store_clauses(version, data, acts)
    _store_measures(version, data.get("measures", []))


def _store_acts(rulebook: Rulebook, items: list[dict[str, Any]]) -> dict[str, Act]:
    acts = [
        Act(
            rulebook=rulebook,
            code=item["code"],
            name=item["name"],
            short_name=item.get("short", item["name"][:12]),
            subject=item["subject"],
            is_bonus=item.get("bonus", False),
            meter=item.get("meter", Meter.TIME),
            asks_rectification=item.get("rectify", False),
            sort=sort,
        )
        for sort, item in enumerate(items)
    ]
    Act.objects.bulk_create(
        acts, update_conflicts=True, unique_fields=["rulebook", "code"], update_fields=ACT_FIELDS
    )
    return {act.code: act for act in Act.objects.filter(rulebook=rulebook)}


# --- clauses ---------------------------------------------------------------------------------


def _store_clauses(version: RulebookVersion, data: dict[str, Any], acts: dict[str, Act]) -> None:
    categories = _store_categories(version, data.get("categories", []))
    levels = conversion_levels(data["clauses"])
    items = data["clauses"]
    clauses = Clause.objects.bulk_create(
        Clause(version=version, sort=sort, level=levels[item["code"]], **clause_fields(item, categories))
        for sort, item in enumerate(items)
    )
    pairs = list(zip(clauses, items, strict=True))
    Effect.objects.bulk_create(effect for clause, item in pairs for effect in _effects(clause, item))
    ClauseAct.objects.bulk_create(
        ClauseAct(clause=clause, act=acts[_act_code(entry)])
        for clause, item in pairs
        for entry in item.get("acts", [])
    )
    found = [_steps_and_prices(clause, item, acts) for clause, item in pairs]
    Step.objects.bulk_create(step for steps, _ in found for step in steps)
    Price.objects.bulk_create(price for _, prices in found for price in prices)
    _store_uses(version, pairs, acts)


def _store_categories(version: RulebookVersion, items: list[dict[str, Any]]) -> dict[str, ClauseCategory]:
    rows = ClauseCategory.objects.bulk_create(
        ClauseCategory(version=version, sort=sort, **item) for sort, item in enumerate(items)
    )
    return {row.code: row for row in rows}


def clause_fields(item: dict[str, Any], categories: dict[str, ClauseCategory]) -> dict[str, Any]:
    """The columns of a clause, from its words."""
    counting = counting_of(item)
    metric, lost, judged = item.get("metric", {}), item.get("lost", {}), item.get("range")
    bounds = sorted(hundredths(judged[end]) for end in ("from", "to")) if judged else (None, None)
    aim = metric.get("below", metric.get("above"))
    return {
        "category": categories.get(item.get("category", "")),
        "code": item["code"],
        "article": item["article"],
        "wording": item["wording"],
        "note": item.get("note", ""),
        "needs": item.get("needs", ""),
        "subject": item["subject"],
        "source": source_of(item),
        "award_code": item.get("award") or item.get("running", {}).get("award", ""),
        "points": nominal_points(item),
        "per": item.get("per", "每次"),
        "measure": counting["measure"],
        "span": counting["span"],
        "days": counting["days"],
        "dedup": item.get("same_incident", Dedup.ALL),
        "period": item.get("period", Period.MONTH),
        "mode": mode_of(item),
        "counted_for": counting["per"],
        "is_anew_on_move": counting["anew"],
        "by_quantity": counting["measure"] == Measure.TIMES and not item.get("once") and "acts" in item,
        "warnings": item.get("warn_first", {}).get("times", 0),
        "least": bounds[0],
        "most": bounds[1],
        "needs_verdict": item.get("needs_verdict", False),
        "needs_evidence": item.get("needs_evidence", False),
        "metric": metric.get("code", ""),
        "is_below": "above" not in metric,
        "aim": None if aim is None else hundredths(aim),
        "ranked": metric.get("rank", {}).get("order", ""),
        "ranked_within": metric.get("rank", {}).get("within", ""),
        "of": _of(item, lost),
        "is_plain": is_plain(item),
    }


def _of(item: dict[str, Any], lost: dict[str, Any]) -> str:
    running = item.get("running", {})
    if "metric" in item:
        return str(item["metric"]["missing"])
    stood = next((name for name in ("last", "first") if name in running), "")
    return str(lost.get("of") or running.get("grade") or stood)


def counting_of(item: dict[str, Any]) -> dict[str, Any]:
    """How a clause adds up: measure, span, days, for whom, anew after a move."""
    count, warn = item.get("count", {}), item.get("warn_first", {})
    if "lost" in item:
        return {
            "measure": Measure.QUANTITY,
            "span": item["lost"]["over"],
            "days": 0,
            "per": CountedFor.GROUP if item.get("to") == Target.GROUP else CountedFor.SELF,
            "anew": False,
        }
    if "running" in item:
        count = {"over": item["running"].get("over", Span.EACH)}
    by_times = item.get("once") or warn or count.get("what") == "times" or "then" in item
    return {
        "measure": Measure.TIMES if by_times and count.get("what") != "quantity" else Measure.QUANTITY,
        "span": count.get("over") or warn.get("over") or Span.EACH,
        "days": count.get("days", 0),
        "per": count.get("per", CountedFor.SELF),
        "anew": (count or warn).get("on_move") == "anew",
    }


def mode_of(item: dict[str, Any]) -> str:
    """Rungs, linear or lookup."""
    if "table" in item:
        return Mode.LOOKUP
    return Mode.LINEAR if "linear" in item else Mode.RUNGS


def source_of(item: dict[str, Any]) -> str:
    """Which source a clause of a pack has."""
    for name in ("lost", "award", "metric", "running"):
        if name in item:
            return name
    return Source.RECORD


def nominal_points(item: dict[str, Any]) -> int:
    """What one occurrence costs, for pages: the clause's points, else those of the first row that has any."""
    rows = [*item.get("steps", []), *item.get("table", [])]
    given = [item["points"]] if "points" in item else [row.get("points", 0) for row in rows]
    return next((hundredths(points) for points in given if points), 0)


def is_plain(item: dict[str, Any]) -> bool:
    """Whether the points of a record can be read off a price list, record by record."""
    looks = ("count", "steps", "table", "linear", "then", "warn_first", "range", "by_source", "only_sources",
             "needs_verdict", "needs_evidence", "effects")  # fmt: skip
    if source_of(item) != Source.RECORD or any(name in item for name in looks):
        return False
    return bool(
        item.get("same_incident", Dedup.ALL) == Dedup.ALL
        and item.get("to", Target.SELF) == Target.SELF
        and item.get("period", Period.MONTH) == Period.MONTH
    )


def conversion_levels(items: list[dict[str, Any]]) -> dict[str, int]:
    """1 for clauses whose produced acts are converted again, 2 for other conversions, 9 for the rest."""
    makes = {item["code"]: _produced(item) for item in items}
    return {
        item["code"]: 9
        if not makes[item["code"]]
        else 1
        if any(makes[other["code"]] and makes[item["code"]] & _judged(other) for other in items)
        else 2
        for item in items
    }


def _produced(item: dict[str, Any]) -> set[str]:
    return {row["produces"]["act"] for row in item.get("then", []) if "produces" in row}


def _judged(item: dict[str, Any]) -> set[str]:
    return {_act_code(entry) for entry in item.get("acts", [])}


def _act_code(entry: str | dict[str, Any]) -> str:
    return entry if isinstance(entry, str) else str(entry["act"])


def component_for(item: dict[str, Any], into: str) -> str:
    """Where the clause's points land: a node of its own when the clause has a limit."""
    return f"limit-{item['code']}" if "at_most" in item else into


def _effects(clause: Clause, item: dict[str, Any]) -> list[Effect]:
    if "effects" not in item:
        into = component_for(item, item.get("into", "own"))
        return [Effect(clause=clause, target=item.get("to", Target.SELF), component=into)]
    return [
        Effect(
            clause=clause,
            target=effect["to"],
            component=component_for(item, effect.get("into", "own"))
            if effect["to"] == Target.SELF
            else effect.get("into", "own"),
            ratio=ten_thousandths(effect.get("percent", 100)) // 100,
            points=hundredths(effect["points"]) if "points" in effect else None,
        )
        for effect in item["effects"]
    ]


# --- steps and prices ------------------------------------------------------------------------


def _steps_and_prices(
    clause: Clause, item: dict[str, Any], acts: dict[str, Act]
) -> tuple[list[Step], list[Price]]:
    """Not stored yet: all clauses go into the tables at once."""
    rows = ladder(clause, item)
    then = [_then_step(clause, row, acts) for row in item.get("then", []) if "disqualify" not in row]
    if clause.source != Source.RECORD:
        return [*rows, *then], []
    if clause.is_plain or not rows:
        base = Step(clause=clause, points=clause.points)
        tiers = {
            tier: Step(clause=clause, severity=tier, points=hundredths(points))
            for tier, points in item.get("severities", {}).items()
        }
        own = {
            entry["act"]: Step(clause=clause, act=acts[entry["act"]], points=hundredths(entry["points"]))
            for entry in item["acts"]
            if isinstance(entry, dict)
        }
        steps = [base, *tiers.values(), *own.values(), *then]
    else:
        steps = [*rows, *then]
        base, tiers, own = rows[0], {}, {}
    return steps, _prices(clause, item, acts, base, tiers, own)


def ladder(clause: Clause, item: dict[str, Any]) -> list[Step]:
    """The steps of a counted clause; a clause that only counts times costs its price each time."""
    if "table" in item:
        return [
            Step(clause=clause, start=row.start, end=row.end, every=ONE, **_given(row.points, row.factor))
            for row in (row_of(entry) for entry in item["table"])
        ]
    if "linear" in item:
        span = item["linear"]
        return [
            Step(
                clause=clause,
                start=hundredths(span.get("over", 0)),
                end=hundredths(span["to"]) if "to" in span else HIGHEST,
                every=hundredths(span["every"]),
                **_given(None, 10_000),
            )
        ]
    if "steps" in item:
        rows = [row_of(entry, lowest=ONE) for entry in item["steps"]]
        return [
            Step(
                clause=clause,
                start=row.start,
                end=None if row.end == HIGHEST else row.end,
                every=row.every,
                **_given(row.points, row.factor),
            )
            for row in rows
        ]
    if "lost" in item:
        every = hundredths(item["lost"]["every"])
        start = hundredths(item["lost"].get("from", item["lost"]["every"]))
        return [Step(clause=clause, start=start, every=every, points=clause.points)]
    if clause.source == Source.AWARD:
        return [Step(clause=clause, points=clause.points)]
    if clause.source == Source.RUNNING or (clause.source == Source.RECORD and clause.is_plain):
        return []
    start = (clause.warnings + 1) * ONE
    return [Step(clause=clause, start=start, **_given(None, 10_000))]


def _given(points: int | None, factor: int | None) -> dict[str, Any]:
    if points is not None:
        return {"points": points}
    return {"points": 0, "factor": 10_000 if factor is None else factor}


def _then_step(clause: Clause, row: dict[str, Any], acts: dict[str, Act]) -> Step:
    grade = row.get("grade", {})
    made = row.get("produces")
    return Step(
        clause=clause,
        start=hundredths(row["from"]),
        end=hundredths(row["to"]) if "to" in row else None,
        every=hundredths(row.get("every", 1)),
        points=0,
        produces=acts[made["act"]] if made else None,
        produced=hundredths(made["quantity"]) if made else ONE,
        grade=grade.get("set") or grade.get("at_most") or "",
        is_grade_cap="at_most" in grade,
        call=row.get("measure", ""),
    )


def _prices(
    clause: Clause,
    item: dict[str, Any],
    acts: dict[str, Act],
    base: Step,
    tiers: dict[str, Step],
    own: dict[str, Step],
) -> list[Price]:
    """What each act costs at each severity, and by each source that has points of its own."""
    found: list[Price] = []
    special = item.get("by_source", {})
    only = item.get("only_sources", [])
    for entry in item["acts"]:
        code = _act_code(entry)
        for severity in Severity.values:
            step = tiers.get(severity) or own.get(code) or base
            points = _price_points(clause, item, entry, severity)
            common = {"act": acts[code], "severity": severity, "step": step}
            if not only:
                besides = f",{','.join(special)}," if special else ""
                found.append(_price(clause, item, points=points, except_for=besides, **common))
            for source in only or special:
                exact = hundredths(special[source]) if source in special else points
                found.append(_price(clause, item, points=exact, found_by=RecordSource(source), **common))
    return found


def _price_points(clause: Clause, item: dict[str, Any], entry: Any, severity: str) -> int:
    tier = item.get("severities", {}).get(severity)
    if tier is not None:
        return hundredths(tier)
    return clause.points if isinstance(entry, str) else hundredths(entry["points"])


def _price(clause: Clause, item: dict[str, Any], **fields: Any) -> Price:
    effect = item.get("effects", [item])[0]
    return Price(
        version=clause.version,
        clause=clause,
        component=component_for(item, effect.get("into", "own")),
        by_quantity=clause.measure == Measure.QUANTITY or clause.by_quantity,
        dedup=clause.dedup,
        is_plain=clause.is_plain,
        period=clause.period,
        least=clause.least,
        most=clause.most,
        needs_verdict=clause.needs_verdict,
        needs_evidence=clause.needs_evidence,
        **fields,
    )


def _store_uses(
    version: RulebookVersion, pairs: list[tuple[Clause, dict[str, Any]]], acts: dict[str, Act]
) -> None:
    """How far back each act must be read, through conversions: what is produced is read as far."""
    uses: dict[str, ActUse] = {}
    for clause, item in pairs:
        for code in _judged(item):
            use = uses.setdefault(code, ActUse(version=version, act=acts[code]))
            use.is_plain = use.is_plain and clause.is_plain
            _widen(use, clause.span, clause.days)
            if not clause.is_plain:
                _widen(use, Span.MONTH, 0)
    for _round in range(2):
        for _clause, item in pairs:
            for made in _produced(item) & uses.keys():
                for code in _judged(item):
                    _widen(uses[code], uses[made].reach, uses[made].days)
    ActUse.objects.bulk_create(uses.values())


def _widen(use: ActUse, span: str, days: int) -> None:
    if span == Span.ROLLING:
        use.days = max(use.days, days)
    elif REACH.index(Span(span)) > REACH.index(Span(use.reach)):
        use.reach = span
    use.days = max(use.days, days)


def _store_measures(version: RulebookVersion, items: list[dict[str, Any]]) -> None:
    MeasureRule.objects.bulk_create(
        MeasureRule(
            version=version,
            sort=sort,
            code=item["code"],
            kind=item["kind"],
            article=item["article"],
            wording=item["wording"],
            note=item.get("note", ""),
            subject=item.get("subject", Subject.STAFF),
            counted=item["counts"],
            span=item.get("span", Span.YEAR),
            days=item.get("days", 0),
            threshold=item.get("reaches", 1),
        )
        for sort, item in enumerate(items)
    )


def _store_phrases(rulebook: Rulebook, acts: dict[str, Act], phrases: dict[str, list[str]]) -> None:
    """Add the pack's phrases; what the hall was taught under this rulebook stays as it is."""
    wanted = {phrase_key(words): (words, acts[code]) for code, some in phrases.items() for words in some}
    kept = ActPhrase.objects.filter(hall=rulebook.hall, act__rulebook=rulebook)
    known = set(kept.values_list("key", flat=True))
    ActPhrase.objects.bulk_create(
        ActPhrase(hall=rulebook.hall, pattern=words, key=key, act=act)
        for key, (words, act) in wanted.items()
        if key not in known
    )
