"""法定票数: a ballot with too few votes counts as missing, and the sheet says so."""

import pytest

from assessments.models import AwardResult, Vote
from assessments.pack_people import ballot_words
from assessments.services.explaining import explain
from tests.assessments.conftest import card_of
from tests.factories.assessments import OCTOBER, window_with
from tests.factories.rulebook import load, small_pack

PEOPLE = {"code": "people", "name": "群众", "weight": 60}
LEADERS = {"code": "lead", "name": "领导", "weight": 40}
ROUNDING = {"to": 0.01, "how": "half_up"}


@pytest.fixture
def person(hall):
    return window_with(hall, "A01")[1][0]


def rules(hall, missing="zero", **ballot):
    """People start from nothing and are scored by the ballot alone, at most 90."""
    source = {"ballot": "public", "missing": missing}
    component = {"code": "public", "name": "群众测评", "part": "own", "cap": 90, "source": source}
    staff = {"kind": "staff", "base": 10, "floor": 0, "cap": None, "components": [component]}
    others = small_pack()["schemes"][1:]
    return load(
        small_pack(
            schemes=[{**scheme, "rounding": ROUNDING} for scheme in (staff, *others)],
            ballots=[{"code": "public", "name": "群众评议", "groups": [PEOPLE, LEADERS], **ballot}],
        ),
        hall,
    )


def cast(hall, person, group, value, times, **fields):
    Vote.objects.create(hall=hall, ballot="public", group=group, month=OCTOBER, kind="staff",
                        subject_id=person.pk, value=value, times=times, **fields)  # fmt: skip


def short(month, person) -> list[str]:
    return [text for text in explain(card_of(month, person)).sentences if text.startswith("投票")]


@pytest.mark.parametrize(
    ("missing", "own"),
    # nothing counts but the base of 10; the full 90 of the component; nothing of it
    [("zero", 1000), ("full", 10000), ("left_out", 1000)],
)
def test_below_the_quorum_the_ballot_is_missing(hall, person, score, missing, own):
    rules(hall, missing, quorum=10)
    cast(hall, person, "people", 8000, 8)
    cast(hall, person, "lead", 5000, 1)

    month = score()

    assert card_of(month, person).own == own
    assert short(month, person) == ["投票“群众评议”合计 9 票，不到 10 票，按没有数处理。"]


def test_exactly_the_quorum_is_enough(hall, person, score):
    rules(hall, quorum=10)
    cast(hall, person, "people", 8000, 6)
    cast(hall, person, "people", 7000, 3)
    cast(hall, person, "lead", 5000, 1)

    month = score()

    # people (6×80 + 3×70) / 9 = 76.67, leaders 50: 76.67 × 60% + 50 × 40% = 66.00; and the base
    assert card_of(month, person).own == 1000 + 6600
    assert short(month, person) == []


@pytest.mark.parametrize(("leaders", "said"), [(0, 0), (2, 2)])
def test_a_group_below_its_own_quorum_voids_the_whole_ballot(hall, person, score, leaders, said):
    rules(hall, groups=[PEOPLE, {**LEADERS, "quorum": 3}])
    cast(hall, person, "people", 8000, 50)
    if leaders:
        cast(hall, person, "lead", 5000, leaders)

    month = score()

    assert card_of(month, person).own == 1000
    assert short(month, person) == [f"投票“群众评议”领导 {said} 票，不到 3 票，按没有数处理。"]


def test_votes_left_out_as_highest_and_lowest_are_votes(hall, person, score):
    rules(hall, groups=[{**PEOPLE, "trim": 1, "quorum": 3}], quorum=4)
    for value in (1000, 8000, 9000, 10000):
        cast(hall, person, "people", value, 1)

    # the lowest and the highest are left out: (80 + 90) / 2
    assert card_of(score(), person).own == 1000 + 8500


def test_votes_of_another_period_person_or_kind_do_not_help(hall, person, score):
    rules(hall, quorum=2)
    other = window_with(hall, "B01")[1][0]
    cast(hall, person, "people", 8000, 1)
    cast(hall, person, "people", 8000, 9, period="year")
    cast(hall, other, "people", 7000, 2)
    Vote.objects.create(hall=hall, ballot="public", group="people", month=OCTOBER, kind="window",
                        subject_id=person.pk, value=8000, times=9)  # fmt: skip

    month = score()

    assert [card_of(month, one).own for one in (person, other)] == [1000, 8000]
    assert short(month, person) == ["投票“群众评议”合计 1 票，不到 2 票，按没有数处理。"]
    assert short(month, other) == []


def test_a_tie_is_not_broken_by_a_ballot_without_quorum(hall, score):
    star = {"code": "star", "name": "标兵", "kind": "staff", "quota": {"number": 1}, "then": ["ballot"],
            "key_of": "public", "tie": "none"}  # fmt: skip
    ballot = {"code": "public", "name": "群众评议", "quorum": 2, "groups": [PEOPLE]}
    load(small_pack(awards=[small_pack()["awards"][0], star], ballots=[ballot]), hall)
    loved, known = window_with(hall, "A01", people=2)[1]
    cast(hall, loved, "people", 10000, 1)
    cast(hall, known, "people", 6000, 2)

    month = score()

    won = AwardResult.objects.filter(card__run=month.run, award__code="star")
    assert list(won.values_list("card__subject_id", "outcome")) == [(known.pk, "won")]
    assert short(month, loved) == ["投票“群众评议”合计 1 票，不到 2 票，按没有数处理。"]


def test_a_ballot_is_told_with_its_quorum():
    ballot = {"code": "public", "name": "群众评议", "quorum": 20, "options": {"满意": 100, "不满意": 0},
              "groups": [{**PEOPLE, "trim": 1}, {**LEADERS, "quorum": 3}]}  # fmt: skip

    assert ballot_words(ballot) == (
        "满意 100 分、不满意 0 分；群众权重 60，去掉最高最低各 1 票；"
        "领导权重 40，不到 3 票整个投票按没有数处理；合计不到 20 票按没有数处理。"
    )
