"""Every pack that comes with the system works a small case, worked out by hand."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from assessments.models import AwardResult, Figure, GateFailure, Line, LineCut, MeasureCall, Vote
from assessments.services.months import publish_month
from tests.assessments.conftest import card_of
from tests.factories.assessments import OCTOBER, record, window_with
from tests.factories.rulebook import act

PACKS = Path("violations/rulebooks")


def day(number: int, month: int = 10) -> date:
    return date(2026, month, number)


@pytest.fixture
def load(hall):
    def run(name: str):
        call_command("load_rulebook", PACKS / f"{name}.yaml", hall=hall.code, stdout=StringIO())
        return lambda code: act(hall, code)

    return run


def calls(month, subject) -> list[str]:
    rows = MeasureCall.objects.filter(card=card_of(month, subject)).order_by("pk")
    return list(rows.values_list("call", flat=True))


def barred(month, subject) -> list[str]:
    rows = GateFailure.objects.filter(card=card_of(month, subject))
    return list(rows.order_by("gate__code").values_list("gate__code", flat=True))


def won(month, code: str) -> set[int]:
    rows = AwardResult.objects.filter(card__run=month.run, award__code=code, outcome="won")
    return set(rows.values_list("card__subject_id", flat=True))


def figure(hall, code: str, kind: str, subject, value: int) -> None:
    fields = {"origin": "self", "code": code, "month": OCTOBER, "kind": kind}
    Figure.objects.create(hall=hall, subject_id=subject.pk, value=value, **fields)


def vote(hall, group: str, person, value: int) -> None:
    fields = {"ballot": "public", "group": group, "month": OCTOBER, "kind": "staff"}
    Vote.objects.create(hall=hall, subject_id=person.pk, value=value, **fields)


def test_maiji_absence_feeds_the_window_and_the_flag_feeds_the_members(load, hall, score):
    acts = load("maiji")
    window, (person,) = window_with(hall, "A01")
    _, (other,) = window_with(hall, "A02")
    record(acts("unexcused_absence"), day(12), staff=person, quantity=200)  # two half days: −10

    month = score()

    assert card_of(month, person).total == 100_00 - 10_00
    assert card_of(month, window).total == 100_00 - 2 * 2_00  # every 5 points: −2
    assert card_of(month, other).total == 100_00 + 2_00  # A02 wins the flag: +2


def test_renhe_each_finding_costs_its_clause(load, hall, score):
    acts = load("renhe")
    _, (person,) = window_with(hall, "A01")
    record(acts("late_arrival"), day(12), staff=person)
    record(acts("no_badge"), day(13), staff=person)

    month = score()

    lines = Line.objects.filter(card=card_of(month, person))
    assert card_of(month, person).total == 100_00 + sum(line.points for line in lines)
    assert lines.count() == 2


def test_xuanwei_first_complaint_is_told_the_second_costs_the_year(load, hall, score, manager):
    acts = load("xuanwei")
    _, (person, other) = window_with(hall, "A01", people=2)
    record(acts("proved_complaint"), day(9, month=3), staff=person)
    record(acts("proved_complaint"), day(12), staff=person)
    record(acts("proved_complaint"), day(12), staff=other)

    month = score()

    assert (calls(month, person), barred(month, person)) == ([], ["1"])
    assert (calls(month, other), barred(month, other)) == (["town_notice"], [])
    assert won(month, "advanced") == {other.pk}
    publish_month(month=month, by=manager)
    assert barred(score(date(2026, 11, 1)), person) == ["1"]  # for the rest of the year


def test_daning_repeat_within_the_year_asks_for_return(load, hall, score):
    acts = load("daning")
    _, (person, other) = window_with(hall, "A01", people=2)
    record(acts("cards_or_games"), day(2, month=2), staff=person)
    record(acts("left_without_leave"), day(12), staff=person)
    record(acts("gambling"), day(12), staff=other)

    month = score()

    assert (calls(month, person), barred(month, person)) == (["ask_return"], ["2"])
    assert (calls(month, other), barred(month, other)) == ([], [])
    assert [card_of(month, who).total for who in (person, other)] == [95_00, 95_00]


def test_rixuncha_three_views_make_one_score(load, hall, score):
    acts = load("rixuncha")
    window, (person, other) = window_with(hall, "A01", people=2)
    record(acts("absent"), day(12), staff=person)  # patrol 98
    for number in range(1, 8):
        record(acts("overtime"), day(number), staff=person)  # seven hours, at most five points: 103
    for who, value in ((person, 95_00), (other, 80_00)):
        figure(hall, "monthly", "staff", who, value)
    for value in (100_00, 90_00):
        vote(hall, "device", person, value)
    vote(hall, "phone", person, 70_00)

    month = score()

    # 103 × 60 % + 95 × 10 % + (95 × 40 + 70 × 40) ÷ 80 × 30 % = 61.8 + 9.5 + 24.75
    assert card_of(month, person).total == 96_05
    # without votes the other two views share: (100 × 60 + 80 × 10) ÷ 70 = 97.142…
    assert card_of(month, other).total == 97_14
    assert card_of(month, window).total == 96_60  # (96.05 + 97.14) ÷ 2 = 96.595
    cut = LineCut.objects.filter(card=card_of(month, person))
    assert sum(line.points for line in cut) == 0  # the sixth and seventh hour brought nothing
    assert cut.count() == 2


def test_enshi_three_classes_yellow_card_and_plaque(load, hall, score):
    acts = load("enshi")
    law, _ = window_with(hall, "L01", category="law_enforcement")
    public, _ = window_with(hall, "P01", category="public_service")
    record(acts("dress"), day(5), window=law)  # patrol: −2
    record(acts("games"), day(6), window=law, source="covert")  # covert: −4
    record(acts("slow"), day(7), window=law)  # not a standard of this class
    record(acts("slow"), day(7), window=public, quantity=200)  # two: −6

    month = score()

    assert card_of(month, law).total == 100_00 - 2_00 - 4_00
    assert card_of(month, public).total == 100_00 - 6_00
    assert (calls(month, law), barred(month, law)) == (["rectify", "yellow_card"], ["1"])
    assert card_of(month, law.department).total == 100_00 - 1_00  # four points lost by its window


def test_enshi_last_in_two_months_running_must_answer(load, hall, score, manager):
    acts = load("enshi")
    worse, _ = window_with(hall, "P01", category="public_service")
    window_with(hall, "P02", category="public_service")
    record(acts("attitude"), day(7, month=9), window=worse)
    record(acts("attitude"), day(7), window=worse)

    september = score(date(2026, 9, 1))
    assert "answer" not in calls(september, worse)
    publish_month(month=september, by=manager)

    assert "answer" in calls(score(), worse)


def test_ziping_six_items_of_a_hundred(load, hall, score):
    acts = load("ziping")
    window, _ = window_with(hall, "A01")
    items = {"network": 12, "functions": 20, "units": 18, "manner": 20, "procedure": 20}
    for code, value in items.items():
        figure(hall, code, "window", window, value * 100)
    record(acts("overstated"), day(20), window=window, judged=-400)

    # network at most 10, system not filled in: 10 + 20 + 18 + 20 + 20 − 4
    assert card_of(score(), window).total == 84_00


def test_jiedao_by_gravity_and_only_what_was_decided(load, hall, score):
    acts = load("jiedao")
    window, (person, other) = window_with(hall, "A01", people=2)
    record(acts("rough"), day(5), staff=person, severity="slight")
    record(acts("neglect"), day(6), staff=person, severity="extreme")
    record(acts("rough"), day(5), staff=other, status="lapsed")  # nobody has judged it
    record(acts("unstaffed"), day(8), window=window)

    month = score()

    assert card_of(month, person).total == 100_00 - 2_00 - 20_00
    assert calls(month, person) == ["admonish", "warn"]
    assert (card_of(month, other).total, barred(month, other)) == (100_00, ["1"])
    assert card_of(month, window).total == 95_00
    assert card_of(month, window.department).total == 97_50  # half of it


def test_every_pack_has_a_case_here():
    tested = {name.split("_")[1] for name in globals() if name.startswith("test_")}

    assert {path.stem for path in PACKS.glob("*.yaml")} <= tested
