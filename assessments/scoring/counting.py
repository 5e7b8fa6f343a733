"""Counters: running amounts of facts over a span, the steps they pass, and acts that are produced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.facts import CONTEXT
from assessments.scoring.scratch import between, reached, round_div, spanned

if TYPE_CHECKING:
    from assessments.scoring.scratch import Reckoning

PRICED = """p.version_id = f.version_id AND p.act_id = f.act_id AND p.severity = f.severity
    AND p.period = %(period)s AND (p.found_by = f.found_by OR (p.found_by = '' AND (p.except_for = ''
        OR p.except_for NOT LIKE '%%,' || f.found_by || ',%%')))"""
"""Which prices hold for a fact: of its own source first, the general one for all other sources."""

CLAIM = (
    "level, clause_id, fact_id, phase, kind, record_id, card_id, at_card_id, finder_id, day, quantity, unit,"
    " amount, span, days, count_card, stay, ord_day, wd, day_no, week_no, month_no, quarter_no, half_no,"
    " year_no"
)
COUNT = (
    "stage, clause_id, fact_id, phase, kind, record_id, card_id, at_card_id, finder_id, day, quantity, unit"
)


def claim(reckoning: Reckoning, made: int) -> int:
    """Each fact × the counted clauses that judge it; of one incident only what the clause says.

    `made` 0: facts of the ledger, 1 and 2: those produced by a conversion. An incident counts once a card,
    month and sign: the first record by day, or the heaviest.
    """
    rows = reckoning.do(
        f"""
        INSERT INTO sc_claim ({CLAIM})
        SELECT {CLAIM} FROM (
            SELECT t.*, ROW_NUMBER() OVER (
                PARTITION BY card_id, version_id, month_no, incident_key, dedup,
                    CASE WHEN unit < 0 THEN 0 ELSE 1 END
                ORDER BY CASE dedup WHEN 'first' THEN 0 ELSE -ABS(unit * times) END, day, fact_id, clause_id
            ) AS turn
            FROM ({CLAIMED}) t
        ) u
        WHERE turn = 1
        """,
        made=made,
    )
    reckoning.analyze("sc_claim")
    return rows


CLAIMED = f"""
    SELECT q.level, q.id AS clause_id, f.id AS fact_id, f.phase, f.kind, f.record_id, f.card_id, f.at_card_id,
        f.finder_id, f.day, f.quantity,
        CASE WHEN f.judged IS NULL OR p.least IS NULL THEN p.points
            ELSE {between("f.judged", "p.least", "p.most")} END AS unit,
        CASE q.measure WHEN 'times' THEN 100 ELSE f.quantity END AS amount,
        CASE WHEN p.by_quantity THEN f.quantity / 100 ELSE 1 END AS times,
        q.span, q.days,
        CASE q.counted_for WHEN 'self' THEN f.card_id
            WHEN 'group' THEN
                COALESCE(CASE c.kind WHEN 'staff' THEN f.at_card_id ELSE c.group_id END, f.card_id)
            ELSE COALESCE(CASE c.kind WHEN 'unit' THEN c.id ELSE own_unit.id END, f.card_id)
            END AS count_card,
        CASE WHEN q.is_anew_on_move THEN COALESCE(f.at_card_id, 0) ELSE 0 END AS stay,
        CASE f.phase WHEN 1 THEN late.day ELSE f.day END AS ord_day,
        d.wd, y.day_no, y.week_no, y.month_no, y.quarter_no, y.half_no, y.year_no,
        p.dedup, f.version_id,
        CASE WHEN p.dedup = 'all' OR f.incident = '' THEN 'fact ' || f.id || ' clause ' || p.clause_id
            ELSE f.incident END AS incident_key
    FROM sc_fact f
    JOIN violations_price p ON {PRICED}
    JOIN violations_clause q ON q.id = p.clause_id
    JOIN sc_card c ON c.id = f.card_id
    JOIN sc_day d ON d.hall_id = c.hall_id AND d.day = f.day
    JOIN sc_date y ON y.day = f.day
    CROSS JOIN (SELECT day FROM sc_date WHERE day = %(before)s) late
    LEFT JOIN sc_card own_unit ON own_unit.kind = 'unit' AND own_unit.subject_id = c.department_id
    WHERE f.made = %(made)s AND NOT p.is_plain
        AND (f.phase > {CONTEXT} OR q.span <> 'each' OR p.dedup <> 'all' OR q.level < 9)
        AND (NOT p.needs_verdict OR f.status IN ('confirmed', 'appeal_rejected'))
        AND (NOT p.needs_evidence OR EXISTS (SELECT 1 FROM violations_conductrecord_photos ph
            WHERE ph.conductrecord_id = f.record_id))
