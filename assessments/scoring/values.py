"""Values of components: figures and other sources, then from the leaves up, within floors and caps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.in_play import SCHEMES, among
from assessments.scoring.scratch import OWN_SCORE, clamp, listed, of_run, round_div

if TYPE_CHECKING:
    from assessments.scoring.in_play import Kinds
    from assessments.scoring.scratch import Reckoning


def read_figures(reckoning: Reckoning) -> None:
    """Metrics, self-evaluations and panel marks of the period: the newest of each; and what ballots came to.

    A ballot is the weighted mean of its voter groups' means, over the groups that voted; of each group
    the highest and lowest marks may be left out, if enough are left. A ballot with fewer votes than the
    rules ask for, in all or in one group, comes to nothing: all votes cast are counted, left out or not.
    """
    if reckoning.rules.figures:
        _read_newest(reckoning)
    if reckoning.rules.votes:
        _read_ballots(reckoning)
        if reckoning.rules.quorums:
            _void_ballots(reckoning)
    reckoning.analyze("sc_figure")


def _read_newest(reckoning: Reckoning) -> None:
    reckoning.do(
        """
        INSERT INTO sc_figure (card_id, origin, code, value)
        SELECT card_id, origin, code, value FROM (
            SELECT c.id AS card_id, f.origin, f.code, f.value, ROW_NUMBER() OVER (
                PARTITION BY c.id, f.origin, f.code ORDER BY f.id DESC) AS latest
            FROM assessments_figure f
            JOIN sc_hall h ON h.hall_id = f.hall_id
            JOIN sc_card c ON c.kind = f.kind AND c.subject_id = f.subject_id
            WHERE f.month = %(first)s AND f.period = %(period)s
        ) t WHERE latest = 1
        """
    )


def _read_ballots(reckoning: Reckoning) -> None:
    mean = round_div("total", "times")
    whole = round_div("CAST(SUM(mean * weight) AS bigint)", "CAST(SUM(weight) AS bigint)")
    reckoning.do(
        f"""
        INSERT INTO sc_figure (card_id, origin, code, value)
        SELECT card_id, 'ballot', ballot, {whole} FROM (
            SELECT card_id, ballot, weight, {mean} AS mean FROM (
                SELECT card_id, ballot, weight, CAST(SUM(value * kept) AS bigint) AS total,
                    CAST(SUM(kept) AS bigint) AS times
                FROM ({KEPT_VOTES}) k WHERE kept > 0 GROUP BY card_id, ballot, group_code, weight
            ) g
        ) m
        GROUP BY card_id, ballot
        """
    )


def _void_ballots(reckoning: Reckoning) -> None:
    """Groups that did not vote have no row, and no votes."""
    reckoning.do(
        """
        DELETE FROM sc_figure WHERE origin = 'ballot' AND (card_id, code) IN (
            SELECT f.card_id, f.code
            FROM sc_figure f
            JOIN sc_card c ON c.id = f.card_id
            JOIN assessments_scheme s ON s.id = c.scheme_id
            JOIN assessments_ballotgroup b ON b.version_id = s.version_id AND b.ballot = f.code
            LEFT JOIN (
                SELECT v.kind, v.subject_id, v.ballot, v."group", SUM(v.times) AS votes
                FROM assessments_vote v JOIN sc_hall h ON h.hall_id = v.hall_id
                WHERE v.month = %(first)s AND v.period = %(period)s
                GROUP BY v.kind, v.subject_id, v.ballot, v."group"
            ) cast_by ON cast_by.kind = c.kind AND cast_by.subject_id = c.subject_id
                AND cast_by.ballot = b.ballot AND cast_by."group" = b.code
            WHERE f.origin = 'ballot'
            GROUP BY f.card_id, f.code
            HAVING SUM(COALESCE(cast_by.votes, 0)) < MAX(b.ballot_quorum)
                OR SUM(CASE WHEN COALESCE(cast_by.votes, 0) < b.quorum THEN 1 ELSE 0 END) > 0
        )
        """
    )


KEPT_VOTES = """
    SELECT card_id, ballot, group_code, weight, value,
        CASE WHEN all_times <= 2 * trim_by THEN times
            ELSE CASE WHEN upto < all_times - trim_by THEN upto ELSE all_times - trim_by END
                - CASE WHEN upto - times > trim_by THEN upto - times ELSE trim_by END END AS kept
    FROM (
        SELECT c.id AS card_id, v.ballot, b.code AS group_code, b.weight, b.trim AS trim_by, v.value, v.times,
            CAST(SUM(v.times) OVER (PARTITION BY c.id, b.id ORDER BY v.value, v.id
                ROWS UNBOUNDED PRECEDING) AS bigint) AS upto,
            CAST(SUM(v.times) OVER (PARTITION BY c.id, b.id) AS bigint) AS all_times
        FROM assessments_vote v
        JOIN sc_hall h ON h.hall_id = v.hall_id
        JOIN sc_card c ON c.kind = v.kind AND c.subject_id = v.subject_id
        JOIN assessments_scheme s ON s.id = c.scheme_id
        JOIN assessments_ballotgroup b ON b.version_id = s.version_id AND b.ballot = v.ballot
            AND b.code = v."group"
        WHERE v.month = %(first)s AND v.period = %(period)s
    ) t
