"""The rulebook and the conduct ledger."""

from violations.models.rulebook import (
    Act,
    ActPhrase,
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
    "Clause",
    "ClauseAct",
    "ClauseCategory",
    "Effect",
    "MeasureRule",
    "Price",
    "RuleRow",
    "Rulebook",
    "RulebookVersion",
    "Step",
]
