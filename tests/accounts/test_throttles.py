"""Limits of the API: 429 with Retry-After, per token, per person and per address."""

import pytest
import time_machine
from django.core.cache import cache

from accounts.addresses import address_group, client_address
from tests.factories.accounts import token_of

HALLS = "/api/v1/halls/"
AT = "2026-11-23 10:00:15+08:00"


@pytest.fixture(autouse=True)
def still(settings):
    """Frozen at 15 seconds past the minute, with counters of its own."""
    settings.API_RATES = {"token": "3/minute", "person": "3/minute", "address": "8/minute"}
    cache.clear()
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller
    cache.clear()


def bearer(secret, **extra):
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}", **extra}


def statuses(client, times, **extra):
    return [client.get(HALLS, **extra).status_code for _ in range(times)]


@pytest.mark.django_db
def test_token_beyond_its_rate(client, manager):
    _, secret = token_of(manager, ["*:read"])
    assert statuses(client, 3, **bearer(secret)) == [200] * 3

    answer = client.get(HALLS, **bearer(secret))

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "45")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["detail"]) == ("throttled", "请求太频繁，请 45 秒后再试。")


@pytest.mark.django_db
def test_token_is_free_again_when_the_window_ends(client, manager, still):
    _, secret = token_of(manager, ["*:read"])
    statuses(client, 4, **bearer(secret))

    still.shift(45)

    assert statuses(client, 1, **bearer(secret)) == [200]


@pytest.mark.django_db
def test_each_token_counts_for_itself_wherever_it_is_used(client, manager):
    (_, one), (_, two) = (token_of(manager, ["*:read"]) for _ in range(2))
    statuses(client, 3, **bearer(one))

    assert statuses(client, 1, **bearer(one, REMOTE_ADDR="10.0.0.9")) == [429]
    assert statuses(client, 1, **bearer(two)) == [200]


@pytest.mark.django_db
def test_person_beyond_the_rate(client, manager, officer):
    client.force_login(manager)
    assert statuses(client, 4) == [200, 200, 200, 429]

    client.force_login(officer)
    assert statuses(client, 1) == [200]


@pytest.mark.django_db
def test_address_beyond_its_rate_with_wrong_tokens_and_unknown_addresses(client):
    wrong = [client.get(HALLS, **bearer("mc_00000000_0")).status_code for _ in range(5)]
    wrong += [client.get("/api/v1/nothing/").status_code for _ in range(3)]
    assert wrong == [401] * 5 + [404] * 3

    answer = client.get(HALLS, **bearer("mc_00000000_0"))

    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert answer.headers["Retry-After"] == "45"
    assert client.get(HALLS, REMOTE_ADDR="10.0.0.9").status_code == 401


@pytest.mark.django_db
def test_pages_are_not_counted(client):
    assert {client.get("/login/").status_code for _ in range(12)} == {200}


@pytest.mark.django_db
@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_forged_header_makes_no_fresh_bucket(client, settings, proxies):
    """What the client writes stands left of what our proxies append."""
    settings.PROXY_COUNT = proxies
    ours = ", ".join(["203.0.113.7", "10.1.1.1"][:proxies])

    answers = [
        client.get(HALLS, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}, {ours}" if ours else f"198.51.100.{n}")
        for n in range(9)
    ]

    assert [a.status_code for a in answers] == [401] * 8 + [429]


@pytest.mark.django_db
def test_addresses_of_one_ipv6_network_share_a_bucket(client):
    answers = [client.get(HALLS, REMOTE_ADDR=f"2001:db8:1:2::{n:x}") for n in range(1, 10)]

    assert answers[-1].status_code == 429
    assert client.get(HALLS, REMOTE_ADDR="2001:db8:1:3::1").status_code == 401


@pytest.mark.django_db
def test_no_limit_when_none_is_set(client, settings):
    settings.API_RATES = {"address": ""}

    assert set(statuses(client, 20)) == {401}


@pytest.mark.django_db
def test_a_cache_that_is_away_does_not_stop_the_hall(client, monkeypatch):
    def gone(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(cache, "incr", gone)

    assert set(statuses(client, 12)) == {401}


# --- whose address --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.1", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (2, "198.51.100.1, 203.0.113.7, 10.1.1.1", "203.0.113.7"),
        (2, "203.0.113.7", "192.0.2.1"),
        (1, "203.0.113.7:51234", "203.0.113.7"),
        (1, "[2001:db8::7]:443", "2001:db8::7"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "unknown", "192.0.2.1"),
        (1, "203.0.113.7\r\nX: y", "192.0.2.1"),
        (1, "１０.0.0.1", "192.0.2.1"),
    ],
)
def test_address_of_the_client(rf, settings, proxies, forwarded, address):
    settings.PROXY_COUNT = proxies

    request = rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == address


@pytest.mark.parametrize(
    ("address", "group"),
    [("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("", ""), ("unix", "unix")],
)
def test_group_of_an_address(address, group):
    assert address_group(address) == group
