"""Lists (G7): the address is the filter. Whoever opens it sees the same rows and the same conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.pages import LISTS


def shown(page: Page) -> tuple[list[str], list[str]]:
    """The rows and the conditions."""
    return page.locator("tbody tr").all_inner_texts(), page.locator(".filter--on").all_inner_texts()


@pytest.mark.parametrize(("path", "role"), LISTS.items())
def test_address_is_the_filter(path: str, role: str, request: Any, open_page: Callable[..., Page]) -> None:
    user = request.getfixturevalue(role)
    page = open_page(user)
    page.goto(path)
    before = shown(page)

    page.locator("summary.filter").click()
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
