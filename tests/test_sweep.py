"""Every address, page and API, as a stranger, as each role of the hall, and as each role of another hall.

The rules are read off the views: `@public` opens to strangers, `@allow(...)` names the permissions a
role must hold. Objects of our hall are put behind every address with a key; people of another hall
must not find them, whatever they may do at home.
"""

from __future__ import annotations

import pytest
from django.apps import apps

from accounts.roles import ROLES
from tests.addresses import API, KEYED, PAGES, ROUTES, address, is_known, keys
from tests.factories.accounts import person_with
from tests.sweep_world import build_world

LOGIN = "/login/"
SHARED = {"month", "key", "form", "on"}
"""Keys that every hall has of its own: such a page is asked for words of ours only."""


@pytest.fixture
def world(request, db):
    """One of everything in our hall, by the name of the address's key."""
    return build_world(request)


def test_every_keyed_address_has_an_object_in_the_world(world):
    """A new address finds its object by itself; failing that, `build_world` must make one."""
    missing = [route for route, _ in KEYED if not is_known(route, world)]

    assert missing == []


def test_pages_ask_a_stranger_to_sign_in_unless_public(client, world):
    wrong = []
    for route, callback in PAGES:
        url = address(route, world)
        for answer in (client.get(url), client.post(url)):
            place = answer.headers.get("Location", "").split("?")[0]
            if getattr(callback, "is_public", False):
                wrong += [(route, answer.status_code)] if answer.status_code >= 500 else []
            elif (answer.status_code, place) not in ((302, LOGIN), (405, "")):
                wrong.append((route, answer.status_code, place))

    assert wrong == []


def test_api_refuses_a_stranger(client, world):
    wrong = []
    for route, _ in API:
        url = address(route, world)
        for answer in (client.get(url), client.post(url)):
            if answer.status_code not in (302, 401, 403, 405):
                wrong += [(route, answer.status_code)]

    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_own_hall_opens_what_the_role_may_and_nothing_fails(client, world, hall, role):
    user = person_with(role, hall)
    client.force_login(user)

    wrong = []
    for route, callback in ROUTES:
        permissions = getattr(callback, "permissions", None)
        answer = client.get(address(route, world))
        if answer.status_code >= 500:
            wrong.append((route, answer.status_code))
        if permissions and not user.can_any(permissions) and answer.status_code not in (403, 404, 405):
            wrong.append((route, answer.status_code))

    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_another_hall_finds_nothing_of_ours(client, world, other_hall, role):
    """Neither behind an address with a key, nor by a word in a list."""
    client.force_login(person_with(role, other_hall))

    leaks = []
    for route, callback in ROUTES:
        if getattr(callback, "is_public", False):
            continue
        answers = [client.get(address(route, world))]
        if set(keys(route)) - SHARED:
            answers.append(client.post(address(route, world)))
            leaks += [(route, a.status_code) for a in answers if not is_refused(a)]
        leaks += [(route, mark) for mark in world["marks"] if mark in text_of(answers[0])]

    assert leaks == []


def is_refused(answer) -> bool:
    """Not found, not allowed, or asked to sign in."""
    if answer.status_code == 302:
        return answer.headers["Location"].startswith(LOGIN)
    return answer.status_code in (403, 404, 405)


def text_of(answer) -> str:
    """The body as words; a file counts as none."""
    return "" if answer.streaming else answer.content.decode(errors="ignore")


def test_every_page_says_who_may_open_it():
    """A view without a mark is open by oversight."""
    silent = [
        route for route, cb in PAGES if not hasattr(cb, "permissions") and not getattr(cb, "is_public", False)
    ]

    assert silent == []


def test_every_model_with_a_hall_is_scoped():
    """Each fact carries its hall, and its manager knows `visible_to`."""
    internal = {
        "accounts.rolegrant",
        "accounts.halloption",
        "trail.numberseries",
    }
    unscoped = [
        model._meta.label_lower
        for model in apps.get_models()
        if any(f.name == "hall" for f in model._meta.fields)
        and not hasattr(model._default_manager.all(), "visible_to")
        and model._meta.label_lower not in internal
    ]

    assert unscoped == []
