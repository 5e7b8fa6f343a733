"""Points of records, and points that people's deductions pass on to their window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.scratch import of_run, reached

if TYPE_CHECKING:
    from assessments.scoring.scratch import Reckoning

LINE = (
    "run_id, card_id, component_id, clause_id, step_id, kind, record_id, at_card_id, source_card_id,"
    " award_id, reverses_id, day, quantity, hits, points"
)


def score_records(reckoning: Reckoning) -> None:
    """Each record × the price list of its day's version; of one incident only what the clause says.

    An incident counts once a card and sign: the first record by day, or the heaviest.
    """
    reckoning.do(
        f"""
        INSERT INTO assessments_line ({LINE})
        SELECT %(run)s, card_id, component_id, clause_id, step_id, kind, record_id, at_card_id, NULL,
            NULL, NULL, day, quantity, hits, points
        FROM (
            SELECT t.*, ROW_NUMBER() OVER (
                PARTITION BY card_id, incident_key, dedup, CASE WHEN points < 0 THEN 0 ELSE 1 END
                ORDER BY CASE dedup WHEN 'heaviest' THEN -ABS(points) ELSE 0 END, day, record_id, clause_id
            ) AS turn
            FROM (
                SELECT f.card_id, k.id AS component_id, p.clause_id, p.step_id, f.kind, f.record_id,
                    f.at_card_id, f.day, f.quantity, p.dedup,
                    CASE WHEN p.by_quantity THEN f.quantity / 100 ELSE 1 END AS hits,
                    p.points * CASE WHEN p.by_quantity THEN f.quantity / 100 ELSE 1 END AS points,
                    CASE WHEN p.dedup = 'all' OR f.incident = ''
                        THEN 'record ' || f.record_id || ' clause ' || p.clause_id
                        ELSE f.incident END AS incident_key
                FROM sc_fact f
                JOIN violations_price p ON p.version_id = f.version_id AND p.act_id = f.act_id
                    AND p.severity = f.severity
                JOIN sc_card c ON c.id = f.card_id
                JOIN assessments_component k ON k.scheme_id = c.scheme_id AND k.code = p.component
            ) t
        ) u
        WHERE turn = 1
        """
    )
    reckoning.analyze("assessments_line")


def transfer(reckoning: Reckoning, kind: str) -> None:
    """连带: what a card of `kind` lost, added up, passes points on to its group at each full amount.

    A person's deductions count for the window they happened at; who moved counts in each window for
    his days. The line names the record that filled the amount. Bonuses do not offset.
    """
    reckoning.do(
        f"""
        INSERT INTO assessments_line ({LINE})
        SELECT %(run)s, target_id, component_id, clause_id, step_id, 'transfer', record_id, target_id,
            card_id, NULL, NULL, day, amount, hits, hits * points
        FROM (
            SELECT c2.*, {reached("c1", "start", '"end"', "every")}
                - {reached("(c1 - amount)", "start", '"end"', "every")} AS hits
            FROM (
                SELECT loss.*, CAST(SUM(amount) OVER (
                    PARTITION BY clause_id, card_id, target_id, CASE span WHEN 'each' THEN line_id ELSE 0 END
                    ORDER BY day, record_id, line_id ROWS UNBOUNDED PRECEDING) AS bigint) AS c1
                FROM ({LOSS}) loss
            ) c2
        ) c3
        WHERE hits > 0
        """,
        kind=kind,
    )


LOSS = f"""
    SELECT l.id AS line_id, l.card_id, l.record_id, l.day, -l.points AS amount, t.id AS target_id,
        k.id AS component_id, q.id AS clause_id, q.span, s.id AS step_id, s.start, s."end", s.every, s.points
    FROM assessments_line l
    JOIN sc_card c ON c.id = l.card_id AND c.kind = %(kind)s
    JOIN assessments_scheme m ON m.id = c.scheme_id
    JOIN violations_clause q ON q.version_id = m.version_id AND q.source = 'lost' AND q.subject = c.kind
    JOIN violations_step s ON s.clause_id = q.id
    JOIN violations_effect e ON e.clause_id = q.id AND e.target = 'group'
    JOIN sc_card t ON t.id = CASE c.kind WHEN 'staff' THEN l.at_card_id ELSE c.group_id END
    JOIN assessments_component k ON k.scheme_id = t.scheme_id AND k.code = e.component
    WHERE {of_run()} AND l.points < 0 AND l.kind IN ('record', 'late')
"""
