"""评选 awards: seats by quota among those no gate keeps out; ties by the stated keys and policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.lines import LINE
from assessments.scoring.scratch import OWN_SCORE, by_bytes, is_person, round_div

if TYPE_CHECKING:
    from assessments.scoring.in_play import InPlay
    from assessments.scoring.scratch import Reckoning


def read_decisions(reckoning: Reckoning) -> None:
    """Whom a person has put in or out of an award of the period: the newest decision for each."""
    if not reckoning.rules.awards:
        return
    reckoning.do(
        """
        INSERT INTO sc_decided (card_id, award_code, is_in)
        SELECT card_id, award_code, is_in FROM (
            SELECT c.id AS card_id, d.award_code, d.is_in, ROW_NUMBER() OVER (
                PARTITION BY c.id, d.award_code ORDER BY d.id DESC) AS latest
            FROM assessments_awarddecision d
            JOIN assessments_assessmentmonth m ON m.id = d.month_id AND m.run_id = %(run)s
            JOIN sc_card c ON c.kind = d.kind AND c.subject_id = d.subject_id AND c.hall_id = m.hall_id
        ) t WHERE latest = 1
        """
    )
    reckoning.analyze("sc_decided")


def give_awards(reckoning: Reckoning, kind: str) -> None:
    """Who reaches a seat of each award of `kind`: won, or to be decided where the tie policy says so.

    Who a person has put in comes first, who was put out is no candidate for a seat; a window without
    people and a card that fails a gate are never chosen. Within a window no more than the limit compete;
    equals for its last places go by the tie rule too.
    On a list of the lowest the lowest total comes first, and the keys turn round with it.
    Candidates of all schemes of a hall compete for one award together. First come the rounds open to all,
    then those whose candidates must have won another award of the same run, then awards that follow one.
    """
    number = by_bytes("number")
    keys = "forced DESC, total DESC, k1 DESC, k2 DESC, k3 DESC"
    alike = "forced, total, k1, k2, k3"
    group = "code, hall_id, pool"
    traits = f"AND {is_person('a', 's')}" if kind in reckoning.rules.traits else ""
    pool = _pool(reckoning.rules, traits)
    rounds = sorted({number for of, number, follows in reckoning.rules.awards if of == kind and not follows})
    for round_no in rounds:
        reckoning.do(
            f"""
            INSERT INTO assessments_awardresult
                (card_id, award_id, outcome, place, seats, is_by_number, is_by_hand)
            WITH pool AS ({pool}),
            sized AS (
                SELECT pool.*, COUNT(*) OVER (PARTITION BY {group}) AS candidates,
                    CAST(SUM(fit) OVER (PARTITION BY {group}) AS bigint) AS eligible,
                    ROW_NUMBER() OVER (PARTITION BY {group}, group_id, fit
                        ORDER BY {keys}, {number}, card_id) AS in_window,
                    RANK() OVER (PARTITION BY {group}, group_id, fit ORDER BY {keys}) AS window_place,
                    COUNT(*) OVER (PARTITION BY {group}, group_id, fit, {alike}) AS window_peers
                FROM pool
            ),
            seated AS (
                SELECT sized.*, {SEATS} AS seats,
                    CASE WHEN in_window > max_each OR window_place + window_peers - 1 > max_each THEN
                        max_each ELSE 0 END AS crowded
                FROM sized
                WHERE fit = 1 AND (max_each = 0 OR group_id IS NULL
                    OR window_place + window_peers - 1 <= max_each
                    OR (window_place <= max_each AND (tie IN ('all', 'hand')
                        OR (tie = 'number' AND in_window <= max_each))))
            ),
            placed AS (
                SELECT seated.*, RANK() OVER (PARTITION BY {group} ORDER BY {keys}) AS place,
                    COUNT(*) OVER (PARTITION BY {group}, {alike}) AS peers,
                    ROW_NUMBER() OVER (PARTITION BY {group} ORDER BY {keys}, {number}, card_id) AS seat
                FROM seated
            ),
            judged AS (
                SELECT placed.*,
                    CASE WHEN place <= seats AND place + peers - 1 > seats THEN 1 ELSE 0 END AS at_edge,
                    CASE WHEN place <= seats AND tie = 'hand' AND crowded > 0 AND group_id IS NOT NULL
                        THEN 'pending' WHEN place + peers - 1 <= seats THEN 'won' WHEN place > seats THEN ''
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
            round=round_no,
        )
    if any(of == kind and follows for of, _, follows in reckoning.rules.awards):
        _follow(reckoning, kind)


