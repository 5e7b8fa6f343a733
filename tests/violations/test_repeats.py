"""重复发生: the same act at the same window again is linked. 重复登记: one matter is merged into one."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.errors import NotPermitted, Refused
from tests.factories.accounts import person_with
from tests.factories.violations import record_of
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory
from tests.violations.conftest import NOW
from trail.models import AuditEntry
from violations.repeats import nearby, nth_time
from violations.services.appeals import file_appeal
from violations.services.ledger import (
    Found,
    accept_record,
    find_record,
    state_on_record,
    undo_last_step,
    withdraw_record,
)
from violations.services.merging import merge_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def second_officer(hall):
    return person_with("officer", hall, username="officer2", name="何静")


@pytest.fixture
def other(rules, staff, window, second_officer, record):
    """Another officer noted the same nine minutes before."""
    return record_of(
        rules.talk,
        staff=staff,
        window=window,
        by=second_officer,
        at=NOW - timedelta(minutes=9),
        note="看见聊天",
    )


def of(record, user):
    return nearby([record], user)[record.pk]


# --- repeats --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "linked"), [(1, True), (30, True), (31, False)])
def test_same_act_at_the_window_within_thirty_days(days, linked, record, rules, colleague, window, officer):
    earlier = record_of(
        rules.talk, staff=colleague.staff, window=window, by=officer, at=NOW - timedelta(days=days)
    )

    assert of(record, officer).repeats == ([earlier] if linked else [])
    assert of(earlier, officer).repeats == ([record] if linked else [])


def test_hall_sets_the_days(record, rules, staff, window, officer, hall):
    earlier = record_of(rules.talk, staff=staff, window=window, by=officer, at=NOW - timedelta(days=40))
    hall.settings = {"violations.repeat_days": 60}
    hall.save()
    record.hall.refresh_from_db()

    assert of(record, officer).repeats == [earlier]


def test_other_acts_and_windows_are_no_repeat(record, rules, staff, department, window, officer):
    record_of(rules.late, staff=staff, window=window, by=officer, at=NOW - timedelta(days=1))
    elsewhere = WindowFactory(department=department, code="A06")
    record_of(rules.talk, staff=staff, window=elsewhere, by=officer, at=NOW - timedelta(days=1))

    assert of(record, officer).repeats == []


def test_praise_again_is_no_repeat(rules, staff, window, officer):
    first, second = (
        record_of(rules.thanks, staff=staff, window=window, by=officer, at=NOW - timedelta(days=days))
        for days in (2, 1)
    )

    assert (of(first, officer).repeats, of(second, officer).repeats) == ([], [])


def test_what_was_withdrawn_repeats_nothing(record, rules, staff, window, officer):
    earlier = record_of(rules.talk, staff=staff, window=window, by=officer, at=NOW - timedelta(days=1))
    withdraw_record(record=earlier, by=officer, reason="记错了")

    assert of(record, officer).repeats == []


def test_page_counts_and_links(record, rules, staff, window, officer, see):
    earlier = [
        record_of(rules.talk, staff=staff, window=window, by=officer, at=NOW - timedelta(days=days))
        for days in (3, 2)
    ]

    assert nth_time(record, of(record, officer).repeats) == 3
    text = see(officer, record.get_absolute_url())
    assert "30 天内本窗口同一事项第 3 次" in text
    assert [row.get_absolute_url() in text for row in earlier] == [True, True]


def test_clerk_is_not_shown_the_colleagues_records(record, rules, colleague, window, officer, clerk, see):
    theirs = record_of(
        rules.talk, staff=colleague.staff, window=window, by=officer, at=NOW - timedelta(days=1)
    )

    assert theirs.number not in see(clerk, record.get_absolute_url())


# --- merging --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "offered"), [(10, True), (11, False)])
def test_offered_within_ten_minutes(minutes, offered, record, rules, staff, window, second_officer, see):
    record_of(rules.talk, staff=staff, window=window, by=second_officer, at=NOW - timedelta(minutes=minutes))

    assert ("并入这条" in see(second_officer, record.get_absolute_url())) == offered


def test_not_offered_for_the_same_finder(record, rules, staff, window, officer, see):
    record_of(rules.talk, staff=staff, window=window, by=officer, at=NOW - timedelta(minutes=1))

    assert "并入这条" not in see(officer, record.get_absolute_url())


def test_not_offered_for_another_person(record, rules, colleague, window, second_officer, see):
    record_of(rules.talk, staff=colleague.staff, window=window, by=second_officer, at=NOW)

    assert "并入这条" not in see(second_officer, record.get_absolute_url())


@pytest.mark.parametrize("role", ["officer", "second_officer", "manager"])
def test_either_finder_and_the_manager_merge(role, record, other, request):
    merged = merge_record(record=record, into=other, by=request.getfixturevalue(role))

    assert (merged.status, merged.duplicate_of) == ("withdrawn", other)
    assert merged.status_changes.last().note == f"与 {other.number} 重复，并入该条"
    assert AuditEntry.objects.filter(action="record.withdrawn").count() == 1


@pytest.mark.parametrize("role", ["clerk", "head", "leader", "supervisor", "unit", "admin", "outsider"])
def test_nobody_else_merges(role, record, other, request):
    with pytest.raises(NotPermitted):
        merge_record(record=record, into=other, by=request.getfixturevalue(role))


def test_third_officer_does_not_merge(record, other, hall):
    with pytest.raises(NotPermitted):
        merge_record(record=record, into=other, by=person_with("officer", hall, username="officer3"))


def test_manager_of_the_same_department_does_not_merge(record, other, hall, department, window):
    own = person_with("manager", hall, username="own")
    PostingFactory(staff=StaffFactory(department=department, no="ZW0098", user=own), window=window)

    with pytest.raises(NotPermitted, match="回避"):
        merge_record(record=record, into=other, by=own)


def refused(code="not_a_double", **how):
    with pytest.raises(Refused) as caught:
        merge_record(**how)
    return caught.value.code == code


def test_two_different_matters_are_not_merged(record, rules, staff, window, second_officer, officer):
    late = record_of(rules.late, staff=staff, window=window, by=second_officer)

    assert refused(record=record, into=late, by=officer)
    assert refused(record=record, into=record, by=officer)


def test_not_merged_twice_nor_in_a_ring(record, other, officer, second_officer):
    merge_record(record=record, into=other, by=officer)

    assert refused(record=record, into=other, by=officer)
    assert refused(record=other, into=record, by=second_officer)


def test_record_that_took_one_in_is_not_merged_on(record, other, rules, staff, window, manager, hall):
    third = record_of(rules.talk, staff=staff, window=window, by=manager, at=NOW - timedelta(minutes=5))
    merge_record(record=record, into=other, by=manager)

    assert refused(record=other, into=third, by=manager)


def test_record_under_appeal_is_not_merged(record, other, clerk, manager, see):
    accept_record(record=record, by=clerk)
    file_appeal(record=record, by=clerk, words="请复核")

    with pytest.raises(Refused):
        merge_record(record=record, into=other, by=manager)
    assert "并入这条" not in see(manager, record.get_absolute_url())


def test_merging_is_undone_within_ten_seconds(record, other, officer, clerk, clock):
    state_on_record(record=record, by=clerk, reason="at_work", words="在谈工作")
    merge_record(record=record, into=other, by=officer)
    clock.shift(9)

    undone = undo_last_step(record=record, by=officer)

    assert (undone.status, undone.duplicate_of) == ("stated", None)
    assert merge_record(record=record, into=other, by=officer).duplicate_of == other


def test_merging_is_not_undone_later(record, other, officer, clock):
    merge_record(record=record, into=other, by=officer)
    clock.shift(11)

    with pytest.raises(Refused) as caught:
        undo_last_step(record=record, by=officer)
    assert caught.value.code == "undo_expired"


def test_both_pages_tell_of_it_and_keep_the_evidence(
    rules, staff, window, officer, second_officer, photo, see
):
    kept = record_of(rules.talk, staff=staff, window=window, by=officer, note="与 A06 交谈")
    found = Found(act=rules.talk, at=NOW, staff=staff, window=window, note="看见聊天")
    twin = find_record(found, hall=kept.hall, by=second_officer, uploads=[photo()])
    merge_record(record=twin, into=kept, by=second_officer)

    text = see(officer, kept.get_absolute_url())
    assert f"{twin.number} 是同一件事，作为重复并入这条" in text
    assert [words in text for words in ("看见聊天", "与 A06 交谈")] == [True, True]
    assert twin.photos.get().get_absolute_url() in text
    assert f'已并入 <a href="{kept.get_absolute_url()}">' in see(officer, twin.get_absolute_url())


# --- doors ----------------------------------------------------------------------------------------


def test_page_merges_and_offers_to_undo(send, record, other, officer):
    page = send(officer, reverse("violations:merge", args=[record.pk]), into=other.pk)

    record.refresh_from_db()
    assert record.duplicate_of == other
    assert reverse("violations:undo", args=[record.pk]) in page.content.decode()


@pytest.mark.parametrize("into", ["", "abc", "-1", "999999", "9" * 30])
def test_page_with_a_bad_id(into, send, record, officer):
    assert send(officer, reverse("violations:merge", args=[record.pk]), into=into).status_code == 404


def test_record_of_another_hall_is_not_found(send, record, other, outsider):
    assert send(outsider, reverse("violations:merge", args=[record.pk]), into=other.pk).status_code == 404


def test_api_merges_and_names_both_ends(client, record, other, officer):
    client.force_login(officer)
    base = "/api/v1/findings/"

    body = client.post(
        f"{base}{record.pk}/merge/", {"into": other.pk}, content_type="application/json"
    ).json()

    assert (body["status"], body["duplicate_of"]) == ("withdrawn", other.pk)
    assert client.get(f"{base}{other.pk}/").json()["duplicates"] == [record.pk]


def test_api_refuses_what_is_not_the_same(client, record, rules, staff, window, second_officer, officer):
    late = record_of(rules.late, staff=staff, window=window, by=second_officer)
    client.force_login(officer)

    answer = client.post(
        f"/api/v1/findings/{record.pk}/merge/", {"into": late.pk}, content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_double")


def test_page_asks_as_often_for_one_repeat_as_for_many(
    client, record, rules, staff, window, officer, django_assert_num_queries
):
    client.force_login(officer)
    url = record.get_absolute_url()
    record_of(rules.talk, staff=staff, window=window, by=officer, at=NOW - timedelta(days=1))
    client.get(url)
    with CaptureQueriesContext(connection) as first:
        client.get(url)
    for days in range(2, 9):
        record_of(rules.talk, staff=staff, window=window, by=officer, at=NOW - timedelta(days=days))

    with django_assert_num_queries(len(first)):
        client.get(url)
