"""计分 scoring: a period of all halls of a run by a fixed number of set-based statements.

`score()` is the table of contents; each step is one function in this package, its docstring the
sentence that says what it does. No statement and no loop depends on how many people there are.
All SQL is portable; both databases run the same words (see `scratch.py` for the one exception).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.scoring.awards import derive_from_awards, give_awards, read_decisions
from assessments.scoring.calendar import lay_out_dates, lay_out_days
from assessments.scoring.cards import open_scorecards, read_rules
from assessments.scoring.counting import claim, count, pass_steps, produce
from assessments.scoring.errata import correct_cascades, correct_published
from assessments.scoring.facts import gather_facts, gather_late_facts
from assessments.scoring.gates import close_gates, see_gate_acts
from assessments.scoring.in_play import KINDS
from assessments.scoring.lines import (
    METRIC_STAGE,
    RUNNING_STAGE,
    TRANSFER_STAGE,
    call_for_running,
    lay_lines,
    note_consequences,
    score_metrics,
    score_plain,
    score_produced,
    transfer,
)
from assessments.scoring.ranking import rank
from assessments.scoring.scratch import Reckoning
from assessments.scoring.values import fill_sources, read_figures, roll_up, write_cuts, write_values
from trail.services.progress import Progress

if TYPE_CHECKING:
    from assessments.models import Run
    from violations.models import RulebookVersion

CONVERSIONS = (1, 2)
"""Levels of acts that become other acts; the loader assigns them and refuses a third."""
LEVELS = (*CONVERSIONS, 9)
STEPS = 7
"""How often `score` tells its progress."""


def score(run: Run, version: RulebookVersion | None = None, progress: Progress | None = None) -> int:
    """Score the months that point to `run`, by `version` if given; returns how many statements it took.

    Order: own points from people up to units, then derived points, ranks and honours back down, so
    that what feeds a total never depends on it (domain: 本体 before 联动). Kinds of card that wait for
    none are worked out together; what no rule asks for is left out: the number of statements depends
    on the rules, never on people.
    """
    told = progress or Progress()
    told.expect(STEPS, "正在计分")
    with Reckoning(run, version) as reckoning:
        _gather(reckoning)
        told.advance()
        score_plain(reckoning)
        told.advance()
        _count(reckoning)
        told.advance()
        _correct(reckoning)
        if reckoning.rules.has_source("lost") and transfer(reckoning):
            _apply(reckoning, TRANSFER_STAGE)
        told.advance()
        for kinds in reckoning.rules.upward():
            fill_sources(reckoning, kinds, "own")
            roll_up(reckoning, kinds, "own")
        told.advance()
        see_gate_acts(reckoning)
        for kinds in reckoning.rules.downward():
            fill_sources(reckoning, kinds, "derived")
            roll_up(reckoning, kinds, "derived")
            rank(reckoning, kinds)
            for kind in kinds:
                _honour(reckoning, kind)
        told.advance()
        write_values(reckoning)
        write_cuts(reckoning)
        told.advance()
        return reckoning.statements


def _gather(reckoning: Reckoning) -> None:
    """Rules, cards, facts and the calendar."""
    lay_out_dates(reckoning)
    read_rules(reckoning)
    open_scorecards(reckoning)
    gather_late_facts(reckoning)
    gather_facts(reckoning)
    lay_out_days(reckoning)
    read_figures(reckoning)
    read_decisions(reckoning)


def _count(reckoning: Reckoning) -> None:
    """Counted clauses: conversions first, for what they produce is counted with the rest."""
    claimed = "sc_fact" in reckoning.filled and claim(reckoning, made=0)
    for level in LEVELS if claimed else ():
        if count(reckoning, level):
            _apply(reckoning, level)
            if level in CONVERSIONS and produce(reckoning, level):
                claim(reckoning, made=level)
    if "sc_fact" in reckoning.filled:
        score_produced(reckoning)
    if reckoning.rules.has_source("metric") and score_metrics(reckoning):
        _apply(reckoning, METRIC_STAGE)


def _correct(reckoning: Reckoning) -> None:
    """Errata of published months; they may fall on any part of any card."""
    if reckoning.rules.looks_back and correct_published(reckoning):
        correct_cascades(reckoning)
        reckoning.rules.touched.update(KINDS)


def _honour(reckoning: Reckoning, kind: str) -> None:
    """Gates, awards and streaks of one kind of card, and what they bring to those below it."""
    close_gates(reckoning, kind)
    give_awards(reckoning, kind)
    if ("running", kind) in reckoning.rules.sources and call_for_running(reckoning, kind):
        pass_steps(reckoning, RUNNING_STAGE[kind])
        note_consequences(reckoning, RUNNING_STAGE[kind])
    if reckoning.rules.has_source("award"):
        derive_from_awards(reckoning, kind)


def _apply(reckoning: Reckoning, stage: int) -> None:
    pass_steps(reckoning, stage)
    lay_lines(reckoning, stage)
    note_consequences(reckoning, stage)
