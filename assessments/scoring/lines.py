"""Points on cards: of single records, of counted amounts, of metrics, and what they pass on to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.counting import COUNT, PRICED
from assessments.scoring.facts import AT, CONTEXT, COUNTABLE, LEDGER, RULED
from assessments.scoring.scratch import of_run, round_div

if TYPE_CHECKING:
    from assessments.scoring.scratch import Reckoning

LINE = (
    "run_id, card_id, component_id, clause_id, step_id, kind, record_id, at_card_id, source_card_id,"
    " award_id, reverses_id, day, quantity, hits, nth, points"
)
TRANSFER_STAGE = 11
METRIC_STAGE = 20
RUNNING_STAGE = {"staff": 31, "window": 32, "unit": 33}


def score_plain(reckoning: Reckoning) -> None:
    """Most records: the ledger × the price list, straight into lines; nothing needs to be counted.

    Of a quantity only full units count.
    """
    reckoning.do(
        """
        INSERT INTO sc_price (version_id, act_id, severity, scheme_id, component_id, clause_id, step_id,
            by_quantity, points)
        SELECT p.version_id, p.act_id, p.severity, k.scheme_id, k.id, p.clause_id, p.step_id, p.by_quantity,
            p.points
        FROM (
            SELECT DISTINCT was.version_id, s.id AS scheme_id
            FROM sc_reign g
            JOIN sc_reign was ON was.hall_id = g.hall_id AND was.first_day <= %(last)s
                AND was.next_day > %(first)s
            JOIN assessments_scheme s ON s.version_id = g.version_id AND s.period = %(period)s
            WHERE g.first_day <= %(last)s AND g.next_day > %(last)s
        ) met
        JOIN violations_price p ON p.version_id = met.version_id AND p.period = %(period)s
        JOIN violations_actuse u ON u.version_id = p.version_id AND u.act_id = p.act_id AND u.is_plain
        JOIN assessments_component k ON k.code = p.component AND k.scheme_id = met.scheme_id
        """
    )
    reckoning.analyze("sc_price")
    times = "CASE WHEN p.by_quantity THEN r.quantity / 100 ELSE 1 END"
    reckoning.do(
        f"""
        INSERT INTO assessments_line ({LINE})
        SELECT %(run)s, c.id, p.component_id, p.clause_id, p.step_id, 'record', r.id,
            {AT}, CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(NULL AS bigint),
            r.day, r.quantity, {times}, 0, p.points * {times}
        {LEDGER}
        JOIN sc_price p ON p.version_id = g.version_id AND p.act_id = r.act_id
            AND p.severity = r.severity AND p.scheme_id = c.scheme_id
        WHERE {COUNTABLE} AND {RULED} AND r.day >= %(first)s AND r.day <= %(last)s
            AND (r.quantity >= 100 OR NOT p.by_quantity)
        """
    )


def score_produced(reckoning: Reckoning) -> None:
    """What is late or came of a conversion, and costs its price without being counted."""
    of_fact = "CASE WHEN p.by_quantity THEN f.quantity / 100 ELSE 1 END"
    reckoning.do(
        f"""
        INSERT INTO assessments_line ({LINE})
        SELECT %(run)s, f.card_id, k.id, p.clause_id, p.step_id, f.kind, f.record_id, f.at_card_id,
            CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(NULL AS bigint), f.day, f.quantity, {of_fact}, 0,
            p.points * {of_fact}
        FROM sc_fact f
        JOIN violations_price p ON {PRICED} AND p.is_plain
        JOIN sc_card c ON c.id = f.card_id
        JOIN assessments_component k ON k.scheme_id = c.scheme_id AND k.code = p.component
        WHERE f.phase > {CONTEXT} AND (f.quantity >= 100 OR NOT p.by_quantity)
        """
    )


TARGET = """CASE e.target WHEN 'self' THEN h.card_id WHEN 'unit' THEN own_unit.id
    WHEN 'recorder' THEN finder.id
    WHEN 'group' THEN CASE c.kind WHEN 'staff' THEN h.at_card_id ELSE c.group_id END END"""
UNIT = "LEFT JOIN sc_card own_unit ON own_unit.kind = 'unit' AND own_unit.subject_id = c.department_id"
FINDER = """LEFT JOIN windows_staff who ON who.user_id = h.finder_id
    LEFT JOIN sc_card finder ON finder.kind = 'staff' AND finder.subject_id = who.id"""
NO_ONE = "CROSS JOIN (SELECT CAST(NULL AS bigint) AS id) {name}"
BELOW = "CASE c.kind WHEN 'staff' THEN h.at_card_id ELSE c.id END"
POINTS = f"""CASE WHEN e.points IS NULL THEN {round_div("(h.points * e.ratio)", "10000")}
    ELSE {round_div("(h.taken * e.points)", "h.per")} END"""
DUE = "(e.points IS NULL OR h.taken <> 0)"


def lay_lines(reckoning: Reckoning, stage: int) -> None:
    """Effects: the points of passed steps on the card itself, its group, its unit, the finder, or below."""
    body = f"""
        SELECT %(run)s, t.id, k.id, h.clause_id, h.step_id,
            CASE WHEN h.kind = 'transfer' OR e.target = 'self' THEN h.kind ELSE 'effect' END,
            h.record_id, CASE WHEN h.kind = 'transfer' THEN t.id ELSE h.at_card_id END,
            CASE WHEN t.id = h.card_id THEN NULL ELSE h.card_id END, CAST(NULL AS bigint),
            CAST(NULL AS bigint), h.day, h.quantity, h.hits, h.nth, {POINTS}
        FROM sc_hit h
        JOIN violations_effect e ON e.clause_id = h.clause_id
        JOIN sc_card c ON c.id = h.card_id
    """
    component = "JOIN assessments_component k ON k.scheme_id = t.scheme_id AND k.code = e.component"
    targets = reckoning.rules.targets
    unit = UNIT if "unit" in targets else NO_ONE.format(name="own_unit")
    finder = FINDER if "recorder" in targets else NO_ONE.format(name="finder")
    reckoning.do(
        f"""
        INSERT INTO assessments_line ({LINE})
        {body}
        {unit} {finder}
        JOIN sc_card t ON t.id = {TARGET}
        {component}
        WHERE h.stage = %(stage)s AND h.phase > {CONTEXT} AND h.is_then = 0 AND {DUE}
            AND e.target IN ('self', 'group', 'unit', 'recorder')
        """,
        stage=stage,
    )
    if not targets & {"members", "chief"}:
        return
    reckoning.do(
        f"""
        INSERT INTO assessments_line ({LINE})
        {body}
        JOIN sc_card t ON t.group_id = {BELOW} AND t.id <> h.card_id
            AND (e.target = 'members' OR t.is_chief)
        {component}
        WHERE h.stage = %(stage)s AND h.phase > {CONTEXT} AND h.is_then = 0 AND {DUE}
            AND e.target IN ('members', 'chief')
        """,
        stage=stage,
    )


def note_consequences(reckoning: Reckoning, stage: int) -> None:
    """What passed steps mean beside points: a grade set or capped, a measure called for."""
    if not reckoning.rules.notes:
        return
    common = f"WHERE h.stage = %(stage)s AND h.phase > {CONTEXT} AND h.hits > 0"
    reckoning.do(
        f"""
        INSERT INTO assessments_gradechange (card_id, clause_id, step_id, record_id, grade, is_cap)
        SELECT h.card_id, h.clause_id, h.step_id, h.record_id, s.grade, s.is_grade_cap
        FROM sc_hit h JOIN violations_step s ON s.id = h.step_id AND s.grade <> '' {common}
        """,
        stage=stage,
    )
    reckoning.do(
        f"""
        INSERT INTO assessments_measurecall (card_id, clause_id, step_id, record_id, "call", observed)
        SELECT h.card_id, h.clause_id, h.step_id, h.record_id, s."call", h.nth
        FROM sc_hit h JOIN violations_step s ON s.id = h.step_id AND s."call" <> '' {common}
        """,
        stage=stage,
    )


def transfer(reckoning: Reckoning) -> int:
    """连带: what a card lost by records, added up; the steps it passes cost its group (or itself) points.

    A person's deductions count for the window they happened at; who moved counts in each window for
    his days. Over a quarter or a year, what published months took is counted from. Bonuses do not offset.
    What one record cost by several clauses is added up in the order of the clauses, so that the step each
    line passes never depends on how the lines were written.
    """
    key = """CASE span WHEN 'each' THEN line_id WHEN 'quarter' THEN quarter_no WHEN 'half_year' THEN half_no
        WHEN 'year' THEN year_no ELSE 0 END"""
    _read_losses(reckoning)
    losses = LOSS + LOSS_BEFORE if reckoning.rules.looks_back else LOSS
    rows = reckoning.do(
        f"""
        INSERT INTO sc_count ({COUNT}, c0, c1)
        SELECT %(stage)s, clause_id, line_id, phase, 'transfer', record_id, card_id, at_card_id,
            CAST(NULL AS bigint), day, amount, unit, c1 - amount, c1
        FROM (
            SELECT loss.*, CAST(SUM(amount) OVER (
                PARTITION BY clause_id, card_id, place, {key}
                ORDER BY phase, day, record_id, of_clause, amount DESC, line_id
                ROWS UNBOUNDED PRECEDING) AS bigint) AS c1
            FROM ({losses}) loss
        ) t
        WHERE phase > {CONTEXT}
        """,
        stage=TRANSFER_STAGE,
    )
    reckoning.analyze("sc_count")
    return rows


def _read_losses(reckoning: Reckoning) -> None:
    """Which components the clauses about lost points look at."""
    reckoning.do(
        """
        INSERT INTO sc_loss (component_id, clause_id, span, points, for_group)
        SELECT k.id, q.id, q.span, q.points, CASE q.counted_for WHEN 'group' THEN 1 ELSE 0 END
        FROM sc_scheme n
        JOIN assessments_scheme m ON m.id = n.scheme_id
        JOIN assessments_component k ON k.scheme_id = m.id
        JOIN violations_clause q ON q.version_id = m.version_id AND q.source = 'lost' AND q.subject = m.kind
            AND q.period = %(period)s AND (q."of" = '' OR q."of" = k.code)
        """
    )
    reckoning.analyze("sc_loss")


PLACE = "CASE q.for_group WHEN 1 THEN COALESCE({at}, 0) ELSE 0 END"
LOSS = f"""
    SELECT l.id AS line_id, 2 AS phase, l.card_id, l.record_id, l.day, -l.points AS amount,
        l.clause_id AS of_clause, l.at_card_id, q.clause_id, q.span, q.points AS unit,
        {PLACE.format(at="l.at_card_id")} AS place, %(quarter)s AS quarter_no, %(half)s AS half_no,
        %(year)s AS year_no
    FROM assessments_line l
    JOIN sc_loss q ON q.component_id = l.component_id
    WHERE {of_run()} AND l.points < 0 AND l.kind IN ('record', 'late')
