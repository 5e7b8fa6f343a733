"""Hand-computed months: what each clause costs, where it lands, who wins."""

from datetime import date

import pytest

from assessments.models import AwardResult, ComponentScore, GateFailure, Line, Scorecard
from tests.assessments.conftest import card_of, lines_of
from tests.factories.assessments import move, record, window_with
from tests.factories.rulebook import act, load, small_pack


def october(day: int) -> date:
    return date(2026, 10, day)


def own_lines(month, subject) -> list[tuple[str, str, int]]:
    """Lines without what the window's flag brings."""
    return [line for line in lines_of(month, subject) if line[1] != "award"]


def winners(month, code: str) -> list[int]:
    rows = AwardResult.objects.filter(card__run=month.run, award__code=code, outcome="won")
    return list(rows.order_by("place", "pk").values_list("card__subject_id", flat=True))


def test_untouched_month_gives_everyone_the_base(small, hall, score):
    window, (person,) = window_with(hall, "A01")

    month = score()

    cards = [card_of(month, subject) for subject in (person, window, window.department)]
    assert [(card.own, card.rank, card.peers) for card in cards] == [(10_000, 1, 1)] * 3


def test_fixed_points_and_points_per_half_day(acts, hall, score):
    _, (person,) = window_with(hall, "A01")
    record(acts("late"), october(9), staff=person)
    record(acts("absence"), october(12), staff=person, quantity=300)

    month = score()

    assert own_lines(month, person) == [("1", "record", -200), ("1", "record", -1500)]
    assert card_of(month, person).own == 8_300


@pytest.mark.parametrize(("severity", "points"), [("", -300), ("slight", -300), ("grave", -500)])
def test_severity_has_its_own_step(acts, hall, score, severity, points):
    _, (person,) = window_with(hall, "A01")
    record(acts("rude"), october(9), staff=person, severity=severity)

    assert own_lines(score(), person) == [("2", "record", points)]


@pytest.mark.parametrize(
    "status", ["draft", "notified", "stated", "dismissed", "appealed", "appeal_allowed", "withdrawn"]
)
def test_record_that_does_not_count_leaves_no_line(acts, hall, score, status):
    _, (person,) = window_with(hall, "A01")
    record(acts("late"), october(9), staff=person, status=status)

    assert own_lines(score(), person) == []


@pytest.mark.parametrize("day", [date(2026, 9, 30), date(2026, 11, 1)])
def test_record_of_another_month_is_left_out(acts, hall, score, day):
    _, (person,) = window_with(hall, "A01")
    record(acts("late"), day, staff=person)

    assert own_lines(score(), person) == []


def test_incident_counts_once(acts, hall, score):
    _, (person,) = window_with(hall, "A01")
    for day in (9, 10):
        record(acts("thanks"), october(day), staff=person, incident="一件事")
    record(acts("thanks"), october(12), staff=person)

    assert own_lines(score(), person) == [("3", "record", 200), ("3", "record", 200)]


def test_heaviest_of_an_incident_counts(hall, score):
    pack = small_pack()
    pack["clauses"][1]["same_incident"] = "heaviest"
    load(pack, hall)
    rude = hall.rulebooks.get().acts.get(code="rude")
    _, (person,) = window_with(hall, "A01")
    record(rude, october(9), staff=person, incident="一件事")
    record(rude, october(12), staff=person, incident="一件事", severity="grave")

    assert own_lines(score(), person) == [("2", "record", -500)]


def test_window_loses_two_for_each_five_a_person_lost(acts, hall, score):
    window, (person, other) = window_with(hall, "A01", people=2)
    for day in (9, 10):
        record(acts("late"), october(day), staff=person, window=window)  # 4 lost: not yet
    record(acts("late"), october(12), staff=other, window=window)  # another person's 2 do not add
    record(acts("late"), october(13), staff=person, window=window)  # 6 lost: once
    record(acts("absence"), october(14), staff=person, window=window, quantity=200)  # 16 lost: twice more

    month = score()

    assert lines_of(month, window) == [("6", "transfer", -200), ("6", "transfer", -400)]
    given = Line.objects.filter(card=card_of(month, window)).order_by("day")
    assert [(line.record.day, line.source_card_id) for line in given] == [
        (october(13), card_of(month, person).pk),
        (october(14), card_of(month, person).pk),
    ]


def test_bonus_does_not_offset_what_a_window_loses(acts, hall, score):
    window, (person,) = window_with(hall, "A01")
    record(acts("thanks"), october(9), staff=person, window=window)
    record(acts("absence"), october(12), staff=person, window=window)

    assert lines_of(score(), window) == [("6", "transfer", -200)]


