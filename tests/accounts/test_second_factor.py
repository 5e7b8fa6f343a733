"""Two steps: codes of the phone, each good once; recovery codes; roles that must have it."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.utils import timezone

from accounts.models import RecoveryCode, SecondFactor, SignInSession
from accounts.sealed import unseal
from accounts.services import second_factor
from accounts.services.halls import set_options
from trail.models import AuditEntry

PASSWORD = "Right-horse-7"
NOW = "2026-11-23 09:00:10+08:00"


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as moving:
        yield moving


@pytest.fixture
def person(clock, clerk):
    clerk.set_password(PASSWORD)
    clerk.save()
    return clerk


def code_of(user, *, steps=0):
    """What the phone shows now, or some half minutes away."""
    secret = unseal(SecondFactor.objects.get(user=user).secret, place=second_factor.PLACE)
    return pyotp.TOTP(secret).at(timezone.now() + timedelta(seconds=30 * steps))


@pytest.fixture
def protected(person, clock):
    """A person with two steps; the phone has moved on to the next code."""
    second_factor.begin(person)
    person.codes = second_factor.confirm(user=person, code=code_of(person))
    clock.shift(timedelta(seconds=30))
    return person


def first_step(client=None, **typed):
    client = client or Client()
    client.answer = client.post("/login/", {"username": "clerk", "password": PASSWORD, **typed})
    return client


def enter_code(client, code):
    return client.post("/login/code/", {"otp": code})


def is_in(client):
    return SESSION_KEY in client.session


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(clerk, moment, code):
    """Appendix B, SHA-1, the last six of its eight digits."""
    key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    factor = SecondFactor.objects.create(
        user=clerk,
        secret=second_factor.seal(key, place=second_factor.PLACE),
        confirmed_at=timezone.now(),
    )
    with time_machine.travel(moment, tick=False):
        assert second_factor._is_right(factor, code) is True


# --- setting it up ------------------------------------------------------------------------------


def test_person_sets_it_up_with_a_first_code(person, client):
    client.force_login(person)
    page = client.get("/profile/two-steps/").content.decode()
    key = re.search(r"<strong>([A-Z2-7 ]+)</strong>", page)[1].replace(" ", "")
    image = client.get("/profile/two-steps/code.svg")

    wrong = client.post("/profile/two-steps/", {"otp": "000000"})
    right = client.post("/profile/two-steps/", {"otp": pyotp.TOTP(key).at(timezone.now())})

    assert (image["Content-Type"], image.content[:5]) == ("image/svg+xml", b"<?xml")
    assert (wrong.status_code, right.url) == (422, "/profile/two-steps/")
    once = client.get("/profile/two-steps/").content.decode()
    codes = re.findall(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", once)
    again = client.get("/profile/two-steps/").content.decode()
    assert (len(codes), codes[0] in again) == (10, False)
    assert AuditEntry.objects.filter(action="second_factor.enabled").count() == 1


def test_secret_and_codes_lie_closed(protected):
    secret = SecondFactor.objects.get().secret
    hashes = set(RecoveryCode.objects.values_list("code_hash", flat=True))

    assert unseal(secret, place=second_factor.PLACE) not in secret
    assert not {code.replace("-", "") for code in protected.codes} & hashes


def test_qr_code_of_a_confirmed_secret_is_shown_to_nobody(protected, client):
    client.force_login(protected)

    assert client.get("/profile/two-steps/code.svg").status_code == 409


# --- signing in ---------------------------------------------------------------------------------


def test_password_alone_opens_nothing(protected):
    client = first_step()

    assert (client.answer.url, is_in(client)) == ("/login/code/", False)
    assert client.get("/me/").url == "/login/?next=/me/"


def test_password_and_code_open(protected):
    client = first_step(next="/rules/")

    answer = enter_code(client, code_of(protected))

    assert (answer.url, is_in(client)) == ("/rules/", True)
    assert AuditEntry.objects.filter(action="sign_in.succeeded").latest("pk").after["steps"] == 2


def test_code_works_once(protected):
    code = code_of(protected)
    assert enter_code(first_step(), code).status_code == 302

    assert enter_code(first_step(), code).status_code == 422


def test_earlier_code_is_refused_after_a_later_one(protected, clock):
    before = code_of(protected, steps=-1)
    enter_code(first_step(), code_of(protected))

    assert enter_code(first_step(), before).status_code == 422


def test_code_of_the_half_minute_before_or_after_is_taken(protected, clock):
    clock.shift(timedelta(minutes=5))
    assert enter_code(first_step(), code_of(protected, steps=-1)).status_code == 302
    assert enter_code(first_step(), code_of(protected, steps=1)).status_code == 302
    clock.shift(timedelta(minutes=5))
    assert enter_code(first_step(), code_of(protected, steps=-2)).status_code == 422


def test_guessing_codes_is_stopped(protected, clock):
    client = first_step()

    answers = [enter_code(client, f"{n:06d}").status_code for n in range(6)]
    fresh = enter_code(first_step(), code_of(protected)).status_code
    clock.shift(timedelta(minutes=31))

    assert (answers, fresh) == ([422] * 4 + [429] * 2, 429)
    assert enter_code(first_step(), code_of(protected)).status_code == 302


def test_second_step_waits_five_minutes(protected, clock):
    client = first_step()
    clock.shift(timedelta(minutes=5, seconds=1))

    assert enter_code(client, code_of(protected)).url == "/login/"
    assert not is_in(client)


def test_second_step_without_a_first_leads_to_the_login(client, db):
    assert client.get("/login/code/").url == "/login/"
    assert client.post("/login/code/", {"otp": "123456"}).url == "/login/"


def test_session_of_the_first_step_is_not_that_of_the_second(protected):
    client = first_step()
    before = client.session.session_key

    enter_code(client, code_of(protected))

    assert client.session.session_key != before


def test_remembering_the_phone_survives_the_second_step(protected):
    agent = "Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36"
    client = first_step(Client(headers={"user-agent": agent}), remember="on")

    enter_code(client, code_of(protected))

    assert SignInSession.objects.get(user=protected).is_remembered is True


def test_recovery_code_opens_once(protected):
    code = protected.codes[3]
    first = enter_code(first_step(), f" {code.upper()} ").status_code
    second = enter_code(first_step(), code).status_code

    assert (first, second, second_factor.codes_left(protected)) == (302, 422, 9)
    assert AuditEntry.objects.get(action="second_factor.recovery_used").after == {"codes_left": 9}


def test_recovery_code_of_somebody_else_opens_nothing(protected, officer):
    second_factor.begin(officer)
    codes = second_factor.confirm(user=officer, code=code_of(officer))

    assert enter_code(first_step(), codes[0]).status_code == 422


def test_new_recovery_codes_replace_the_old(protected, client):
    client.force_login(protected)
    client.post("/profile/two-steps/recovery/")

    assert second_factor.is_right(protected, protected.codes[0]) is False
    assert second_factor.codes_left(protected) == 10


# --- who must -----------------------------------------------------------------------------------


def test_role_that_must_is_led_to_set_it_up(person, client, admin, hall):
    set_options(hall=hall, values={"accounts.second_factor_roles": ["clerk"]}, by=admin)
    client.force_login(person)

    assert client.get("/me/").url == "/profile/two-steps/"
    assert client.get("/api/v1/halls/").json()["code"] == "second_factor_required"
    assert client.get("/profile/two-steps/").status_code == 200
    second_factor.begin(person)
    client.post("/profile/two-steps/", {"otp": code_of(person)})
    assert client.get("/me/").status_code == 200


def test_role_that_must_cannot_switch_it_off(protected, client, admin, hall):
    set_options(hall=hall, values={"accounts.second_factor_roles": ["clerk"]}, by=admin)
    client.force_login(protected)

    assert client.post("/profile/two-steps/off/").status_code == 409


def test_roles_are_chosen_on_the_settings_page(client, admin, hall):
    client.force_login(admin)
    page = client.get("/settings/hall/").content.decode()
    fields = dict(re.findall(r'<input type="(?:number|text|time)" name="([\w]+)" value="([^"]*)"', page))

    answer = client.post("/settings/hall/", {**fields, "accounts__second_factor_roles": ["manager", "admin"]})

    hall.refresh_from_db()
    assert answer.status_code == 302
    assert hall.settings["accounts.second_factor_roles"] == ["admin", "manager"]


def test_person_switches_it_off(protected, client):
    client.force_login(protected)
    client.post("/profile/two-steps/off/")

    assert (first_step().answer.url, SecondFactor.objects.count()) == ("/me/", 0)


def test_administrator_resets_a_lost_phone(protected, client, admin):
    there = first_step()
    enter_code(there, code_of(protected))
    client.force_login(admin)

    client.post(f"/settings/accounts/{protected.pk}/two-steps/reset/")

    assert AuditEntry.objects.get(action="second_factor.reset").by == admin
    assert (there.get("/me/").status_code, first_step().answer.url) == (302, "/me/")


def test_administrator_resets_by_api_after_a_recent_sign_in_only(protected, client, admin, clock):
    client.force_login(admin)
    clock.shift(timedelta(minutes=16))
    late = client.post(f"/api/v1/accounts/{protected.pk}/reset_two_steps/")
    client.force_login(admin)

    done = client.post(f"/api/v1/accounts/{protected.pk}/reset_two_steps/")

    assert (late.status_code, late.json()["code"], done.status_code) == (403, "recent_sign_in_required", 204)


# --- showing who one is once more ---------------------------------------------------------------


def test_token_is_made_only_shortly_after_a_sign_in(person, client, clock):
    client.force_login(person)
    clock.shift(timedelta(minutes=16))
    typed = {"name": "取数", "scopes": ["*:read"], "expires_on": "2026-12-31"}

    asked = client.post("/profile/tokens/", typed)
    by_api = client.post("/api/v1/tokens/", typed)
    wrong = client.post("/login/again/", {"old": "wrong", "next": "/profile/tokens/"})
    proved = client.post("/login/again/", {"old": PASSWORD, "next": "/profile/tokens/"})

    assert asked.url == "/login/again/?next=%2Fprofile%2Ftokens%2F"
    assert (by_api.status_code, by_api.json()["code"]) == (403, "recent_sign_in_required")
    assert (wrong.status_code, proved.url) == (422, "/profile/tokens/")
    assert client.post("/profile/tokens/", typed).status_code == 200
    assert person.api_tokens.count() == 1


def test_showing_who_one_is_asks_for_the_code_too(protected, client):
    client.force_login(protected)

    missing = client.post("/login/again/", {"old": PASSWORD})
    done = client.post("/login/again/", {"old": PASSWORD, "otp": code_of(protected)})

    assert (missing.status_code, done.status_code) == (422, 302)


def test_token_makes_no_token(person, client):
    client.force_login(person)
    made = client.post(
        "/api/v1/tokens/", {"name": "a", "scopes": ["*:write"], "expires_on": "2026-12-31"}
    ).json()
    client.logout()

    answer = client.post(
        "/api/v1/tokens/",
        {"name": "b", "scopes": ["*:write"], "expires_on": "2026-12-31"},
        HTTP_AUTHORIZATION=f"Bearer {made['token']}",
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "recent_sign_in_required")


def test_tokens_are_not_asked_for_a_second_step(protected, client, admin, hall):
    client.force_login(protected)
    made = client.post(
        "/api/v1/tokens/", {"name": "a", "scopes": ["*:read"], "expires_on": "2026-12-31"}
    ).json()

    answer = Client().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {made['token']}")

    assert answer.status_code == 200
