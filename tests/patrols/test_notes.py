"""走访随记: what a leader saw in passing becomes a record, or is closed with a word."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from accounts.registry import todos_for
from patrols.enums import NoteState
from patrols.models import WalkNote
from patrols.services.notes import Glimpse, close_note, leave_note, record_note
from tests.factories.accounts import person_with
from tests.factories.patrols import photo
from tests.factories.windows import WindowFactory
from violations.enums import RecordSource, RecordStatus
from violations.evidence import evidence_for
from violations.models import ConductRecord
from violations.permissions import decider_objection

pytestmark = pytest.mark.django_db
PAGE, API = "/notes/new/", "/api/v1/walk-notes/"


@pytest.fixture
def waiting(hall, leader, window):
    return leave_note(
        Glimpse(window, words="台面堆着杂物"), hall=hall, by=leader, uploads=[photo("desk.jpg")]
    )


def typed(window, **fields):
    return {"window": window.pk, "note": "台面堆着杂物", "key": str(uuid.uuid4()), **fields}


def test_a_note_with_an_act_is_a_record_of_the_leader(client, leader, window, staff, doze):
    client.force_login(leader)
    data = typed(window, staff=staff.pk, act=doze.pk, note="趴着睡", photos=photo())

    response = client.post(PAGE, data)

    note, record = WalkNote.objects.get(), ConductRecord.objects.get()
    assert response.url == note.get_absolute_url()
    assert (note.record, note.state) == (record, NoteState.RECORDED)
    assert (record.source, record.status, record.staff, record.finder, record.note) == (
        RecordSource.LEADER,
        RecordStatus.NOTIFIED,
        staff,
        leader,
        "趴着睡",
    )
    evidence = evidence_for([record])[record.pk]
    assert (evidence.url, evidence.photos) == ("", list(note.photos.all()))
    assert len(evidence.photos) == 1


def test_a_note_without_an_act_waits_for_the_manager(client, leader, manager, hall, window, clock_now):
    client.force_login(leader)

    client.post(PAGE, typed(window))

    assert (WalkNote.objects.get().state, ConductRecord.objects.count()) == (NoteState.WAITING, 0)
    todo = next(t for t in todos_for(manager, hall, clock_now) if t.key == "walk_notes")
    assert (todo.count, todo.url) == (1, "/notes/?state=waiting")
    assert [t for t in todos_for(leader, hall, clock_now) if t.key == "walk_notes"] == []


@pytest.fixture
def clock_now():
    return timezone.now()


def test_the_manager_turns_a_note_into_a_record_of_its_own_moment(client, manager, waiting, untidy):
    client.force_login(manager)

    client.post(f"/notes/{waiting.pk}/record/", {"act": untidy.pk, "staff": "", "note": "当场已清理"})

    waiting.refresh_from_db()
    assert (waiting.state, waiting.settled_by) == (NoteState.RECORDED, manager)
    assert (waiting.record.at, waiting.record.window, waiting.record.source) == (
        waiting.at,
        waiting.window,
        RecordSource.LEADER,
    )
    assert evidence_for([waiting.record])[waiting.record_id].photos == list(waiting.photos.all())


def test_neither_who_saw_it_nor_who_recorded_it_may_decide(leader, manager, second_manager, waiting, untidy):
    record = record_note(note=waiting, by=manager, act=untidy, staff=None).record

    assert record.finder == leader
    assert [bool(decider_objection(one, record)) for one in (leader, manager, second_manager)] == [
        True,
        True,
        False,
    ]


def test_the_writer_reads_with_what_word_it_was_closed(client, leader, manager, waiting):
    close_note(note=waiting, by=manager, words="已请窗口清理")
    client.force_login(leader)

    page = client.get(f"/notes/{waiting.pk}/").content.decode()

    assert page.count("已请窗口清理") == 1
    assert page.count("已了结") >= 1


def test_closing_needs_a_word_and_nothing_typed_is_lost(client, manager, waiting):
    client.force_login(manager)

    response = client.post(f"/notes/{waiting.pk}/close/", {"words": "  "})

    assert (response.status_code, response.context["close_form"].errors["words"]) == (
        422,
        ["请写明怎么处理的。"],
    )


def test_an_act_about_people_without_a_person_keeps_the_note_waiting(client, manager, waiting, doze):
    client.force_login(manager)

    response = client.post(f"/notes/{waiting.pk}/record/", {"act": doze.pk, "staff": "", "note": "睡"})

    waiting.refresh_from_db()
    assert (response.status_code, list(response.context["record_form"].errors)) == (422, ["staff"])
    assert (waiting.state, ConductRecord.objects.count()) == (NoteState.WAITING, 0)


def test_a_note_is_settled_once(manager, waiting, untidy):
    close_note(note=waiting, by=manager, words="已清理")

    with pytest.raises(TransitionNotAllowed):
        record_note(note=waiting, by=manager, act=untidy, staff=None)


def test_the_writer_does_not_settle_his_own_note(leader, waiting):
    with pytest.raises(NotPermitted):
        close_note(note=waiting, by=leader, words="算了")


def test_an_officer_and_a_leader_of_another_hall_leave_no_note(hall, other_hall, officer, window):
    for person in (officer, person_with("leader", other_hall)):
        with pytest.raises(NotPermitted):
            leave_note(Glimpse(window, words="看到"), hall=hall, by=person)


def test_a_window_of_another_hall_is_refused(hall, other_hall, leader):
    foreign = WindowFactory(department__hall=other_hall, hall=other_hall)

    with pytest.raises(Refused) as refusal:
        leave_note(Glimpse(foreign, words="看到"), hall=hall, by=leader)

    assert refusal.value.code == "other_hall"


def test_neither_words_nor_act_is_no_note(client, leader, window):
    client.force_login(leader)

    response = client.post(PAGE, typed(window, note=" "))

    assert (response.status_code, response.context["form"].errors["note"]) == (
        422,
        ["请选事项，或写看到了什么。"],
    )


def test_a_stranger_does_not_find_it(client, other_hall, officer, waiting):
    for person in (person_with("manager", other_hall), officer):
        client.force_login(person)
        assert client.get(f"/notes/{waiting.pk}/").status_code == 404
        assert client.get(f"{API}{waiting.pk}/").status_code == 404


def test_the_photo_opens_for_who_sees_the_note_only(client, manager, officer, waiting):
    url = reverse("trail:file", args=[waiting.photos.get().pk])
    client.force_login(manager)
    assert client.get(url).status_code == 200

    client.force_login(officer)
    assert client.get(url).status_code == 404


def test_the_api_takes_codes_and_knows_the_same_key_again(client, leader, window, staff, doze):
    client.force_login(leader)
    data = {"staff": staff.no, "act": doze.code, "key": str(uuid.uuid4())}

    first, second = (client.post(API, data, content_type="application/json") for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert (first.json()["window"], first.json()["state"]) == (window.code, "recorded")
    assert first.json() == second.json()
    assert ConductRecord.objects.count() == 1


def test_the_api_refuses_what_it_does_not_know(client, leader, window):
    client.force_login(leader)

    response = client.post(API, {"window": "Z99", "note": "看到"}, content_type="application/json")

    assert (response.status_code, WalkNote.objects.count()) == (400, 0)


def test_the_api_records_and_closes(client, manager, hall, leader, window, waiting, untidy):
    other = leave_note(Glimpse(window, words="饮水机没水"), hall=hall, by=leader)
    client.force_login(manager)

    recorded = client.post(f"{API}{waiting.pk}/record/", {"act": untidy.code}, "application/json")
    closed = client.post(f"{API}{other.pk}/close/", {"words": "已换水"}, "application/json")
    again = client.post(f"{API}{other.pk}/close/", {"words": "再来"}, "application/json")

    assert (recorded.status_code, recorded.json()["state"]) == (200, "recorded")
    assert (closed.json()["state"], closed.json()["answer"]) == ("closed", "已换水")
    assert (again.status_code, again.json()["code"]) == (409, "transition_not_allowed")


@pytest.mark.django_db(transaction=True)
def test_sent_ten_times_at_once_is_one_note(hall, leader, window):
    if connection.vendor == "sqlite" and "memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("one connection only")
    glimpse = Glimpse(window, words="台面堆着杂物")

    def send(_):
        try:
            return leave_note(glimpse, hall=hall, by=leader).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(send, range(10)))) == 1
    assert WalkNote.objects.count() == 1


@pytest.mark.parametrize("rows", [2, 12])
def test_the_list_takes_as_many_queries_for_two_as_for_twelve(
    client, hall, leader, manager, window, rows, django_assert_max_num_queries
):
    for number in range(rows):
        leave_note(Glimpse(window, words=f"第 {number} 处"), hall=hall, by=leader)
    client.force_login(manager)

    with django_assert_max_num_queries(30):
        assert len(client.get("/notes/").context["listing"].page) == rows
