"""What an act costs on a day, in few queries."""

from datetime import date

import pytest

from tests.factories.accounts import HallFactory
from tests.factories.rulebook import act, load, small_pack
from violations.tariff import acts_for, tariff_for, tariffs_for

DAY = date(2026, 10, 12)


@pytest.fixture
def version(hall):
    return load(small_pack(), hall)


@pytest.mark.parametrize(
    ("code", "severity", "points", "clause"),
    [
        ("late", "", -200, "1"),
        ("absence", "", -500, "1"),
        ("rude", "", -300, "2"),
        ("rude", "slight", -300, "2"),
        ("rude", "grave", -500, "2"),
        ("thanks", "", 200, "3"),
        ("empty", "", -500, "4"),
    ],
)
def test_quote_by_severity(version, hall, code, severity, points, clause):
    quote = tariff_for(hall, DAY).quote(act(hall, code).pk, severity)

    assert (quote.points, quote.clause_code) == (points, clause)


def test_cost_counts_full_units(version, hall):
    quote = tariff_for(hall, DAY).quote(act(hall, "absence").pk)

    assert [quote.cost(quantity) for quantity in (100, 150, 300)] == [-500, -500, -1500]


def test_quote_of_an_unknown_act(version, hall):
    assert tariff_for(hall, DAY).quote(0) is None


def test_tariff_of_a_hall_without_rulebook(other_hall):
    tariff = tariff_for(other_hall, DAY)

    assert (bool(tariff), tariff.quote(1)) == (False, None)


def test_tariff_before_the_first_version(version, hall):
    assert not tariff_for(hall, date(2019, 12, 31))


def test_tariff_follows_the_day(version, hall):
    dearer = small_pack(version={"number": "2", "title": "新", "effective_on": "2026-10-15"})
    dearer["clauses"][0]["points"] = -4
    load(dearer, hall)
    late = act(hall, "late").pk

    points = [tariff_for(hall, date(2026, 10, day)).quote(late).points for day in (14, 15)]

    assert points == [-200, -400]


def test_hall_below_follows_the_rules_above(version, hall, township):
    late = act(hall, "late").pk

    assert tariff_for(township, DAY).quote(late).points == -200


def test_hall_below_with_rules_of_its_own(version, township):
    own = small_pack()
    own["clauses"][0]["points"] = -1
    load(own, township)

    assert tariff_for(township, DAY).quote(act(township, "late").pk).points == -100


@pytest.mark.parametrize("halls", [1, 5])
def test_tariffs_take_two_queries(version, hall, halls, django_assert_num_queries):
    below = [HallFactory(parent=hall) for _ in range(halls)]

    with django_assert_num_queries(2):
        tariffs = tariffs_for([(h, date(2026, 10, day)) for h in below for day in range(1, 28)])

    assert len(tariffs) == halls * 27


def test_acts_for_an_officer(version, hall):
    assert [a.code for a in acts_for(hall, DAY, "window")] == ["empty", "praise"]
