"""One tap, one row."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import NotPermitted, Refused
from patrols.models import Finding, Visit
from patrols.services.visits import (
    CLOCK_TOLERANCE,
    Seen,
    Tap,
    add_photo,
    note_finding,
    note_no_problem,
    settled_time,
    undo_visit,
)
from tests.factories.accounts import person_with
from tests.factories.patrols import RoundFactory, finished, found, photo, tap, visited
from tests.factories.windows import DepartmentFactory, StaffFactory, WindowFactory
from violations.enums import RecordStatus
from violations.models import ConductRecord

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 14, 52, tzinfo=timezone.get_default_timezone())
minutes = st.integers(min_value=-100_000, max_value=100_000).map(lambda n: timedelta(minutes=n))


def test_no_problem_is_one_row(running, officer, window):
    visit = note_no_problem(round_=running, tap=tap(window), by=officer)

    assert (visit.result, visit.by, visit.device_at) == ("ok", officer, None)
    assert ConductRecord.objects.count() == 0


def test_finding_becomes_a_record_of_the_person(running, officer, window, staff, doze):
    visit = found(running, window, doze, staff=staff, words="靠在椅子上")

    record = visit.finding.record
    assert (record.status, record.staff, record.act, record.finder) == ("notified", staff, doze, officer)
    assert (record.source, record.source_key) == ("patrol", str(visit.client_uuid))
    assert (record.note, record.at) == ("靠在椅子上", visit.at)


def test_finding_about_the_whole_window(running, window, untidy):
    visit = found(running, window, untidy)

    assert (visit.finding.record.subject, visit.finding.record.staff) == ("window", None)


def test_finding_of_a_leader_has_its_own_source(hall, leader, window, untidy):
    round_ = RoundFactory(hall=hall, officer=leader, kind="leader")

    assert found(round_, window, untidy).finding.record.source == "leader"


def test_same_tap_twice_is_the_same_record(running, officer, window, staff, doze):
    once = tap(window)

    first = note_finding(round_=running, tap=once, seen=Seen(doze, staff), by=officer)
    second = note_finding(round_=running, tap=once, seen=Seen(doze, staff), by=officer)

    assert (first.pk, ConductRecord.objects.count()) == (second.pk, 1)


def test_same_number_for_another_window_is_refused(running, officer, window, second_window):
    once = tap(window)
    note_no_problem(round_=running, tap=once, by=officer)

    with pytest.raises(Refused) as refusal:
        note_no_problem(round_=running, tap=Tap(second_window, once.client_uuid, once.at), by=officer)

    assert refusal.value.code == "uuid_reused"


def test_number_of_another_officer_does_not_open_his_record(hall, running, window, staff, doze):
    first = found(running, window, doze, staff=staff)
    other = RoundFactory(hall=hall, officer=person_with("officer", hall))

    with pytest.raises(Refused) as refusal:
        note_finding(
            round_=other,
            tap=tap(window, client_uuid=first.client_uuid),
            seen=Seen(doze, staff),
            by=other.officer,
        )

    assert (refusal.value.code, Visit.objects.count()) == ("uuid_reused", 1)


def test_future_tap_is_refused(running, officer, window):
    later = timezone.now() + timedelta(minutes=10)

    with pytest.raises(Refused) as refusal:
        note_no_problem(round_=running, tap=tap(window, at=later), by=officer)

    assert refusal.value.code == "future"


@time_machine.travel(NOW, tick=False)
def test_device_clock_an_hour_ahead_keeps_both_times(hall, officer, window):
    round_ = RoundFactory(hall=hall, officer=officer)
    ahead = NOW + timedelta(hours=1)

    visit = note_no_problem(
        round_=round_, tap=tap(window, at=ahead - timedelta(minutes=3), device_now=ahead), by=officer
    )

    assert (visit.at, visit.device_at) == (NOW - timedelta(minutes=3), ahead - timedelta(minutes=3))


@given(waited=minutes.map(abs), ahead=minutes)
def test_settled_time_is_never_later_than_now(waited, ahead):
    sent = NOW + ahead

    at, device_at = settled_time(Tap(None, uuid.uuid4(), sent - waited, sent), NOW)

    assert at <= NOW
    assert (device_at is not None) == (abs(ahead) > CLOCK_TOLERANCE)
    assert abs(at - (NOW - waited)) <= CLOCK_TOLERANCE


def test_round_of_another_officer_is_refused(hall, running, window):
    other = person_with("officer", hall)

    with pytest.raises(NotPermitted):
        note_no_problem(round_=running, tap=tap(window), by=other)


def test_window_of_another_hall_is_refused(running, officer, other_hall):
    elsewhere = WindowFactory(department=DepartmentFactory(hall=other_hall))

    with pytest.raises(Refused) as refusal:
        note_no_problem(round_=running, tap=tap(elsewhere), by=officer)

    assert refusal.value.code == "other_hall"


def test_own_unit_is_refused_for_a_contact(running, officer, window, department):
    department.contacts.add(officer)

    with pytest.raises(NotPermitted):
        note_no_problem(round_=running, tap=tap(window), by=officer)


def test_own_unit_is_refused_for_a_colleague(running, officer, window, department):
    StaffFactory(department=department, user=officer)

    with pytest.raises(NotPermitted):
        note_no_problem(round_=running, tap=tap(window), by=officer)


def test_person_who_does_not_sit_there_is_a_conflict(running, second_window, staff, doze):
    with pytest.raises(Refused) as refusal:
        found(running, second_window, doze, staff=staff)

    assert (refusal.value.code, refusal.value.status, Visit.objects.count()) == ("posting_changed", 409, 0)


def test_late_tap_before_the_end_of_a_finished_round_is_kept(running, officer, window):
    finished(running)

    assert visited(running, window).result == "ok"


def test_tap_after_the_end_of_a_finished_round_is_refused(running, officer, window):
    running.finished_at = running.started_at
    running.save(update_fields=["finished_at"])

    with pytest.raises(Refused) as refusal:
        visited(running, window)

    assert refusal.value.code == "round_finished"


def test_round_of_yesterday_takes_no_more(running, officer, window):
    running.day -= timedelta(days=1)
    running.save(update_fields=["day"])

    with pytest.raises(Refused) as refusal:
        visited(running, window)

    assert refusal.value.code == "other_day"


def test_undo_within_ten_seconds_withdraws_the_record(running, officer, window, staff, doze):
    visit = found(running, window, doze, staff=staff)

    undone = undo_visit(visit=visit, by=officer)

    record = Finding.objects.get().record
    assert (undone.undone_at is not None, record.status) == (True, RecordStatus.WITHDRAWN)
    assert [c.is_undo for c in record.status_changes.all()] == [False, True]


def test_undo_after_ten_seconds_is_refused(running, officer, window):
    visit = visited(running, window)

    with time_machine.travel(timezone.now() + timedelta(seconds=20)), pytest.raises(Refused) as refusal:
        undo_visit(visit=visit, by=officer)

    assert refusal.value.code == "undo_expired"


def test_undo_by_another_officer_is_refused(hall, running, window):
    visit = visited(running, window)

    with pytest.raises(NotPermitted):
        undo_visit(visit=visit, by=person_with("officer", hall))


def test_undo_twice_is_harmless(running, officer, window):
    visit = visited(running, window)

    assert undo_visit(visit=visit, by=officer).undone_at == undo_visit(visit=visit, by=officer).undone_at


def test_photo_sent_twice_is_one(running, officer, window, untidy):
    visit, number = found(running, window, untidy), uuid.uuid4()

    first = add_photo(visit=visit, upload=photo(), by=officer, client_uuid=number)
    second = add_photo(visit=visit, upload=photo(), by=officer, client_uuid=number)

    assert (first.pk, visit.finding.photos.count()) == (second.pk, 1)


def test_photo_of_an_undone_finding_is_refused(running, officer, window, untidy):
    visit = found(running, window, untidy)
    undo_visit(visit=visit, by=officer)

    with pytest.raises(Refused) as refusal:
        add_photo(visit=Visit.objects.get(pk=visit.pk), upload=photo(), by=officer)

    assert refusal.value.code == "undone"


def test_tenth_photo_is_refused(running, officer, window, untidy):
    visit = found(running, window, untidy)
    for _ in range(9):
        add_photo(visit=visit, upload=photo(size=(40, 30)), by=officer)

    with pytest.raises(Refused) as refusal:
        add_photo(visit=visit, upload=photo(), by=officer)

    assert refusal.value.code == "too_many_photos"


def test_visit_is_never_edited_or_deleted(running, window):
    visit = visited(running, window)

    with pytest.raises(TypeError):
        visit.save()
    with pytest.raises(TypeError):
        visit.delete()


@pytest.mark.django_db(transaction=True)
def test_same_finding_sent_by_five_connections_at_once_is_one(running, officer, window, untidy):
    once = tap(window)

    def send(_):
        try:
            return note_finding(round_=running, tap=once, seen=Seen(untidy), by=officer).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        visits = set(pool.map(send, range(5)))

    assert (len(visits), Visit.objects.count(), ConductRecord.objects.count()) == (1, 1, 1)
