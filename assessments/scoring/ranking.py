"""Component values from the leaves up, final cards with their ranks, and what a bound cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.scratch import clamp, of_run

if TYPE_CHECKING:
    from assessments.scoring.scratch import Reckoning

DEPTHS = (2, 1)


def roll_up(reckoning: Reckoning, kind: str, part: str) -> None:
    """Values of touched nodes: what the node is worth untouched, plus its lines and its children's change."""
    for depth in DEPTHS:
        reckoning.do(
            f"""
            INSERT INTO sc_value (card_id, component_id, raw, value)
            SELECT card_id, component_id, raw, {clamp("raw", "floor", "cap")}
            FROM (
                SELECT x.card_id, k.id AS component_id, k.floor, k.cap,
                    k.sum0 + CAST(SUM(x.change) AS bigint) AS raw
                FROM (
                    SELECT l.card_id, l.component_id, l.points AS change
                    FROM assessments_line l WHERE {of_run()}
                    UNION ALL
                    SELECT v.card_id, n.parent_id, v.value - n.value0
                    FROM sc_value v JOIN assessments_component n ON n.id = v.component_id
                    WHERE n.parent_id IS NOT NULL
                ) x
                JOIN assessments_component k ON k.id = x.component_id
                    AND k.depth = %(depth)s AND k.part = %(part)s
                JOIN sc_card c ON c.id = x.card_id AND c.kind = %(kind)s
                GROUP BY x.card_id, k.id, k.floor, k.cap, k.sum0
            ) t
            """,
            kind=kind,
            part=part,
            depth=depth,
        )
    reckoning.analyze("sc_value")


def rank(reckoning: Reckoning, kind: str) -> None:
    """Final cards: own + derived within the scheme's bounds, ranked in the hall (windows: by category).

    Equal totals share a rank and the next rank is left out (1, 2, 2, 4). Windows count their members.
    """
    group = "PARTITION BY hall_id, CASE kind WHEN 'window' THEN category ELSE '' END"
    reckoning.do(
        f"""
        INSERT INTO assessments_scorecard (
            id, run_id, hall_id, kind, subject_id, staff_id, window_id, department_id, category, group_id,
            is_chief, members, scheme_id, own, derived, total, lost, gained, "rank", peers)
        SELECT id, %(run)s, hall_id, kind, subject_id, staff_id, window_id, department_id, category, group_id,
            is_chief, members, scheme_id, own, derived, total, lost, gained,
            RANK() OVER ({group} ORDER BY total DESC), COUNT(*) OVER ({group})
        FROM (SELECT s.*, {clamp("(own + derived)", "floor", "cap")} AS total FROM ({SUMS}) s) t
        """,
        kind=kind,
    )
    reckoning.analyze("assessments_scorecard")


SUMS = f"""
    SELECT c.*, m.floor, m.cap,
        COALESCE(vo.value, ko.value0) AS own, COALESCE(vd.value, kd.value0) AS derived,
        COALESCE(p.lost, 0) AS lost, COALESCE(p.gained, 0) AS gained, COALESCE(g.members, 0) AS members
    FROM sc_card c
    JOIN assessments_scheme m ON m.id = c.scheme_id
    JOIN assessments_component ko ON ko.scheme_id = m.id AND ko.code = 'own'
    JOIN assessments_component kd ON kd.scheme_id = m.id AND kd.code = 'derived'
    LEFT JOIN sc_value vo ON vo.card_id = c.id AND vo.component_id = ko.id
    LEFT JOIN sc_value vd ON vd.card_id = c.id AND vd.component_id = kd.id
    LEFT JOIN (
        SELECT l.card_id, CAST(SUM(CASE WHEN l.points < 0 THEN -l.points ELSE 0 END) AS bigint) AS lost,
            CAST(SUM(CASE WHEN l.points > 0 THEN l.points ELSE 0 END) AS bigint) AS gained
        FROM assessments_line l WHERE {of_run()} AND l.kind <> 'erratum' GROUP BY l.card_id
    ) p ON p.card_id = c.id
    LEFT JOIN (SELECT group_id, COUNT(*) AS members FROM sc_card GROUP BY group_id) g ON g.group_id = c.id
    WHERE c.kind = %(kind)s
"""


def write_cuts(reckoning: Reckoning) -> None:
    """Nodes whose sum went beyond floor or cap: the sheet says what a bound left of it."""
    reckoning.do(
        """
        INSERT INTO assessments_componentscore (card_id, component_id, raw, value)
        SELECT card_id, component_id, raw, value FROM sc_value WHERE raw <> value
        """
    )
