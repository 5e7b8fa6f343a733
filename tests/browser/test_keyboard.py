"""Keyboard alone (G12): a visible focus at every stop, nothing under the bars, `/` goes to the search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

STOP = """() => {
  const el = document.activeElement, box = el.getBoundingClientRect(), style = getComputedStyle(el);
  const inner = el.closest('.search, .btn, label');
  const shown = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
    || inner && (getComputedStyle(inner).outlineStyle !== 'none' || inner.matches('.search, .pick label'));
  const bars = [...document.querySelectorAll('.topbar, .tabbar, .patrol-bar, .actionbar')]
    .filter(bar => !bar.contains(el) && ['fixed', 'sticky'].includes(getComputedStyle(bar).position))
    .map(bar => bar.getBoundingClientRect());
  const hidden = !el.closest('.topbar, .sidenav, .tabbar, .skip') && bars.some(
    bar => bar.height && box.top >= bar.top - 1 && box.bottom <= bar.bottom + 1 && box.left < bar.right);
  return {tag: el.tagName, name: (el.textContent || el.name || '').trim().slice(0, 30), shown, hidden};
}"""


def walk(page: Page, most: int = 60) -> list[dict[str, Any]]:
    """Press Tab until the page is left, and say what was met."""
    stops = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop["tag"] == "BODY":
            break
        stops.append(stop)
    return stops


@pytest.mark.parametrize("path", ["/today/", "/findings/", "/profile/"])
def test_focus_is_always_seen(path: str, manager: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(manager)
    page.goto(path)

    stops = walk(page)

    assert stops[0]["name"] == "跳到正文"
    assert [stop for stop in stops if not stop["shown"] or stop["hidden"]] == []


def test_slash_goes_to_the_search(manager: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(manager)
    page.goto("/today/")

    page.keyboard.press("/")

    expect(page.locator("#search-q")).to_be_focused()
    page.keyboard.type("A05")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=A05")


def test_skip_link_leads_to_the_text(manager: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(manager)
    page.goto("/today/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()
