"""Passwords: what they must be, and when they must change."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.errors import Refused
from accounts.services import passwords, people
from accounts.services.halls import set_options
from trail.models import AuditEntry

FIRST, SECOND = "Right-horse-7", "Blue-lamp-88"


@pytest.fixture
def person(clerk):
    clerk.phone = "13912345678"
    clerk.set_password(FIRST)
    clerk.save()
    return clerk


@pytest.fixture
def later():
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False) as clock:
        yield clock


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Short-1a", "至少要 10 个字符"),
        ("a" * 5 + "B1-" * 50, "最长 128 个字符"),
        ("alllowercase", "至少三种"),
        ("lower12lower78", "至少三种"),
        ("UPPER-UPPER", "至少三种"),
        ("Xy-12345-zw", "连串"),
        ("Xy-54321-zw", "连串"),
        ("Qwerty-87-x", "连串"),
        ("Aaaaa-87-xyw", "连串"),
        ("Xclerk-87-w", "账号"),
        ("X-krelc-87w", "账号"),
        ("cL.e_R-k-87", "账号"),
        ("Yy-13912345678", "手机号"),
        ("Qing-he-87xy", "大厅代码"),
        ("青禾区政务服务中心-Aa1", "大厅名"),
        ("王丽-Zhxw-873", "姓名"),
    ],
)
def test_weak_password_is_refused_in_words(person, password, words):
    with pytest.raises(ValidationError) as caught:
        validate_password(password, person)

    assert words in "".join(caught.value.messages)


@pytest.mark.parametrize("password", [FIRST, "bamboo grove 41!", "Zq7$kd0-Lm", "四个汉字也可以Ab1-x"])
def test_good_password_is_taken(person, password):
    validate_password(password, person)


def test_weak_password_is_a_refusal_of_the_service(person, later):
    with pytest.raises(Refused) as caught:
        passwords.change_own_password(user=person, password="123456")

    assert caught.value.code == "weak_password"


def test_last_five_passwords_do_not_come_back(person, later):
    used = [FIRST, *(f"Blue-lamp-8{n}x" for n in range(5))]
    for password in used[1:]:
        later.shift(timedelta(minutes=2))
        passwords.change_own_password(user=person, password=password)

    later.shift(timedelta(minutes=2))
    for password in used[1:]:
        with pytest.raises(Refused) as caught:
            passwords.change_own_password(user=person, password=password)
        assert caught.value.code == "password_used"
    passwords.change_own_password(user=person, password=FIRST)


def test_history_is_the_hall_s(person, later, admin, hall):
    set_options(hall=hall, values={"accounts.password_history": "1"}, by=admin)
    passwords.change_own_password(user=person, password=SECOND)
    later.shift(timedelta(minutes=2))

    passwords.change_own_password(user=person, password=FIRST)

    person.refresh_from_db()
    assert person.check_password(FIRST)


def test_password_is_changed_once_a_minute_at_most(person, later):
    passwords.change_own_password(user=person, password=SECOND)

    with pytest.raises(passwords.TooSoon) as caught:
        passwords.change_own_password(user=person, password="Green-door-5")

    assert (caught.value.status, caught.value.retry_after) == (429, 60)


def enter(password=FIRST):
    client = Client()
    client.post("/login/", {"username": "clerk", "password": password})
    return client


def change(client, old, new, again=""):
    return client.post("/profile/password/", {"old": old, "new": new, "again": again or new})


def test_changing_the_password_signs_other_devices_out(person, later):
    here, there = enter(), enter()

    answer = change(here, FIRST, SECOND)

    assert (answer.status_code, answer.url) == (302, "/me/")
    assert [c.get("/profile/").status_code for c in (here, there)] == [200, 302]
    assert AuditEntry.objects.get(action="account.password_changed").after == {"devices_ended": 1}


def test_wrong_old_password_counts_like_a_failed_sign_in(person, later):
    client = enter()

    answers = [change(client, "wrong", SECOND) for _ in range(6)]

    assert [a.status_code for a in answers] == [422] * 4 + [429] * 2
    assert "还要等 30 分钟" in answers[5].content.decode()
    assert change(client, FIRST, SECOND).status_code == 429


def test_password_by_api(person, later):
    client = enter()

    wrong = client.post("/api/v1/me/password/", {"old": "wrong", "new": SECOND})
    weak = client.post("/api/v1/me/password/", {"old": FIRST, "new": "weak"})
    done = client.post("/api/v1/me/password/", {"old": FIRST, "new": SECOND})

    assert [a.status_code for a in (wrong, weak, done)] == [400, 422, 204]
    assert (wrong.json()["errors"], weak.json()["code"]) == ({"old": ["现在的密码不对。"]}, "weak_password")
    assert client.get("/profile/").status_code == 200


def test_guessing_the_password_by_api_is_stopped(person, later):
    client = enter()

    answers = [client.post("/api/v1/me/password/", {"old": "x", "new": SECOND}) for _ in range(6)]

    assert ([a.status_code for a in answers], answers[5].json()["code"]) == (
        [400] * 4 + [429] * 2,
        "sign_in_blocked",
    )
    assert int(answers[5]["Retry-After"]) > 0


# --- first and old passwords --------------------------------------------------------------------


def test_initial_password_is_changed_before_anything_else(person):
    person.must_change_password = True
    person.save()
    client = enter()

    pages = [client.get(path).url for path in ("/me/", "/profile/", "/profile/tokens/", "/rules/")]
    program = client.get("/api/v1/halls/")

    assert set(pages) == {"/profile/password/"}
    assert (program.status_code, program.json()["code"]) == (403, "password_change_required")
    assert change(client, FIRST, SECOND).status_code == 302
    assert client.get("/me/").status_code == 200


def test_reset_password_signs_out_unlocks_and_must_be_changed(person, admin, hall):
    client = enter()
    for _ in range(5):
        enter("wrong")

    first = people.reset_password(user=person, hall=hall, by=admin)

    assert client.get("/profile/").status_code == 302
    assert enter(first).get("/me/").url == "/profile/password/"


def test_password_expires_and_warns_before(person, admin, hall):
    set_options(hall=hall, values={"accounts.password_days": "90"}, by=admin)
    start = timezone.now()

    def words_after(days):
        with time_machine.travel(start + timedelta(days=days), tick=False):
            client = enter()
            return client.get("/profile/password/").content.decode(), client.get("/me/").status_code

    assert "天到期" not in words_after(80)[0]
    page, status = words_after(85)
    assert ("密码还有 5 天到期" in page, "密码快到期了" in page, status) == (True, True, 200)
    page, status = words_after(91)
    assert ("密码已到期" in page, status) == (False, 302)


def test_administrators_change_every_ninety_days(admin, client):
    admin.set_password(FIRST)
    admin.save()
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        client.post("/login/", {"username": "admin", "password": FIRST})

        assert client.get("/settings/").url == "/profile/password/"


def test_first_passwords_are_random_and_readable():
    made = {passwords.initial_password() for _ in range(50)}

    assert len(made) == 50
    assert not set("".join(made)) & set("0O1lI")
