"""From a month's results to drafts in the ledger: one a person, day and act, never a sanction."""

from datetime import date

import pytest

from attendance.enums import Half, Outcome, Tier
from attendance.services.presence import away_at
from attendance.services.proposals import propose_anomalies
from tests.factories.attendance import DayResultFactory, LeaveFactory, moment
from trail.actors import Robot
from trail.models import Notice
from violations.evidence import evidence_for
from violations.models import ConductRecord
from windows import absences

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)
MONDAY = date(2026, 10, 12)


def propose(hall):
    return propose_anomalies(hall=hall, month=OCTOBER, by=Robot("test"))


def records():
    return list(ConductRecord.objects.order_by("act__code").values_list("act__code", "quantity", "status"))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"outcome": Outcome.LATE, "late": Tier.SMALL}, [("late_arrival", 100, "draft")]),
        ({"outcome": Outcome.EARLY, "early": Tier.MIDDLE}, [("early_departure", 100, "draft")]),
        ({"outcome": Outcome.ABSENCE}, [("unexcused_absence", 100, "draft")]),
        ({"outcome": Outcome.ABSENCE, "late": Tier.HALF_DAY}, [("unexcused_absence", 100, "draft")]),
        (
            {"outcome": Outcome.LATE, "late": Tier.SMALL, "early": Tier.SMALL},
            [("early_departure", 100, "draft"), ("late_arrival", 100, "draft")],
        ),
        ({"outcome": Outcome.MISSED, "is_missed": True}, []),
        ({"outcome": Outcome.LEAVE}, []),
        ({"outcome": Outcome.PRESENT}, []),
    ],
)
def test_acts_of_a_result(rulebook, hall, staff, fields, expected):
    DayResultFactory(staff=staff, day=MONDAY, **fields)

    assert propose(hall) == len(expected)
    assert records() == expected


def test_both_halves_of_a_day_are_one_draft_of_two_half_days(rulebook, hall, staff, window):
    for half in Half:
        DayResultFactory(staff=staff, day=MONDAY, half=half, outcome=Outcome.ABSENCE, reason="没有打卡")

    propose(hall)

    record = ConductRecord.objects.get()
    assert (record.quantity, record.day, record.window, record.source) == (200, MONDAY, window, "attendance")
    assert record.note == "上午：没有打卡；下午：没有打卡"
    assert record.day_results.count() == 2


def test_again_proposes_nothing_new(rulebook, hall, staff):
    DayResultFactory(staff=staff, day=MONDAY, outcome=Outcome.LATE, late=Tier.SMALL)

    assert (propose(hall), propose(hall)) == (1, 0)


def test_nobody_is_told_before_a_person_has_verified(rulebook, hall, staff, clerk):
    DayResultFactory(staff=staff, day=MONDAY, outcome=Outcome.LATE, late=Tier.SMALL)

    propose(hall)

    assert Notice.objects.count() == 0
    assert list(ConductRecord.objects.visible_to(clerk)) == []


def test_without_rulebook_nothing_is_proposed(hall, staff):
    DayResultFactory(staff=staff, day=MONDAY, outcome=Outcome.ABSENCE)

    assert (propose(hall), records()) == (0, [])


def test_evidence_is_the_page_of_the_day(rulebook, hall, staff):
    DayResultFactory(staff=staff, day=MONDAY, outcome=Outcome.ABSENCE)
    propose(hall)
    record = ConductRecord.objects.get()

    assert evidence_for([record])[record.pk].url == f"/attendance/{staff.pk}/2026-10-12/"


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("2026-10-12 09:00", "personal", "请假"),
        ("2026-10-12 09:00", "outing", "外出"),
        ("2026-10-12 12:45", "personal", None),
        ("2026-10-13 09:00", "personal", None),
    ],
)
def test_away_is_told_to_other_rooms_without_the_reason(hall, staff, text, kind, words):
    LeaveFactory(staff=staff, day=MONDAY, kind=kind)

    assert away_at(hall, moment(text)).get(staff.pk) == words
    assert absences.away_at(hall, moment(text)).get(staff.pk) == words
