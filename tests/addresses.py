"""Every address of the site, what stands behind its keys, and who may open it: what all sweeps walk over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories.accounts import person_with
from tests.sweep_world import place_of

SKIPPED = ("/static", "/__debug__")
CAST = ("manager", "admin", "leader", "clerk", "head", "unit", "supervisor", "officer", "inspector")
"""Who is asked to open a page, in this order; what nobody of them may open is tried as a stranger."""


def patterns(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every (route, callback) of the site."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.callback


def clean(route: str) -> str:
    """A route of either kind as one with <kind:name> keys only."""
    route = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route)
    return "/" + re.sub(r"[\^$]|\\Z", "", route).replace("\\.", ".").replace("//", "/")


ROUTES = sorted({clean(r): cb for r, cb in patterns() if not clean(r).startswith(SKIPPED)}.items())
PAGES = [(route, cb) for route, cb in ROUTES if not route.startswith("/api/")]
API = [(route, cb) for route, cb in ROUTES if route.startswith("/api/v1/") and "<format>" not in route]
KEYED = [(route, cb) for route, cb in ROUTES if "<" in route and "<format>" not in route]
VIEWS = dict(ROUTES)


def keys(route: str) -> list[str]:
    """The names of the keys in a route."""
    return [key.split(":")[-1] for key in re.findall(r"<([^>]+)>", route)]


def address(route: str, world: dict[str, Any]) -> str:
    """The route with a key of our hall in every place.

    A key nobody has named in `sweep_world.PLACES` is found by trying what the room of the view keeps.
    """
    unknown = [key for key in keys(route) if not place_of(route, key)]
    if not unknown:
        return _filled(route, world, {})
    found = world.setdefault("found", {})
    if route not in found:
        found[route] = _try_out(route, unknown, world)
    return _filled(route, world, found[route])


def is_known(route: str, world: dict[str, Any]) -> bool:
    """Whether something of our hall stands behind every key of the route."""
    address(route, world)
    return "" not in world.get("found", {}).get(route, {}).values()


def _filled(route: str, world: dict[str, Any], found: dict[str, Any]) -> str:
    def thing(match: re.Match[str]) -> str:
        key = match[1].split(":")[-1]
        return str(found[key] if key in found else world[place_of(route, key)])

    return re.sub(r"<([^>]+)>", thing, route)


def _try_out(route: str, unknown: list[str], world: dict[str, Any]) -> dict[str, Any]:
    """Objects of the view's room until one page is found; as the page it belongs to, for an act upon it."""
    for shorter in (route, *_pages_above(route)):
        label = VIEWS[shorter].__module__.split(".")[0]
        for model in apps.get_app_config(label).get_models():
            row = model._base_manager.order_by("pk").values_list("pk", flat=True).first()
            tried = dict.fromkeys(unknown, row)
            if row is not None and _is_found(_filled(shorter, world, tried), world):
                return tried
    return dict.fromkeys(unknown, "")


def _pages_above(route: str) -> list[str]:
    """Routes with the same keys that this one only adds a word to."""
    above = [other for other in VIEWS if route.startswith(other) and other != route]
    return sorted((other for other in above if keys(other) == keys(route)), key=len, reverse=True)


def _is_found(url: str, world: dict[str, Any]) -> bool:
    for role in CAST:
        answer = signed_in(role, world).get(url)
        if answer.status_code not in (403, 404, 405):
            return True
    return False


def signed_in(role: str, world: dict[str, Any]) -> Client:
    """A client of somebody who holds the role in our hall; a stranger for no role."""
    clients = world.setdefault("clients", {})
    if role not in clients:
        clients[role] = Client()
        if role:
            clients[role].force_login(person_of(role, world))
    return clients[role]


def person_of(role: str, world: dict[str, Any]) -> Any:
    """The one of the fixed cast who holds the role, or somebody new."""
    people = world.setdefault("people", {})
    if role not in people:
        people[role] = world["cast"].get(role) or person_with(role, world["cast"]["hall"])
    return people[role]


def is_page(answer: Any) -> bool:
    """HTML of a whole page, not a part that htmx puts into one."""
    is_html = answer.headers["Content-Type"].startswith("text/html")
    return is_html and not answer.streaming and b"<html" in answer.content[:200]


def opener(route: str, world: dict[str, Any]) -> tuple[str, str] | None:
    """(role, address) of the first of the cast who gets a page; None when it is none for anybody.

    What answers with a file, a redirect or data is no page; neither is what is only sent to.
    """
    url = address(route, world)
    for role in (*CAST, ""):
        answer = signed_in(role, world).get(url)
        if answer.status_code == 405:
            return None
        if answer.status_code == 200:
            return (role, url) if is_page(answer) else None
    return None


def pages_of(role: str, world: dict[str, Any]) -> dict[str, str]:
    """Route → address of every page the role gets."""
    found = {}
    for route, _ in PAGES:
        answer = signed_in(role, world).get(address(route, world))
        if answer.status_code == 200 and is_page(answer):
            found[route] = address(route, world)
    return found
