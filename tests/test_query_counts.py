"""At most 10 queries a list, 15 a home page, 6 an API list, 1 /healthz; the same with more rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories.bulletins import counting_record
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory
from tests.sweep_world import build_world
from tests.test_sweep import ROUTES

HOMES = ("/today/", "/me/", "/window/", "/unit/", "/settings/", "/rules/")  # /rules/ is a text, not a list
WRITING = ("/logout/", "/look/", "/api/v1/schema/", "/api/v1/docs/")
LIMITS = {"page": 10, "home": 15, "api": 6}
MANY = 12


def kind_of(route: str) -> str:
    if route.startswith("/api/v1/"):
        return "api"
    return "home" if route in HOMES else "page"


def count(client, route: str) -> int | None:
    """Queries of a reading request that answers with a page; the second one, so caches are warm."""
    client.get(route)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(route)
    return len(queries) if answer.status_code == 200 else None


def grow(hall, manager, department, numbers: range) -> None:
    """More windows, people and findings."""
    for n in numbers:
        window = WindowFactory(department=department, code=f"Z{n:02d}")
        person = StaffFactory(department=department, no=f"Z{n:03d}")
        PostingFactory(staff=person, window=window)
        counting_record(hall, since=f"2026-11-0{2 + n % 5} 11:{n:02d}", by=manager, staff=person)


def later(minutes: int):
    """When the ten seconds are over in which a notice is held back."""
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes))


@pytest.fixture
def world(request, db):
    return build_world(request)


@pytest.mark.parametrize("role", ["manager", "leader", "clerk", "head", "unit", "admin", "supervisor"])
def test_queries_stay_few_and_do_not_grow(request, client, world, hall, manager, department, role):
    client.force_login(request.getfixturevalue(role))
    routes = [route for route, _ in ROUTES if "<" not in route and route not in WRITING]

    grow(hall, manager, department, range(2))
    with later(minutes=1):
        before = {route: count(client, route) for route in routes}
    grow(hall, manager, department, range(2, MANY))
    with later(minutes=2):
        after = {route: count(client, route) for route in routes}

    shown = {route: n for route, n in after.items() if n is not None}
    assert {r: n for r, n in shown.items() if n > LIMITS[kind_of(r)]} == {}
    assert {r: (before[r], n) for r, n in shown.items() if before[r] is not None and n > before[r]} == {}


def test_health_asks_one_query(client, db, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert client.get("/healthz").status_code == 200