"""
LOSS_BEFORE = """
    UNION ALL
    SELECT l.id, 0, c.id, l.record_id, l.day, -l.points, l.clause_id, w.id, p.id, p.span, p.points,
        CASE p.counted_for WHEN 'group' THEN COALESCE(w.id, 0) ELSE 0 END, y.quarter_no, y.half_no, y.year_no
    FROM sc_card c
    JOIN assessments_scheme m ON m.id = c.scheme_id
    JOIN violations_clause p ON p.version_id = m.version_id AND p.source = 'lost' AND p.subject = c.kind
        AND p.period = %(period)s AND p.span IN ('quarter', 'half_year', 'year')
    JOIN assessments_scorecard o ON o.kind = c.kind AND o.subject_id = c.subject_id
    JOIN assessments_assessmentmonth a ON a.run_id = o.run_id AND a.hall_id = o.hall_id
        AND a.status = 'published' AND a.period = 'month' AND a.month >= %(new_year)s AND a.month < %(first)s
    JOIN assessments_line l ON l.card_id = o.id AND l.points < 0 AND l.kind IN ('record', 'late')
    JOIN assessments_component k ON k.id = l.component_id AND (p."of" = '' OR p."of" = k.code)
    JOIN sc_date y ON y.day = a.month
    LEFT JOIN assessments_scorecard at ON at.id = l.at_card_id
    LEFT JOIN sc_card w ON w.kind = at.kind AND w.subject_id = at.subject_id
    WHERE NOT EXISTS (SELECT 1 FROM assessments_line x WHERE x.reverses_id = l.id)
