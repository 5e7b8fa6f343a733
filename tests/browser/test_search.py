"""The search at the top of the page by keyboard: results as one types, up and down, Enter, Esc."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_violations


def test_search_by_keyboard_alone(
    manager: Any, staff: Any, window: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(manager)
    page.goto("/today/")

    page.keyboard.press("/")
    page.keyboard.type("Ａ０５", delay=30)

    box, first = page.locator("#search-q"), page.locator("#search-list [role=option]").first
    expect(first).to_contain_text(f"A05 {window.name}")
    expect(box).to_have_attribute("aria-expanded", "true")
    assert axe_violations(page) == []
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", first.get_attribute("id") or "")
    page.keyboard.press("ArrowUp")
    expect(first).to_have_attribute("aria-selected", "false")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/windows/{window.pk}/")


def test_escape_closes_and_enter_searches(
    manager: Any, staff: Any, window: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(manager)
    page.goto("/today/")
    page.locator("#search-q").fill("王丽")
    expect(page.locator("#search-found")).to_contain_text("王丽")

    page.keyboard.press("Escape")
    expect(page.locator("#search-found")).to_be_hidden()
    page.locator("#search-q").fill("王丽")
    page.keyboard.press("Enter")

    page.wait_for_url("**/search/?q=*")
    expect(page.locator("main")).to_contain_text("人员")


def test_search_without_script(manager: Any, window: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(manager, java_script_enabled=False)
    page.goto("/today/")

    page.locator("#search-q").fill("A05")
    page.locator("#search-q").press("Enter")

    expect(page.locator("main")).to_contain_text(window.name)
