"""The records that count in a run, each with the card it falls on and the window it happened at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.scratch import COUNTS

if TYPE_CHECKING:
    from assessments.scoring.scratch import Reckoning

FACT = f"""
    INSERT INTO sc_fact (
        record_id, kind, card_id, at_card_id, act_id, severity, quantity, day, incident, version_id
    )
    SELECT r.id, %(kind)s, c.id, COALESCE(w.id, c.group_id), r.act_id, r.severity, r.quantity, r.day,
        r.incident, g.version_id
    FROM violations_conductrecord r
    JOIN sc_hall h ON h.hall_id = r.hall_id
    JOIN sc_reign g ON g.hall_id = r.hall_id AND r.day >= g.first_day AND r.day < g.next_day
    JOIN sc_card c ON c.kind = r.subject AND c.hall_id = r.hall_id AND c.subject_id = CASE r.subject
        WHEN 'staff' THEN r.staff_id WHEN 'window' THEN r.window_id ELSE r.department_id END
    LEFT JOIN sc_card w ON w.kind = 'window' AND w.subject_id = COALESCE(r.window_id, (
        SELECT MAX(p.window_id) FROM windows_posting p
        WHERE p.staff_id = r.staff_id AND p.starts_on <= r.day AND (p.ends_on IS NULL OR p.ends_on >= r.day)))
    WHERE r.status IN {COUNTS}
"""


SAME_MONTH = "SUBSTR(CAST(m.month AS text), 1, 7) = SUBSTR(CAST(r.day AS text), 1, 7)"


def gather_facts(reckoning: Reckoning) -> None:
    """Counting records of the month, by the day they happened and the version of that day.

    The window is the record's own; for one without, where the person was posted that day.
    """
    reckoning.do(f"{FACT} AND r.day >= %(first)s AND r.day <= %(last)s", kind="record")


def gather_late_facts(reckoning: Reckoning) -> None:
    """Records of published months that came to count after those were scored: they go to this month.

    A record that already stands in a published result, not reversed, is left where it is.
    """
    reckoning.do(
        f"""{FACT} AND h.takes_late = 1 AND r.day < %(first)s
        AND EXISTS (
            SELECT 1 FROM assessments_assessmentmonth m
            WHERE m.hall_id = r.hall_id AND m.status = 'published' AND {SAME_MONTH}
                AND (r.countable_at > m.scored_at OR r.created_at > m.scored_at))
        AND NOT EXISTS (
            SELECT 1 FROM assessments_line l
            JOIN assessments_assessmentmonth m ON m.run_id = l.run_id
                AND m.hall_id = r.hall_id AND m.status = 'published'
            WHERE l.record_id = r.id AND l.kind IN ('record', 'late') AND NOT EXISTS (
                SELECT 1 FROM assessments_line e
                JOIN assessments_assessmentmonth n ON n.run_id = e.run_id
                    AND n.hall_id = r.hall_id AND n.status = 'published'
                WHERE e.reverses_id = l.id))
        """,
        kind="late",
    )
    reckoning.analyze("sc_fact")
