"""计分 scoring: a month of all halls of a run by a fixed number of set-based statements.

`score()` is the table of contents; each step is one function in this package, its docstring the
sentence that says what it does. No statement and no loop depends on how many people there are.
All SQL is portable; both databases run the same words (see `scratch.py` for the one exception).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.awards import derive_from_awards, give_awards
from assessments.scoring.cards import open_scorecards, read_rules
from assessments.scoring.errata import correct_cascades, correct_published
from assessments.scoring.facts import gather_facts, gather_late_facts
from assessments.scoring.gates import close_gates, lay_out_days, see_gate_acts
from assessments.scoring.lines import score_records, transfer
from assessments.scoring.ranking import rank, roll_up, write_cuts
from assessments.scoring.scratch import Reckoning

if TYPE_CHECKING:
    from assessments.models import Run


def score(run: Run) -> int:
    """Score the months that point to `run`; returns how many statements it took.

    Order: own points from people up to units, then derived points, ranks and honours back down, so
    that what feeds a total never depends on it (domain: 本体 before 联动).
    """
    with Reckoning(run) as reckoning:
        read_rules(reckoning)
        open_scorecards(reckoning)
        gather_facts(reckoning)
        gather_late_facts(reckoning)
        score_records(reckoning)
        correct_published(reckoning)
        correct_cascades(reckoning)
        for kind in ("staff", "window", "unit"):
            transfer(reckoning, kind)
            roll_up(reckoning, kind, "own")
        lay_out_days(reckoning)
        see_gate_acts(reckoning)
        for kind in ("unit", "window", "staff"):
            roll_up(reckoning, kind, "derived")
            rank(reckoning, kind)
            close_gates(reckoning, kind)
            give_awards(reckoning, kind)
            derive_from_awards(reckoning, kind)
        write_cuts(reckoning)
        return reckoning.statements
