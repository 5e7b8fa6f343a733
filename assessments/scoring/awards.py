"""评选 awards: seats by quota among those no gate keeps out; ties by the stated keys and policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.lines import LINE
from assessments.scoring.scratch import by_bytes

if TYPE_CHECKING:
    from assessments.scoring.scratch import Reckoning


def give_awards(reckoning: Reckoning, kind: str) -> None:
    """Who reaches a seat of each award of `kind`: won, or to be decided where the tie policy says so.

    Who a person has put in comes first, who was put out is no candidate for a seat; a window without
    people and a card that fails a gate are never chosen.
    """
    number = by_bytes("number")
    keys = "forced DESC, total DESC, k1 DESC, k2 DESC, k3 DESC"
    group = "award_id, hall_id, pool"
    reckoning.do(
        f"""
        INSERT INTO assessments_awardresult
            (card_id, award_id, outcome, place, seats, is_by_number, is_by_hand)
        WITH pool AS ({POOL}),
        sized AS (
            SELECT pool.*, COUNT(*) OVER (PARTITION BY {group}) AS candidates,
                CAST(SUM(fit) OVER (PARTITION BY {group}) AS bigint) AS eligible
            FROM pool
        ),
        seated AS (SELECT sized.*, {SEATS} AS seats FROM sized WHERE fit = 1),
        placed AS (
            SELECT seated.*, RANK() OVER (PARTITION BY {group} ORDER BY {keys}) AS place,
                COUNT(*) OVER (PARTITION BY {group}, forced, total, k1, k2, k3) AS peers,
                ROW_NUMBER() OVER (PARTITION BY {group} ORDER BY {keys}, {number}, card_id) AS seat
            FROM seated
        ),
        judged AS (
            SELECT placed.*,
                CASE WHEN place <= seats AND place + peers - 1 > seats THEN 1 ELSE 0 END AS at_edge,
                CASE WHEN place + peers - 1 <= seats THEN 'won' WHEN place > seats THEN ''
                    WHEN tie = 'all' THEN 'won' WHEN tie = 'hand' THEN 'pending'
                    WHEN tie = 'number' AND seat <= seats THEN 'won' ELSE '' END AS outcome
            FROM placed
        )
        SELECT card_id, award_id, outcome, place, seats,
            CASE WHEN tie = 'number' AND at_edge = 1 THEN TRUE ELSE FALSE END,
            CASE WHEN forced = 1 THEN TRUE ELSE FALSE END
        FROM judged WHERE outcome <> ''
        """,
        kind=kind,
    )


def derive_from_awards(reckoning: Reckoning, kind: str) -> None:
    """联动: what a winning card brings to its members or its chief, in their derived part."""
    reckoning.do(
        f"""
        INSERT INTO assessments_line ({LINE})
        SELECT %(run)s, t.id, k.id, q.id, s.id, 'award', NULL, NULL, w.id, a.id, NULL,
            %(last)s, 100, 1, s.points
        FROM assessments_awardresult r
        JOIN assessments_award a ON a.id = r.award_id
        JOIN assessments_scorecard w ON w.id = r.card_id AND w.kind = %(kind)s
        JOIN assessments_scheme m ON m.id = w.scheme_id
        JOIN violations_clause q ON q.version_id = m.version_id AND q.source = 'award'
            AND q.award_code = a.code
        JOIN violations_step s ON s.clause_id = q.id
        JOIN violations_effect e ON e.clause_id = q.id
        JOIN sc_card t ON t.group_id = w.id AND (e.target = 'members' OR t.is_chief)
        JOIN assessments_component k ON k.scheme_id = t.scheme_id AND k.code = e.component
        WHERE r.card_id >= %(base)s AND r.card_id < %(next)s AND r.outcome = 'won'
        """,
        kind=kind,
    )


def _key(number: int) -> str:
    """The value of a sort key: the greater the better."""
    return f"""CASE a.key{number} WHEN 'lost' THEN -c.lost WHEN 'gained' THEN c.gained
        WHEN 'members' THEN COALESCE(mean.own, 0) WHEN 'wins' THEN -COALESCE(won.times, 0) ELSE 0 END"""


FAILED = """
    SELECT DISTINCT f.card_id, a.id AS award_id
    FROM assessments_gatefailure f
    JOIN assessments_gate g ON g.id = f.gate_id
    JOIN assessments_award a ON a.scheme_id = g.scheme_id AND (g.award_id IS NULL OR g.award_id = a.id)
    WHERE f.card_id >= %(base)s AND f.card_id < %(next)s
