"""累计几次、累计扣满几分，提请约谈: measures a clause calls for, worked out by hand."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from assessments.models import MeasureCall
from tests.assessments.conftest import card_of, lines_of
from tests.factories.assessments import record, window_with
from tests.factories.rulebook import act

PACK = """
format: 1
rulebook: {code: calls, name: 约谈小办法}
version: {number: "1", title: 约谈小办法, effective_on: 2026-01-01}
acts:
  - {code: late, name: 迟到, subject: staff}
  - {code: rude, name: 态度生硬, subject: staff}
clauses:
  - {code: "1", article: 第一条, wording: 迟到每次扣 2 分。, subject: staff, points: -2, acts: [late]}
  - {code: "2", article: 第二条, wording: 态度生硬每次扣 1 分。, subject: staff, points: -1, acts: [rude]}
  - code: "3"
    article: 第三条
    wording: 一个季度累计每扣满 6 分，约谈一次。
    subject: staff
    points: 0
    lost: {over: quarter, every: 6}
    then: [{from: 6, every: 6, measure: talk}]
  - code: "4"
    article: 第四条
    wording: 一个月内态度生硬累计三次，书面检查。
    subject: staff
    acts: [rude]
    count: {what: times, over: month, on_move: goes_on}
    points: 0
    then: [{from: 3, every: 3, measure: paper}]
measures:
  - {code: talk, article: 第三条, wording: 约谈。, kind: talk, subject: staff, counts: clause}
  - {code: paper, article: 第四条, wording: 书面检查。, kind: self_review, subject: staff, counts: clause}
schemes:
  - {kind: staff, base: 100, floor: 0, cap: null}
"""

pytestmark = pytest.mark.django_db


@pytest.fixture
def acts(hall, tmp_path):
    path = tmp_path / "pack.yaml"
    path.write_text(PACK, encoding="utf-8")
    call_command("load_rulebook", path, hall=hall.code, stdout=StringIO())
    return lambda code: act(hall, code)


def calls(month, person) -> list[tuple[str, date]]:
    rows = MeasureCall.objects.filter(card=card_of(month, person)).order_by("record__day", "pk")
    return list(rows.values_list("call", "record__day"))


def october(day: int) -> date:
    return date(2026, 10, day)


def test_six_points_lost_in_a_quarter_call_for_a_talk(acts, hall, score):
    window, (person, other) = window_with(hall, "A01", people=2)
    for day in (9, 12, 13):
        record(acts("late"), october(day), staff=person, window=window)  # 2, 4, 6 lost
    record(acts("late"), october(13), staff=other, window=window)

    month = score()

    assert (calls(month, person), calls(month, other)) == ([("talk", october(13))], [])


def test_the_third_time_calls_for_a_paper(acts, hall, score):
    window, (person,) = window_with(hall, "A01")
    for day in (9, 12, 13):
        record(acts("rude"), october(day), staff=person, window=window)

    month = score()

    assert calls(month, person) == [("paper", october(13))]
    assert [(clause, points) for clause, _, points in lines_of(month, person) if points] == [("2", -100)] * 3
