"""What every page keeps, whoever opens it: weight (G9), contrast and ARIA (G11), no sideways scroll (G13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from bulletins.models import Bulletin
from tests.browser.conftest import Traffic, axe_violations, overflow
from tests.browser.pages import DETAILS, LIMITS, PAGES, PUBLIC
from tests.sweep_world import build_world

WIDTHS = (320, 360, 390, 768, 920, 1280)
LIMIT = 120 * 1024
REQUESTS = 8
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
SEEN = set()

pytestmark = pytest.mark.usefixtures("cast")


@pytest.fixture
def cast(rulebook, staff, manager, officer, head, clerk, leader, supervisor, unit, admin) -> None:
    """Everybody is there, and the rulebook in force."""


def new_pages(paths: list[str]) -> list[str]:
    """Paths no role before this one has had looked at."""
    fresh = [path for path in paths if path not in SEEN]
    SEEN.update(fresh)
    return fresh


def heaviness(path: str, traffic: Traffic) -> list[str]:
    limit = next((most for start, most in LIMITS.items() if path.startswith(start)), LIMIT)
    problems = []
    if traffic.weight() > limit:
        problems.append(f"{path} weighs {traffic.weight()} bytes, more than {limit}")
    asked = [r.url for r in traffic.responses if r.request.resource_type != "image" or r.url.endswith(".svg")]
    if len(asked) > REQUESTS:
        problems.append(f"{path} needs {len(asked)} requests: {asked}")
    return problems


def sideways(page: Page, path: str) -> list[str]:
    problems = []
    for text in ("", "large"):
        page.evaluate("text => document.documentElement.setAttribute('data-text', text)", text)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            if overflow(page) > 0:
                problems.append(f"{path} scrolls {overflow(page)} px sideways at {width} {text}")
    page.evaluate("document.documentElement.removeAttribute('data-text')")
    return problems


def inaccessible(page: Page) -> list[str]:
    """Every rule in light; the other theme changes colours only, so only contrast is asked again."""
    problems = []
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for theme, rules in (("light", None), ("dark", CONTRAST)):
            page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
            problems += [f"{theme} {width}: {line}" for line in axe_violations(page, rules)]
    return problems


def look_at(page: Page, traffic: Traffic, path: str) -> list[str]:
    traffic.forget()
    answer = page.goto(path, wait_until="networkidle")
    if answer is None or not answer.ok:
        return [f"{path} answers {answer and answer.status}"]
    return [*heaviness(path, traffic), *sideways(page, path), *inaccessible(page)]


@pytest.mark.parametrize("role", list(PAGES))
def test_pages_of_role(role: str, request: Any, open_page: Callable[..., Page], traffic: Traffic) -> None:
    page = open_page(request.getfixturevalue(role), reduced_motion="reduce")

    problems = [line for path in new_pages(PAGES[role]) for line in look_at(page, traffic, path)]

    assert not problems, "\n".join(problems)


def test_pages_of_one_thing(request: Any, manager, open_page: Callable[..., Page], traffic: Traffic) -> None:
    world = build_world(request)
    world["issued"] = Bulletin.objects.filter(status="issued").latest("pk").pk
    page = open_page(manager, reduced_motion="reduce")

    problems = [line for path in DETAILS for line in look_at(page, traffic, path.format(**world))]

    assert not problems, "\n".join(problems)


def test_pages_of_citizens(open_page: Callable[..., Page], traffic: Traffic) -> None:
    page = open_page(reduced_motion="reduce")

    problems = [line for path in PUBLIC for line in look_at(page, traffic, path)]

    assert not problems, "\n".join(problems)


def test_gallery(manager, settings, open_page: Callable[..., Page], traffic: Traffic) -> None:
    settings.DEBUG = True
    page = open_page(manager, reduced_motion="reduce")

    problems = look_at(page, traffic, "/gallery/")

    assert not problems, "\n".join(problems)