def _follow(reckoning: Reckoning, kind: str) -> None:
    """Awards that come with an award of the group."""
    person, traits = "", ""
    if kind in reckoning.rules.traits:
        person = "JOIN windows_staff s ON s.id = c.staff_id"
        traits = f"AND {is_person('a', 's')}"
    reckoning.do(
        f"""
        INSERT INTO assessments_awardresult
            (card_id, award_id, outcome, place, seats, is_by_number, is_by_hand)
        SELECT c.id, a.id, 'won', 1, 0, FALSE, FALSE
        FROM assessments_scorecard c
        JOIN assessments_award a ON a.scheme_id = c.scheme_id AND a.follows <> ''
        JOIN assessments_awardresult r ON r.card_id = c.group_id AND r.outcome = 'won'
        JOIN assessments_award b ON b.id = r.award_id AND b.code = a.follows
        JOIN sc_card own ON own.id = c.id {person}
        LEFT JOIN sc_barred x ON x.card_id = c.id AND x.award_id = a.id
        WHERE c.id >= %(base)s AND c.id < %(next)s AND c.kind = %(kind)s AND x.card_id IS NULL
            AND (a.chief = 0 OR (a.chief = 1 AND c.is_chief) OR (a.chief = 2 AND NOT c.is_chief))
            AND (a.categories = '' OR a.categories LIKE '%%,' || c.category || ',%%')
            AND own.members BETWEEN a.least_members AND a.most_members
            AND c.days >= a.least_days AND (a.least IS NULL OR c.total >= a.least)
            AND (a.most IS NULL OR c.total <= a.most) {traits}
        """,
        kind=kind,
    )


def derive_from_awards(reckoning: Reckoning, kind: str) -> None:
    """联动: what a winning card brings to its members or its chief, in their derived part."""
    points = f"COALESCE(e.points, {round_div('(s.points * e.ratio)', '10000')})"
    reckoning.do(
        f"""
        INSERT INTO assessments_line ({LINE})
        SELECT %(run)s, t.id, k.id, q.id, s.id, 'award', CAST(NULL AS bigint), CAST(NULL AS bigint), w.id,
            a.id, CAST(NULL AS bigint), %(last)s, 100, 1, 0, {points}
        FROM assessments_awardresult r
        JOIN assessments_award a ON a.id = r.award_id
        JOIN assessments_scorecard w ON w.id = r.card_id AND w.kind = %(kind)s
        JOIN assessments_scheme m ON m.id = w.scheme_id
        JOIN violations_clause q ON q.version_id = m.version_id AND q.source = 'award'
            AND q.award_code = a.code AND q.period = %(period)s
        JOIN violations_step s ON s.clause_id = q.id
        JOIN violations_effect e ON e.clause_id = q.id
        JOIN sc_card t ON t.group_id = w.id AND (e.target = 'members' OR t.is_chief)
        JOIN assessments_component k ON k.scheme_id = t.scheme_id AND k.code = e.component
        WHERE r.card_id >= %(base)s AND r.card_id < %(next)s AND r.outcome = 'won'
        """,
        kind=kind,
    )


UNKNOWN = -1_000_000_000_000
"""A key nobody knows comes behind all others, also on a list of the lowest."""


def _turned(value: str, has_lowest: bool) -> str:
    """The value by which one comes first: turned round on a list of the lowest."""
    if not has_lowest:
        return value
    return f"CASE WHEN a.\"order\" = 'lowest' AND {value} > {UNKNOWN} THEN -({value}) ELSE {value} END"


def _key(number: int) -> str:
    """The value of a sort key: the greater the better."""
    return f"""CASE a.key{number} WHEN 'lost' THEN -c.lost WHEN 'gained' THEN c.gained
        WHEN 'members' THEN COALESCE(mean.own, 0) WHEN 'wins' THEN -COALESCE(won.times, 0)
        WHEN 'figure' THEN COALESCE(figure.value, {UNKNOWN})
        WHEN 'ballot' THEN COALESCE(ballot.value, {UNKNOWN})
        WHEN 'senior' THEN COALESCE(-CAST(REPLACE(CAST(s.joined_on AS text), '-', '') AS bigint), {UNKNOWN})
        ELSE 0 END"""


MEAN = f"""
    SELECT c.group_id, CAST(SUM({OWN_SCORE}) AS bigint) / COUNT(*) AS own
    FROM sc_card c
    JOIN assessments_component k ON k.scheme_id = c.scheme_id AND k.code = 'own'
    JOIN sc_scheme n ON n.scheme_id = c.scheme_id
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
        AND m.status = 'published' AND m.period = %(period)s
        AND m.month >= %(new_year)s AND m.month < %(first)s
    WHERE r.outcome = 'won' AND NOT EXISTS (
        SELECT 1 FROM assessments_awardrevocation z WHERE z.result_id = r.id)
    GROUP BY o.kind, o.subject_id, b.code
"""
NOBODY = "SELECT CAST(NULL AS bigint) AS group_id, CAST(NULL AS bigint) AS own WHERE 1 = 0"
NEVER = """SELECT '' AS kind, CAST(NULL AS bigint) AS subject_id, '' AS code, 0 AS times WHERE 1 = 0"""


