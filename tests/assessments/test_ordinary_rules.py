"""What ordinary regulations say and a program easily gets wrong: each rule with a small month by hand."""

from datetime import date

import pytest

from assessments.models import AssessmentMonth, AwardResult, Figure, MeasureCall
from assessments.services.months import publish_month, score_month
from tests.assessments.conftest import card_of
from tests.factories.assessments import OCTOBER, record, window_with
from tests.factories.rulebook import act, load, small_pack
from trail.actors import Robot
from windows.models import Posting

DAYS = [date(2026, 10, day) for day in (9, 12, 13)]
ROUNDED = {"to": 0.01, "how": "half_up"}
TALK = {"code": "talk", "article": "约谈", "wording": "约谈。", "kind": "talk", "subject": "window",
        "counts": "clause"}  # fmt: skip


def clause(code="20", **fields):
    return {"code": code, "article": f"第{code}条", "wording": "条文。", "subject": "staff", **fields}


def rules(hall, *clauses, **changes):
    """The small pack's acts and schemes with clauses of the test only."""
    plain = small_pack(clauses=list(clauses), gates=[], awards=[], phrases={})
    plain["schemes"] = [{**scheme, "rounding": ROUNDED} for scheme in plain["schemes"]]
    return load({**plain, **changes}, hall)


def totals(month, *subjects) -> list[float]:
    return [card_of(month, subject).total / 100 for subject in subjects]


def winners(month, code) -> list[tuple[int, str]]:
    rows = AwardResult.objects.filter(card__run=month.run, award__code=code)
    return sorted(rows.values_list("card__subject_id", "outcome"))


def figure(hall, window, value, code="rate"):
    Figure.objects.create(hall=hall, origin="metric", code=code, month=OCTOBER, kind="window",
                          subject_id=window.pk, value=value * 100)  # fmt: skip


# --- what others are given --------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "chief"), [(99, 100), (94, 99)])
def test_chief_loses_a_point_only_when_the_window_loses_some(hall, score, rate, chief):
    table = [{"from": 95, "points": 0}, {"under": 95, "points": -3}]
    effects = [{"to": "self"}, {"to": "chief", "points": -1}]
    rules(
        hall,
        clause(subject="window", metric={"code": "rate", "missing": "full"}, table=table, effects=effects),
    )
    window, (person,) = window_with(hall, "A01")
    Posting.objects.update(is_chief=True)
    figure(hall, window, rate)

    assert totals(score(), person) == [chief]


def test_chief_loses_in_proportion_to_the_gap(hall, score):
    below = {"code": "rate", "missing": "full", "below": 95}
    effects = [{"to": "self"}, {"to": "chief", "points": -1}]
    rules(hall, clause(subject="window", points=-2, metric=below, linear={"every": 1}, effects=effects))
    window, (person,) = window_with(hall, "A01")
    Posting.objects.update(is_chief=True)
    figure(hall, window, 92)

    assert totals(score(), window, person) == [94, 97]  # three points below: 3 × 2 and 3 × 1


def test_window_loses_nothing_for_times_that_cost_nothing(hall, score):
    steps = [{"from": 1, "to": 2, "points": 0}, {"from": 3, "points": -1}]
    count = {"what": "times", "over": "month", "on_move": "goes_on"}
    effects = [{"to": "self"}, {"to": "group", "points": -0.5}]
    rules(hall, clause(acts=["late"], count=count, steps=steps, effects=effects))
    window, (person,) = window_with(hall, "A01")
    for day in DAYS:
        record(act(hall, "late"), day, staff=person, window=window)

    assert totals(score(), person, window) == [99, 99.5]


def test_two_half_days_cost_the_window_twice_also_where_times_are_counted(hall, score):
    count = {"what": "times", "over": "year", "on_move": "goes_on"}
    effects = [{"to": "self"}, {"to": "group", "points": -2}]
    then = [{"from": 2, "disqualify": {"valid": "year"}}]
    rules(hall, clause(acts=["absence"], points=-5, count=count, effects=effects, then=then))
    window, (person,) = window_with(hall, "A01")
    record(act(hall, "absence"), DAYS[0], staff=person, window=window, quantity=200)

    assert totals(score(), person, window) == [90, 96]


def test_person_is_only_warned_and_the_window_pays(hall, score):
    effects = [{"to": "self"}, {"to": "group", "points": -1}]
    rules(hall, clause(acts=["late"], points=0, effects=effects))
    window, (person,) = window_with(hall, "A01")
    record(act(hall, "late"), DAYS[0], staff=person, window=window)

    assert totals(score(), person, window) == [100, 99]


