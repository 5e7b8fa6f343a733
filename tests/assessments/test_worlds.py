"""The engine and the plain reference agree on invented rulebooks, line by line, many halls in one run."""

import os
from collections import defaultdict
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Hall
from assessments.models import AwardResult, GateFailure, Line, MeasureCall, Scorecard
from assessments.services.months import score_months
from tests.assessments import reference
from tests.assessments.halls import build
from tests.assessments.worlds import FIRST
from trail.actors import Robot
from windows.models import CalendarDay

WORLDS = int(os.environ.get("PROPERTY_WORLDS", "500" if connection.vendor == "sqlite" else "50"))
AT_ONCE = 10
"""So many halls, each with a rulebook of its own, in one run of the engine."""


def engine_says(hall: Hall, run: int) -> dict[tuple[str, int], dict[str, Any]]:
    """The engine's result in the reference's words."""
    lines, gates, awards, calls = (defaultdict(list), defaultdict(dict), defaultdict(dict), defaultdict(list))
    cards = Scorecard.objects.filter(run=run, hall=hall).select_related("grade")
    mine = {"card__run": run, "card__hall": hall}
    for line in Line.objects.filter(run=run, card__hall=hall).select_related("clause"):
        lines[line.card_id].append((line.clause.code, line.kind, line.record_id, line.points))
    for failure in GateFailure.objects.filter(**mine).select_related("gate"):
        gates[failure.card_id][failure.gate.code] = failure.observed
    for result in AwardResult.objects.filter(**mine).select_related("award"):
        awards[result.card_id][result.award.code] = result.outcome
    for call in MeasureCall.objects.filter(**mine).select_related("clause"):
        calls[call.card_id].append((call.clause.code, call.call))
    return {
        (card.kind, card.subject_id): {
            "lines": sorted(lines[card.pk], key=str),
            "own": card.own,
            "derived": card.derived,
            "total": card.total,
            "lost": card.lost,
            "gained": card.gained,
            "rank": card.rank,
            "grade": card.grade.code if card.grade else "",
            "gates": gates[card.pk],
            "awards": awards[card.pk],
            "calls": sorted(calls[card.pk]),
        }
        for card in cards
    }


def reference_says(world: reference.World) -> dict[tuple[str, int], dict[str, Any]]:
    sheets = reference.score(world)
    names = ("own", "derived", "total", "lost", "gained", "rank", "grade", "gates", "awards")
    return {
        key: {
            "lines": sorted(sheet.lines, key=str),
            **{name: getattr(sheet, name) for name in names},
            "calls": sorted(sheet.calls),
        }
        for key, sheet in sheets.items()
    }


@pytest.mark.django_db
@settings(
    max_examples=max(WORLDS // AT_ONCE, 1),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seeds=st.lists(st.integers(0, 10**6), min_size=AT_ONCE, max_size=AT_ONCE, unique=True))
def test_engine_agrees_with_the_reference_in_many_halls(db, seeds):
    CalendarDay.objects.all().delete()
    worlds = {seed: build(seed) for seed in seeds}

    months = score_months(halls=[hall for hall, _ in worlds.values()], month=FIRST, by=Robot("test"))

    run = months[0].run_id
    for seed, (hall, world) in worlds.items():
        assert (seed, engine_says(hall, run)) == (seed, reference_says(world))
