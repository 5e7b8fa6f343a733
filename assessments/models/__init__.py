"""Schemes, reckonings and their results, and the months they belong to."""

from assessments.models.month import AssessmentMonth, AwardDecision
from assessments.models.results import (
    AwardResult,
    ComponentScore,
    GateFailure,
    Line,
    Run,
    Scorecard,
)
from assessments.models.scheme import Award, Component, Gate, GateAct, Scheme

__all__ = [
    "AssessmentMonth",
    "Award",
    "AwardDecision",
    "AwardResult",
    "Component",
    "ComponentScore",
    "Gate",
    "GateAct",
    "GateFailure",
    "Line",
    "Run",
    "Scheme",
    "Scorecard",
]