def test_cascade_by_event_does_not_add_up(hall, score):
    pack = small_pack()
    pack["clauses"][5]["lost"]["over"] = "each"
    load(pack, hall)
    acts = hall.rulebooks.get().acts
    window, (person,) = window_with(hall, "A01")
    for day in (9, 10, 12):
        record(acts.get(code="late"), october(day), staff=person, window=window)
    record(acts.get(code="absence"), october(13), staff=person, window=window, quantity=200)

    assert lines_of(score(), window) == [("6", "transfer", -400)]


@pytest.mark.parametrize("counted", [0, 1])
def test_what_one_record_cost_adds_up_in_the_order_of_the_clauses(hall, score, counted):
    priced = {"subject": "staff", "acts": ["late"], "article": "第一条", "wording": "迟到。"}
    months = {"count": {"what": "times", "over": "month", "on_move": "goes_on"}}
    lost = {"over": "year", "from": 5.5, "every": 1}
    clauses = [
        {**priced, "code": "1", "points": -15},
        {**priced, "code": "2", "points": -0.5},
        {
            "code": "3",
            "article": "第三条",
            "wording": "累计。",
            "subject": "staff",
            "points": -2,
            "lost": lost,
        },
    ]
    clauses[counted] |= {**months, "steps": [{"from": 1, "points": clauses[counted]["points"]}]}
    load(small_pack(clauses=clauses, gates=[], awards=[]), hall)
    _, (person,) = window_with(hall, "A01")
    record(act(hall, "late"), october(12), staff=person)

    month = score()

    # 15 passes 5.5 to 14.5, ten steps; 15.5 in all passes one more
    assert sorted(lines_of(month, person)) == [
        ("1", "record", -1500),
        ("2", "record", -50),
        ("3", "transfer", -2000),
        ("3", "transfer", -200),
    ]


def test_who_moves_in_mid_month_counts_in_each_window_for_his_days(acts, hall, score):
    old, (person,) = window_with(hall, "A01")
    new, _ = window_with(hall, "A02")
    move(person, new, october(19))
    record(acts("absence"), october(9), staff=person, window=old)  # 5 at the old window
    record(acts("late"), october(20), staff=person, window=new)  # 2 at the new one
    record(acts("late"), october(21), staff=person)  # no window named: the posting of the day
    record(acts("late"), october(22), staff=person, window=new)  # 6 at the new one

    month = score()

    assert card_of(month, person).own == 10_000 - 500 - 600
    assert card_of(month, person).window_id == new.pk
    assert lines_of(month, old) == [("6", "transfer", -200)]
    assert lines_of(month, new) == [("6", "transfer", -200)]
    assert Line.objects.get(card=card_of(month, new)).record.day == october(22)


def test_unit_loses_for_each_day_overdue(acts, hall, score):
    window, _ = window_with(hall, "A01")
    record(acts("reply"), october(9), department=window.department, quantity=300)

    assert card_of(score(), window.department).own == 10_000 - 1_200


def test_total_stops_at_the_floor(acts, hall, score):
    _, (person,) = window_with(hall, "A01")
    record(acts("absence"), october(9), staff=person, quantity=2_500)

    card = card_of(score(), person)

    assert (card.own, card.derived, card.total, card.lost) == (-2_500, 200, 0, 12_500)


def test_component_keeps_what_a_cap_leaves(hall, score):
    pack = small_pack()
    pack["schemes"][0]["components"] = [
        {"code": "deeds", "name": "加分", "part": "own", "cap": 3, "floor": None}
    ]
    pack["clauses"][2]["into"] = "deeds"
    load(pack, hall)
    thanks = hall.rulebooks.get().acts.get(code="thanks")
    _, (person,) = window_with(hall, "A01")
    for day in (9, 10):
        record(thanks, october(day), staff=person)

    card = card_of(score(), person)

    assert card.own == 10_300
    assert list(ComponentScore.objects.filter(card=card).values_list("raw", "value")) == [(400, 300)]


def test_windows_rank_within_hall_and_category_and_ties_share(acts, hall, score):
    first, _ = window_with(hall, "A01")
    second, _ = window_with(hall, "A02")
    third, _ = window_with(hall, "A03")
    other, _ = window_with(hall, "B01", category="law_enforcement")
    record(acts("empty"), october(9), window=third)
    record(acts("empty"), october(9), window=other)

    month = score()

    ranks = [(card_of(month, w).rank, card_of(month, w).peers) for w in (first, second, third, other)]
    assert ranks == [(1, 3), (1, 3), (3, 3), (1, 1)]


def test_staff_rank_within_the_hall(acts, hall, score):
    _, (first, second) = window_with(hall, "A01", people=2)
    _, (third,) = window_with(hall, "B01", category="law_enforcement")
    record(acts("late"), october(9), staff=first)

    month = score()

    assert [card_of(month, person).rank for person in (first, second, third)] == [3, 1, 1]


