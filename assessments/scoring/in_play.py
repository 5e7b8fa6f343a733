"""What the rules of a run ask for at all: a statement that no rule needs is not run.

A dozen looks at rule tables, which are small; none at people or records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assessments.enums import Order, RankedBy
from assessments.scoring.scratch import listed

if TYPE_CHECKING:
    from assessments.scoring.scratch import Reckoning

Kinds = tuple[str, ...]
KINDS: Kinds = ("staff", "window", "unit")
"""The way up; the way down is the other way round."""
OF_OTHERS = ("members", "group")
"""Sources that read other cards, which must be worked out before."""
VERSIONS = "(SELECT version_id FROM sc_reign)"
AT_THE_END = "first_day <= %(last)s AND next_day > %(last)s"
"""A card follows the version that reigns on the last day; records may follow one before it."""
SCHEMES = f"""(SELECT s.id FROM assessments_scheme s JOIN sc_reign g ON g.version_id = s.version_id
    WHERE s.period = %(period)s AND {AT_THE_END})"""
CLAUSES = f"(SELECT id FROM violations_clause WHERE period = %(period)s AND version_id IN {VERSIONS})"


GATES_DOWN = f"""
    SELECT 1 FROM assessments_gateact x JOIN assessments_gate g ON g.id = x.gate_id
    JOIN assessments_scheme s ON s.id = g.scheme_id JOIN violations_act a ON a.id = x.act_id
    WHERE s.id IN {SCHEMES} AND ((s.kind = 'staff' AND a.subject <> 'staff')
        OR (s.kind = 'window' AND a.subject = 'unit')) LIMIT 1"""


@dataclass
class InPlay:
    """The rules of a run, as the steps of the engine ask about them."""

    looks_back: bool
    """Some hall has published months: there may be late records, errata and earlier results."""
    counts: bool
    """Some act cannot be priced by itself."""
    sources: set[tuple[str, str]]
    """(source, subject) of the clauses."""
    spans: set[tuple[int, str]]
    """(level, span) of the counted clauses."""
    targets: set[str]
    """Whose cards points go to."""
    notes: bool
    """Some step sets a grade or calls for a measure."""
    nodes: set[tuple[str, str, int]]
    """(kind, part, depth) of the components."""
    origins: set[tuple[str, str, str, str]]
    """(kind, part, origin, way) of the components that are read from somewhere."""
    touched: set[str]
    """Kinds of card whose derived part something may touch."""
    ranks_metrics: bool
    """Some clause goes by the place of a figure."""
    gates: set[tuple[str, str]]
    """(kind, source) of the gates."""
    gates_down: bool
    """Some gate looks at acts of those above."""
    awards: set[tuple[str, int, bool]]
    """(kind, round, whether it follows another) of the awards."""
    lowest: bool
    """Some award is a list of the lowest."""
    by_others: bool
    """Some award puts its candidates in order by something else than the total."""
    traits: set[str]
    """Kinds with awards that look at what a person is."""
    keys: set[str]
    """What ties of awards are broken by."""
    choices: set[str]
    """Kinds of which a version has several schemes, so that one must be chosen."""
    conditions: set[str]
    """Kinds of which some scheme is not for all."""
    rankings: set[str]
    graded: bool
    figures: bool
    votes: bool
    quorums: bool
    """Some ballot asks for a number of votes."""

    def depths(self, kinds: Kinds, part: str) -> list[int]:
        """Depths of the components that may be touched, leaves first."""
        return sorted(
            {
                depth
                for kind, of, depth in self.nodes
                if kind in kinds and of == part and (part == "own" or kind in self.touched)
            },
            reverse=True,
        )

    def has_source(self, source: str) -> bool:
        """Whether some clause takes its amounts from there."""
        return any(name == source for name, _ in self.sources)

    def has_gate(self, source: str) -> bool:
        """Whether some gate looks at this."""
        return any(name == source for _, name in self.gates)

    def reads(self, kinds: Kinds, part: str, *origins: str) -> bool:
        """Whether components of a part of some kinds are read from one of these."""
        return any(k in kinds and p == part and o in origins for k, p, o, _ in self.origins)

    def upward(self) -> list[Kinds]:
        """Kinds whose own parts are worked out together: who reads others waits for them."""
        waits = {kind for kind in KINDS if self.reads((kind,), "own", *OF_OTHERS)}
        return _batches(KINDS, waits)

    def downward(self) -> list[Kinds]:
        """Kinds that are totalled together: whose derived part is touched waits for those above."""
        return _batches(KINDS[::-1], self.touched)


def _batches(order: Kinds, waits: set[str]) -> list[Kinds]:
    batches: list[Kinds] = []
    for kind in order:
        if batches and kind not in waits:
            batches[-1] += (kind,)
        else:
            batches.append((kind,))
    return batches


def look(reckoning: Reckoning) -> InPlay:
    """Read what the versions that reign in the halls of the run ask for."""
    rows = reckoning.rows
    of_scheme = f"JOIN assessments_scheme s ON s.id = x.scheme_id WHERE s.id IN {SCHEMES}"
    months = (
        "assessments_assessmentmonth m JOIN sc_hall h ON h.hall_id = m.hall_id AND m.status = 'published'"
    )
    period = "JOIN sc_hall h ON h.hall_id = x.hall_id AND x.month = %(first)s AND x.period = %(period)s"
    keys = rows(f"SELECT DISTINCT x.key1, x.key2, x.key3 FROM assessments_award x {of_scheme}")
    looks_back = bool(rows(f"SELECT 1 FROM {months} LIMIT 1"))
    derived = f"""
        SELECT DISTINCT s.kind FROM assessments_component x {of_scheme} AND x.part = 'derived' AND (
            x.origin <> 'clauses'
            OR x.code IN (SELECT component FROM violations_effect WHERE clause_id IN {CLAUSES})
            OR x.code IN (SELECT component FROM violations_price WHERE version_id IN {VERSIONS}))
    """
    several = "GROUP BY kind, version_id HAVING COUNT(*) > 1"
    special = (
        "(categories <> '' OR chief > 0 OR least_members > 0 OR most_members < 1000000"
        " OR politics <> '' OR genders <> '')"
    )
    awards = rows(
        f"""SELECT DISTINCT s.kind, x.round_no, x.follows,
        CASE WHEN x.politics <> '' OR x.genders <> '' THEN 1 ELSE 0 END, x."order", x.by
        FROM assessments_award x {of_scheme}"""
    )
    schemes = f"FROM assessments_scheme WHERE id IN {SCHEMES}"
    clauses = f"FROM violations_clause WHERE id IN {CLAUSES}"
    ranks = "CASE WHEN ranked <> '' THEN 1 ELSE 0 END"
    sources = rows(f"SELECT DISTINCT source, subject, {ranks} {clauses}")
    votes = bool(rows(f"SELECT 1 FROM assessments_vote x {period} LIMIT 1"))
    asking = f"version_id IN {VERSIONS} AND (quorum > 0 OR ballot_quorum > 0)"
    return InPlay(
        looks_back=looks_back,
        counts=bool(
            rows(f"SELECT 1 FROM violations_actuse WHERE version_id IN {VERSIONS} AND NOT is_plain LIMIT 1")
        ),
        sources={(source, subject) for source, subject, _ in sources},
        spans=set(rows(f"SELECT DISTINCT level, span {clauses} AND NOT is_plain")),
        targets=_firsts(rows(f"SELECT DISTINCT target FROM violations_effect WHERE clause_id IN {CLAUSES}")),
        notes=bool(
            rows(
                f"""SELECT 1 FROM violations_step WHERE clause_id IN {CLAUSES}
                AND (grade <> '' OR "call" <> '') LIMIT 1"""
            )
        ),
        nodes=set(rows(f"SELECT DISTINCT s.kind, x.part, x.depth FROM assessments_component x {of_scheme}")),
        origins=set(
            rows(
                f"""SELECT DISTINCT s.kind, x.part, x.origin, CASE x.origin WHEN 'group' THEN x."of"
                ELSE x.how END FROM assessments_component x {of_scheme} AND x.origin <> 'clauses'"""
            )
        ),
        touched=_firsts(rows(derived)),
        ranks_metrics=any(ranks for *_, ranks in sources),
        gates=set(rows(f"SELECT DISTINCT s.kind, x.source FROM assessments_gate x {of_scheme}")),
        gates_down=bool(rows(GATES_DOWN)),
        awards={(kind, round_no, follows != "") for kind, round_no, follows, *_ in awards},
        lowest=any(order == Order.LOWEST for *_, order, _ in awards),
        by_others=any(by != RankedBy.TOTAL for *_, by in awards),
        traits={kind for kind, _, _, asks, *_ in awards if asks},
        keys={key for row in keys for key in row},
        choices=_firsts(rows(f"SELECT DISTINCT kind FROM (SELECT kind {schemes} {several}) t")),
        conditions=_firsts(rows(f"SELECT DISTINCT kind {schemes} AND {special}")),
        rankings=_firsts(rows(f"SELECT DISTINCT ranking {schemes}")),
        graded=bool(rows(f"SELECT 1 FROM assessments_grade x {of_scheme} LIMIT 1")),
        figures=bool(rows(f"SELECT 1 FROM assessments_figure x {period} LIMIT 1")),
        votes=votes,
        quorums=votes and bool(rows(f"SELECT 1 FROM assessments_ballotgroup WHERE {asking} LIMIT 1")),
    )


def _firsts(rows: list[tuple[str, ...]]) -> set[str]:
    return {row[0] for row in rows}


def among(column: str, kinds: Kinds) -> str:
    """A kind of card as a condition."""
    return f"{column} IN {listed(kinds)}"
