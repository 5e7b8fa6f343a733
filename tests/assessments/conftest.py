"""A small hall in October 2026 under the small rulebook."""

from datetime import date

import pytest

from assessments.models import AssessmentMonth, Line, Scorecard
from assessments.services.months import score_month
from tests.factories.assessments import OCTOBER
from tests.factories.rulebook import act, load, small_pack
from trail.actors import Robot


@pytest.fixture
def small(hall):
    return load(small_pack(), hall)


@pytest.fixture
def acts(small, hall):
    """Acts of the small rulebook by code."""
    return lambda code: act(hall, code)


@pytest.fixture
def score(hall):
    """Score a month of the hall."""

    def run(month: date = OCTOBER) -> AssessmentMonth:
        return score_month(hall=hall, month=month, by=Robot("test"))

    return run


def card_of(month: AssessmentMonth, subject) -> Scorecard:
    """The card of a person, window or department in the month's result."""
    kind = {"Staff": "staff", "Window": "window", "Department": "unit"}[type(subject).__name__]
    return Scorecard.objects.get(run=month.run, kind=kind, subject_id=subject.pk)


def lines_of(month: AssessmentMonth, subject) -> list[tuple[str, str, int]]:
    """(clause, kind, points) of a card, in order."""
    card = card_of(month, subject)
    rows = Line.objects.filter(card=card).order_by("day", "pk")
    return list(rows.values_list("clause__code", "kind", "points"))
