"""Attacks on the API: tokens of other halls, forged headers, replays."""

import pytest

from accounts.models import IdempotencyKey, RoleGrant
from config.api import ROOMS
from tests.factories.accounts import token_of
from tests.sweep_world import build_world
from tests.test_sweep import KEYED, address
from trail.models import AuditEntry

ACCOUNTS, TOKENS = "/api/v1/accounts/", "/api/v1/tokens/"
BODY = {"username": "zw9", "name": "新人", "role": "clerk", "hall": "qinghe"}
pytestmark = pytest.mark.django_db


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


# --- another hall's token -------------------------------------------------------------------------


@pytest.fixture
def foreign(outsider):
    """All that a manager of another hall may give a program."""
    return bearer(token_of(outsider, ["*:read", "*:write"])[1])


def test_token_of_another_hall_finds_none_of_our_rows(request, client, foreign):
    world = build_world(request)
    routes = [route for route, _ in KEYED if route.startswith("/api/v1/")]

    found = [
        (route, method, answer.status_code)
        for route in routes
        for method in ("get", "post", "patch", "delete")
        if (
            answer := getattr(client, method)(
                address(route, world), content_type="application/json", headers=foreign
            )
        ).status_code
        not in (403, 404, 405)
    ]

    assert len(routes) > 40
    assert found == []


def test_token_of_another_hall_lists_none_of_our_rows(request, client, foreign):
    world = build_world(request)

    for prefix in [prefix for room in ROOMS for prefix, _, _ in room.routes]:
        for query in ("", "?since=", "?hall=qinghe"):
            text = client.get(f"/api/v1/{prefix}/{query}", headers=foreign).content.decode()
            assert [mark for mark in world["marks"] if mark in text] == [], prefix


def test_cursor_of_our_hall_opens_nothing_to_another(client, foreign, manager, department):
    since = client.get("/api/v1/departments/?since=", headers=bearer(token_of(manager, ["*:read"])[1])).json()

    answer = client.get(f"/api/v1/departments/?since={since['next_since']}", headers=foreign)

    assert answer.json()["results"] == []


@pytest.mark.parametrize("scopes", [["accounts:read"], ["windows:write"], ["*:read"]])
def test_token_does_nothing_beyond_its_scopes(client, admin, hall, scopes):
    answer = client.post(ACCOUNTS, BODY, headers=bearer(token_of(admin, scopes)[1]))

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer mc",
        "Bearer mc__",
        "Bearer mc_%_x",
        "Bearer mc_a_b_c",
        "Bearer " + "x" * 9000,
    ],
)
def test_token_that_is_none(client, header):
    answer = client.get("/api/v1/halls/", headers={"Authorization": header})

    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")


def test_token_next_to_a_session_counts_alone(client, admin, clerk):
    """Who is signed in as administrator gets no more out of a clerk's token, and no CSRF exception."""
    client.force_login(admin)

    answer = client.get(ACCOUNTS, headers=bearer(token_of(clerk, ["*:read"])[1]))

    assert answer.status_code == 403


# --- headers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["a\r\nSet-Cookie: x=1", "a\nb", "a\x00b", "钥匙", "x" * 121, "\x1b[31m"])
def test_idempotency_key_carries_nothing_into_answer_or_log(client, admin, hall, key, caplog):
    client.force_login(admin)

    answer = client.post(ACCOUNTS, BODY, headers={"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_bad")
    assert key not in answer.content.decode()
    assert key not in str(answer.headers)
    assert key not in caplog.text
    assert IdempotencyKey.objects.count() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "1.2.3.4\r\nX: y"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Original-URL": "/api/v1/accounts/"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-Request-ID": 'a\r\nSet-Cookie: x=1; "'},
        {"Accept-Language": "../../etc"},
        {"Referer": "javascript:alert(1)"},
    ],
)
def test_forged_header_changes_nothing(client, manager, headers):
    client.force_login(manager)
    plain = client.get("/api/v1/halls/")

    forged = client.get("/api/v1/halls/", headers=headers)

    assert (forged.status_code, forged.json()) == (200, plain.json())
    assert "evil.example" not in forged.content.decode()
    assert "Set-Cookie" not in str(forged.headers)


def test_forged_address_does_not_reach_the_audit(client, admin, hall):
    client.force_login(admin)

    client.post(ACCOUNTS, BODY, headers={"X-Forwarded-For": "6.6.6.6"})

    assert AuditEntry.objects.latest("pk").address == "127.0.0.1"


# --- replay ---------------------------------------------------------------------------------------


def test_replay_does_a_write_once(client, admin, hall):
    headers = {**bearer(token_of(admin, ["*:write"])[1]), "Idempotency-Key": "k1"}

    answers = [client.post(ACCOUNTS, BODY, headers=headers) for _ in range(5)]

    assert [a.status_code for a in answers] == [201] * 5
    assert RoleGrant.objects.filter(user__username="zw9").count() == 1


def test_replay_after_revocation_gets_nothing(client, admin, hall):
    from accounts.services.tokens import revoke_token  # noqa: PLC0415 - beside its only use

    token, secret = token_of(admin, ["*:write"])
    headers = {**bearer(secret), "Idempotency-Key": "k1"}
    client.post(ACCOUNTS, BODY, headers=headers)
    revoke_token(token=token, by=admin)

    answer = client.post(ACCOUNTS, BODY, headers=headers)

    assert (answer.status_code, "id" in answer.json()) == (401, False)


def test_answer_of_one_person_is_not_replayed_to_another(client, admin, manager, hall):
    for person in (admin, manager):
        client.force_login(person)
        body = {"name": "对接", "scopes": ["*:read"], "expires_on": "2026-12-31"}
        answer = client.post(TOKENS, body, headers={"Idempotency-Key": "k1"})

        assert (answer.status_code, answer.json()["user"]) == (201, person.username)


def test_key_of_a_wider_token_gives_nothing_to_a_narrower_one(client, admin, hall):
    wide, narrow = (bearer(token_of(admin, scopes)[1]) for scopes in (["*:write"], ["*:read"]))
    client.post(ACCOUNTS, BODY, headers={**wide, "Idempotency-Key": "k1"})

    assert client.post(ACCOUNTS, BODY, headers={**narrow, "Idempotency-Key": "k1"}).status_code == 403
