"""Starting and finishing a round, and the day's plan."""

import uuid
from datetime import date

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from patrols.models import Round
from patrols.services.coverage import week_coverage
from patrols.services.rounds import OWN_UNIT, day_plan, finish_round, missed_windows, start_round
from tests.factories.patrols import RoundFactory, visited

pytestmark = pytest.mark.django_db


def test_start_numbers_the_round_by_day(hall, officer, manager):
    first = start_round(hall=hall, kind="morning", by=officer)
    second = start_round(hall=hall, kind="morning", by=manager)

    assert [first.number, second.number] == ["XC-20261125-001", "XC-20261125-002"]


def test_start_while_another_is_open(hall, officer, running):
    with pytest.raises(Refused) as refusal:
        start_round(hall=hall, kind="morning", by=officer)

    assert refusal.value.code == "round_open"


def test_start_with_the_same_number_gives_the_same_round(hall, officer):
    number = uuid.uuid4()

    rounds = {start_round(hall=hall, kind="morning", by=officer, client_uuid=number).pk for _ in range(2)}

    assert len(rounds) == 1


def test_start_in_another_hall(other_hall, officer):
    with pytest.raises(NotPermitted):
        start_round(hall=other_hall, kind="morning", by=officer)


def test_start_of_a_leaders_round_by_an_officer(hall, officer):
    with pytest.raises(NotPermitted):
        start_round(hall=hall, kind="leader", by=officer)


@pytest.mark.parametrize("who", ["leader", "manager"])
def test_start_of_a_leaders_round(hall, who, request):
    assert start_round(hall=hall, kind="leader", by=request.getfixturevalue(who)).kind == "leader"


def test_finish_needs_a_reason_for_each_window_missed(running, officer, window, second_window):
    visited(running, window)

    with pytest.raises(Refused) as refusal:
        finish_round(round_=running, by=officer, reasons={second_window.pk: "  "})

    assert (refusal.value.code, "A06" in refusal.value.message) == ("reason_missing", True)


def test_finish_with_reasons(running, officer, window, second_window):
    visited(running, window)

    done = finish_round(round_=running, by=officer, reasons={second_window.pk: "停办"})

    skipped = done.visits.get(result="skipped")
    assert (done.is_open, skipped.window, skipped.reason) == (False, second_window, "停办")


def test_finish_gives_the_own_unit_its_reason(running, officer, window, department):
    department.contacts.add(officer)

    finish_round(round_=running, by=officer)

    assert running.visits.get().reason == OWN_UNIT


def test_finish_by_somebody_else(running, supervisor):
    with pytest.raises(NotPermitted):
        finish_round(round_=running, by=supervisor)


def test_finish_by_the_manager_of_a_round_left_open(running, manager):
    assert finish_round(round_=running, by=manager).finished_at is not None


def test_finish_twice_is_harmless(running, officer):
    first = finish_round(round_=running, by=officer)

    assert finish_round(round_=running, by=officer).finished_at == first.finished_at


def test_missed_windows_follow_the_route(running, officer, second_window, window):
    assert [w.code for w in missed_windows(running, officer)] == ["A05", "A06"]


def test_a_closed_window_is_not_on_the_route(running, officer, window, second_window):
    second_window.closed_on = date(2026, 1, 31)
    second_window.save()

    assert missed_windows(running, officer) == [window]


def test_plan_of_a_working_day(hall, officer):
    RoundFactory(hall=hall, kind="morning", officer=officer)

    plan = day_plan(hall, timezone.localdate())

    assert (plan.due, plan.missing) == (("morning", "afternoon"), ["afternoon"])
    assert plan.open_of(officer) == Round.objects.get()


@time_machine.travel("2026-11-28T10:00:00+08:00", tick=False)
def test_plan_of_a_saturday(hall):
    assert day_plan(hall, timezone.localdate()).due == ()


def test_plan_follows_the_hall_settings(hall):
    hall.settings["patrols.afternoon_due"] = False
    hall.save(update_fields=["settings"])

    assert day_plan(hall, timezone.localdate()).due == ("morning",)


def test_coverage_of_the_week(hall, officer, window, second_window):
    visited(RoundFactory(hall=hall, officer=officer), window)

    coverage = week_coverage(hall, timezone.localdate())

    assert (coverage.total, coverage.visited, coverage.unvisited) == (2, 1, [second_window])