"""
"""How many of each row's marks are left when the lowest and highest are taken off."""


def fill_sources(reckoning: Reckoning, kinds: Kinds, part: str) -> None:
    """What figures, members, the group and earlier periods bring to the components that read them."""
    reads = reckoning.rules.reads
    for origins, source in (
        (("metric", "self", "panel", "ballot"), FIGURES),
        (("members",), MEMBERS),
        (("group",), GROUPS),
        (("periods",), PERIODS),
    ):
        if reads(kinds, part, *origins):
            _fill(reckoning, kinds, part, origins, source)
    reckoning.analyze("sc_source")


def _fill(reckoning: Reckoning, kinds: Kinds, part: str, origins: tuple[str, ...], source: str) -> None:
    """The amounts that one kind of source (card, component, value) gives, times the factor."""
    scope = f"k.part = %(part)s AND k.origin IN {listed(origins)} AND {among('c.kind', kinds)}"
    reckoning.do(
        f"""
        INSERT INTO sc_source (card_id, component_id, amount)
        SELECT x.card_id, k.id, {round_div("(x.value * k.factor)", "10000")}
        FROM ({source.format(scope=scope)}) x
        JOIN assessments_component k ON k.id = x.component_id
        WHERE x.value IS NOT NULL
        """,
        part=part,
    )


FIGURES = """
    SELECT c.id AS card_id, k.id AS component_id, x.value
    FROM assessments_component k
    JOIN sc_card c ON c.scheme_id = k.scheme_id
    JOIN sc_figure x ON x.card_id = c.id AND x.origin = k.origin AND x.code = k."of"
    WHERE {scope}
"""
GROUPS = """
    SELECT c.id AS card_id, k.id AS component_id, CASE WHEN k."of" = 'own' OR s.id IS NULL
        THEN COALESCE(v.value, o.value0) ELSE s.total END AS value
    FROM assessments_component k
    JOIN sc_card c ON c.scheme_id = k.scheme_id
    JOIN sc_card g ON g.id = c.group_id
    JOIN assessments_component o ON o.scheme_id = g.scheme_id AND o.code = 'own'
    LEFT JOIN sc_value v ON v.card_id = g.id AND v.component_id = o.id
    LEFT JOIN assessments_scorecard s ON s.id = g.id
    WHERE {scope} AND k."of" IN ('own', 'total')
"""
"""What a group came to so far: its own points, or its total once it has one."""


OWN = f"""
    SELECT group_id, CAST(SUM(own) AS bigint) AS total, COUNT(*) AS people, MIN(own) AS least,
        MAX(own) AS most
    FROM (
        SELECT c.group_id, {OWN_SCORE} AS own
        FROM sc_card c
        JOIN assessments_component k ON k.scheme_id = c.scheme_id AND k.code = 'own'
        JOIN sc_scheme n ON n.scheme_id = c.scheme_id
        LEFT JOIN sc_value v ON v.card_id = c.id AND v.component_id = k.id
        WHERE c.group_id IS NOT NULL
    ) scored
    GROUP BY group_id
"""
MEMBERS = f"""
    SELECT c.id AS card_id, k.id AS component_id, CASE k.how
        WHEN 'mean' THEN {round_div("x.total", "x.people")}
        WHEN 'sum' THEN x.total WHEN 'worst' THEN x.least WHEN 'best' THEN x.most END AS value
    FROM assessments_component k
    JOIN sc_card c ON c.scheme_id = k.scheme_id
    JOIN ({OWN}) x ON x.group_id = c.id
    WHERE {{scope}}
"""
"""What the members' own scores of each group come to, as its component asks."""