def test_window_reads_what_its_people_count_for_not_more(hall, score):
    members = {"code": "people", "name": "人员", "part": "own", "cap": 120,
               "source": {"members": "mean", "missing": "full"}}  # fmt: skip
    schemes = [
        {"kind": "staff", "base": 100, "floor": 0, "cap": 100},
        {"kind": "window", "base": 0, "floor": 0, "cap": None, "rounding": ROUNDED, "components": [members]},
    ]
    rules(hall, clause(acts=["thanks"], points=4), clause("21", acts=["late"], points=-60), schemes=schemes)
    best, (praised, _) = window_with(hall, "A01", people=2)
    worst, (lost, _) = window_with(hall, "A02", people=2)
    record(act(hall, "thanks"), DAYS[0], staff=praised, window=best)
    for day in DAYS[:2]:
        record(act(hall, "late"), day, staff=lost, window=worst)

    assert totals(score(), praised, best, lost, worst) == [100, 100, 0, 50]


# --- who is chosen ----------------------------------------------------------------------------------


def star(**fields):
    return {"code": "star", "name": "标兵", "kind": "staff", "quota": {"number": 1}, "tie": "hand", **fields}


def test_equals_for_the_one_place_of_a_window_wait_for_a_person(hall, score):
    rules(hall, clause(acts=["late"], points=-1), awards=[star(limit=1, quota="all")])
    equals = window_with(hall, "A01", people=2)[1]
    alone = window_with(hall, "A02")[1][0]

    found = winners(score(), "star")

    assert found == sorted([*((one.pk, "pending") for one in equals), (alone.pk, "won")])


def test_each_window_has_its_own_winner(hall, score):
    rules(hall, clause(acts=["late"], points=-1), awards=[star(within="window", tie="none")])
    window, (late, good) = window_with(hall, "A01", people=2)
    alone = window_with(hall, "A02")[1][0]
    record(act(hall, "late"), DAYS[0], staff=late, window=window)

    assert winners(score(), "star") == sorted([(good.pk, "won"), (alone.pk, "won")])


def test_most_cases_win_whatever_the_total(hall, score):
    award = star(kind="window", by="figure", key_of="cases", least=100, tie="all")
    rules(hall, clause(subject="window", acts=["empty"], points=-5), awards=[award])
    busy, idle, _unknown = (window_with(hall, code)[0] for code in ("A01", "A02", "A03"))
    record(act(hall, "empty"), DAYS[0], window=busy)
    figure(hall, busy, 300, "cases")
    figure(hall, idle, 200, "cases")

    assert winners(score(), "star") == [(busy.pk, "won")]


@pytest.mark.parametrize(("quota", "seats"), [({}, 0), ({"least": 1}, 1)])
def test_less_than_one_seat_is_one_where_the_pack_says_so(hall, score, quota, seats):
    percent = {"percent": 15, "rounding": "half_up", "of": "eligible", **quota}
    rules(hall, clause(acts=["late"], points=-1), awards=[star(quota=percent, tie="none")])
    window, (_, *late) = window_with(hall, "A01", people=3)
    for person in late:
        record(act(hall, "late"), DAYS[0], staff=person, window=window)

    assert len(winners(score(), "star")) == seats


def test_people_answer_at_a_gate_for_what_their_window_did(hall, score):
    gate = {"code": "30", "article": "第三十条", "wording": "窗口被通报的，人员不参评。", "kind": "staff",
            "acts": ["empty"], "span": "month", "most": 0, "valid": "month"}  # fmt: skip
    rules(hall, clause(acts=["late"], points=-1), gates=[gate], awards=[star(quota="all")])
    window = window_with(hall, "A01")[0]
    other = window_with(hall, "A02")[1][0]
    record(act(hall, "empty"), DAYS[0], window=window)

    assert winners(score(), "star") == [(other.pk, "won")]


def test_whole_month_is_whole_in_february_too(hall):
    gate = {"code": "30", "article": "第三十条", "wording": "在岗不满一个月的不参评。", "kind": "staff",
            "of": {"absent": True}, "most": 0}  # fmt: skip
    rules(hall, clause(acts=["late"], points=-1), gates=[gate], awards=[star(quota="all")])
    _, (whole, came) = window_with(hall, "A01", people=2)
    whole.postings.update(starts_on=date(2025, 1, 1))
    came.postings.update(starts_on=date(2026, 2, 2))

    month = score_month(hall=hall, month=date(2026, 2, 1), by=Robot("test"))

    assert winners(month, "star") == [(whole.pk, "won")]


# --- over several periods ---------------------------------------------------------------------------


YEAR = {"kind": "staff", "period": "year", "base": 100, "floor": 0, "cap": None, "rounding": ROUNDED}


def year_of(hall, manager, months) -> AssessmentMonth:
    for number in months:
        month = score_month(hall=hall, month=date(2026, number, 1), by=Robot("test"))
        publish_month(month=month, by=manager)
    return score_month(hall=hall, month=date(2026, 1, 1), period="year", by=Robot("test"))


def yearly(hall, *clauses, gates=(), node=None):
    annual = {**YEAR, **({"components": [node]} if node else {})}
    schemes = [*small_pack()["schemes"], annual]
    awards = [star(code="best", period="year", quota="all")]
    return rules(hall, *clauses, schemes=schemes, gates=list(gates), awards=awards)


