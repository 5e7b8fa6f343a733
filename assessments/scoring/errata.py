"""更正 errata: what a published month counted and should not have is given back in this one.

Published results are never edited; the new line has the opposite sign and names the old one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.lines import LINE
from assessments.scoring.scratch import TAKEN_BACK, of_run, reached

if TYPE_CHECKING:
    from assessments.scoring.scratch import Reckoning


def correct_published(reckoning: Reckoning) -> int:
    """Lines of published months whose record has since been taken back, once each."""
    return reckoning.do(
        f"""
        INSERT INTO assessments_line ({LINE})
        SELECT %(run)s, c.id, {_component("l", "c")}, l.clause_id, l.step_id, 'erratum', l.record_id,
            l.at_card_id, CAST(NULL AS bigint), CAST(NULL AS bigint), l.id, l.day, l.quantity,
            -l.hits, l.nth, -l.points
        FROM violations_conductrecord r
        JOIN sc_hall h ON h.hall_id = r.hall_id AND h.takes_late = 1
        JOIN assessments_line l ON l.record_id = r.id AND l.kind IN ('record', 'late', 'effect')
            AND l.points <> 0
        JOIN assessments_assessmentmonth m ON m.run_id = l.run_id AND m.hall_id = r.hall_id
            AND m.status = 'published' AND m.period = 'month'
        JOIN assessments_scorecard o ON o.id = l.card_id
        JOIN sc_card c ON c.kind = o.kind AND c.subject_id = o.subject_id
        WHERE r.status IN {TAKEN_BACK} AND NOT EXISTS (
            SELECT 1 FROM assessments_line x
            JOIN assessments_assessmentmonth xm ON xm.run_id = x.run_id AND xm.status = 'published'
            WHERE x.reverses_id = l.id)
        """
    )


def correct_cascades(reckoning: Reckoning) -> None:
    """Points a window lost through a person, now that the person's loss there has become smaller.

    For each person and window of a published month touched by `correct_published`: the amount that
    still stands is counted again, and what was passed on beyond it is given back.
    """
    reckoning.do(
        f"""
        INSERT INTO assessments_line ({LINE})
        SELECT %(run)s, c.id, {_component("given", "c")}, given.clause_id, given.step_id, 'erratum',
            given.record_id, given.card_id, c2.id, CAST(NULL AS bigint), given.line_id, given.day, 0,
            due - hits, 0, (due - hits) * given.points
        FROM (
            SELECT posted.*, {reached("standing", "start", '"end"', "every")} AS due FROM ({POSTED}) posted
        ) given
        JOIN assessments_scorecard o ON o.id = given.card_id
        JOIN sc_card c ON c.kind = o.kind AND c.subject_id = o.subject_id
        JOIN assessments_scorecard os ON os.id = given.source_card_id
        LEFT JOIN sc_card c2 ON c2.kind = os.kind AND c2.subject_id = os.subject_id
        WHERE due < hits
        """
    )


def _component(line: str, card: str) -> str:
    """Where a correction lands: the component of the old line's name in the new card's scheme, else own."""
    return f"""COALESCE(
        (SELECT k.id FROM assessments_component k JOIN assessments_component was ON was.code = k.code
            WHERE was.id = {line}.component_id AND k.scheme_id = {card}.scheme_id),
        (SELECT k.id FROM assessments_component k WHERE k.code = 'own' AND k.scheme_id = {card}.scheme_id))"""


PASSED_ON = f"""
    SELECT t.id, t.card_id, t.source_card_id, t.clause_id, t.step_id, t.component_id, t.record_id, t.day,
        t.hits, src.kind, CASE q.span WHEN 'each' THEN t.record_id ELSE 0 END AS only_record
    FROM assessments_line t
    JOIN assessments_scorecard src ON src.id = t.source_card_id
    JOIN violations_clause q ON q.id = t.clause_id
    WHERE t.kind = 'transfer' AND EXISTS (
        SELECT 1 FROM assessments_line l JOIN assessments_line o ON o.id = l.reverses_id
        WHERE {of_run()} AND l.kind = 'erratum' AND o.card_id = t.source_card_id
            AND (o.at_card_id = t.card_id OR src.kind <> 'staff'))
"""
"""What cards of published months passed on, where this run has taken something back from them."""

POSTED = f"""
    SELECT p.card_id, p.source_card_id, p.clause_id, p.step_id, p.component_id, s.start, s."end", s.every,
        s.points, MAX(p.id) AS line_id, MAX(p.record_id) AS record_id, MAX(p.day) AS day,
        CAST(SUM(p.hits) AS bigint) + (
            SELECT COALESCE(CAST(SUM(z.hits) AS bigint), 0)
            FROM assessments_line z
            JOIN assessments_assessmentmonth zm ON zm.run_id = z.run_id AND zm.status = 'published'
            JOIN assessments_line b ON b.id = z.reverses_id AND b.kind = 'transfer'
            WHERE b.card_id = p.card_id AND b.source_card_id = p.source_card_id AND b.step_id = p.step_id
                AND (p.only_record = 0 OR b.record_id = p.only_record)
        ) AS hits,
        (
            SELECT COALESCE(CAST(SUM(-y.points) AS bigint), 0)
            FROM assessments_line y
            JOIN violations_conductrecord r ON r.id = y.record_id AND r.status NOT IN {TAKEN_BACK}
            WHERE y.card_id = p.source_card_id AND y.points < 0 AND y.kind IN ('record', 'late')
                AND (y.at_card_id = p.card_id OR p.kind <> 'staff')
                AND (p.only_record = 0 OR y.record_id = p.only_record)
        ) AS standing
    FROM ({PASSED_ON}) p
    JOIN violations_step s ON s.id = p.step_id
    GROUP BY p.card_id, p.source_card_id, p.clause_id, p.step_id, p.component_id, p.kind, p.only_record,
        s.start, s."end", s.every, s.points
"""
"""Each cascade of theirs: how often it was passed on so far, and the loss that still stands."""
