"""Rounds with what was seen in them, and the other inlets of the floor; one module an idea."""

from patrols.models.covert import (
    CovertAnswer,
    CovertPhoto,
    CovertQuestion,
    CovertReport,
    CovertStep,
    CovertTask,
)
from patrols.models.duty import DutyDay, DutySwap
from patrols.models.notes import WalkNote
from patrols.models.plans import PatrolDay, RandomRound, SpecialPeriod
from patrols.models.rounds import Finding, FindingPhoto, Round, Visit

__all__ = [
    "CovertAnswer",
    "CovertPhoto",
    "CovertQuestion",
    "CovertReport",
    "CovertStep",
    "CovertTask",
    "DutyDay",
    "DutySwap",
    "Finding",
    "FindingPhoto",
    "PatrolDay",
    "RandomRound",
    "Round",
    "SpecialPeriod",
    "Visit",
    "WalkNote",
]
