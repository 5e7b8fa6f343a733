"""末位名单, points by place, and gates that look at several periods: each worked out by hand."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from assessments.models import Award, AwardResult, Figure, GateFailure, Line
from assessments.presenters import honours
from assessments.services.months import publish_month
from tests.assessments.conftest import card_of, lines_of
from tests.factories.assessments import OCTOBER, record, window_with
from tests.factories.rulebook import act, load, small_pack
from windows.models import Posting

DAY = date(2026, 10, 12)
BLACK = {"code": "black", "name": "末位窗口", "kind": "window", "order": "lowest",
         "quota": {"number": 1}, "then": ["lost"], "tie": "all"}  # fmt: skip


def rules(hall, *awards, clauses=(), gates=(), **changes):
    pack = small_pack()
    return load(
        small_pack(
            awards=[*pack["awards"], *awards],
            clauses=[*pack["clauses"], *clauses],
            gates=[*pack["gates"], *gates],
            **changes,
        ),
        hall,
    )


def reached(month, code) -> list[tuple[str, str, int]]:
    rows = AwardResult.objects.filter(card__run=month.run, award__code=code).order_by("place", "pk")
    return [(str(row.card.subject), row.outcome, row.place) for row in rows]


@pytest.fixture
def windows(hall):
    return [window_with(hall, code)[0] for code in ("A01", "A02", "A03")]


# --- lists of the lowest ---------------------------------------------------------------------------


def test_list_names_the_lowest_and_the_honour_the_highest(hall, windows, score):
    rules(hall, BLACK)
    worst, _, best = windows
    record(act(hall, "empty"), DAY, window=worst)
    record(act(hall, "praise"), DAY, window=best)

    month = score()

    assert reached(month, "black") == [(str(worst), "won", 1)]
    assert reached(month, "flag") == [(str(best), "won", 1)]


def test_who_lost_more_comes_first_among_equals_on_the_list(hall, windows, score):
    rules(hall, BLACK)
    lost, plain, high = windows
    record(act(hall, "empty"), DAY, window=lost)  # 5 lost, 6 gained: 101
    record(act(hall, "praise"), DAY, window=lost, quantity=200)
    record(act(hall, "praise"), DAY, window=plain)  # 103
    record(act(hall, "praise"), DAY, window=high)  # 103

    assert reached(score(), "black") == [(str(lost), "won", 1)]


def test_equal_totals_and_keys_go_by_the_tie_rule(hall, windows, score):
    rules(hall, BLACK, {**BLACK, "code": "none", "tie": "none"}, {**BLACK, "code": "hand", "tie": "hand"})
    record(act(hall, "praise"), DAY, window=windows[2])

    month = score()

    assert [len(reached(month, code)) for code in ("black", "none", "hand")] == [2, 0, 2]
    assert {outcome for _, outcome, _ in reached(month, "hand")} == {"pending"}


def test_unknown_figure_puts_nobody_on_the_list(hall, windows, score):
    by_figure = {**BLACK, "then": ["figure"], "key_of": "cases", "tie": "none"}
    rules(hall, by_figure)
    for window, value in zip(windows[:2], (3000, 2000), strict=True):
        Figure.objects.create(hall=hall, origin="metric", code="cases", month=OCTOBER, kind="window",
                              subject_id=window.pk, value=value)  # fmt: skip

    # all have 100; the lowest known figure is named, the window without one is not
    assert reached(score(), "black") == [(str(windows[1]), "won", 1)]


def test_only_totals_up_to_the_most_are_listed(hall, windows, score):
    rules(hall, {**BLACK, "quota": "all", "most": 95})
    for window in windows[:2]:
        record(act(hall, "empty"), DAY, window=window)
    record(act(hall, "praise"), DAY, window=windows[0])

    assert reached(score(), "black") == [(str(windows[1]), "won", 1)]


def test_gate_for_all_does_not_keep_from_the_list_and_a_gate_of_its_own_does(hall, windows, score):
    bar = {"code": "10", "article": "第十条", "wording": "无人值守的不参评。", "kind": "window",
           "acts": ["empty"], "span": "each", "most": 0, "valid": "month"}  # fmt: skip
    rules(hall, BLACK, {**BLACK, "code": "spared"}, gates=[bar, {**bar, "code": "11", "award": "spared"}])
    record(act(hall, "empty"), DAY, window=windows[0])

    month = score()

    assert reached(month, "black") == [(str(windows[0]), "won", 1)]
    assert {name for name, _, _ in reached(month, "spared")} == {str(windows[1]), str(windows[2])}
    assert {name for name, _, _ in reached(month, "flag")} == set()


def test_members_of_a_listed_window_lose_points(hall, score):
    loses = {"code": "12", "article": "第十二条", "wording": "末位窗口成员各扣 1 分。", "subject": "window",
             "points": -1, "award": "black", "to": "members", "into": "derived"}  # fmt: skip
    rules(hall, BLACK, clauses=[loses])
    window, (person,) = window_with(hall, "A01")
    other = window_with(hall, "A02")[1][0]
    record(act(hall, "empty"), DAY, window=window)

    month = score()

    assert lines_of(month, person) == [("12", "award", -100)]
    assert [card_of(month, one).total for one in (person, other)] == [9900, 10200]


def test_public_board_shows_honours_only_and_the_hall_sees_both(hall, windows, score, manager):
    rules(hall, BLACK)
    record(act(hall, "empty"), DAY, window=windows[0])
    record(act(hall, "praise"), DAY, window=windows[2])
    month = score()
    publish_month(month=month, by=manager)
    client = Client()
    client.force_login(manager)

    board = Client().get(f"/honour/{hall.code}/").content.decode()
    page = client.get(f"/assess/2026-10/?hall={hall.code}").content.decode()

    assert ("末位窗口" in board, "流动红旗" in board) == (False, True)
    assert ("末位名单" in page, "末位窗口" in page) == (True, True)
    month.refresh_from_db()
    assert [one.award.code for one in honours(month)] == ["flag", "star"]


def test_program_asks_for_honours_or_lists(hall, windows, score, manager):
    rules(hall, BLACK)
    record(act(hall, "empty"), DAY, window=windows[0])
    score()
    client = Client()
    client.force_login(manager)

    answers = {
        order: {row["award"] for row in client.get(f"/api/v1/awards/?order={order}").json()["results"]}
        for order in ("highest", "lowest")
    }

    assert answers["lowest"] == {"black"}
    assert "black" not in answers["highest"]


def test_command_says_who_is_listed_and_who_is_chosen(hall, windows):
    rules(hall, BLACK)
    record(act(hall, "empty"), DAY, window=windows[0])
    record(act(hall, "praise"), DAY, window=windows[2])

    out = StringIO()
    call_command("run_assessment", hall=hall.code, month="2026-10", stdout=out)

    said = [line.strip() for line in out.getvalue().splitlines() if "A0" in line]
    assert {"流动红旗：A03（拟评）", "末位窗口：A01（列入）"} <= set(said)


def test_list_says_its_order_in_words(hall):
    rules(hall, BLACK)

    words = Award.objects.get(code="black").tie_words

    assert words == "总分低的在前，扣分多的在前，同分的都列入"


# --- points by place ---------------------------------------------------------------------------------


def placed(missing="full", order="highest", within="hall"):
    return {
        "code": "20", "article": "第二十条", "wording": "办件量前两名加分。", "subject": "window",
        "metric": {"code": "cases", "missing": missing, "rank": {"order": order, "within": within}},
        "table": [{"to": 1, "points": 3}, {"from": 2, "to": 2, "points": 2},
                  {"from": 3, "to": 3, "points": 0}, {"from": 4, "points": -1}],
    }  # fmt: skip


def points_by_place(month) -> dict[str, int]:
    rows = Line.objects.filter(card__run=month.run, clause__code="20")
    return {str(row.card.window): row.points for row in rows.select_related("card__window")}


def enter(hall, window, value):
    Figure.objects.create(hall=hall, origin="metric", code="cases", month=OCTOBER, kind="window",
                          subject_id=window.pk, value=value)  # fmt: skip


def test_points_go_by_the_place_and_equals_share_it(hall, score):
    rules(hall, clauses=[placed()])
    windows = [window_with(hall, f"B0{n}")[0] for n in range(5)]
    for window, cases in zip(windows, (500, 700, 700, 300, 900), strict=True):
        enter(hall, window, cases * 100)

    month = score()

    # 900 first; the two 700 share the second place; the third is left out: 500 is fourth, 300 fifth
    assert points_by_place(month) == {
        str(windows[4]): 300, str(windows[1]): 200, str(windows[2]): 200,
        str(windows[0]): -100, str(windows[3]): -100,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("missing", "points"), [("full", {"B00": 300, "B01": 200}), ("zero", {"B00": 200, "B01": 0, "B02": 300})]
)
def test_no_figure_has_no_place_or_counts_as_nothing(hall, score, missing, points):
    rules(hall, clauses=[placed(missing, order="lowest")])
    windows = [window_with(hall, f"B0{n}")[0] for n in range(3)]
    enter(hall, windows[0], 100)
    enter(hall, windows[1], 500)

    found = points_by_place(score())

    assert {w.code: found[str(w)] for w in windows if str(w) in found} == points


def test_place_is_among_windows_of_the_same_category(hall, score):
    rules(hall, clauses=[placed(within="category")])
    big = window_with(hall, "B00")[0]
    small = window_with(hall, "C00")[0]
    small.category = "other"
    small.save()
    enter(hall, big, 90000)
    enter(hall, small, 100)

    found = points_by_place(score())

    assert found == {str(big): 300, str(small): 300}


# --- titles as gates ---------------------------------------------------------------------------------


def title_gate(**of):
    return {"code": "30", "article": "第三十条", "wording": "当年获红旗的不再评。", "kind": "window",
            "award": "flag", "of": {"award": "flag", **of}, "most": 0}  # fmt: skip


@pytest.mark.parametrize(
    ("of", "month", "is_barred"),
    [
        ({}, date(2025, 12, 1), True),  # won in October of the same year
        ({}, date(2026, 1, 1), False),
        ({"over": "year"}, date(2025, 12, 1), True),
        ({"over": "quarter"}, date(2025, 12, 1), True),
        ({"over": "quarter"}, date(2026, 1, 1), False),
        ({"last": 3}, date(2026, 1, 1), True),  # October is the third month before January
        ({"last": 2}, date(2026, 1, 1), False),
        ({"last": 1}, date(2025, 11, 1), True),
    ],
)
def test_title_bars_within_the_span_the_pack_states(hall, windows, score, manager, of, month, is_barred):
    rules(hall, gates=[title_gate(**of)])
    Posting.objects.update(starts_on=date(2025, 1, 1))
    record(act(hall, "praise"), date(2025, 10, 13), window=windows[0])
    publish_month(month=score(date(2025, 10, 1)), by=manager)

    later = score(month)

    failed = GateFailure.objects.filter(card=card_of(later, windows[0]), gate__code="30")
    assert list(failed.values_list("observed", flat=True)) == ([100] if is_barred else [])
