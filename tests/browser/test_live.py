"""刚刚发生 on /today/: asked for when it can be seen, and told anew while the page stands open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.factories.violations import record_of
from violations.models import Act


def test_feed_tells_of_what_happens_while_the_page_stands_open(
    rulebook: Any, staff: Any, officer: Any, manager: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(manager)
    page.clock.install()
    page.goto("/today/")
    page.locator("#feed").scroll_into_view_if_needed()
    expect(page.locator("#feed")).to_contain_text("最近两周没有新的记录。")

    record_of(Act.objects.filter(is_bonus=True).first(), staff=staff, by=officer)
    page.clock.run_for(61_000)

    expect(page.locator("#feed li")).to_have_count(1)
    expect(page.locator("#feed li a")).to_contain_text(staff.name)


def test_feed_below_the_fold_is_not_asked_for_before_it_is_seen(
    rulebook: Any, staff: Any, officer: Any, manager: Any, open_page: Callable[..., Page]
) -> None:
    record_of(Act.objects.filter(is_bonus=True).first(), staff=staff, by=officer)
    page = open_page(manager, phone=True, viewport={"width": 360, "height": 400})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/today/")
    page.wait_for_load_state("networkidle")
    before = [url for url in asked if "/findings/recent/" in url]
    page.locator("#feed").scroll_into_view_if_needed()

    expect(page.locator("#feed li")).to_have_count(1)
    assert before == []


def test_feed_without_script_leads_to_the_list(
    rulebook: Any, manager: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(manager, java_script_enabled=False)

    page.goto("/today/")
    page.locator("#feed").get_by_role("link", name="按时间看问题台账").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("问题台账")
