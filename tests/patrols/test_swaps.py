"""换班: nothing changes before the other agrees."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from patrols.models import DutyDay, DutySwap
from patrols.services.duty_log import write_log
from patrols.services.rota import set_day
from patrols.services.swaps import answer_swap, ask_swap, swappable, withdraw_swap
from tests.factories.accounts import person_with
from trail.models import Notice

pytestmark = pytest.mark.django_db
TODAY, FRIDAY = date(2026, 11, 25), date(2026, 11, 27)


@pytest.fixture
def mine(hall, manager, officer):
    return set_day(hall=hall, day=TODAY, manage=[officer], lead=[], units=[], by=manager)[0]


@pytest.fixture
def theirs(hall, manager, second_manager):
    return set_day(hall=hall, day=FRIDAY, manage=[second_manager], lead=[], units=[], by=manager)[0]


@pytest.fixture
def asked(mine, theirs, officer):
    return ask_swap(duty=mine, other=theirs, words="家里有事", by=officer)


def rota():
    return {str(row.day): row.who for row in DutyDay.objects.select_related("user")}


def test_asking_changes_nothing_and_tells_the_other(asked, second_manager):
    assert rota() == {"2026-11-25": "李航", "2026-11-27": "郑平"}
    assert Notice.objects.get().user == second_manager


def test_agreeing_changes_the_days(asked, officer, manager, second_manager):
    answer_swap(swap=asked, accepts=True, by=second_manager)

    assert rota() == {"2026-11-25": "郑平", "2026-11-27": "李航"}
    told = Notice.objects.filter(key__startswith="duty:swap_answered").values_list("user__name", flat=True)
    assert sorted(told) == ["周敏", "李航"]


def test_refusing_changes_nothing(asked, second_manager):
    answer_swap(swap=asked, accepts=False, words="我也走不开", by=second_manager)

    assert (rota()["2026-11-25"], DutySwap.objects.get().status) == ("李航", "refused")


def test_only_the_one_who_was_asked_answers(asked, officer, manager, leader):
    for person in (officer, manager, leader):
        with pytest.raises(NotPermitted):
            answer_swap(swap=asked, accepts=True, by=person)


def test_answering_twice(asked, second_manager):
    answer_swap(swap=asked, accepts=True, by=second_manager)

    with pytest.raises(Refused) as refused:
        answer_swap(swap=asked, accepts=False, by=second_manager)

    assert (refused.value.code, rota()["2026-11-25"]) == ("swap_closed", "郑平")


def test_withdrawn_request_cannot_be_agreed_to(asked, officer, second_manager):
    with pytest.raises(NotPermitted):
        withdraw_swap(swap=asked, by=second_manager)
    withdraw_swap(swap=asked, by=officer)

    with pytest.raises(Refused) as refused:
        answer_swap(swap=asked, accepts=True, by=second_manager)

    assert refused.value.code == "swap_closed"


def test_one_open_request_a_day(asked, mine, theirs, officer):
    with pytest.raises(Refused) as refused:
        ask_swap(duty=mine, other=theirs, words="", by=officer)

    assert refused.value.code == "swap_open"


def test_own_day_only(mine, theirs, second_manager, manager):
    for person in (second_manager, manager):
        with pytest.raises(NotPermitted):
            ask_swap(duty=mine, other=theirs, words="", by=person)


def test_days_that_cannot_be_taken(hall, manager, mine, officer, second_manager, leader):
    third = person_with("officer", hall, name="马超")
    days = {
        "own": set_day(hall=hall, day=FRIDAY, manage=[officer, third], lead=[], units=[], by=manager),
        "other kind": set_day(
            hall=hall, day=FRIDAY + timedelta(days=3), manage=[], lead=[leader], units=[], by=manager
        ),
    }

    for rows in days.values():
        for row in rows:
            with pytest.raises(Refused) as refused:
                ask_swap(duty=mine, other=row, words="", by=officer)
            assert refused.value.code == "swap_impossible"
    assert list(swappable(mine)) == []


def test_day_of_another_hall(mine, officer, other_hall):
    elsewhere = person_with("manager", other_hall)
    row = set_day(hall=other_hall, day=FRIDAY, manage=[elsewhere], lead=[], units=[], by=elsewhere)[0]

    with pytest.raises(Refused) as refused:
        ask_swap(duty=mine, other=row, words="", by=officer)

    assert refused.value.code == "swap_impossible"


def test_rota_that_has_changed_meanwhile(hall, manager, asked, second_manager):
    set_day(hall=hall, day=FRIDAY, manage=[manager], lead=[], units=[], by=manager)

    with pytest.raises(Refused) as refused:
        answer_swap(swap=asked, accepts=True, by=second_manager)

    assert (refused.value.code, rota()["2026-11-25"]) == ("swap_stale", "李航")


def test_day_that_is_over_or_logged(asked, mine, officer, second_manager):
    write_log(duty=mine, seen_words="正常", done="", by=officer)
    with pytest.raises(Refused) as refused:
        answer_swap(swap=asked, accepts=True, by=second_manager)
    assert refused.value.code == "duty_logged"

    with time_machine.travel("2026-11-26T10:00:00+08:00"), pytest.raises(Refused) as refused:
        answer_swap(swap=asked, accepts=True, by=second_manager)
    assert refused.value.code == "swap_stale"


def test_requests_are_seen_by_the_two_and_the_office(hall, asked, officer, second_manager, manager, outsider):
    stranger = person_with("officer", hall)

    seen = {who: DutySwap.objects.visible_to(who).count() for who in (officer, second_manager, manager)}

    assert list(seen.values()) == [1, 1, 1]
    assert [DutySwap.objects.visible_to(who).count() for who in (stranger, outsider)] == [0, 0]


# --- the pages --------------------------------------------------------------------------------


def test_pages_from_asking_to_taking_back(client, mine, theirs, officer, second_manager):
    client.force_login(officer)
    client.post(f"/duty/{mine.pk}/swap/", {"other": theirs.pk, "words": "家里有事"})
    swap = DutySwap.objects.get()

    client.force_login(second_manager)
    home = client.get("/today/").content.decode()
    assert ("换班等你答复" in home, f"/duty/swaps/{swap.pk}/" in home) == (True, True)
    answer = client.post(f"/duty/swaps/{swap.pk}/", {"verdict": "accept"}, follow=True)
    assert rota()["2026-11-25"] == "郑平"

    undo = answer.content.decode().split('<form method="post" action="/undo/')[1].split('"')[0]
    client.post(f"/undo/{undo}")
    assert (rota()["2026-11-25"], DutySwap.objects.get().status) == ("李航", "asked")
    assert not Notice.objects.filter(key__startswith="duty:swap_answered", withdrawn_at=None).exists()


def test_asking_without_a_day_keeps_the_words(client, mine, theirs, officer):
    client.force_login(officer)

    response = client.post(f"/duty/{mine.pk}/swap/", {"words": "家里有事"})

    assert (response.status_code, 'value="家里有事"' in response.content.decode()) == (422, True)


@pytest.mark.parametrize(("who", "status"), [("outsider", 404), ("clerk", 403), ("leader", 404)])
def test_request_of_others_on_its_page(client, request, asked, who, status):
    client.force_login(request.getfixturevalue(who))

    assert client.get(f"/duty/swaps/{asked.pk}/").status_code == status


def test_over_a_week_the_open_request_is_not_waiting(client, asked, second_manager):
    client.force_login(second_manager)
    with time_machine.travel(timezone.now() + timedelta(days=7)):
        assert "换班等你答复" not in client.get("/today/").content.decode()
