"""The records that count in a run, each with the card it falls on and the window it happened at.

Most records of most halls can be priced one by one; they never enter the scratch table.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from assessments.scoring.scratch import COUNTS

if TYPE_CHECKING:
    from assessments.scoring.scratch import Reckoning

LATE, NOW, CONTEXT = 1, 2, 0
"""Phases of a fact: of a published month but new, of this period, or only there to be counted from."""

SUBJECT_ID = (
    "CASE r.subject WHEN 'staff' THEN r.staff_id WHEN 'window' THEN r.window_id ELSE r.department_id END"
)
LEDGER = f"""
    FROM violations_conductrecord r
    JOIN sc_reign g ON g.hall_id = r.hall_id
    JOIN sc_card c ON c.kind = r.subject AND c.hall_id = r.hall_id AND c.subject_id = {SUBJECT_ID}
"""
"""The ledger × who rules × whose card."""
AT = """CASE WHEN r.window_id = c.window_id THEN CASE c.kind WHEN 'window' THEN c.id ELSE c.group_id END
    ELSE COALESCE((
        SELECT w.id FROM sc_card w WHERE w.kind = 'window' AND w.subject_id = COALESCE(r.window_id, (
            SELECT MAX(p.window_id) FROM windows_posting p
            WHERE p.staff_id = r.staff_id AND p.starts_on <= r.day
                AND (p.ends_on IS NULL OR p.ends_on >= r.day)))
    ), c.group_id) END"""
"""At which window: the record's own, or where the person was posted; most are at the one of the card."""
RULED = "r.day >= g.first_day AND r.day < g.next_day"
COUNTABLE = f"r.status IN {COUNTS}"
FACT = f"""
    INSERT INTO sc_fact (id, record_id, kind, phase, card_id, at_card_id, act_id, severity, found_by,
        finder_id, status, judged, quantity, day, incident, version_id, made)
    SELECT r.id * 1000 + {{number}}, r.id, %(kind)s, {{phase}}, c.id, {AT}, r.act_id,
        r.severity, r.source, r.finder_id, r.status, r.judged, r.quantity, r.day, r.incident, g.version_id, 0
    {LEDGER}
    JOIN sc_hall h ON h.hall_id = r.hall_id
    {{use}} violations_actuse u ON u.version_id = g.version_id AND u.act_id = r.act_id
"""
SAME_MONTH = "SUBSTR(CAST(m.month AS text), 1, 7) = SUBSTR(CAST(r.day AS text), 1, 7)"


def gather_late_facts(reckoning: Reckoning) -> None:
    """Records of published months that came to count after those were scored: they go to this month.

    A record that already stands in a published result, not reversed, is left where it is.
    """
    if reckoning.rules.looks_back:
        _gather_late(reckoning)
    earliest = reckoning.ask("SELECT MIN(day) FROM sc_fact") if "sc_fact" in reckoning.filled else None
    _look_back(reckoning, _as_date(earliest) or reckoning.first)


def _gather_late(reckoning: Reckoning) -> None:
    """First the few records of published months that are newer than the result; then those not yet in one."""
    late = reckoning.do(
        f"""
        INSERT INTO sc_late (record_id)
        SELECT r.id
        FROM violations_conductrecord r
        JOIN sc_hall h ON h.hall_id = r.hall_id AND h.takes_late = 1
        JOIN assessments_assessmentmonth m ON m.hall_id = r.hall_id AND m.status = 'published'
            AND m.period = 'month' AND {SAME_MONTH}
        WHERE {COUNTABLE} AND r.day < %(first)s
            AND (r.countable_at > m.scored_at OR r.created_at > m.scored_at)
        """
    )
    if not late:
        return
    reckoning.analyze("sc_late")
    reckoning.do(
        f"""{FACT.format(phase=LATE, number=0, use="LEFT JOIN")}
        JOIN sc_late late ON late.record_id = r.id
        WHERE {RULED} AND NOT EXISTS (
            SELECT 1 FROM assessments_line l
            JOIN assessments_assessmentmonth m ON m.run_id = l.run_id
                AND m.hall_id = r.hall_id AND m.status = 'published' AND m.period = 'month'
            WHERE l.record_id = r.id AND l.kind IN ('record', 'late', 'effect') AND NOT EXISTS (
                SELECT 1 FROM assessments_line e
                JOIN assessments_assessmentmonth n ON n.run_id = e.run_id
                    AND n.hall_id = r.hall_id AND n.status = 'published' AND n.period = 'month'
                WHERE e.reverses_id = l.id))
        """,
        kind="late",
    )


def gather_facts(reckoning: Reckoning) -> None:
    """Counting records of the period that must be looked at together, by the version of their day.

    And what went before them within the longest span an act is counted over: it is counted from, not
    scored again. Acts of which no clause speaks are left out.
    """
    if not reckoning.rules.counts:
        return
    together = "NOT u.is_plain"
    reckoning.do(
        f"""{FACT.format(phase=NOW, number=0, use="JOIN")}
        WHERE {COUNTABLE} AND {RULED} AND r.day >= %(first)s AND r.day <= %(last)s AND {together}
        """,
        kind="record",
    )
    reckoning.do(
        f"""{FACT.format(phase=CONTEXT, number="1 + (g.version_id % 299)".replace("%", "%%"), use="JOIN")}
        WHERE {COUNTABLE} AND r.day >= %(far_back)s AND r.day <= %(last)s AND {together}
            AND g.first_day <= %(last)s AND g.next_day > %(since_month)s
            AND NOT (r.day >= %(first)s AND {RULED})
            AND {SINCE}
            AND NOT EXISTS (SELECT 1 FROM sc_fact f WHERE f.record_id = r.id AND f.phase = {LATE}
                AND f.version_id = g.version_id)
        """,
        kind="record",
    )
    reckoning.analyze("sc_fact")


SINCE = """CASE
    WHEN u.days > 66 OR u.reach = 'running' THEN r.day >= %(far_back)s
    WHEN u.reach = 'year' THEN r.day >= %(since_year)s
    WHEN u.days > 22 THEN r.day >= %(since_66)s
    WHEN u.reach = 'half_year' THEN r.day >= %(since_half)s
    WHEN u.reach = 'quarter' THEN r.day >= %(since_quarter)s
    WHEN u.days > 0 THEN r.day >= %(since_22)s
    WHEN u.reach = 'week' THEN r.day >= %(since_week)s
    ELSE r.day >= %(since_month)s END"""
"""How far back an act must be read: to the start of the longest span it is counted over."""


def _look_back(reckoning: Reckoning, earliest: date) -> None:
    """The first days of the spans that the earliest fact to be scored stands in."""
    first = min(earliest, reckoning.first).replace(day=1)
    quarter = first.replace(month=first.month - (first.month - 1) % 3)
    half = first.replace(month=first.month - (first.month - 1) % 6)
    year = first.replace(month=1)
    starts = {
        "since_month": first,
        "since_week": first - timedelta(days=6),
        "since_22": min(quarter, first - timedelta(days=60)),
        "since_quarter": quarter,
        "since_half": half,
        "since_66": min(half, first - timedelta(days=140)),
        "since_year": min(year, first - timedelta(days=140)),
        "far_back": min(year, first - timedelta(days=700)),
    }
    reckoning.params.update({name: day.isoformat() for name, day in starts.items()})


def _as_date(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
