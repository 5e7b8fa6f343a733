"""What patrols show of themselves elsewhere."""

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.registry import menu_for, todos_for
from patrols.services.rounds import finish_round
from patrols.services.visits import add_photo
from tests.factories.accounts import person_with
from tests.factories.patrols import RoundFactory, found, photo, visited
from trail.services.files import may_open
from violations.evidence import evidence_for

pytestmark = pytest.mark.django_db


def my_todos(user, hall):
    return [todo.title for todo in todos_for(user, hall, timezone.now()) if todo.key == "patrols"]


def test_menu_has_patrols_for_those_who_walk(hall, officer, supervisor):
    assert "patrol" in {entry.key for entry in menu_for(officer, hall)}
    assert "patrol" not in {entry.key for entry in menu_for(supervisor, hall)}


def test_todo_in_the_morning_asks_for_the_morning_round(hall, officer):
    assert my_todos(officer, hall) == ["今天的巡查"]


def test_todo_asks_nothing_when_the_round_is_walked(hall, officer, manager):
    finish_round(round_=RoundFactory(hall=hall, kind="morning", officer=manager), by=manager)

    assert my_todos(officer, hall) == []


def test_todo_asks_to_go_on_with_the_own_round(hall, officer, running):
    assert my_todos(officer, hall) == ["继续下午轮"]


def test_todo_asks_nothing_on_a_day_off(hall, officer):
    with time_machine.travel("2026-11-28T10:00:00+08:00"):
        assert my_todos(officer, hall) == []


def test_evidence_shows_round_and_photos(running, officer, window, untidy):
    visit = found(running, window, untidy)
    file = add_photo(visit=visit, upload=photo(), by=officer).file
    record = visit.finding.record

    evidence = evidence_for([record])[record.pk]

    assert (evidence.label, evidence.photos) == (f"下午轮 {running.number}，李航", [file])


def test_photo_is_open_to_those_who_see_the_record(
    hall, running, officer, window, staff, clerk, colleague, manager, outsider, doze
):
    visit = found(running, window, doze, staff=staff)
    file = add_photo(visit=visit, upload=photo(), by=officer).file

    may = {user.username: may_open(user, file) for user in (clerk, manager, officer, colleague, outsider)}

    assert may == {"clerk": True, "manager": True, "officer": True, "colleague": False, "outsider": False}


def test_today_shows_the_running_round(client, officer, running, window, second_window):
    visited(running, window)
    client.force_login(officer)

    page = client.get(reverse("accounts:today")).content.decode()

    assert ("继续巡查 A06" in page, 'aria-label="A05 已查，无问题"' in page) == (True, True)


def test_today_offers_what_is_due(client, officer, window):
    client.force_login(officer)

    assert "开始上午轮" in client.get(reverse("accounts:today")).content.decode()


def test_today_offers_nothing_to_start_while_walking(client, officer, running, window):
    client.force_login(officer)

    assert "开始上午轮" not in client.get(reverse("accounts:today")).content.decode()


def test_today_shows_a_leader_the_round_of_another(client, leader, hall, window):
    RoundFactory(hall=hall, officer=person_with("officer", hall, name="李航"))
    client.force_login(leader)

    page = client.get(reverse("accounts:today")).content.decode()

    assert ("下午轮巡查" in page, "继续巡查" in page) == (True, False)
