"""The day's result, as a table of rows and as properties that hold to the second."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.day import Excuse, Rules, Shift, judge_half_day, span_words, which_punches
from attendance.enums import Half, Outcome, Tier

MORNING = Shift(time(8, 30), time(12))
AFTERNOON = Shift(time(13, 30), time(17, 30))
LEAVE, OUTING = Excuse(False, "事假，窗口负责人批准"), Excuse(True, "因公外出")


def at(text):
    return time.fromisoformat(text)


def judge(half, *punches, shift=None, excuses=(), rules=None):
    shift = shift or (MORNING if half == Half.AM else AFTERNOON)
    return judge_half_day(half, shift, [at(p) for p in punches], excuses, rules or Rules())


@pytest.mark.parametrize(
    ("half", "punches", "outcome", "late", "early"),
    [
        (Half.AM, ["08:20:00", "12:01:00"], Outcome.PRESENT, 0, 0),
        (Half.AM, ["08:30:00", "12:00:00"], Outcome.PRESENT, 0, 0),
        (Half.AM, ["08:30:01", "12:00:00"], Outcome.LATE, 1, 0),
        (Half.AM, ["08:39:59", "12:00:00"], Outcome.LATE, 599, 0),
        (Half.AM, ["08:40:00", "12:00:00"], Outcome.LATE, 600, 0),
        (Half.AM, ["08:59:59", "12:00:00"], Outcome.LATE, 1799, 0),
        (Half.AM, ["09:00:00", "12:00:00"], Outcome.ABSENCE, 1800, 0),
        (Half.AM, ["08:30:00", "11:59:59"], Outcome.EARLY, 0, 1),
        (Half.AM, ["08:30:00", "11:50:01"], Outcome.EARLY, 0, 599),
        (Half.AM, ["08:30:00", "11:50:00"], Outcome.EARLY, 0, 600),
        (Half.AM, ["08:30:00", "11:30:00"], Outcome.ABSENCE, 0, 1800),
        (Half.AM, ["08:31:00", "11:59:00"], Outcome.LATE, 60, 60),
        (Half.AM, ["08:30:00"], Outcome.MISSED, 0, 0),
        (Half.AM, ["12:00:00"], Outcome.MISSED, 0, 0),
        (Half.AM, ["08:35:00"], Outcome.MISSED, 300, 0),
        (Half.AM, [], Outcome.ABSENCE, 0, 0),
        (Half.AM, ["13:20:00", "17:31:00"], Outcome.ABSENCE, 0, 0),
        (Half.PM, ["13:20:00", "17:31:00"], Outcome.PRESENT, 0, 0),
        (Half.PM, ["12:45:00", "17:30:00"], Outcome.PRESENT, 0, 0),
        (Half.PM, ["12:44:59", "17:30:00"], Outcome.MISSED, 0, 0),
        (Half.PM, ["08:20:00", "12:01:00"], Outcome.ABSENCE, 0, 0),
        (Half.AM, ["08:20:00", "08:45:00", "11:00:00", "12:05:00"], Outcome.PRESENT, 0, 0),
        (Half.AM, ["10:14:59", "12:00:00"], Outcome.ABSENCE, 6299, 0),
        (Half.AM, ["10:15:00", "12:00:00"], Outcome.MISSED, 0, 0),
    ],
)
def test_result_of_punches(half, punches, outcome, late, early):
    result = judge(half, *punches)

    assert (result.outcome, result.late_seconds, result.early_seconds) == (outcome, late, early)


@pytest.mark.parametrize(
    ("seconds", "tier"),
    [
        (0, Tier.NONE),
        (1, Tier.SMALL),
        (599, Tier.SMALL),
        (600, Tier.MIDDLE),
        (1799, Tier.MIDDLE),
        (1800, Tier.HALF_DAY),
    ],
)
def test_tier_of_seconds(seconds, tier):
    assert (Rules().late_tier(seconds), Rules().early_tier(seconds)) == (tier, tier)


def test_tiers_follow_the_settings_of_the_hall():
    rules = Rules(late_middle=300, late_half_day=900)

    assert [rules.late_tier(n) for n in (299, 300, 899, 900)] == ["small", "middle", "middle", "half_day"]


@pytest.mark.parametrize(
    ("excuses", "outcome", "reason"),
    [
        ([LEAVE], Outcome.LEAVE, "事假，窗口负责人批准"),
        ([OUTING], Outcome.OUTING, "因公外出"),
        ([OUTING, LEAVE], Outcome.LEAVE, "事假，窗口负责人批准"),
        ([LEAVE, OUTING], Outcome.LEAVE, "事假，窗口负责人批准"),
    ],
)
@pytest.mark.parametrize("punches", [[], ["09:30:00"], ["08:20:00", "12:00:00"]])
def test_leave_comes_before_outing_and_outing_before_punches(excuses, outcome, reason, punches):
    result = judge(Half.AM, *punches, excuses=excuses)

    assert (result.outcome, result.reason, result.late, result.is_missed) == (outcome, reason, "", False)


def test_without_shift_is_rest_whatever_was_punched():
    result = judge_half_day(Half.AM, None, [time(9)], [LEAVE], Rules())

    assert result.outcome == Outcome.REST


def test_absence_by_lateness_keeps_the_missing_departure_apart():
    result = judge(Half.AM, "09:10:00")

    assert (result.outcome, result.late, result.is_missed) == (Outcome.ABSENCE, Tier.HALF_DAY, True)


@pytest.mark.parametrize(
    ("punches", "reason"),
    [
        (["08:41:20", "12:00:00"], "班次 08:30 至 12:00，08:41:20 到岗，迟到 11 分 20 秒，12:00:00 离岗"),
        (["08:20:00"], "班次 08:30 至 12:00，08:20:00 到岗，缺离岗打卡"),
        ([], "班次 08:30 至 12:00，没有打卡，也没有请假或外出"),
    ],
)
def test_reason_names_the_punches_and_the_hours(punches, reason):
    assert judge(Half.AM, *punches).reason == reason


@pytest.mark.parametrize(
    ("half", "punches", "outcome"),
    [
        (Half.AM, ["08:50:00", "17:00:00"], Outcome.PRESENT),
        (Half.PM, ["08:50:00", "17:00:00"], Outcome.PRESENT),
        (Half.AM, ["09:05:00", "17:00:00"], Outcome.LATE),
        (Half.PM, ["08:50:00", "16:55:00"], Outcome.EARLY),
        (Half.PM, ["08:50:00"], Outcome.MISSED),
        (Half.AM, [], Outcome.ABSENCE),
    ],
)
def test_continuous_hours_ask_for_a_punch_at_either_end_of_the_day(half, punches, outcome):
    am = Shift(time(9), time(12, 45), needs_departure=False)
    pm = Shift(time(12, 45), time(17), needs_arrival=False)

    assert judge(half, *punches, shift=am if half == Half.AM else pm).outcome == outcome


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 秒"), (59, "59 秒"), (60, "1 分"), (3905, "1 小时 5 分 5 秒")]
)
def test_span_in_words(seconds, words):
    assert span_words(seconds) == words


# --- properties -------------------------------------------------------------------------------

MOMENTS = st.integers(0, 86399).map(lambda s: time(s // 3600, s // 60 % 60, s % 60))
PUNCHES = st.lists(MOMENTS, max_size=8)


def seconds(moment):
    return moment.hour * 3600 + moment.minute * 60 + moment.second


@given(PUNCHES, st.randoms())
def test_order_and_repeats_of_punches_change_nothing(punches, random):
    shuffled = [*punches, *punches]
    random.shuffle(shuffled)

    assert judge_half_day(Half.AM, MORNING, shuffled, [], Rules()) == judge_half_day(
        Half.AM, MORNING, punches, [], Rules()
    )


@given(PUNCHES)
def test_halves_part_the_punches_without_loss(punches):
    counted = {*which_punches(Half.AM, MORNING, punches, time(12, 45))} | {
        *which_punches(Half.PM, AFTERNOON, punches, time(12, 45))
    }

    assert counted - {None} <= set(punches)


@given(st.integers(-7200, 6299))
def test_lateness_by_the_second(offset):
    moment = 8 * 3600 + 1800 + offset
    arrival = time(moment // 3600, moment // 60 % 60, moment % 60)

    result = judge_half_day(Half.AM, MORNING, [arrival, time(12)], [], Rules())

    expected = Outcome.PRESENT if offset <= 0 else Outcome.LATE if offset < 1800 else Outcome.ABSENCE
    assert (result.outcome, result.late_seconds) == (expected, max(offset, 0))


@given(st.integers(-6300, 2699))
def test_leaving_early_by_the_second(offset):
    moment = 12 * 3600 + offset
    departure = time(moment // 3600, moment // 60 % 60, moment % 60)

    result = judge_half_day(Half.AM, MORNING, [time(8, 30), departure], [], Rules())

    expected = Outcome.PRESENT if offset >= 0 else Outcome.EARLY if offset > -1800 else Outcome.ABSENCE
    assert (result.outcome, result.early_seconds) == (expected, max(-offset, 0))


@given(PUNCHES, st.sampled_from(Half))
def test_a_punch_more_is_never_worse_for_absence_without_punch(punches, half):
    shift = MORNING if half == Half.AM else AFTERNOON
    result = judge_half_day(half, shift, punches, [], Rules())
    has_none = result.arrival is None and result.departure is None

    assert (result.outcome == Outcome.ABSENCE and not (result.late or result.early)) == has_none
    assert result.is_missed == ((result.arrival is None) != (result.departure is None))


@given(PUNCHES, st.lists(st.sampled_from([LEAVE, OUTING]), min_size=1))
def test_an_excuse_makes_punches_irrelevant(punches, excuses):
    result = judge_half_day(Half.PM, AFTERNOON, punches, excuses, Rules())

    assert result.outcome == (Outcome.LEAVE if LEAVE in excuses else Outcome.OUTING)
    assert (result.late_seconds, result.early_seconds) == (0, 0)
