"""Sessions: idle ones end, a remembered phone stays, and each can be signed out from elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import SignInSession
from accounts.services import people, sessions
from accounts.services.halls import set_options
from trail.models import AuditEntry
from trail.tasks import tidy_up

NOW = "2026-11-23 09:00+08:00"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/129.0 Safari/537.36 Edg/129.0"
PHONE = "Mozilla/5.0 (Linux; Android 14; ANE-AL00) Chrome/120.0 Mobile Safari/537.36"
PASSWORD = "Right-horse-7"


@pytest.fixture
def person(clerk):
    clerk.set_password(PASSWORD)
    clerk.save()
    return clerk


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as moving:
        yield moving


def enter(agent=EDGE, **typed):
    client = Client(headers={"user-agent": agent})
    client.post("/login/", {"username": "clerk", "password": PASSWORD, **typed})
    return client


def is_in(client):
    return client.get("/profile/").status_code == 200


def minutes(number):
    return timedelta(minutes=number)


# --- idle ---------------------------------------------------------------------------------------


def test_desk_is_signed_out_after_thirty_idle_minutes(clock, person):
    client = enter()
    clock.shift(minutes(29))
    assert is_in(client)
    clock.shift(minutes(30))

    answer = client.get("/profile/")

    assert (answer.status_code, answer.url) == (302, "/login/?next=/profile/")


def test_each_use_begins_the_thirty_minutes_anew(clock, person):
    client = enter()
    for _ in range(20):
        clock.shift(minutes(20))
        assert is_in(client)


def test_what_a_page_asks_by_itself_is_no_use(clock, person):
    client = enter()
    for _ in range(29):
        clock.shift(minutes(1))
        assert client.get("/profile/", headers={"x-background": "1"}).status_code == 200
    clock.shift(minutes(2))

    assert not is_in(client)


def test_requests_of_programs_in_the_browser_count_too(clock, person):
    client = enter()
    for _ in range(3):
        clock.shift(minutes(20))
        assert client.get("/api/v1/me/").status_code == 200


def test_idle_end_is_the_hall_s(clock, person, admin, hall):
    set_options(hall=hall, values={"accounts.idle_minutes": "10"}, by=admin)
    client = enter()
    clock.shift(minutes(9))
    assert is_in(client)
    clock.shift(minutes(11))
    assert not is_in(client)


def test_last_use_is_written_at_most_once_a_minute(clock, person, django_assert_max_num_queries):
    client = enter()
    clock.shift(minutes(2))
    client.get("/profile/")
    seen = SignInSession.objects.get().last_seen_at
    clock.shift(timedelta(seconds=50))

    with django_assert_max_num_queries(4):
        client.get("/profile/")

    assert SignInSession.objects.get().last_seen_at == seen


def test_desk_cookie_goes_with_the_browser(clock, person):
    assert enter().cookies[settings.SESSION_COOKIE_NAME]["max-age"] == ""


# --- a remembered phone -------------------------------------------------------------------------


def test_remembered_phone_stays_seven_days_of_no_use(clock, person):
    client = enter(PHONE, remember="on")
    assert client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 7 * 24 * 3600
    for _ in range(3):
        clock.shift(timedelta(days=6, hours=23))
        assert is_in(client)
    clock.shift(timedelta(days=7))

    assert not is_in(client)


def test_phone_that_is_not_remembered_is_a_desk(clock, person):
    client = enter(PHONE)
    clock.shift(minutes(31))

    assert not is_in(client)


def test_desk_cannot_be_remembered(clock, person):
    client = enter(EDGE, remember="on")
    clock.shift(minutes(31))

    assert not is_in(client)
    assert "记住这台手机" not in Client(headers={"user-agent": EDGE}).get("/login/").content.decode()
    assert "记住这台手机" in Client(headers={"user-agent": PHONE}).get("/login/").content.decode()


def test_hall_may_forbid_to_remember(clock, person, admin, hall):
    set_options(hall=hall, values={"accounts.phone_days": "0"}, by=admin)
    client = enter(PHONE, remember="on")
    clock.shift(minutes(31))

    assert not is_in(client)


# --- the list -----------------------------------------------------------------------------------


def test_devices_page_marks_this_one(person):
    here, there = enter(EDGE), enter(PHONE)

    page = here.get("/profile/devices/").content.decode()

    assert (page.count("Windows 电脑，Edge"), page.count("这台设备"), "安卓手机，Chrome" in page) == (
        1,
        1,
        True,
    )
    assert here.session.session_key not in page
    assert there.session.session_key not in page


def test_one_device_is_signed_out_from_another(person):
    here, there = enter(EDGE), enter(PHONE)
    uid = SignInSession.objects.get(session_key=there.session.session_key).uid

    here.post(f"/profile/devices/{uid}/end/")

    assert (is_in(here), is_in(there)) == (True, False)
    assert AuditEntry.objects.get(action="session.ended").after["device"] == "安卓手机，Chrome"


def test_all_others_are_signed_out_at_once(person):
    here, others = enter(), [enter(), enter(PHONE)]

    here.post("/profile/devices/end/")

    assert (is_in(here), [is_in(other) for other in others]) == (True, [False, False])


def test_device_of_somebody_else_is_not_found(person, officer, client):
    enter()
    client.force_login(officer)
    uid = SignInSession.objects.get(user=person).uid

    assert client.post(f"/profile/devices/{uid}/end/").status_code == 404
    assert client.post(f"/api/v1/sessions/{uid}/end/").status_code == 404


def test_administrator_signs_a_person_out(person, admin, client):
    there = enter()
    client.force_login(admin)

    page = client.get(f"/settings/accounts/{person.pk}/").content.decode()
    client.post(f"/settings/accounts/{person.pk}/sign-out/")

    assert ("Windows 电脑，Edge" in page, is_in(there)) == (True, False)
    assert AuditEntry.objects.get(action="session.all_ended").by == admin


def test_administrator_of_another_hall_may_not(person, outsider):
    enter()

    with pytest.raises(Exception, match="系统管理员"):
        sessions.end_sessions(user=person, by=outsider)


def test_devices_by_api(person):
    here, there = enter(EDGE), enter(PHONE)

    rows = here.get("/api/v1/sessions/").json()["results"]

    assert sorted((row["device"], row["is_this"]) for row in rows) == [
        ("Windows 电脑，Edge", True),
        ("安卓手机，Chrome", False),
    ]
    [other] = [row["id"] for row in rows if not row["is_this"]]
    assert here.post(f"/api/v1/sessions/{other}/end/").status_code == 204
    assert not is_in(there)
    there = enter(PHONE)
    assert here.post("/api/v1/sessions/end_others/").json() == {"lifted": 1}
    assert (is_in(here), is_in(there)) == (True, False)


def test_administrator_signs_a_person_out_by_api(person, admin, client):
    there = enter()
    client.force_login(admin)

    assert client.get("/api/v1/sessions/?account=clerk").json()["results"][0]["account"] == "clerk"
    assert client.post(f"/api/v1/accounts/{person.pk}/sign_out/").json() == {"lifted": 1}
    assert not is_in(there)


# --- ends of their own --------------------------------------------------------------------------


def test_switched_off_account_is_out_at_once(person, admin, hall):
    client = enter()

    people.set_active(user=person, hall=hall, is_active=False, by=admin)

    assert (is_in(client), SignInSession.objects.count()) == (False, 0)


def test_last_role_that_ends_signs_out_at_once(person, admin):
    client = enter()

    people.end_role(grant=person.role_grants.get(), by=admin)

    assert (is_in(client), SignInSession.objects.count()) == (False, 0)


def test_role_that_ended_in_the_night_opens_nothing(clock, person):
    client = enter()
    person.role_grants.update(ends_on=timezone.localdate() - timedelta(days=1))

    assert client.get("/api/v1/halls/").status_code == 403
    assert not is_in(client)


def test_session_key_changes_with_the_sign_in(person):
    client = Client()
    client.get("/login/")
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key

    client.post("/login/", {"username": "clerk", "password": PASSWORD})

    assert client.session.session_key != planted


def test_ended_sessions_are_purged(clock, person):
    enter()
    clock.shift(minutes(31))

    assert (tidy_up()["ended sessions"], SignInSession.objects.count()) == (1, 0)