"""
MEAN = """
    SELECT c.group_id, CAST(SUM(COALESCE(v.value, k.value0)) AS bigint) / COUNT(*) AS own
    FROM sc_card c
    JOIN assessments_component k ON k.scheme_id = c.scheme_id AND k.code = 'own'
    LEFT JOIN sc_value v ON v.card_id = c.id AND v.component_id = k.id
    GROUP BY c.group_id
"""
WINS = """
    SELECT o.kind, o.subject_id, b.code, COUNT(*) AS times
    FROM assessments_awardresult r
    JOIN assessments_award b ON b.id = r.award_id
    JOIN assessments_scorecard o ON o.id = r.card_id
    JOIN sc_hall h ON h.hall_id = o.hall_id
    JOIN assessments_assessmentmonth m ON m.run_id = o.run_id AND m.hall_id = o.hall_id
        AND m.status = 'published' AND m.month >= %(new_year)s AND m.month < %(first)s
    WHERE r.outcome = 'won'
    GROUP BY o.kind, o.subject_id, b.code
"""
DECIDED = """
    SELECT m.hall_id, d.award_code, d.kind, d.subject_id, d.is_in, ROW_NUMBER() OVER (
        PARTITION BY m.hall_id, d.award_code, d.kind, d.subject_id ORDER BY d.id DESC) AS latest
    FROM assessments_awarddecision d
    JOIN assessments_assessmentmonth m ON m.id = d.month_id AND m.run_id = %(run)s
"""
POOL = f"""
    SELECT c.id AS card_id, c.hall_id, a.id AS award_id, a.quota_kind, a.quota, a.rounding, a.of_eligible,
        a.tie,         CASE a.grouping WHEN 'category' THEN c.category ELSE '' END AS pool, c.total,
        {_key(1)} AS k1, {_key(2)} AS k2, {_key(3)} AS k3,
        CASE WHEN d.is_in THEN 1 ELSE 0 END AS forced,
        CASE WHEN x.card_id IS NOT NULL OR (c.kind = 'window' AND c.members = 0) OR c.total < a.least
            OR (d.is_in IS NOT NULL AND NOT d.is_in) THEN 0 ELSE 1 END AS fit,
        COALESCE(s.no, w.code, n.name) AS number
    FROM assessments_scorecard c
    JOIN assessments_award a ON a.scheme_id = c.scheme_id
    LEFT JOIN ({FAILED}) x ON x.card_id = c.id AND x.award_id = a.id
    LEFT JOIN ({MEAN}) mean ON mean.group_id = c.id
    LEFT JOIN ({WINS}) won ON won.kind = c.kind AND won.subject_id = c.subject_id AND won.code = a.code
    LEFT JOIN ({DECIDED}) d ON d.hall_id = c.hall_id AND d.award_code = a.code AND d.kind = c.kind
        AND d.subject_id = c.subject_id AND d.latest = 1
    LEFT JOIN windows_staff s ON s.id = c.staff_id
    LEFT JOIN windows_window w ON w.id = c.window_id
    LEFT JOIN windows_department n ON n.id = c.department_id
    WHERE c.id >= %(base)s AND c.id < %(next)s AND c.kind = %(kind)s
"""
SEATS = """CASE quota_kind WHEN 'number' THEN quota WHEN 'all' THEN eligible ELSE
    (quota * CASE WHEN of_eligible THEN eligible ELSE candidates END
        + CASE rounding WHEN 'up' THEN 9999 WHEN 'half_up' THEN 5000 ELSE 0 END) / 10000 END"""
"""Seats of an award in a group; a part of a seat is rounded as the pack says."""
