"""门槛 gates: acts counted over a span, or a value of the card; who fails is no candidate meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.facts import AT
from assessments.scoring.scratch import COUNTS, spanned

if TYPE_CHECKING:
    from assessments.scoring.scratch import Reckoning

BARRED = """
        LEFT JOIN sc_card own_unit ON own_unit.kind = 'unit' AND own_unit.subject_id = c.department_id
        JOIN assessments_scheme m ON m.id = g.scheme_id
        JOIN sc_card t ON t.scheme_id = m.id
            AND {whom}
"""
UPWARD = "t.id = CASE m.kind WHEN c.kind THEN c.id WHEN 'window' THEN {place} ELSE own_unit.id END"
DOWNWARD = """((m.kind = 'staff' AND c.kind = 'window' AND t.group_id = c.id)
            OR (m.kind = 'window' AND c.kind = 'unit' AND t.group_id = c.id)
            OR (m.kind = 'staff' AND c.kind = 'unit' AND t.department_id = c.department_id))"""
"""Those below answer for what their window or unit did: who is there at the end of the period."""
CALENDAR = "day_no, week_no, month_no, quarter_no, half_no, year_no"


def see_gate_acts(reckoning: Reckoning) -> None:
    """The records a gate may count, each on the card the gate bars: few, so they are taken out first.

    A gate of windows may count acts of people: at the window of the day, else the person's own. A gate of
    units may count both. A gate of people may count what their window or unit did. What a conversion
    produced counts like a record of its own.
    """
    if not reckoning.rules.has_gate("acts"):
        return
    _see_acts(reckoning, UPWARD)
    if reckoning.rules.gates_down:
        _see_acts(reckoning, DOWNWARD)
    reckoning.analyze("sc_seen")


def _see_acts(reckoning: Reckoning, whom: str) -> None:
    dates = ", ".join(f"y.{name}" for name in CALENDAR.split(", "))
    amount = "CASE g.measure WHEN 'times' THEN 100 ELSE {} END"
    reckoning.do(
        f"""
        INSERT INTO sc_seen (gate_id, card_id, record_id, day, wd, {CALENDAR}, amount, in_run)
        SELECT g.id, t.id, r.id, r.day, d.wd, {dates}, {amount.format("r.quantity")},
            CASE WHEN r.day >= %(first)s OR f.id IS NOT NULL THEN 1 ELSE 0 END
        FROM assessments_gateact a
        JOIN assessments_gate g ON g.id = a.gate_id
        CROSS JOIN violations_conductrecord r
        CROSS JOIN sc_card c
        JOIN sc_day d ON d.hall_id = c.hall_id AND d.day = r.day
        JOIN sc_date y ON y.day = r.day
        LEFT JOIN sc_fact f ON f.record_id = r.id AND f.phase = 1 AND f.made = 0
        {BARRED.format(whom=whom.format(place=AT))}
        WHERE r.act_id = a.act_id AND r.status IN {COUNTS} AND r.day >= %(from_day)s AND r.day <= %(last)s
            AND c.kind = r.subject AND c.subject_id = CASE r.subject
                WHEN 'staff' THEN r.staff_id WHEN 'window' THEN r.window_id ELSE r.department_id END
            AND c.hall_id = r.hall_id
        """
    )
    reckoning.do(
        f"""
        INSERT INTO sc_seen (gate_id, card_id, record_id, day, wd, {CALENDAR}, amount, in_run)
        SELECT g.id, t.id, f.record_id, f.day, d.wd, {dates}, {amount.format("f.quantity")},
            CASE WHEN f.phase > 0 THEN 1 ELSE 0 END
        FROM sc_fact f
        JOIN assessments_gateact a ON a.act_id = f.act_id
        JOIN sc_card c ON c.id = f.card_id
        JOIN assessments_gate g ON g.id = a.gate_id
        {BARRED.format(whom=whom.format(place="f.at_card_id"))}
        JOIN sc_day d ON d.hall_id = c.hall_id AND d.day = f.day
        JOIN sc_date y ON y.day = f.day
        WHERE f.made > 0
        """
    )


def close_gates(reckoning: Reckoning, kind: str) -> None:
    """Which cards fail which gate, with the amount seen and the latest record that made it so.

    A rolling span of N counts the working day itself and the N − 1 before it. A veto holds in its own
    month, for the rest of its quarter, half-year or year, or for some months more.
    """
    looked_at = {source for of, source in reckoning.rules.gates if of == kind}
    if "acts" in looked_at:
        _count_acts(reckoning, kind)
    if looked_at - {"acts"}:
        _see_values(reckoning, kind)
    if looked_at:
        _bar(reckoning, kind)


def _count_acts(reckoning: Reckoning, kind: str) -> None:
    reckoning.do(
        f"""
        INSERT INTO assessments_gatefailure (card_id, gate_id, record_id, observed)
        SELECT card_id, gate_id, record_id, reached
        FROM (
            SELECT t.*, ROW_NUMBER() OVER (
                PARTITION BY gate_id, card_id ORDER BY t.day DESC, record_id DESC, reached DESC) AS latest
            FROM (
                SELECT n.*, g.most, g.valid, g.lasts, CASE g.span WHEN 'rolling' THEN (
                    SELECT CAST(SUM(b.amount) AS bigint) FROM sc_seen b
                    WHERE b.gate_id = n.gate_id AND b.card_id = n.card_id AND b.wd > n.wd - g.days
                        AND (b.day < n.day OR (b.day = n.day AND b.record_id <= n.record_id))
                ) ELSE CAST(SUM(n.amount) OVER (
                    PARTITION BY n.gate_id, n.card_id, {spanned("g.span", "n.record_id")}
                    ORDER BY n.day, n.record_id, n.amount ROWS UNBOUNDED PRECEDING) AS bigint) END AS reached
                FROM sc_seen n
                JOIN assessments_gate g ON g.id = n.gate_id
                JOIN sc_card c ON c.id = n.card_id AND c.kind = %(kind)s
            ) t
            CROSS JOIN sc_date now
            WHERE now.day = %(last)s AND reached > most AND (in_run = 1
                OR (valid = 'year' AND t.year_no = now.year_no)
                OR (valid = 'half_year' AND t.half_no = now.half_no)
                OR (valid = 'quarter' AND t.quarter_no = now.quarter_no)
                OR t.month_no >= now.month_no - lasts)
        ) u
        WHERE latest = 1
        """,
        kind=kind,
    )


def _see_values(reckoning: Reckoning, kind: str) -> None:
    reckoning.do(
        f"""
        INSERT INTO assessments_gatefailure (card_id, gate_id, record_id, observed)
        SELECT card_id, gate_id, CAST(NULL AS bigint), seen
        FROM ({SEEN}) t
        WHERE (seen IS NULL AND NOT is_missing_ok) OR seen < least OR seen > most
        """,
        kind=kind,
    )


def _bar(reckoning: Reckoning, kind: str) -> None:
    """Which awards each failure bars from; a gate for all bars from honours, not from lists of the lowest."""
    reckoning.do(
        """
        INSERT INTO sc_barred (card_id, award_id)
        SELECT DISTINCT f.card_id, a.id
        FROM assessments_gatefailure f
        JOIN sc_card c ON c.id = f.card_id AND c.kind = %(kind)s
        JOIN assessments_gate g ON g.id = f.gate_id
        JOIN assessments_award a ON a.scheme_id = g.scheme_id AND (g.award_id = a.id
            OR (g.award_id IS NULL AND a."order" = 'highest'))
        WHERE f.card_id >= %(base)s AND f.card_id < %(next)s
        """,
        kind=kind,
    )
    reckoning.analyze("sc_barred")


WITHIN = """CASE
    WHEN g.lasts > 0 THEN CASE WHEN y.month_no < %(month_no)s AND y.month_no >= %(month_no)s - g.lasts *
        CASE m.period WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 WHEN 'half_year' THEN 6 ELSE 12 END
        THEN 1 ELSE 0 END
    WHEN g.span = 'quarter' THEN CASE WHEN y.quarter_no = %(quarter)s THEN 1 ELSE 0 END
    WHEN g.span = 'half_year' THEN CASE WHEN y.half_no = %(half)s THEN 1 ELSE 0 END
    WHEN y.year_no = %(year)s THEN 1 ELSE 0 END"""
"""Whether a published period is one in which a gate counts titles: of the year, or the last so many."""
OF_PUBLISHED = """
                JOIN assessments_assessmentmonth m ON m.run_id = o.run_id AND m.hall_id = o.hall_id
                    AND m.status = 'published' AND m.month <= %(last)s
                JOIN sc_date y ON y.day = m.month"""
TITLES = f"""
                SELECT COUNT(*) FROM assessments_awardresult r
                JOIN assessments_award b ON b.id = r.award_id AND b.code = g."of"
                JOIN assessments_scorecard o ON o.id = r.card_id AND o.kind = c.kind
                    AND o.subject_id = c.subject_id
                {OF_PUBLISHED}
                WHERE r.outcome = 'won' AND {WITHIN} = 1 AND NOT EXISTS (
                    SELECT 1 FROM assessments_awardrevocation z WHERE z.result_id = r.id)"""
STOOD = f"""
                SELECT COUNT(*) FROM assessments_scorecard o
                {OF_PUBLISHED} AND m.period = 'month'
                LEFT JOIN assessments_grade had ON had.id = o.grade_id
                WHERE o.kind = c.kind AND o.subject_id = c.subject_id AND {WITHIN} = 1
                    AND CASE g.source WHEN 'lasts' THEN CASE WHEN o.is_last THEN 1 ELSE 0 END
                        ELSE CASE WHEN had.code = g."of" THEN 1 ELSE 0 END END = 1"""
"""In how many published months a subject stood last, or had a grade."""
LOST = """c.lost + CASE %(period)s WHEN 'month' THEN 0 ELSE COALESCE((
                SELECT CAST(SUM(o.lost) AS bigint) FROM assessments_scorecard o
                JOIN assessments_assessmentmonth m ON m.run_id = o.run_id AND m.hall_id = o.hall_id
                    AND m.status = 'published' AND m.period = 'month' AND m.month >= %(first)s
                    AND m.month <= %(last)s
                WHERE o.kind = c.kind AND o.subject_id = c.subject_id), 0) END"""
"""What was lost in the period: of a longer one, also what its published months took."""
SEEN = f"""
    SELECT c.id AS card_id, g.id AS gate_id, g.least, g.most, g.is_missing_ok,
        CASE g.source WHEN 'total' THEN c.total WHEN 'rank' THEN 100 * c."rank" WHEN 'lost' THEN {LOST}
            WHEN 'days' THEN 100 * c.days
            WHEN 'grade' THEN CASE WHEN d.level <= wanted.level THEN 100 ELSE 0 END
            WHEN 'metric' THEN f.value WHEN 'component' THEN COALESCE(v.value, k.value0)
            WHEN 'absent' THEN 100 * (%(last_no)s - %(first_no)s + 1 - c.days)
            WHEN 'award' THEN 100 * ({TITLES}) ELSE 100 * ({STOOD}) END AS seen
    FROM assessments_scorecard c
    JOIN assessments_gate g ON g.scheme_id = c.scheme_id AND g.source <> 'acts'
    LEFT JOIN assessments_grade d ON d.id = c.grade_id
    LEFT JOIN assessments_grade wanted ON wanted.scheme_id = c.scheme_id AND g.source = 'grade'
        AND wanted.code = g."of"
    LEFT JOIN sc_figure f ON f.card_id = c.id AND f.origin = 'metric' AND g.source = 'metric'
        AND f.code = g."of"
    LEFT JOIN assessments_component k ON k.scheme_id = c.scheme_id AND g.source = 'component'
        AND k.code = g."of"
    LEFT JOIN sc_value v ON v.card_id = c.id AND v.component_id = k.id
    WHERE c.id >= %(base)s AND c.id < %(next)s AND c.kind = %(kind)s
"""
"""What each other gate looks at, in hundredths; a grade gate sees 1 for the grade wanted or a better one."""
