"""Pages of one window and one person, the code sheet, and a roster brought in by hand."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import Traffic
from tests.browser.test_look import look_at
from tests.windows.papers import ROSTER
from windows.models import Staff


def test_window_and_person(
    manager, staff, head, colleague, window, open_page: Callable[..., Page], traffic: Traffic
):
    page = open_page(manager, reduced_motion="reduce")
    paths = [
        window.get_absolute_url(),
        f"{window.get_absolute_url()}edit/",
        f"{window.get_absolute_url()}backup/",
        staff.get_absolute_url(),
        f"{staff.get_absolute_url()}leave/",
        "/settings/windows/codes/",
    ]

    problems = [line for path in paths for line in look_at(page, traffic, path)]

    assert not problems, "\n".join(problems)


def test_roster_is_looked_at_and_brought_in(manager, hall, open_page: Callable[..., Page]):
    page = open_page(manager)
    page.goto("/settings/import/")
    page.set_input_files("input[name=file]", ROSTER)
    page.get_by_role("button", name="先看结果").click()
    page.get_by_role("link", name="去看结果").click()
    page.get_by_role("button", name="确认导入").click()
    page.get_by_role("link", name="去看结果").click()
    page.wait_for_url("**/settings/people/**")

    page.goto("/hall/qinghe/")

    assert Staff.objects.filter(hall=hall).count() == 93
    assert page.locator("article").count() == 42
    assert page.locator("article", has_text="217").locator("li", has_text="鲁国铭").count() == 1