def test_gate_names_its_reason_and_bars_from_awards(acts, hall, score):
    _, (rude, late) = window_with(hall, "A01", people=2)
    found = record(acts("rude"), october(9), staff=rude)
    record(acts("late"), october(9), staff=late, quantity=400)

    month = score()

    failure = GateFailure.objects.get(card=card_of(month, rude))
    assert (failure.gate.code, failure.record, failure.observed) == ("9", found, 100)
    assert winners(month, "star") == [late.pk]


def test_winners_bring_points_to_their_members_derived_part(acts, hall, score):
    winner, (member,) = window_with(hall, "A01")
    _, (outside,) = window_with(hall, "A02")
    record(acts("praise"), october(9), window=winner)

    month = score()

    card = card_of(month, member)
    assert (winners(month, "flag"), card.own, card.derived, card.total) == ([winner.pk], 10_000, 200, 10_200)
    assert card_of(month, outside).total == 10_000
    assert lines_of(month, member) == [("8", "award", 200)]


def test_tie_at_the_last_seat_with_policy_none(small, hall, score):
    window_with(hall, "A01")
    window_with(hall, "A02")

    assert winners(score(), "flag") == []


def test_tie_at_the_last_seat_with_policy_hand_waits_for_a_person(small, hall, score):
    window_with(hall, "A01", people=3)

    month = score()

    results = AwardResult.objects.filter(card__run=month.run, award__code="star")
    assert list(results.values_list("outcome", "seats")) == [("pending", 1)] * 3


@pytest.mark.parametrize(("policy", "won"), [("all", 3), ("number", 1)])
def test_tie_at_the_last_seat_with_other_policies(hall, score, policy, won):
    pack = small_pack()
    pack["awards"][1]["tie"] = policy
    load(pack, hall)
    _, people = window_with(hall, "A01", people=3)

    month = score()

    assert winners(month, "star") == [person.pk for person in people][:won]


@pytest.mark.parametrize(
    ("rounding", "of", "seats"),
    [
        ("down", "candidates", 2),
        ("up", "candidates", 3),
        ("half_up", "candidates", 3),
        ("down", "eligible", 2),
    ],
)
def test_seats_by_per_cent_are_rounded_as_stated(hall, score, rounding, of, seats):
    pack = small_pack()
    pack["awards"][1] |= {"quota": {"percent": 50, "rounding": rounding, "of": of}, "tie": "number"}
    load(pack, hall)
    rude = hall.rulebooks.get().acts.get(code="rude")
    _, people = window_with(hall, "A01", people=5)
    record(rude, october(9), staff=people[0])

    assert len(winners(score(), "star")) == seats


def test_next_key_decides_a_tie(acts, hall, score):
    _, (plain, busy) = window_with(hall, "A01", people=2)
    record(acts("thanks"), october(9), staff=busy)
    record(acts("late"), october(10), staff=busy)

    assert winners(score(), "star") == [plain.pk]


def test_window_without_people_is_no_candidate(acts, hall, score):
    window_with(hall, "A01", people=0)
    kept, _ = window_with(hall, "A02")
    record(acts("empty"), october(9), window=kept)

    assert winners(score(), "flag") == [kept.pk]


def test_version_of_the_day_prices_the_record(acts, hall, score):
    dearer = small_pack(version={"number": "2", "title": "新", "effective_on": "2026-10-15"})
    dearer["clauses"][0]["points"] = -4
    load(dearer, hall)
    _, (person,) = window_with(hall, "A01")
    record(acts("late"), october(14), staff=person)
    record(acts("late"), october(15), staff=person)

    assert [points for _, _, points in own_lines(score(), person)] == [-200, -400]


def test_scoring_again_makes_a_new_run_and_keeps_the_old(acts, hall, score):
    _, (person,) = window_with(hall, "A01")
    first = score()
    record(acts("late"), october(9), staff=person)

    second = score()

    assert (card_of(first, person).own, card_of(second, person).own) == (10_000, 9_800)
    assert first.pk == second.pk


def test_results_have_no_orphans(acts, hall, score):
    window, (person,) = window_with(hall, "A01")
    record(acts("rude"), october(9), staff=person, window=window, severity="grave")
    record(acts("empty"), october(9), window=window)
    score()

    for model in (Scorecard, Line, GateFailure, AwardResult):
        for field in model._meta.fields:
            if field.is_relation:
                values = model.objects.exclude(**{field.name: None}).values_list(field.attname, flat=True)
                known = field.related_model._base_manager.filter(pk__in=list(values)).count()
                assert known == len(set(values)), f"{model.__name__}.{field.name}"
