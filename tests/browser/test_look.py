"""What every page keeps, whoever opens it: weight (G9), contrast and ARIA (G11), no sideways scroll (G13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from bulletins.models import Bulletin
from tests.addresses import PAGES, opener, person_of
from tests.browser.conftest import Traffic, axe_violations, overflow
from tests.browser.pages import LIMITS, VARIANTS
from tests.sweep_world import build_world

WIDTHS = (320, 360, 390, 768, 920, 1280)
LIMIT = 120 * 1024
REQUESTS = 8
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
LOOKS = ((1280, "light", None), (1280, "dark", CONTRAST), (390, "light", None), (390, "dark", CONTRAST))

PARTS = 6
"""So many tests share the pages, so that several processes can look at once."""
LEFT_OUT = ("/gallery/", "/logout/")


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
    """Every rule in light at both widths; the other theme changes colours only: contrast is asked again."""
    problems = []
    for width, theme, rules in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
        problems += [f"{theme} {width}: {line}" for line in axe_violations(page, rules)]
    page.evaluate("document.documentElement.removeAttribute('data-theme')")
    return problems


def look_at(page: Page, traffic: Traffic, path: str) -> list[str]:
    traffic.forget()
    answer = page.goto(path, wait_until="networkidle")
    if answer is None or not answer.ok:
        return [f"{path} answers {answer and answer.status}"]
    return [*heaviness(path, traffic), *sideways(page, path), *inaccessible(page)]


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page(part: int, request: Any, open_page: Callable[..., Page], traffic: Traffic) -> None:
    """Each page once, as the first of the cast who may open it: nobody adds a new page to a list."""
    world = build_world(request)
    world["issued"] = Bulletin.objects.filter(status="issued").latest("pk").pk
    mine = [route for route, _ in PAGES[part::PARTS] if route not in LEFT_OUT]
    found = [page for route in mine if (page := opener(route, world))]
    found += [(role, path.format(**world)) for role, path in VARIANTS[part::PARTS]]
    screens: dict[str, Page] = {}

    problems = []
    for role, path in found:
        if role not in screens:
            who = person_of(role, world) if role else None
            screens[role] = open_page(who, reduced_motion="reduce")
        problems += look_at(screens[role], traffic, path)

    assert found
    assert not problems, "\n".join(problems)


def test_gallery(manager, settings, open_page: Callable[..., Page], traffic: Traffic) -> None:
    settings.DEBUG = True
    page = open_page(manager, reduced_motion="reduce")

    problems = look_at(page, traffic, "/gallery/")

    assert not problems, "\n".join(problems)
