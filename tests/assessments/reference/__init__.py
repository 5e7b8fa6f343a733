"""A slow, plain scorer: the pack as it is written, one person at a time. It must not import the engine.

It follows the sentences of the pack, not the tables: amounts as Decimal, loops, no SQL.
"""

from __future__ import annotations

from tests.assessments.reference.awards import _awards, _gates
from tests.assessments.reference.counting import _counted
from tests.assessments.reference.points import _give, _losses, _metrics
from tests.assessments.reference.totals import _node, _ranks, _total
from tests.assessments.reference.world import Fact, Member, Sheet, Sheets, World, _carded, _cents, scheme_of

__all__ = ["Fact", "Member", "Sheet", "World", "score"]


def score(world: World) -> Sheets:
    """Every sheet of the month, by (kind, subject)."""
    sheets: Sheets = {
        (kind, member.id): Sheet()
        for kind in ("staff", "window", "unit")
        for member in world.of_kind(kind)
        if scheme_of(world, kind, member)
    }
    counted = _counted(world)
    for clause in world.pack["clauses"]:
        for fact, before, after, unit in counted.get(clause["code"], []):
            if world.first <= fact.day <= world.last:
                _give(world, sheets, clause, fact, before, after, unit)
    _metrics(world, sheets)
    for kind in ("staff", "window", "unit"):
        _losses(world, sheets, kind)
        for member in _carded(world, sheets, kind):
            sheets[kind, member.id].own = _cents(_node(world, sheets, kind, member, "own")[0])
    for kind in ("unit", "window", "staff"):
        for member in _carded(world, sheets, kind):
            _total(world, sheets, kind, member)
        _ranks(world, sheets, kind)
        _gates(world, sheets, kind)
        _awards(world, sheets, kind)
    return sheets
