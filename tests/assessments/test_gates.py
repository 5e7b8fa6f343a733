"""Vetoes worked out by hand: 麦积区 第二十五条 at its boundaries, and who answers for whom."""

from datetime import date

import pytest

from assessments.models import GateFailure
from tests.assessments.conftest import card_of
from tests.factories.assessments import move, record, window_with
from tests.factories.rulebook import act, load, small_pack
from violations.models import Act
from windows.models import CalendarDay


@pytest.fixture(autouse=True)
def _plain_weeks(db):
    """No holidays: Monday to Friday, unless a test enters some."""
    CalendarDay.objects.all().delete()


@pytest.fixture
def maiji(rulebook):
    return lambda code: Act.objects.get(rulebook=rulebook.rulebook, code=code)


@pytest.fixture
def person(hall):
    return window_with(hall, "A01")[1][0]


def failed(month, person) -> list[tuple[str, int]]:
    rows = GateFailure.objects.filter(card=card_of(month, person)).order_by("gate__code")
    return list(rows.values_list("gate__code", "observed"))


@pytest.mark.parametrize(
    "code",
    [
        "rude_attitude",
        "attitude_complaint",
        "slow_joint_approval",
        "client_dissatisfied",
        "intermediary_business",
    ],
)
def test_any_act_of_article_21_bars(maiji, person, score, code):
    record(maiji(code), date(2026, 10, 12), staff=person)

    assert failed(score(), person) == [("25-1", 100)]


@pytest.mark.parametrize(
    ("first", "is_barred"),
    [
        # the 22 working days up to 30 October, both ends counted, begin on 1 October
        (date(2026, 10, 1), True),
        (date(2026, 9, 30), False),
    ],
)
def test_two_proved_complaints_within_22_working_days(maiji, person, score, first, is_barred):
    record(maiji("proved_complaint"), first, staff=person)
    record(maiji("proved_complaint"), date(2026, 10, 30), staff=person)

    assert failed(score(), person) == ([("25-2", 200)] if is_barred else [])


@pytest.mark.parametrize(
    ("first", "is_barred"),
    [
        # with 1–7 October off and 10 October made up, they begin on 25 September
        (date(2026, 9, 24), False),
        (date(2026, 9, 25), True),
    ],
)
def test_working_days_follow_the_calendar(maiji, person, score, first, is_barred):
    for day in (1, 2, 5, 6, 7):
        CalendarDay.objects.create(day=date(2026, 10, day), kind="off", name="国庆节")
    CalendarDay.objects.create(day=date(2026, 10, 10), kind="make_up", name="调休")
    record(maiji("proved_complaint"), first, staff=person)
    record(maiji("proved_complaint"), date(2026, 10, 30), staff=person)

    assert failed(score(), person) == ([("25-2", 200)] if is_barred else [])


def test_halls_own_day_off_wins_over_the_state(maiji, person, hall, score):
    CalendarDay.objects.create(day=date(2026, 10, 12), kind="make_up", name="国家")
    CalendarDay.objects.create(day=date(2026, 10, 12), kind="local_off", name="本地停办", hall=hall)
    record(maiji("proved_complaint"), date(2026, 9, 30), staff=person)
    record(maiji("proved_complaint"), date(2026, 10, 30), staff=person)

    assert failed(score(), person) == [("25-2", 200)]


@pytest.mark.parametrize(("times", "expected"), [(2, []), (3, [("25-3a", 300)])])
def test_three_overdue_cases_in_a_year(maiji, person, score, times, expected):
    for month in range(1, times + 1):
        record(maiji("overdue_case"), date(2026, month, 12), staff=person)

    assert failed(score(), person) == expected


def test_overdue_cases_of_last_year_do_not_count(maiji, person, score):
    record(maiji("overdue_case"), date(2025, 12, 31), staff=person)
    for day in (12, 13):
        record(maiji("overdue_case"), date(2026, 10, day), staff=person)

    assert failed(score(), person) == []


@pytest.mark.parametrize(("days", "expected"), [(300, []), (400, [("25-3b", 400)])])
def test_one_case_more_than_three_days_overdue(maiji, person, score, days, expected):
    record(maiji("overdue_case"), date(2026, 10, 12), staff=person, quantity=days)

    assert failed(score(), person) == expected


def test_veto_of_another_month_is_over(maiji, person, score):
    record(maiji("rude_attitude"), date(2026, 9, 30), staff=person)

    assert failed(score(), person) == []


def test_record_that_does_not_count_bars_nobody(maiji, person, score):
    record(maiji("rude_attitude"), date(2026, 10, 12), staff=person, status="appealed")

    assert failed(score(), person) == []


def gate_of(kind: str, *acts: str) -> dict:
    rule = {"code": "clean", "article": "第九条", "wording": "有人违纪的不参评。", "kind": kind, "acts": acts}
    return {**rule, "span": "month", "most": 0, "valid": "month"}


def test_window_answers_for_what_its_people_did_there(hall, score):
    load(small_pack(gates=[gate_of("window", "late", "empty")]), hall)
    first, (person, colleague) = window_with(hall, "A01", people=2)
    second, _ = window_with(hall, "A02")
    move(person, second, date(2026, 10, 15))
    record(act(hall, "late"), date(2026, 10, 12), staff=person, window=first)
    record(act(hall, "late"), date(2026, 10, 20), staff=person, window=second)
    record(act(hall, "late"), date(2026, 10, 21), staff=colleague)  # where is not said: at his own window
    record(act(hall, "late"), date(2026, 10, 13), staff=person)  # at the window of that day
    record(act(hall, "empty"), date(2026, 10, 22), window=first)

    month = score()

    assert failed(month, first) == [("clean", 400)]
    assert failed(month, second) == [("clean", 100)]
    assert failed(month, person) == []


def test_unit_answers_for_its_people_and_its_windows(hall, score):
    load(small_pack(gates=[gate_of("unit", "late", "empty", "reply")]), hall)
    window, (person,) = window_with(hall, "A01")
    other, _ = window_with(hall, "A02")
    record(act(hall, "late"), date(2026, 10, 12), staff=person, window=other)  # helping out elsewhere
    record(act(hall, "empty"), date(2026, 10, 13), window=window)
    record(act(hall, "reply"), date(2026, 10, 14), department=window.department)

    month = score()

    assert failed(month, window.department) == [("clean", 300)]
    assert failed(month, other.department) == []
