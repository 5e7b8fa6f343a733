"""考勤结果: what a half day was, as one function of shift, punches, excuses and the hall's rules.

No database and no clock: the same facts always give the same result, so a month can be derived again.
Times are the hall's local times; seconds count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time

from attendance.enums import Half, Outcome, Tier

MINUTE = 60


@dataclass(frozen=True)
class Shift:
    """班次: the hours of one half day. Continuous hours ask for one punch at either end of the day only."""

    opens: time
    closes: time
    needs_arrival: bool = True
    needs_departure: bool = True


@dataclass(frozen=True)
class Excuse:
    """A leave or an approved outing that covers the half day; `words` say which and by whom."""

    is_outing: bool
    words: str


@dataclass(frozen=True)
class Rules:
    """What the hall has laid down: where the day is parted, and the tiers in seconds."""

    cut: time = time(12, 45)
    late_middle: int = 10 * MINUTE
    late_half_day: int = 30 * MINUTE
    early_middle: int = 10 * MINUTE
    early_half_day: int = 30 * MINUTE

    def late_tier(self, seconds: int) -> Tier:
        """How grave so many seconds of lateness are."""
        return _tier(seconds, self.late_middle, self.late_half_day)

    def early_tier(self, seconds: int) -> Tier:
        """How grave leaving so many seconds early is."""
        return _tier(seconds, self.early_middle, self.early_half_day)


@dataclass(frozen=True)
class HalfDay:
    """The result of a half day. `late` and `early` stay readable beside the outcome."""

    outcome: Outcome
    reason: str
    late: Tier = Tier.NONE
    early: Tier = Tier.NONE
    late_seconds: int = 0
    early_seconds: int = 0
    is_missed: bool = False
    arrival: time | None = None
    departure: time | None = None


def judge_half_day(
    half: Half, shift: Shift | None, punches: Iterable[time], excuses: Sequence[Excuse], rules: Rules
) -> HalfDay:
    """What the half day was; `punches` are all of the day, the other half's are left aside.

    Leave comes before an outing, an outing before punches: neither needs any.
    """
    if shift is None:
        return HalfDay(Outcome.REST, "没有排班")
    excuse = min(excuses, key=lambda one: one.is_outing, default=None)
    if excuse is not None:
        return HalfDay(Outcome.OUTING if excuse.is_outing else Outcome.LEAVE, excuse.words)
    day = sorted(punches)
    arrival, departure = which_punches(half, shift, day, rules.cut)
    return _from_punches(shift, arrival, departure, rules, came=bool(day))


def which_punches(
    half: Half, shift: Shift, punches: Iterable[time], cut: time
) -> tuple[time | None, time | None]:
    """The earliest arrival and the latest departure: a punch before the middle of the shift is an arrival."""
    mine = [punch for punch in punches if (punch < cut) == (half == Half.AM)]
    middle = _seconds(shift.opens) + _seconds(shift.closes)
    arrivals = [punch for punch in mine if 2 * _seconds(punch) < middle]
    departures = [punch for punch in mine if 2 * _seconds(punch) >= middle]
    return min(arrivals, default=None), max(departures, default=None)


def _from_punches(
    shift: Shift, arrival: time | None, departure: time | None, rules: Rules, *, came: bool
) -> HalfDay:
    arrival = arrival if shift.needs_arrival else None
    departure = departure if shift.needs_departure else None
    lacks_arrival = shift.needs_arrival and arrival is None
    lacks_departure = shift.needs_departure and departure is None
    late = max(_seconds(arrival) - _seconds(shift.opens), 0) if arrival else 0
    early = max(_seconds(shift.closes) - _seconds(departure), 0) if departure else 0
    late_tier, early_tier = rules.late_tier(late), rules.early_tier(early)
    has_none = arrival is None and departure is None
    is_continuous = not (shift.needs_arrival and shift.needs_departure)
    is_absent = has_none and not (is_continuous and came)
    is_missed = (lacks_arrival or lacks_departure) and not is_absent
    return HalfDay(
        outcome=_weightiest(is_absent=is_absent, is_missed=is_missed, late=late_tier, early=early_tier),
        reason=_reason(shift, arrival, departure, late, early, is_absent=is_absent),
        late=late_tier,
        early=early_tier,
        late_seconds=late,
        early_seconds=early,
        is_missed=is_missed,
        arrival=arrival,
        departure=departure,
    )


def _weightiest(*, is_absent: bool, is_missed: bool, late: Tier, early: Tier) -> Outcome:
    if is_absent or Tier.HALF_DAY in (late, early):
        return Outcome.ABSENCE
    if is_missed:
        return Outcome.MISSED
    if late:
        return Outcome.LATE
    return Outcome.EARLY if early else Outcome.PRESENT


def _reason(
    shift: Shift,
    arrival: time | None,
    departure: time | None,
    late: int,
    early: int,
    *,
    is_absent: bool,
) -> str:
    hours = f"{shift.opens:%H:%M} 至 {shift.closes:%H:%M}"
    if is_absent:
        return f"班次 {hours}，没有打卡，也没有请假或外出"
    parts = [f"班次 {hours}"]
    if shift.needs_arrival:
        parts.append(_side("到岗", "缺到岗打卡", "迟到", arrival, late))
    if shift.needs_departure:
        parts.append(_side("离岗", "缺离岗打卡", "早退", departure, early))
    return "，".join(parts)


def _side(done: str, lacking: str, wrong: str, punch: time | None, seconds: int) -> str:
    if punch is None:
        return lacking
    return f"{punch:%H:%M:%S} {done}" + (f"，{wrong} {span_words(seconds)}" if seconds else "")


def span_words(seconds: int) -> str:
    """11 分 20 秒, 40 秒, 1 小时 5 分."""
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    parts = [f"{n} {unit}" for n, unit in ((hours, "小时"), (minutes, "分"), (rest, "秒")) if n]
    return " ".join(parts) or "0 秒"


def _tier(seconds: int, middle: int, half_day: int) -> Tier:
    if seconds <= 0:
        return Tier.NONE
    if seconds >= half_day:
        return Tier.HALF_DAY
    return Tier.MIDDLE if seconds >= middle else Tier.SMALL


def _seconds(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * MINUTE + moment.second