"""


def count(reckoning: Reckoning, level: int) -> int:
    """Running amounts of the clauses of one level: before and after each fact.

    Within a calendar span from its start; over N working days the day itself and the N − 1 before it;
    in months running, one for each month that has a fact. What is only context is counted, not kept.
    """
    kept = f"(level < 9 OR phase > {CONTEXT})"
    order = "ORDER BY ord_day, phase, day, fact_id ROWS UNBOUNDED PRECEDING"
    shared = COUNT.removeprefix("stage, ")
    spans = {span for at, span in reckoning.rules.spans if at == level}
    rows = 0
    if spans - {"rolling", "running"}:
        rows += reckoning.do(
            f"""
            INSERT INTO sc_count ({COUNT}, c0, c1)
            SELECT level, {shared}, c1 - amount, c1 FROM (
                SELECT t.*, CAST(SUM(amount) OVER (PARTITION BY clause_id, count_card, stay,
                    {spanned("span", "fact_id")} {order}) AS bigint) AS c1
                FROM sc_claim t WHERE level = %(level)s AND span NOT IN ('rolling', 'running')
            ) u WHERE {kept}
            """,
            level=level,
        )
    if "rolling" in spans:
        rows += reckoning.do(
            f"""
            INSERT INTO sc_count ({COUNT}, c0, c1)
            SELECT level, {shared}, c1 - amount, c1 FROM (
                SELECT n.*, (
                    SELECT CAST(SUM(b.amount) AS bigint) FROM sc_claim b
                    WHERE b.clause_id = n.clause_id AND b.count_card = n.count_card AND b.stay = n.stay
                        AND b.wd > n.wd - n.days
                        AND (b.day < n.day OR (b.day = n.day AND b.fact_id <= n.fact_id))
                ) AS c1
                FROM sc_claim n WHERE level = %(level)s AND span = 'rolling'
            ) u WHERE {kept}
            """,
            level=level,
        )
    if "running" in spans:
        rows += reckoning.do(
            f"""
            INSERT INTO sc_count ({COUNT}, c0, c1)
            SELECT level, {shared}, streak * 100 - 100, streak * 100 FROM (
                SELECT i.*, ROW_NUMBER() OVER (
                    PARTITION BY clause_id, count_card, stay, island ORDER BY month_no) AS streak
                FROM (
                    SELECT t.*, month_no - ROW_NUMBER() OVER (
                        PARTITION BY clause_id, count_card, stay ORDER BY month_no) AS island
                    FROM (
                        SELECT n.*, ROW_NUMBER() OVER (PARTITION BY clause_id, count_card, stay, month_no
                            ORDER BY ord_day, phase, day, fact_id) AS turn
                        FROM sc_claim n WHERE level = %(level)s AND span = 'running'
                    ) t WHERE turn = 1
                ) i
            ) u WHERE {kept}
            """,
            level=level,
        )
    reckoning.analyze("sc_count")
    return rows


IS_THEN = """(s.produces_id IS NOT NULL OR s.grade <> '' OR s."call" <> '')"""
"""A step that does something else than give points."""
STEP = ("s.start", 's."end"')
PASSED = f"{reached('n.c1', *STEP, 's.every')} - {reached('n.c0', *STEP, 's.every')}"
FOUND = """CASE WHEN n.c1 BETWEEN s.start AND s."end" THEN 1 ELSE 0 END
    - CASE WHEN n.c0 > 0 AND n.c0 BETWEEN s.start AND s."end" THEN 1 ELSE 0 END"""
"""The row of a table that holds; of a growing amount the row left behind is given back."""
SHARE = f"{between('n.c1', *STEP)} - {between('n.c0', *STEP)}"
"""How much of the amount lies within a linear step."""


def pass_steps(reckoning: Reckoning, stage: int) -> None:
    """Which steps each counted amount passes, how often, and the points of it before any ratio.

    `taken` / `per` is how often a fixed effect falls due: once for each time points are taken, in proportion
    where the points are; never for a row that takes none, unless the clause itself gives no points at all.
    """
    hit = COUNT + ", step_id, nth, hits, points, is_then, taken, per"
    times = "CASE WHEN by_quantity THEN quantity / 100 ELSE 1 END"
    reckoning.do(
        f"""
        INSERT INTO sc_hit ({hit})
        SELECT {COUNT}, step_id, c1,
            CASE WHEN is_then = 0 AND mode = 'linear' THEN 1 ELSE passed END,
            CASE WHEN is_then = 1 THEN 0
                WHEN mode = 'linear' THEN {round_div("(unit * passed)", "every")}
                WHEN factor IS NULL THEN passed * points
                ELSE passed * {round_div("(unit * factor)", "10000")} * {times} END,
            is_then,
            CASE WHEN nominal <> 0 AND CASE WHEN factor IS NULL AND mode <> 'linear' THEN points
                    ELSE unit END = 0 THEN 0
                WHEN factor IS NULL OR mode = 'linear' THEN passed ELSE passed * {times} END,
            CASE WHEN is_then = 0 AND mode = 'linear' THEN every ELSE 1 END
        FROM (
            SELECT n.*, s.id AS step_id, s.points, s.factor, s.every, q.mode, q.by_quantity,
                q.points AS nominal,
                CASE WHEN {IS_THEN} THEN 1 ELSE 0 END AS is_then,
                CASE WHEN q.mode = 'rungs' OR {IS_THEN} THEN {PASSED}
                    WHEN q.mode = 'lookup' THEN {FOUND} ELSE {SHARE} END AS passed
            FROM sc_count n
            JOIN violations_clause q ON q.id = n.clause_id
            JOIN violations_step s ON s.clause_id = q.id
            WHERE n.stage = %(stage)s
        ) t
        WHERE passed <> 0
        """,
        stage=stage,
    )
    reckoning.analyze("sc_hit")


def produce(reckoning: Reckoning, level: int) -> int:
    """折算: acts that conversions of one level make of the counted ones, e.g. half a day's absence."""
    rows = reckoning.do(
        """
        INSERT INTO sc_fact (id, record_id, kind, phase, card_id, at_card_id, act_id, severity, found_by,
            finder_id, status, judged, quantity, day, incident, version_id, made)
        SELECT record_id * 1000 + %(level)s * 300 + ROW_NUMBER() OVER (
                PARTITION BY record_id ORDER BY fact_id, step_id),
            record_id, kind, phase, card_id, at_card_id, produces_id, '', 'made', finder_id, 'confirmed',
            NULL, hits * produced, day, '', version_id, %(level)s
        FROM (
            SELECT h.*, s.produces_id, s.produced, q.version_id
            FROM sc_hit h
            JOIN violations_step s ON s.id = h.step_id AND s.produces_id IS NOT NULL
            JOIN violations_clause q ON q.id = h.clause_id
            WHERE h.stage = %(level)s AND h.hits > 0
        ) t
        """,
        level=level,
    )
    reckoning.analyze("sc_fact")
    return rows
