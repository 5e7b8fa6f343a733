"""The rulebook and the conduct ledger."""

from violations.models.escalation import Escalation
from violations.models.ledger import Appeal, ConductRecord, Statement, StatusChange
from violations.models.measures import Measure, MeasureStep
from violations.models.rectify import Rectification, RectificationStep
from violations.models.rulebook import (
    Act,
    ActPhrase,
    ActUse,
    Clause,
    ClauseAct,
    ClauseCategory,
    Effect,
    MeasureRule,
    Price,
    Rulebook,
    RulebookVersion,
    RuleRow,
    Step,
)

__all__ = [
    "Act",
    "ActPhrase",
    "ActUse",
    "Appeal",
    "Clause",
    "ClauseAct",
    "ClauseCategory",
    "ConductRecord",
    "Effect",
    "Escalation",
    "Measure",
    "MeasureRule",
    "MeasureStep",
    "Price",
    "Rectification",
    "RectificationStep",
    "RuleRow",
    "Rulebook",
    "RulebookVersion",
    "Statement",
    "StatusChange",
    "Step",
]
