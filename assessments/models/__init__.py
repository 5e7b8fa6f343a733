"""Schemes, reckonings and their results, and the months they belong to."""

from assessments.models.facts import AwardRevocation, Figure, Vote
from assessments.models.month import AssessmentMonth, AwardDecision
from assessments.models.results import (
    AwardResult,
    ComponentScore,
    GateFailure,
    GradeChange,
    Line,
    LineCut,
    MeasureCall,
    Run,
    Scorecard,
)
from assessments.models.scheme import Award, BallotGroup, Component, Gate, GateAct, Grade, Scheme
from assessments.models.trial import TrialRow

__all__ = [
    "AssessmentMonth",
    "Award",
    "AwardDecision",
    "AwardResult",
    "AwardRevocation",
    "BallotGroup",
    "Component",
    "ComponentScore",
    "Figure",
    "Gate",
    "GateAct",
    "GateFailure",
    "Grade",
    "GradeChange",
    "Line",
    "LineCut",
    "MeasureCall",
    "Run",
    "Scheme",
    "Scorecard",
    "TrialRow",
    "Vote",
]