"""


def score_metrics(reckoning: Reckoning) -> int:
    """Metric clauses: the distance from the target, or the row of a table the figure or its place is in.

    Equal figures share a place; who has no figure and is not counted as 0 has no place.
    """
    place, floors = "", ""
    if reckoning.rules.ranks_metrics:
        place = f"WHEN q.ranked <> '' THEN 100 * ({PLACED})"
        floors = "LEFT JOIN windows_window w ON w.id = c.window_id AND q.ranked_within = 'floor'"
    return reckoning.do(
        f"""
        INSERT INTO sc_count ({COUNT}, c0, c1)
        SELECT {METRIC_STAGE}, q.id, c.id, 2, 'metric', CAST(NULL AS bigint), c.id, c.group_id,
            CAST(NULL AS bigint), %(last)s, COALESCE(f.value, 0), q.points, 0,
            CASE {place} WHEN q.aim IS NULL THEN COALESCE(f.value, 0)
                WHEN q.is_below AND COALESCE(f.value, 0) < q.aim THEN q.aim - COALESCE(f.value, 0)
                WHEN NOT q.is_below AND COALESCE(f.value, 0) > q.aim THEN COALESCE(f.value, 0) - q.aim
                ELSE 0 END
        FROM sc_card c
        JOIN assessments_scheme m ON m.id = c.scheme_id
        JOIN violations_clause q ON q.version_id = m.version_id AND q.source = 'metric'
            AND q.subject = c.kind AND q.period = %(period)s
        LEFT JOIN sc_figure f ON f.card_id = c.id AND f.origin = 'metric' AND f.code = q.metric {floors}
        WHERE f.value IS NOT NULL OR q."of" = 'zero'
        """
    )


PLACED = """RANK() OVER (
    PARTITION BY q.id, c.hall_id, CASE q.ranked_within WHEN 'category' THEN c.category
        WHEN 'unit' THEN 'unit ' || c.department_id WHEN 'scheme' THEN 'scheme ' || c.scheme_id
        WHEN 'floor' THEN COALESCE(w.floor, '') ELSE '' END
    ORDER BY CASE q.ranked WHEN 'lowest' THEN COALESCE(f.value, 0) ELSE -COALESCE(f.value, 0) END)"""
"""The place of a figure among those the pack compares it with."""


def call_for_running(reckoning: Reckoning, kind: str) -> int:
    """连续各期: how many periods in a row, with this one, a card of `kind` stood last or first, had a grade
    or a title; where the pack names a span, how many of that span, in a row or not.
    """
    return reckoning.do(
        f"""
        INSERT INTO sc_count ({COUNT}, c0, c1)
        SELECT %(stage)s, clause_id, card_id, 2, 'running', CAST(NULL AS bigint), card_id, group_id,
            CAST(NULL AS bigint), %(last)s, streak * 100, 0, streak * 100 - 100, streak * 100
        FROM (
            SELECT clause_id, card_id, group_id, COUNT(*) AS streak, MAX(is_now) AS is_now
            FROM (
                SELECT t.*, ROW_NUMBER() OVER (PARTITION BY clause_id, card_id ORDER BY month_no DESC) AS turn
                FROM ({RAN}) t
            ) u
            WHERE span <> 'each' OR month_no = %(month_no)s - (turn - 1) * %(months)s
            GROUP BY clause_id, card_id, group_id
        ) v
        WHERE is_now = 1
        """,
        kind=kind,
        stage=RUNNING_STAGE[kind],
    )


RAN = """
    SELECT q.id AS clause_id, c.id AS card_id, c.group_id, y.month_no, q.span,
        CASE WHEN o.id = c.id THEN 1 ELSE 0 END AS is_now
    FROM assessments_scorecard c
    JOIN assessments_scheme m ON m.id = c.scheme_id
    JOIN violations_clause q ON q.version_id = m.version_id AND q.source = 'running' AND q.subject = c.kind
        AND q.period = %(period)s
    JOIN assessments_scorecard o ON o.kind = c.kind AND o.subject_id = c.subject_id
    LEFT JOIN assessments_grade d ON d.id = o.grade_id
    LEFT JOIN assessments_assessmentmonth a ON a.run_id = o.run_id AND a.hall_id = o.hall_id
        AND a.status = 'published' AND a.period = %(period)s AND a.month < %(first)s
    JOIN sc_date y ON (o.id = c.id AND y.day = %(first)s) OR (o.id <> c.id AND y.day = a.month)
    WHERE c.id >= %(base)s AND c.id < %(next)s AND c.kind = %(kind)s AND (o.id = c.id OR a.id IS NOT NULL)
        AND CASE q.span WHEN 'quarter' THEN CASE WHEN y.quarter_no = %(quarter)s THEN 1 ELSE 0 END
            WHEN 'half_year' THEN CASE WHEN y.half_no = %(half)s THEN 1 ELSE 0 END
            WHEN 'year' THEN CASE WHEN y.year_no = %(year)s THEN 1 ELSE 0 END ELSE 1 END = 1
        AND CASE WHEN q.award_code <> '' THEN CASE WHEN EXISTS (
                SELECT 1 FROM assessments_awardresult r JOIN assessments_award b ON b.id = r.award_id
                WHERE r.card_id = o.id AND r.outcome = 'won' AND b.code = q.award_code AND NOT EXISTS (
                    SELECT 1 FROM assessments_awardrevocation z WHERE z.result_id = r.id)) THEN 1 ELSE 0 END
            WHEN q."of" = 'last' THEN CASE WHEN o.is_last THEN 1 ELSE 0 END
            WHEN q."of" = 'first' THEN CASE WHEN o."rank" = 1 THEN 1 ELSE 0 END
            ELSE CASE WHEN d.code = q."of" THEN 1 ELSE 0 END END = 1
"""
