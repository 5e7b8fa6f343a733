"""Signing in under attack: guessing stops, the person at the usual desk goes on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.utils import timezone

from accounts.enums import ThrottleScope
from accounts.models import SignInThrottle
from accounts.services import throttle, tokens
from trail.models import AuditEntry

PASSWORD = "Right-horse-7"
DESK = "10.1.1.20"
NOW = "2026-11-23 09:00+08:00"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/129.0 Safari/537.36 Edg/129.0"


@pytest.fixture
def person(clerk):
    clerk.set_password(PASSWORD)
    clerk.save()
    return clerk


def enter(client, password=PASSWORD, *, username="clerk", address=DESK, **headers):
    return client.post(
        "/login/", {"username": username, "password": password}, REMOTE_ADDR=address, **headers
    )


def is_in(client):
    return SESSION_KEY in client.session


def actions():
    return list(AuditEntry.objects.filter(action__startswith="sign_in").values_list("action", flat=True))


def test_stranger_is_led_to_a_form_with_username_and_password(client, db):
    page = client.get("/", follow=True)

    assert re.findall(r'<input[^>]* name="(\w+)"', page.content.decode())[1:] == ["username", "password"]


def test_login_page_names_the_open_pages_of_the_one_centre(client, hall, township):
    links = re.findall(r'<a class="btn btn--sm" href="([^"]+)"', client.get("/login/").content.decode())

    assert links == [f"/hall/{hall.code}/", f"/honour/{hall.code}/"]


def test_login_page_of_several_centres_leaves_the_open_pages_out(client, hall, other_hall):
    assert "不用登录" not in client.get("/login/").content.decode()


def test_right_password_opens_the_landing_page_and_is_told_once(client, person):
    answer = enter(client, HTTP_USER_AGENT=EDGE)

    assert (answer.status_code, answer.url) == (302, "/me/")
    row = AuditEntry.objects.get(action="sign_in.succeeded")
    assert (row.by, row.address) == (person, DESK)
    assert row.after == {"device": "Windows 电脑，Edge", "known": False, "remembered": False, "steps": 1}


def test_login_is_locked_after_five_failures(client, person):
    answers = [enter(client, "wrong").status_code for _ in range(6)]

    assert answers == [422, 422, 422, 422, 429, 429]
    assert enter(client).status_code == 429
    assert actions() == ["sign_in.locked"]


def test_locked_page_says_how_long_and_keeps_the_account(client, person):
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(5):
            enter(client, "wrong-secret")
        clock.shift(timedelta(minutes=12))
        answer = enter(client, "wrong-secret")

    page = answer.content.decode()
    assert ("还要等 18 分钟" in page, 'value="clerk"' in page, "wrong-secret" in page) == (True, True, False)
    assert "<h2>暂时不能再试</h2>" in page
    assert 1080 <= int(answer["Retry-After"]) <= 1081


def test_lock_ends_after_thirty_minutes(client, person):
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(5):
            enter(client, "wrong")
        clock.shift(timedelta(minutes=29, seconds=58))
        early = enter(client).status_code
        clock.shift(timedelta(seconds=3))

        assert (early, enter(client).status_code) == (429, 302)


def test_failures_of_another_half_hour_do_not_add_up(client, person):
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(3):
            for _ in range(4):
                assert enter(client, "wrong").status_code == 422
            clock.shift(timedelta(minutes=31))


def test_success_forgets_the_failures_before_it(client, person):
    for _ in range(3):
        for _ in range(4):
            enter(client, "wrong", address="10.9.9.9")
        assert enter(client, address="10.9.9.9").status_code == 302
        client.logout()


def test_another_address_is_not_locked_with_the_first(client, person):
    for _ in range(5):
        enter(client, "wrong", address="10.9.9.9")

    assert enter(client, address=DESK).status_code == 302


def test_unknown_account_is_told_the_same_as_a_known_one(client, person):
    known = [enter(client, "wrong", address="10.9.9.1") for _ in range(6)]
    unknown = [enter(client, "wrong", username="nobody", address="10.9.9.2") for _ in range(6)]

    def told(answer):
        return re.sub(r'csrfmiddlewaretoken" value="\w+"|nobody|clerk', "", answer.content.decode())

    assert [(a.status_code, told(a)) for a in known] == [(a.status_code, told(a)) for a in unknown]


# --- ten thousand guesses ---------------------------------------------------------------------


def test_ten_thousand_guesses_from_as_many_addresses(client, person):
    """They neither guess, nor lock the person out of the usual desk, nor fill the table."""
    enter(client)
    device = client.cookies["device"].value
    looked_at = 0
    with time_machine.travel(NOW, tick=False) as clock:
        for number in range(10_000):
            if number % 100 == 0:
                clock.shift(timedelta(minutes=1))
            address = f"172.{16 + number // 65536}.{number // 256 % 256}.{number % 256}"
            tried = throttle.attempt(kind="password", name="clerk", address=address)
            try:
                throttle.claim(tried)
            except throttle.Blocked:
                continue
            looked_at += 1
            throttle.fail(tried)

        client.cookies.clear()
        stranger = enter(client, address="172.30.0.1")
        client.cookies["device"] = device
        at_the_desk = enter(client)

    assert looked_at <= 35, "twenty at once, then one every quarter of an hour"
    assert SignInThrottle.objects.count() <= 120
    assert actions() == ["sign_in.succeeded", "sign_in.slowed", "sign_in.succeeded"][::-1]
    assert (stranger.status_code, at_the_desk.status_code) == (429, 302)


def test_account_under_attack_opens_for_unknown_devices_again(client, person):
    with time_machine.travel(NOW, tick=False) as clock:
        for number in range(30):
            enter(client, "wrong", address=f"172.16.0.{number}")
        blocked = enter(client).status_code
        clock.shift(timedelta(minutes=16))

        assert (blocked, enter(client).status_code) == (429, 302)


def test_known_device_is_locked_by_its_own_failures_only(client, person):
    enter(client)
    device = client.cookies["device"].value
    client.cookies.clear()
    for _ in range(5):
        enter(client, "wrong")  # somebody else behind the same address
    client.cookies["device"] = device

    answers = [enter(client, "wrong").status_code for _ in range(5)]

    assert answers == [422, 422, 422, 422, 429]
    client.cookies.clear()
    assert enter(client).status_code == 429, "throwing the cookie away gives no further guesses"


@pytest.mark.parametrize("spoil", [lambda c: c[:-2], lambda c: "x" + c, lambda c: "", lambda c: "a:b:c"])
def test_forged_device_is_an_unknown_one(client, person, spoil):
    enter(client)
    device = spoil(client.cookies["device"].value)
    client.cookies.clear()
    for number in range(25):
        enter(client, "wrong", address=f"172.16.0.{number}")

    client.cookies["device"] = device

    assert enter(client).status_code == 429


def test_device_of_one_person_is_unknown_for_another(client, person, officer):
    enter(client)
    for number in range(25):
        tried = throttle.attempt(kind="password", name="officer", address=f"172.16.0.{number}")
        try:
            throttle.claim(tried)
        except throttle.Blocked:
            break

    assert enter(client, "x", username="officer").status_code == 429


def test_one_address_guessing_at_many_accounts_is_closed(client, db):
    answers = [enter(client, "wrong", username=f"ZW{n:04d}", address="10.9.9.9") for n in range(101)]

    assert [a.status_code for a in answers[98:]] == [422, 429, 429]
    assert "这个网络地址" in answers[100].content.decode()


def test_addresses_of_one_ipv6_network_are_one(client, person):
    answers = [enter(client, "wrong", address=f"2001:db8:1:2::{n:x}").status_code for n in range(6)]

    assert answers[4:] == [429, 429]


def test_counts_are_purged_and_bounded(db, monkeypatch):
    monkeypatch.setattr(throttle, "MOST_ROWS", 20)
    for number in range(30):
        throttle.claim(throttle.attempt(kind="password", name=f"n{number}", address=f"10.0.0.{number}"))

    throttle.purge()
    kept = SignInThrottle.objects.exclude(scope=ThrottleScope.ACCOUNT).count()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        throttle.purge()

    assert (kept <= 20, SignInThrottle.objects.count()) == (True, 0)


def test_names_that_are_no_account_share_counts(db, monkeypatch):
    monkeypatch.setattr(throttle, "BUCKETS", 4)
    for number in range(40):
        try:
            throttle.claim(throttle.attempt(kind="password", name=f"n{number}", address=f"10.0.0.{number}"))
        except throttle.Blocked:
            continue

    assert SignInThrottle.objects.filter(scope=ThrottleScope.ACCOUNT).count() <= 4


def test_what_was_typed_is_kept_nowhere(client, person):
    enter(client, "x", username="My-Secret-Password-1")

    assert "Secret" not in str(list(SignInThrottle.objects.values()))


# --- proxies ----------------------------------------------------------------------------------


def test_forged_proxy_header_without_a_proxy_neither_helps_nor_harms(client, person):
    forged = [
        enter(client, "wrong", address="10.9.9.9", HTTP_X_FORWARDED_FOR=f"1.2.3.{n}").status_code
        for n in range(6)
    ]
    for _ in range(5):
        enter(client, "wrong", address="10.9.9.8", HTTP_X_FORWARDED_FOR=DESK)

    assert forged[4:] == [429, 429]
    assert enter(client, address=DESK).status_code == 302


def test_behind_a_proxy_only_its_own_entry_counts(client, person, settings):
    settings.PROXY_COUNT = 1

    forged = [
        enter(client, "wrong", address="127.0.0.1", HTTP_X_FORWARDED_FOR=f"1.2.3.{n}, 10.9.9.9").status_code
        for n in range(6)
    ]

    assert forged[4:] == [429, 429]
    assert enter(client, address="127.0.0.1", HTTP_X_FORWARDED_FOR=DESK).status_code == 302
    assert AuditEntry.objects.get(action="sign_in.succeeded").address == DESK


# --- where to go afterwards -------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "/me/\r\nSet-Cookie: sessionid=x",
        "/me/%0d%0aX: y\r\n",
        "\x00/me/",
        "evil",
    ],
)
def test_next_leads_nowhere_else_and_adds_no_header(client, person, target):
    page = client.get("/login/", {"next": target})
    answer = client.post("/login/", {"username": "clerk", "password": PASSWORD, "next": target})

    assert (answer.status_code, answer.url) == (302, "/me/")
    assert "evil" not in page.content.decode()
    assert {k for k in answer.headers if k in ("X", "X-Injected")} == set()


def test_next_of_ours_is_followed(client, person):
    answer = client.post("/login/", {"username": "clerk", "password": PASSWORD, "next": "/rules/?q=脱岗"})

    assert answer.url == "/rules/?q=%E8%84%B1%E5%B2%97"


@pytest.mark.parametrize("username", ["clerk\r\nX: y", "a" * 61, "\x00", "' OR 1=1 --", "{{7*7}}", "<b>"])
def test_strange_names_are_just_wrong(client, person, username):
    answer = enter(client, username=username)

    assert answer.status_code == 422
    assert "<b>" not in answer.content.decode()


# --- the administrator ------------------------------------------------------------------------


def test_administrator_sees_the_lock_and_lifts_it(client, person, admin):
    for _ in range(5):
        enter(client, "wrong", address="10.9.9.9")
    client.force_login(admin)

    page = client.get(f"/settings/accounts/{person.pk}/").content.decode()
    client.post(f"/settings/accounts/{person.pk}/unlock/")
    client.logout()

    assert ("登录已锁定" in page, "10.9.9.9" in page) == (True, True)
    assert enter(client, address="10.9.9.9").status_code == 302
    assert AuditEntry.objects.get(action="account.unlocked").by == admin


def test_unlock_by_api(client, person, admin, outsider):
    for _ in range(5):
        enter(client, "wrong")
    client.force_login(outsider)
    refused = client.post(f"/api/v1/accounts/{person.pk}/unlock/").status_code
    client.force_login(admin)

    answer = client.post(f"/api/v1/accounts/{person.pk}/unlock/")

    assert (refused, answer.status_code, answer.json()) == (403, 200, {"lifted": 1})


def test_wrong_tokens_of_one_address_are_closed_and_right_ones_go_on(client, manager):
    _, secret = tokens.issue_token(
        user=manager,
        name="取数",
        scopes=["*:read"],
        expires_at=timezone.now() + timedelta(days=1),
        by=manager,
    )
    wrong = secret[:-4] + "0000"

    answers = [client.get("/api/v1/halls/", HTTP_AUTHORIZATION=f"Bearer {wrong}") for _ in range(7)]

    assert [a.status_code for a in answers] == [401] * 5 + [429] * 2
    assert int(answers[-1]["Retry-After"]) > 0
    assert client.get("/api/v1/halls/", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 200


@pytest.mark.parametrize("path", ["/nowhere/", "/assess/2031-01/"])
def test_what_is_not_there_is_told_in_the_words_of_the_hall_in_the_demo_too(client, manager, settings, path):
    settings.DEBUG = True
    client.force_login(manager)

    answer = client.get(path)

    assert (answer.status_code, "找不到这一页" in answer.content.decode()) == (404, True)