PERIODS = f"""
    SELECT p.component_id, p.card_id,
        CASE p.how WHEN 'mean' THEN CASE WHEN COUNT(p.total) > 0
                THEN {round_div("CAST(SUM(p.total) AS bigint)", "COUNT(p.total)")} END
            WHEN 'sum' THEN CAST(SUM(p.total) AS bigint) WHEN 'worst' THEN MIN(p.total)
            WHEN 'best' THEN MAX(p.total) WHEN 'lasts' THEN 100 * CAST(SUM(p.last) AS bigint)
            ELSE 100 * CAST(SUM(p.wins) AS bigint) END AS value
    FROM (
        SELECT k.id AS component_id, k.how, c.id AS card_id, o.total,
            CASE WHEN o.is_last THEN 1 ELSE 0 END AS last,
            CASE WHEN k.how = 'wins' AND EXISTS (
                SELECT 1 FROM assessments_awardresult r
                JOIN assessments_award b ON b.id = r.award_id AND (k."of" = '' OR b.code = k."of")
                WHERE r.card_id = o.id AND r.outcome = 'won' AND NOT EXISTS (
                    SELECT 1 FROM assessments_awardrevocation z WHERE z.result_id = r.id)
            ) THEN 1 ELSE 0 END AS wins
        FROM assessments_component k
        JOIN sc_card c ON c.scheme_id = k.scheme_id
        JOIN assessments_assessmentmonth a ON a.hall_id = c.hall_id AND a.status = 'published'
            AND a.period = k.reads AND a.month >= %(first)s AND a.month <= %(last)s
        JOIN assessments_scorecard o ON o.run_id = a.run_id AND o.kind = c.kind
            AND o.subject_id = c.subject_id AND o.hall_id = c.hall_id
        WHERE {{scope}}
    ) p
    GROUP BY p.component_id, p.card_id, p.how
"""
"""What the published months (or quarters) of the period come to for each subject, as its component asks."""


def roll_up(reckoning: Reckoning, kinds: Kinds, part: str) -> None:
    """Values of touched nodes, leaves first: what the node is worth untouched, and what has changed in it.

    Sums add the change of their children; weighted nodes and means are worked out anew over the children
    that count. A node without any child that counts is worth its base.
    """
    depths = reckoning.rules.depths(kinds, part)
    if not depths:
        return
    _add_up(reckoning, kinds, part)
    for depth in depths:
        _value(reckoning, kinds, part, depth)
    reckoning.index("sc_value")
    reckoning.analyze("sc_value")


def _add_up(reckoning: Reckoning, kinds: Kinds, part: str) -> None:
    """The lines of each node; what a card lost and gained is all of them but errata."""
    reckoning.do(
        f"""
        INSERT INTO sc_sum (card_id, component_id, points, lost, gained)
        SELECT l.card_id, l.component_id, CAST(SUM(l.points) AS bigint),
            CAST(SUM(CASE WHEN l.points < 0 AND l.kind <> 'erratum' THEN -l.points ELSE 0 END) AS bigint),
            CAST(SUM(CASE WHEN l.points > 0 AND l.kind <> 'erratum' THEN l.points ELSE 0 END) AS bigint)
        FROM assessments_line l
        WHERE {of_run()} AND l.component_id IN ({_nodes(kinds)})
        GROUP BY l.card_id, l.component_id
        """,
        part=part,
    )
    reckoning.analyze("sc_sum")


def _nodes(kinds: Kinds) -> str:
    """The components of a part of some kinds."""
    return f"""
        SELECT k.id FROM assessments_component k JOIN assessments_scheme s ON s.id = k.scheme_id
        WHERE k.part = %(part)s AND {among("s.kind", kinds)} AND s.id IN {SCHEMES}
    """


def _value(reckoning: Reckoning, kinds: Kinds, part: str, depth: int) -> None:
    nodes = f"{_nodes(kinds)} AND k.depth = %(depth)s"
    reckoning.do(
        f"""
        INSERT INTO sc_value (card_id, component_id, raw, value, is_in, lost, gained)
        SELECT card_id, component_id, raw, {clamp("raw", "floor", "cap")}, is_in, lost, gained
        FROM (
            SELECT y.card_id, y.component_id, k.floor, k.cap, y.lost, y.gained,
                CASE WHEN k.is_in0 OR y.present = 1 THEN 1 ELSE 0 END AS is_in,
                CASE WHEN k.combine = 'sum' THEN k.sum0 + y.change
                    WHEN k.den0 + y.den > 0
                        THEN k.base + y.change + {round_div("(k.num0 + y.num)", "(k.den0 + y.den)")}
                    ELSE k.base + y.change END AS raw
            FROM (
                SELECT card_id, component_id, CAST(SUM(change) AS bigint) AS change,
                    CAST(SUM(num) AS bigint) AS num, CAST(SUM(den) AS bigint) AS den,
                    MAX(present) AS present, CAST(SUM(lost) AS bigint) AS lost,
                    CAST(SUM(gained) AS bigint) AS gained
                FROM ({CHANGES.format(nodes=nodes)}) x GROUP BY card_id, component_id
            ) y
            JOIN assessments_component k ON k.id = y.component_id
        ) t
        """,
        depth=depth,
        part=part,
    )


