"""Lists (G7): the address is the filter. Whoever opens it sees the same rows and the same conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.pages import LISTS
from tests.factories.bulletins import counting_record


def shown(page: Page) -> tuple[list[str], list[str]]:
    """The rows and the conditions."""
    return page.locator("tbody tr").all_inner_texts(), page.locator(".filter--on").all_inner_texts()


@pytest.mark.parametrize(("path", "role"), LISTS.items())
def test_address_is_the_filter(path: str, role: str, request: Any, open_page: Callable[..., Page]) -> None:
    user = request.getfixturevalue(role)
    page = open_page(user)
    page.goto(path)
    before = shown(page)

    page.locator("summary.filter", has_text="筛选").click()
    page.locator(".filters__panel input[name=q]").fill("不会有的词")
    page.locator(".filters__panel button[type=submit]").click()

    page.wait_for_url("**q=*")
    filtered = shown(page)
    assert filtered[1] != before[1]
    assert page.locator(".empty").inner_text().startswith("没有符合条件的")

    fresh = open_page(user)
    fresh.goto(page.url)
    assert shown(fresh) == filtered

    page.go_back()
    assert shown(page) == before


@pytest.mark.parametrize(("path", "role"), LISTS.items())
def test_condition_is_removed_by_its_chip(
    path: str, role: str, request: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(request.getfixturevalue(role))
    page.goto(f"{path}?q=不会有的词")

    page.locator(".filter--on").first.click()

    assert page.locator(".filter--on").count() == 0
    assert "q=" not in page.url


def test_address_is_shown_to_select_when_it_cannot_be_copied(
    manager: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(manager)
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto("/findings/?q=A05")

    page.locator("summary.filter", has_text="复制链接").click()

    box = page.locator("#list-address")
    assert box.is_visible()
    assert "q=A05" in box.input_value()
    assert page.evaluate("getSelection().toString() || document.activeElement.value") == box.input_value()


def test_ticked_rows_are_counted_and_all_of_the_page_at_once(
    manager: Any, hall: Any, rulebook: Any, staff: Any, open_page: Callable[..., Page]
) -> None:
    counting_record(hall, since="2026-11-02 10:00", by=manager, staff=staff)
    page = open_page(manager)
    page.goto("/findings/")

    page.locator("[data-bulk-all]").check()

    assert page.locator("[data-bulk-count]").inner_text() == "已选 1 条"
