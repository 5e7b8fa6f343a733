"""At most 10 queries a list, 15 a home page, 20 a page about one thing, 6 an API list, 1 /healthz.

Every address that answers a reading request is asked; more rows must not mean more queries.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from config.benchmarks.filling import fill
from config.benchmarks.result import Size
from tests.addresses import ROUTES, address
from tests.factories.bulletins import counting_record
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory
from tests.sweep_world import build_world

# /rules/ is a text, not a list; /badges/ counts what the home pages count
HOMES = ("/today/", "/me/", "/window/", "/unit/", "/settings/", "/rules/", "/badges/")
WRITING = ("/logout/", "/look/", "/api/v1/schema/", "/api/v1/docs/")
LIMITS = {"page": 10, "home": 15, "detail": 20, "api": 6, "api detail": 20}
MANY = 12


def kind_of(route: str) -> str:
    """What sort of address this is; keys in it mean a page about one thing."""
    if route.startswith("/api/v1/"):
        return "api detail" if "<" in route else "api"
    return "detail" if "<" in route else "home" if route in HOMES else "page"


def count(client, url: str, enough: int = 0) -> int | None:
    """Queries of a reading request that answers with a page.

    With warm caches: it is asked twice, unless the first time already took no more than `enough`.
    """
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url)
        if answer.status_code != 200:
            return None
        if len(queries) <= enough:
            break
    return len(queries)


def grow(hall, manager, department, numbers: range) -> None:
    """More windows, people and findings."""
    for n in numbers:
        window = WindowFactory(department=department, code=f"Z{n:02d}")
        person = StaffFactory(department=department, no=f"Z{n:03d}")
        PostingFactory(staff=person, window=window)
        counting_record(hall, since=f"2026-11-0{2 + n % 5} 11:{n:02d}", by=manager, staff=person)


def later(minutes: int):
    """When the ten seconds are over in which a notice is held back; the clock stands still.

    A minute that passes on a slow machine would write the moment the session was last seen.
    """
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


@pytest.fixture
def world(request, db):
    return build_world(request)


@pytest.mark.parametrize("role", ["manager", "leader", "clerk", "head", "unit", "admin", "supervisor"])
def test_queries_stay_few_and_do_not_grow(request, client, world, hall, manager, department, role):
    client.force_login(request.getfixturevalue(role))
    urls = {r: address(r, world) for r, _ in ROUTES if "<format>" not in r and r not in WRITING}

    grow(hall, manager, department, range(2))
    with later(minutes=1):
        before = {route: count(client, url) for route, url in urls.items() if "<" not in route}
    grow(hall, manager, department, range(2, MANY))
    with later(minutes=2):
        after = {}
        for route, url in urls.items():
            few = before.get(route)
            after[route] = count(client, url, enough=LIMITS[kind_of(route)] if few is None else few)

    shown = {route: n for route, n in after.items() if n is not None}
    assert {r: n for r, n in shown.items() if n > LIMITS[kind_of(r)]} == {}
    assert {r: (before[r], n) for r, n in shown.items() if before.get(r) is not None and n > before[r]} == {}


def in_a_hall_of(size: Size, role: str) -> dict[str, int]:
    """Queries of every address without a key in an invented hall that is gone afterwards."""
    client = Client()
    undo = transaction.savepoint()
    fill(size)
    client.force_login(User.objects.get(username=f"{role}0"))
    routes = [route for route, _ in ROUTES if "<" not in route and route not in WRITING]
    found = {route: n for route in routes if (n := count(client, route)) is not None}
    transaction.savepoint_rollback(undo)
    return found


@pytest.mark.parametrize("role", ["manager"])
def test_queries_are_those_of_ten_rows_with_a_thousand_and_ten_thousand_people(role, db):
    few = in_a_hall_of(Size(staff=100, rows=10, halls=1), role)
    many = in_a_hall_of(Size(staff=10_000, rows=1_000, halls=1), role)

    assert {route: n for route, n in many.items() if n > LIMITS[kind_of(route)]} == {}
    assert {route: (few[route], n) for route, n in many.items() if n > few.get(route, n)} == {}


def test_health_asks_one_query(client, db, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert client.get("/healthz").status_code == 200