def test_veto_of_a_month_does_not_bar_the_honour_of_the_year(hall, manager):
    gate = {"code": "30", "article": "第三十条", "wording": "当月不参评。", "kind": "staff", "acts": ["rude"],
            "span": "month", "most": 0, "valid": "month"}  # fmt: skip
    yearly(
        hall,
        clause(acts=["late"], points=-1),
        gates=[gate, {**gate, "code": "31", "acts": ["absence"], "valid": "year"}],
    )
    window, (rude, absent) = window_with(hall, "A01", people=2)
    record(act(hall, "rude"), date(2026, 9, 9), staff=rude, window=window)
    record(act(hall, "absence"), date(2026, 9, 9), staff=absent, window=window)

    assert winners(year_of(hall, manager, [9]), "best") == [(rude.pk, "won")]


def test_twelve_points_lost_over_the_months_bar_the_honour_of_the_year(hall, manager):
    gate = {"code": "30", "article": "第三十条", "wording": "全年扣满 12 分的不评。", "kind": "staff",
            "period": "year", "of": {"lost": True}, "most": 11.99}  # fmt: skip
    yearly(hall, clause(acts=["late"], points=-6), gates=[gate])
    window, (twice, once) = window_with(hall, "A01", people=2)
    for number in (8, 9):
        record(act(hall, "late"), date(2026, number, 12), staff=twice, window=window)
    record(act(hall, "late"), date(2026, 9, 14), staff=once, window=window)

    assert winners(year_of(hall, manager, [8, 9]), "best") == [(once.pk, "won")]


def test_two_months_with_a_grade_bar_the_honour_of_the_year(hall, manager):
    gate = {"code": "30", "article": "第三十条", "wording": "两个月不合格的不评。", "kind": "staff",
            "period": "year", "of": {"graded": "fail"}, "most": 1}  # fmt: skip
    grades = [{"code": "pass", "name": "合格", "from": 60}, {"code": "fail", "name": "不合格", "under": 60}]
    staff, *others = small_pack()["schemes"]
    rules(
        hall,
        clause(acts=["late"], points=-50),
        schemes=[{**staff, "grades": grades}, *others, YEAR],
        gates=[gate],
        awards=[star(code="best", period="year", quota="all")],
    )
    window, (twice, once) = window_with(hall, "A01", people=2)
    for number in (8, 9):
        record(act(hall, "late"), date(2026, number, 12), staff=twice, window=window, quantity=100)
    record(act(hall, "late"), date(2026, 9, 14), staff=once, window=window)

    assert winners(year_of(hall, manager, [8, 9]), "best") == [(once.pk, "won")]


def test_year_adds_up_titles_of_its_quarters(hall, manager):
    quarter = {"kind": "staff", "period": "quarter", "base": 100, "floor": 0, "cap": None}
    source = {"periods": "wins", "award": "q", "of": "quarter", "factor": 2, "missing": "zero"}
    wins = {"code": "wins", "name": "季度标兵", "part": "own", "source": source}
    schemes = [*small_pack()["schemes"], quarter, {**YEAR, "components": [wins]}]
    rules(hall, clause(acts=["late"], points=-1), schemes=schemes,
          awards=[star(code="q", period="quarter", quota="all")])  # fmt: skip
    _, (person,) = window_with(hall, "A01")
    for first in (date(2026, 4, 1), date(2026, 7, 1)):
        publish_month(month=score_month(hall=hall, month=first, period="quarter", by=manager), by=manager)

    year = score_month(hall=hall, month=date(2026, 1, 1), period="year", by=Robot("test"))

    assert totals(year, person) == [104]


@pytest.mark.parametrize(
    ("running", "months", "called"),
    [
        ({"first": True}, (9, 10), 1),  # first in both months: twice in a row
        ({"first": True}, (8, 10), 0),
        ({"first": True, "over": "year"}, (8, 10), 1),  # not in a row, but within the year
        ({"award": "flag"}, (9, 10), 1),
        ({"last": True, "over": "year"}, (8, 10), 0),
    ],
)
def test_second_time_first_calls_for_a_talk(hall, manager, running, months, called):
    awards = [{"code": "flag", "name": "红旗", "kind": "window", "quota": {"number": 1}, "tie": "none"}]
    then = [{"from": 2, "measure": "talk"}]
    praised = clause(subject="window", acts=["praise"], points=3)
    again = clause("21", subject="window", running=running, then=then)
    rules(hall, praised, again, awards=awards, measures=[TALK])
    window, other = (window_with(hall, code)[0] for code in ("A01", "A02"))
    for number in (8, 9, 10):
        chosen = window if number in months else other
        record(act(hall, "praise"), date(2026, number, 12), window=chosen)
    for number in (8, 9):
        publish_month(month=score_month(hall=hall, month=date(2026, number, 1), by=manager), by=manager)

    month = score_month(hall=hall, month=OCTOBER, by=manager)

    assert MeasureCall.objects.filter(card=card_of(month, window)).count() == called
