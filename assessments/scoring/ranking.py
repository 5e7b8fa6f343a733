"""Final cards: totals, grades and ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.in_play import among
from assessments.scoring.scratch import clamp, round_div

if TYPE_CHECKING:
    from assessments.scoring.in_play import Kinds
    from assessments.scoring.scratch import Reckoning

ROUNDED = f"""CASE WHEN round_to = 1 THEN joined
    WHEN rounding = 'down' THEN joined / round_to * round_to
    WHEN rounding = 'up' THEN CASE WHEN joined < 0 THEN -((-joined + round_to - 1) / round_to)
        ELSE (joined + round_to - 1) / round_to END * round_to
    ELSE {round_div("joined", "round_to")} * round_to END"""
"""The total in the unit the pack states; down is toward zero, up away from it."""


def rank(reckoning: Reckoning, kinds: Kinds) -> None:
    """Final cards: own share + derived, rounded, within the scheme's bounds, graded, ranked in its group.

    Equal totals share a rank and the next rank is left out (1, 2, 2, 4). Last is who shares the lowest
    total of a group that is not all alike: as many as there are stand at it or above, and not all first.
    """
    group = "PARTITION BY hall_id, kind, pool"
    order = f"{group} ORDER BY total DESC"
    graded = (
        GRADED if reckoning.rules.graded else "SELECT t.*, CAST(NULL AS bigint) AS grade_id FROM ({totals}) t"
    )
    totals = f"""
        SELECT r.*, {clamp("rounded", "floor", "cap")} AS total FROM (
            SELECT s.*, {ROUNDED} AS rounded FROM ({_sums(reckoning, kinds)}) s
        ) r
    """
    reckoning.do(
        f"""
        INSERT INTO assessments_scorecard (
            id, run_id, hall_id, kind, subject_id, staff_id, window_id, department_id, category, group_id,
            is_chief, members, scheme_id, own, derived, total, lost, gained, "rank", peers, grade_id, is_last,
            days)
        SELECT id, %(run)s, hall_id, kind, subject_id, staff_id, window_id, department_id, category, group_id,
            is_chief, members, scheme_id, own, derived, total, lost, gained, place, peers, grade_id,
            CASE WHEN upto = peers AND place > 1 THEN TRUE ELSE FALSE END, days
        FROM (
            SELECT graded.*, RANK() OVER ({order}) AS place, COUNT(*) OVER ({order}) AS upto,
                COUNT(*) OVER ({group}) AS peers
            FROM ({graded.format(totals=totals, changed=CHANGED)}) graded
        ) ranked
        """
    )


GRADED = """
    SELECT t.*, d.id AS grade_id FROM ({totals}) t
    LEFT JOIN ({changed}) e ON e.card_id = t.id
    LEFT JOIN assessments_grade base ON base.scheme_id = t.scheme_id AND t.total
        BETWEEN base.start AND base."end"
    LEFT JOIN assessments_grade d ON d.scheme_id = t.scheme_id AND d.level =
        CASE WHEN COALESCE(e.fixed, base.level) < e.capped THEN e.capped
            ELSE COALESCE(e.fixed, base.level) END
"""
CHANGED = """
    SELECT g.card_id, MAX(CASE WHEN NOT g.is_cap THEN d.level END) AS fixed,
        MAX(CASE WHEN g.is_cap THEN d.level END) AS capped
    FROM assessments_gradechange g
    JOIN sc_card c ON c.id = g.card_id
    JOIN assessments_grade d ON d.scheme_id = c.scheme_id AND d.code = g.grade
    WHERE g.card_id >= %(base)s AND g.card_id < %(next)s
    GROUP BY g.card_id
"""
"""The grade a card was set to or capped at; of several the worst."""


def _sums(reckoning: Reckoning, kinds: Kinds) -> str:
    """Cards with what their own and derived parts came to, and the bounds and ways of their scheme."""
    rules, own = reckoning.rules, "COALESCE(vo.value, m.own0)"
    derived, lost, gained, touched = "m.derived0", "COALESCE(vo.lost, 0)", "COALESCE(vo.gained, 0)", ""
    if set(kinds) & rules.touched:
        derived = "COALESCE(vd.value, m.derived0)"
        lost, gained = f"{lost} + COALESCE(vd.lost, 0)", f"{gained} + COALESCE(vd.gained, 0)"
        touched = "LEFT JOIN sc_value vd ON vd.card_id = c.id AND vd.component_id = m.derived_id"
    floor, windows = "''", ""
    if "floor" in rules.rankings:
        floor, windows = "COALESCE(w.floor, '')", "LEFT JOIN windows_window w ON w.id = c.window_id"
    people = (
        "CASE c.kind WHEN 'staff' THEN 0 ELSE (SELECT COUNT(*) FROM sc_card x WHERE x.group_id = c.id) END"
    )
    return f"""
        SELECT c.id, c.kind, c.subject_id, c.hall_id, c.staff_id, c.window_id, c.department_id, c.category,
            c.group_id, c.is_chief, c.scheme_id, c.days, {people} AS members,
            m.floor, m.cap, m.round_to, m.rounding,
            CASE m.ranking WHEN 'category' THEN c.category WHEN 'unit' THEN 'unit ' || c.department_id
                WHEN 'scheme' THEN 'scheme ' || m.code WHEN 'floor' THEN {floor} ELSE '' END AS pool,
            {own} AS own, {derived} AS derived,
            CASE WHEN m.own_share = 10000 THEN {own} ELSE {round_div(f"({own} * m.own_share)", "10000")} END
                + {derived} AS joined,
            {lost} AS lost, {gained} AS gained
        FROM sc_card c
        JOIN sc_scheme m ON m.scheme_id = c.scheme_id
        LEFT JOIN sc_value vo ON vo.card_id = c.id AND vo.component_id = m.own_id
        {touched} {windows}
        WHERE {among("c.kind", kinds)}
    """