def _pool(rules: InPlay, traits: str) -> str:
    """The candidates of a round with what ties are broken by; what no award asks for is not worked out."""
    mean = MEAN if "members" in rules.keys else NOBODY
    won = WINS if "wins" in rules.keys else NEVER
    score = SCORE if rules.by_others else "c.total"
    k1, k2, k3 = (_turned(_key(number), rules.lowest) for number in (1, 2, 3))
    return f"""
    SELECT c.id AS card_id, c.hall_id, a.id AS award_id, a.code, a.quota_kind, a.quota, a.rounding,
        a.of_eligible, a.least_seats, a.tie, a."limit" AS max_each, c.group_id,
        {_turned(score, rules.lowest)} AS total,
        CASE a.grouping WHEN 'category' THEN c.category WHEN 'unit' THEN 'unit ' || c.department_id
            WHEN 'floor' THEN COALESCE(w.floor, '') WHEN 'scheme' THEN 'scheme ' || c.scheme_id
            WHEN 'window' THEN 'window ' || c.group_id
            WHEN 'size' THEN CASE WHEN own.members >= a.big_from THEN 'big' ELSE 'small' END
            ELSE '' END AS pool,
        {k1} AS k1, {k2} AS k2, {k3} AS k3,
        CASE WHEN d.is_in THEN 1 ELSE 0 END AS forced,
        CASE WHEN x.card_id IS NOT NULL OR (c.kind = 'window' AND c.members = 0) OR {score} IS NULL
            OR {score} < a.least OR {score} > a.most
            OR (d.is_in IS NOT NULL AND NOT d.is_in) THEN 0 ELSE 1 END AS fit,
        COALESCE(s.no, w.code, n.name) AS number
    FROM sc_card own
    JOIN assessments_scorecard c ON c.id = own.id
    JOIN assessments_award a ON a.scheme_id = own.scheme_id AND a.round_no = %(round)s AND a.follows = ''
        AND (a.categories = '' OR a.categories LIKE '%%,' || c.category || ',%%')
        AND (a.chief = 0 OR (a.chief = 1 AND c.is_chief) OR (a.chief = 2 AND NOT c.is_chief))
        AND own.members BETWEEN a.least_members AND a.most_members AND c.days >= a.least_days
    LEFT JOIN sc_barred x ON x.card_id = c.id AND x.award_id = a.id
    LEFT JOIN ({mean}) mean ON mean.group_id = c.id
    LEFT JOIN ({won}) won ON won.kind = c.kind AND won.subject_id = c.subject_id AND won.code = a.code
    LEFT JOIN sc_decided d ON d.card_id = c.id AND d.award_code = a.code
    LEFT JOIN sc_figure figure ON figure.card_id = c.id AND figure.origin = 'metric'
        AND figure.code = a.key_of
    LEFT JOIN sc_figure ballot ON ballot.card_id = c.id AND ballot.origin = 'ballot'
        AND ballot.code = a.key_of
    LEFT JOIN windows_staff s ON s.id = c.staff_id
    LEFT JOIN windows_window w ON w.id = c.window_id
    LEFT JOIN windows_department n ON n.id = c.department_id
    WHERE own.kind = %(kind)s {traits}
        AND (a.winners_of = '' OR EXISTS (
            SELECT 1 FROM assessments_awardresult r JOIN assessments_award b ON b.id = r.award_id
            WHERE r.card_id = c.id AND r.outcome = 'won' AND b.code = a.winners_of))
"""


SCORE = "CASE a.by WHEN 'figure' THEN figure.value WHEN 'ballot' THEN ballot.value ELSE c.total END"
"""What an award puts its candidates in order by; who has no such figure is no candidate for a seat."""
SHARE = """(quota * CASE WHEN of_eligible THEN eligible ELSE candidates END
    + CASE rounding WHEN 'up' THEN 9999 WHEN 'half_up' THEN 5000 ELSE 0 END) / 10000"""
SEATS = f"""CASE quota_kind WHEN 'number' THEN quota WHEN 'all' THEN eligible
    WHEN 'percent' THEN CASE WHEN {SHARE} < least_seats THEN least_seats ELSE {SHARE} END END"""
"""Seats of an award in a group; a part of a seat is rounded as the pack says."""
