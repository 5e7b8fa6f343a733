"""Accounts, settings and tokens through their services."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from accounts.models import Hall, IdempotencyKey, RoleGrant
from accounts.services import halls, people, tokens
from trail.models import AuditEntry


def test_create_account_gives_a_first_password_to_be_changed(admin, hall):
    user, first = people.create_account(username=" zw9 ", name="新人", hall=hall, role="clerk", by=admin)

    assert user.username == "zw9"
    assert user.check_password(first)
    assert user.must_change_password is True
    assert [e.action for e in AuditEntry.objects.order_by("pk")] == ["account.created", "role.granted"]


def test_create_account_by_a_manager_is_refused(manager, hall):
    with pytest.raises(NotPermitted):
        people.create_account(username="x", name="新人", hall=hall, role="admin", by=manager)


def test_create_account_in_another_hall_is_refused(admin, other_hall):
    with pytest.raises(NotPermitted):
        people.create_account(username="x", name="新人", hall=other_hall, role="clerk", by=admin)


def test_end_role_takes_effect_at_once(admin, clerk):
    people.end_role(grant=clerk.role_grants.get(), by=admin)

    assert list(RoleGrant.objects.filter(user=clerk).active()) == []


def test_initial_password_page_comes_first(client, clerk):
    clerk.must_change_password = True
    clerk.save()
    client.force_login(clerk)

    assert client.get("/me/").url == "/profile/password/"


def test_set_options_keeps_only_what_differs_from_the_default(admin, hall):
    changed = halls.set_options(hall=hall, values={"violations.statement_days": "3"}, by=admin)
    assert (changed, hall.option("violations.statement_days")) == (["violations.statement_days"], 3)

    halls.set_options(hall=hall, values={"violations.statement_days": "2"}, by=admin)
    assert Hall.objects.get(pk=hall.pk).settings == {}
    assert hall.option("violations.statement_days") == 2


@pytest.mark.parametrize("value", ["", "x", "0", "31", "1.5"])
def test_set_options_out_of_bounds_is_refused(admin, hall, value):
    with pytest.raises(Refused):
        halls.set_options(hall=hall, values={"violations.statement_days": value}, by=admin)

    assert hall.option("violations.statement_days") == 2


def make_token(user, scopes=("violations:read",), days=30):
    return tokens.issue_token(
        user=user, name="取数", scopes=scopes, expires_at=timezone.now() + timedelta(days=days), by=user
    )


def bearer(secret):
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


def test_token_acts_within_its_scope_only(client, manager):
    _, secret = make_token(manager, scopes=["accounts:read"])

    assert client.get("/api/v1/halls/", **bearer(secret)).status_code == 200
    assert client.get("/api/v1/jobs/", **bearer(secret)).status_code == 403


def test_token_without_write_scope_cannot_write(client, admin, hall):
    _, secret = make_token(admin, scopes=["accounts:read"])
    body = {"username": "n", "name": "n", "role": "clerk", "hall": hall.code}

    assert client.post("/api/v1/accounts/", body, **bearer(secret)).status_code == 403


def test_revoked_or_expired_token_is_a_401(client, manager):
    token, secret = make_token(manager, scopes=["*:read"])
    tokens.revoke_token(token=token, by=manager)
    assert client.get("/api/v1/halls/", **bearer(secret)).status_code == 401

    token, secret = make_token(manager, scopes=["*:read"])
    type(token).objects.filter(pk=token.pk).update(expires_at=timezone.now())
    assert client.get("/api/v1/halls/", **bearer(secret)).status_code == 401


def test_token_ends_with_the_roles_of_its_user(client, manager):
    _, secret = make_token(manager, scopes=["*:read"])
    manager.role_grants.update(ends_on=timezone.localdate() - timedelta(days=1))

    assert client.get("/api/v1/halls/", **bearer(secret)).status_code == 401


def test_only_a_hash_of_the_secret_is_kept(manager):
    token, secret = make_token(manager)

    assert secret.split("_")[2] not in str(token.__dict__)


def test_outsider_does_not_see_our_tokens(client, manager, outsider):
    make_token(manager)
    client.force_login(outsider)

    assert client.get("/api/v1/tokens/").json()["results"] == []


def test_write_with_an_idempotency_key_happens_once(client, admin, hall):
    client.force_login(admin)
    body = {"username": "zw9", "name": "新人", "role": "clerk", "hall": hall.code}
    headers = {"HTTP_IDEMPOTENCY_KEY": "k1"}

    first = client.post("/api/v1/accounts/", body, **headers)
    again = client.post("/api/v1/accounts/", body, **headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert {**again.json(), "initial_password": first.json()["initial_password"]} == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert RoleGrant.objects.filter(user__username="zw9").count() == 1


@pytest.mark.parametrize(
    ("url", "body", "secret"),
    [
        (
            "/api/v1/accounts/",
            {"username": "zw9", "name": "新人", "role": "clerk", "hall": "qinghe"},
            "initial_password",
        ),
        ("/api/v1/tokens/", {"name": "对接", "scopes": ["*:read"], "expires_on": "2026-12-31"}, "token"),
    ],
)
def test_a_secret_is_neither_kept_with_the_answer_nor_shown_again(client, admin, url, body, secret):
    client.force_login(admin)

    first, again = (client.post(url, body, HTTP_IDEMPOTENCY_KEY="k1").json() for _ in range(2))

    assert first[secret]
    assert secret not in again
    assert first[secret] not in str(IdempotencyKey.objects.values_list("body", flat=True))


def test_a_failure_of_ours_leaves_the_key_free(client, admin, hall, monkeypatch):
    client.force_login(admin)
    client.raise_request_exception = False
    body = {"username": "zw9", "name": "新人", "role": "clerk", "hall": hall.code}
    with monkeypatch.context() as broken:
        broken.setattr("accounts.api.people.create_account", lambda **_: 1 / 0)
        failed = client.post("/api/v1/accounts/", body, HTTP_IDEMPOTENCY_KEY="k1")

    again = client.post("/api/v1/accounts/", body, HTTP_IDEMPOTENCY_KEY="k1")

    assert (failed.status_code, again.status_code) == (500, 201)


def test_idempotency_key_on_another_request_is_refused(client, admin, hall):
    client.force_login(admin)
    body = {"username": "zw9", "name": "新人", "role": "clerk", "hall": hall.code}
    client.post("/api/v1/accounts/", body, HTTP_IDEMPOTENCY_KEY="k1")

    response = client.post("/api/v1/accounts/", {**body, "username": "zw8"}, HTTP_IDEMPOTENCY_KEY="k1")

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
