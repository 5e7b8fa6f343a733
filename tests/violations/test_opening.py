"""How a record begins: by a person, by a machine, from paper; never twice, never in the future."""

from datetime import datetime, timedelta

import pytest

from accounts.errors import NotPermitted, Refused
from tests.factories.violations import draft_of, record_of, rules_of
from tests.factories.windows import PostingFactory, WindowFactory
from tests.violations.conftest import HALL_TIME, NOW, ROBOT
from trail.models import Notice
from violations.enums import RecordStatus
from violations.services.ledger import (
    Found,
    confirm_record,
    enter_decided_record,
    find_record,
    propose_record,
    verify_draft,
)

pytestmark = pytest.mark.django_db
S = RecordStatus


def test_find_of_a_deduction_waits_for_the_person(record, clerk):
    assert record.status == S.NOTIFIED
    assert record.number == "WT-20261125-001"
    assert record.deadline_at == datetime(2026, 11, 27, 17, 30, tzinfo=HALL_TIME)
    assert list(Notice.objects.values_list("user", "due_at")) == [(clerk.pk, record.deadline_at)]


def test_find_of_a_bonus_waits_for_the_manager(rules, staff, officer, manager):
    record = record_of(rules.thanks, staff=staff, by=officer)

    assert (record.status, Notice.objects.count()) == (S.DRAFT, 0)
    assert confirm_record(record=record, by=manager).status == S.CONFIRMED


def test_numbers_run_by_day_of_the_act(rules, staff, officer):
    yesterday = NOW - timedelta(days=1)

    numbers = [record_of(rules.talk, staff=staff, by=officer, at=at).number for at in (NOW, yesterday, NOW)]

    assert numbers == ["WT-20261125-001", "WT-20261124-001", "WT-20261125-002"]


def test_find_without_a_window_takes_the_posting_of_the_day(rules, staff, window, officer):
    assert record_of(rules.talk, staff=staff, by=officer).window == window


def test_find_with_same_source_key_returns_the_first(rules, staff, officer):
    first, again = (
        record_of(rules.talk, staff=staff, by=officer, source="patrol", source_key="f-1") for _ in range(2)
    )

    assert first.pk == again.pk
    assert record_of(rules.talk, staff=staff, by=officer).number == "WT-20261125-002"


def test_find_with_key_of_another_source_is_a_new_record(rules, staff, officer):
    first = record_of(rules.talk, staff=staff, by=officer, source="patrol", source_key="1")
    second = record_of(rules.talk, staff=staff, by=officer, source="manual", source_key="1")

    assert first.pk != second.pk


def test_find_loses_the_race_for_a_source_key(rules, staff, officer, monkeypatch):
    """Both doors looked before either wrote: the unique row decides, and no number is lost."""
    first = record_of(rules.talk, staff=staff, by=officer, source="patrol", source_key="f-1")
    answers = iter([None, first])
    monkeypatch.setattr("violations.services.opening._seen_before", lambda found, hall: next(answers))

    again = record_of(rules.talk, staff=staff, by=officer, source="patrol", source_key="f-1")
    monkeypatch.undo()

    assert again == first
    assert record_of(rules.talk, staff=staff, by=officer).number == "WT-20261125-002"


@pytest.mark.parametrize(
    ("minutes", "refused"), [(0, False), (4, False), (6, True), (24 * 60, True), (-24 * 60 * 40, False)]
)
def test_find_in_the_future(minutes, refused, rules, staff, officer):
    at = NOW + timedelta(minutes=minutes)

    if not refused:
        assert record_of(rules.talk, staff=staff, by=officer, at=at).at == at
        return
    with pytest.raises(Refused) as caught:
        record_of(rules.talk, staff=staff, by=officer, at=at)
    assert caught.value.code == "future"


@pytest.mark.parametrize(
    ("act", "given", "code"),
    [
        ("talk", "window", "who_missing"),
        ("messy", "staff", "window_missing"),
        ("elsewhere", "staff", "window_missing"),
    ],
)
def test_find_without_its_subject(act, given, code, rules, staff, window, officer):
    with pytest.raises(Refused) as caught:
        record_of(getattr(rules, act), by=officer, **{given: {"staff": staff, "window": window}[given]})

    assert caught.value.code == code


def test_find_in_another_hall(rules, staff, other_hall, outsider, officer):
    found = Found(act=rules.talk, at=NOW, staff=staff)

    with pytest.raises(NotPermitted):
        find_record(found, hall=staff.hall, by=outsider)
    with pytest.raises(NotPermitted):
        find_record(found, hall=other_hall, by=officer)
    with pytest.raises(Refused, match="不属于这个大厅"):
        find_record(found, hall=other_hall, by=outsider)


def test_find_with_an_act_of_another_hall(staff, officer, other_hall):
    with pytest.raises(Refused, match="不属于这个大厅"):
        record_of(rules_of(other_hall).talk, staff=staff, by=officer)


def test_find_in_a_township_by_the_rules_above(rules, township, manager):
    desk = WindowFactory(department__hall=township)
    person = PostingFactory(window=desk).staff

    assert record_of(rules.talk, staff=person, by=manager).hall == township


@pytest.mark.parametrize("quantity", [0, -100])
def test_find_of_no_quantity(quantity, rules, staff, officer):
    with pytest.raises(Refused, match="大于 0"):
        record_of(rules.talk, staff=staff, by=officer, quantity=quantity)


@pytest.mark.parametrize("role", ["admin", "head", "clerk", "supervisor", "inspector", "unit"])
def test_find_by_a_role_that_may_not(role, rules, staff, request):
    with pytest.raises(NotPermitted):
        record_of(rules.talk, staff=staff, by=request.getfixturevalue(role))


def test_entering_what_was_decided_on_paper(rules, staff, manager):
    last_week = NOW - timedelta(days=7)
    found = Found(act=rules.talk, at=last_week, staff=staff, source="import", finder_name="老李")

    record = enter_decided_record(found, hall=staff.hall, by=manager)

    assert (record.status, record.countable_at) == (S.CONFIRMED, last_week)
    assert record.status_changes.get().at == last_week
    assert (record.finder_name, Notice.objects.count()) == ("老李", 0)


def test_paper_matters_ask_for_no_rectification(rules, window, manager):
    found = Found(act=rules.messy, at=NOW, window=window, source="import")

    record = enter_decided_record(found, hall=window.hall, by=manager)

    assert not hasattr(record, "rectification")


def test_proposal_of_a_machine_tells_nobody(rules, staff):
    record = propose_record(Found(act=rules.late, at=NOW, staff=staff), hall=staff.hall, by=ROBOT)

    assert (record.status, record.finder, Notice.objects.count()) == (S.DRAFT, None, 0)


def test_verified_proposal_asks_the_person(rules, staff, officer, clerk):
    record = verify_draft(record=draft_of(rules.late, staff=staff, by=ROBOT), by=officer)

    assert record.deadline_at == datetime(2026, 11, 27, 17, 30, tzinfo=HALL_TIME)
    assert list(Notice.objects.values_list("user", flat=True)) == [clerk.pk]