WEIGHT = "CASE up.combine WHEN 'weighted' THEN n.weight WHEN 'mean' THEN 1 ELSE 0 END"
COUNTED = "CASE WHEN n.is_in0 THEN 1 ELSE 0 END"
CHANGE = f"(v.value * v.is_in - n.value0 * {COUNTED})"
CHANGES = f"""
    SELECT w.card_id, w.component_id, w.points AS change, 0 AS num, 0 AS den, 0 AS present, w.lost, w.gained
    FROM sc_sum w WHERE w.component_id IN ({{nodes}})
    UNION ALL
    SELECT w.card_id, w.component_id, w.amount + n.base - n.sum0, 0, 0, 1, 0, 0
    FROM sc_source w JOIN assessments_component n ON n.id = w.component_id
    WHERE w.component_id IN ({{nodes}})
    UNION ALL
    SELECT v.card_id, n.parent_id, CASE up.combine WHEN 'sum' THEN {CHANGE} ELSE 0 END,
        {WEIGHT} * {CHANGE}, {WEIGHT} * (v.is_in - {COUNTED}), 0, v.lost, v.gained
    FROM sc_value v
    JOIN assessments_component n ON n.id = v.component_id
    JOIN assessments_component up ON up.id = n.parent_id
    WHERE n.parent_id IN ({{nodes}})
"""
"""What touches a node: its own lines, its figure, its children that are no longer what they were."""


def write_values(reckoning: Reckoning) -> None:
    """Nodes that a bound clipped, and those that are no plain sum: all others are read off the lines."""
    reckoning.do(
        """
        INSERT INTO assessments_componentscore (card_id, component_id, raw, value)
        SELECT v.card_id, v.component_id, v.raw, v.value
        FROM sc_value v JOIN assessments_component k ON k.id = v.component_id
        WHERE v.raw <> v.value OR k.combine <> 'sum' OR k.origin <> 'clauses'
        """
    )


FAR_OFF = 1_000_000_000_000
"""Further than any sum of points."""


def write_cuts(reckoning: Reckoning) -> None:
    """What a floor or cap left of each line of a clipped node.

    Lines of the other sign go first, so that the cut falls on those that went too far, the last first.
    """
    clipped = reckoning.do(
        f"""
        INSERT INTO sc_clip (card_id, component_id, excess, low, high)
        SELECT v.card_id, v.component_id, v.raw - COALESCE(s.points, 0),
            CASE WHEN v.raw < v.value THEN v.value ELSE {-FAR_OFF} END,
            CASE WHEN v.raw > v.value THEN v.value ELSE {FAR_OFF} END
        FROM sc_value v
        LEFT JOIN sc_sum s ON s.card_id = v.card_id AND s.component_id = v.component_id
        WHERE v.raw <> v.value
        """
    )
    reckoning.analyze("sc_clip")
    if clipped:
        _cut_lines(reckoning)


def _cut_lines(reckoning: Reckoning) -> None:
    after = clamp("upto", "low", "high")
    before = clamp("(upto - points)", "low", "high")
    is_cut = f"""CASE WHEN (l.points < 0 AND v.low > {-FAR_OFF}) OR (l.points > 0 AND v.high < {FAR_OFF})
        THEN 1 ELSE 0 END"""
    reckoning.do(
        f"""
        INSERT INTO assessments_linecut (line_id, card_id, component_id, points)
        SELECT line_id, card_id, component_id, {after} - {before}
        FROM (
            SELECT l.id AS line_id, l.card_id, l.component_id, l.points, v.low, v.high,
                v.excess + CAST(SUM(l.points) OVER (PARTITION BY l.card_id, l.component_id
                    ORDER BY {is_cut}, l.day, l.id ROWS UNBOUNDED PRECEDING) AS bigint) AS upto
            FROM assessments_line l
            JOIN sc_clip v ON v.card_id = l.card_id AND v.component_id = l.component_id
            WHERE {of_run()} AND l.points <> 0
        ) u
        WHERE {after} - {before} <> points
        """
    )
