"""核实异常: what the month's results suggest for the ledger, as drafts a person has to verify.

Never a sanction: a draft counts nowhere and is not shown to the one concerned. One draft a person,
day and act; a missed punch is no act and is settled with the person first.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from attendance.enums import Half, Outcome
from attendance.models import DayResult
from attendance.services.months import last_day
from attendance.services.rules import cut_of
from attendance.services.timetable import Seats
from violations.enums import RecordSource
from violations.models import Act, ConductRecord
from violations.services.ledger import Found, propose_record
from violations.tariff import version_for
from windows.models import Window

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from trail.actors import Robot

LATE, EARLY, ABSENCE = "late_arrival", "early_departure", "unexcused_absence"
ACTS = (LATE, EARLY, ABSENCE)
UNIT = 100
MORNING = time(8, 30)


@transaction.atomic
def propose_anomalies(*, hall: Hall, month: date, by: User | Robot) -> int:
    """Leave a draft for each late arrival, early departure and absence not proposed yet; how many are new.

    Acts the hall's rulebook does not know are passed over.
    """
    first, last = month, last_day(month)
    acts, known = acts_of(hall, last), _known(hall, first, last)
    results = DayResult.objects.of_hall(hall).in_days(first, last).anomalies().filter(record=None)
    seats, windows = Seats(hall, first, last), Window.objects.filter(hall=hall).in_bulk()
    groups: dict[tuple[int, date, str], list[DayResult]] = defaultdict(list)
    for result in results.select_related("staff__department").order_by("day", "staff", "half"):
        for code in acts_in(result):
            if code in acts:
                groups[result.staff_id, result.day, code].append(result)
    for (staff, day, code), found in groups.items():
        window = windows.get(seats.window_id(staff, day) or 0)
        _propose(acts[code], found, window, hall=hall, by=by)
    return len(_known(hall, first, last) - known)


@transaction.atomic
def propose_result(*, result: DayResult, by: User) -> ConductRecord:
    """Leave a draft for one anomaly, with the other half of that day if it shows the same.

    Raises NotPermitted, and Refused for what is no anomaly, is in the ledger already, or costs nothing here.
    """
    result = (
        DayResult.objects.select_for_update(of=("self",)).select_related("hall", "record").get(pk=result.pk)
    )
    hall = result.hall
    if not by.can("attendance.verify", hall):
        raise NotPermitted("只有这个大厅的大厅管理员可以核实考勤。")
    if result.record is not None:
        raise Refused(f"已列入台账 {result.record.number}。", code="already_proposed")
    acts = {code: act for code, act in acts_of(hall, result.day).items() if code in acts_in(result)}
    if not acts:
        raise Refused("这半天没有迟到、早退和旷工，或考核办法里没有相应的事项。", code="no_anomaly")
    seats = Seats(hall, result.day, result.day)
    window = Window.objects.filter(pk=seats.window_id(result.staff_id, result.day) or 0).first()
    day = DayResult.objects.filter(staff=result.staff_id, day=result.day, record=None)
    halves = list(day.select_related("staff__department").order_by("half"))
    for code, act in acts.items():
        _propose(act, [half for half in halves if code in acts_in(half)], window, hall=hall, by=by)
    return ConductRecord.objects.get(day_results=result.pk)


def acts_of(hall: Hall, day: date) -> dict[str, Act]:
    """The acts of the rulebook that rules the hall on the day, by code; none without a rulebook."""
    version = version_for(hall, day)
    if version is None:
        return {}
    acts = Act.objects.filter(rulebook=version.rulebook_id, code__in=ACTS, is_active=True)
    return {act.code: act for act in acts}


def _known(hall: Hall, first: date, last: date) -> set[str]:
    """Keys of what has been proposed for these days."""
    records = ConductRecord.objects.filter(hall=hall, source=RecordSource.ATTENDANCE)
    return set(records.in_days(first, last).values_list("source_key", flat=True))


def acts_in(result: DayResult) -> list[str]:
    """Codes of the acts a result suggests; an absence swallows the lateness it came of."""
    if result.outcome == Outcome.ABSENCE:
        return [ABSENCE]
    return [code for code, tier in ((LATE, result.late), (EARLY, result.early)) if tier]


def _propose(
    act: Act, results: list[DayResult], window: Window | None, *, hall: Hall, by: User | Robot
) -> None:
    one = results[0]
    found = Found(
        act=act,
        at=_moment(one, act.code, hall),
        window=window,
        staff=one.staff,
        note="；".join(f"{result.get_half_display()}：{result.reason}" for result in results),
        quantity=UNIT * len(results),
        source=RecordSource.ATTENDANCE,
        source_key=f"{one.staff.no}:{one.day}:{act.code}",
    )
    record = propose_record(found, hall=hall, by=by)
    ids = [result.pk for result in results]
    DayResult.objects.filter(pk__in=ids).update(record=record)


def _moment(result: DayResult, code: str, hall: Hall) -> datetime:
    """When it happened: the punch that shows it, else the beginning of the half day."""
    punch = {LATE: result.arrival, EARLY: result.departure}.get(code)
    if punch is None:
        punch = MORNING if result.half == Half.AM else cut_of(hall)
    return timezone.make_aware(datetime.combine(result.day, punch))
