"""Counts beside the menu on every page, whichever scripts the page itself needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.factories.violations import record_of
from violations.models import Act


@pytest.mark.parametrize("path", ["/rules/", "/findings/", "/today/"])
def test_menu_counts_what_waits(
    path: str, rulebook: Any, staff: Any, officer: Any, manager: Any, open_page: Callable[..., Page]
) -> None:
    bonus = Act.objects.filter(is_bonus=True).first()
    for _ in range(3):
        record_of(bonus, staff=staff, by=officer)
    page = open_page(manager)

    page.goto(path)

    expect(page.locator("#badge-findings")).to_have_text("3 条待办")


def test_phone_without_a_menu_does_not_ask(manager: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(manager, phone=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/rules/")
    page.wait_for_load_state("networkidle")

    assert [url for url in asked if "/badges/" in url] == []
