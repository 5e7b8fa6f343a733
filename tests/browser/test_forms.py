"""Forms: errors one can find (G19), nothing typed is lost (G24), look by keyboard and without script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import FORMS


@pytest.mark.parametrize(("path", "role"), FORMS.items())
def test_errors_are_said_twice_in_the_same_words(
    path: str, role: str, request: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(request.getfixturevalue(role))
    page.goto(path)

    page.locator("main form[data-draft] button[type=submit]").first.click()

    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    assert page.title().startswith("有错误：")
    said = summary.locator("a").all_inner_texts()
    assert said
    assert [words for words in said if page.locator(".field__error", has_text=words).count() == 0] == []
    summary.locator("a").first.click()
    assert page.evaluate("document.activeElement.closest('.field--error') !== null")


def test_draft_survives_the_end_of_the_session(admin: Any, open_page: Callable[..., Page]) -> None:
    admin.set_password("correct horse 1")
    admin.save(update_fields=["password"])
    page = open_page(admin)
    page.goto("/settings/accounts/new/")
    page.get_by_label("姓名").fill("刘洋")
    page.get_by_label("职务").fill("审批股股长")

    page.context.clear_cookies(name="sessionid")
    page.locator("main form[data-draft] button[type=submit]").click()
    page.get_by_label("账号").fill(admin.username)
    page.get_by_label("密码").fill("correct horse 1")
    page.get_by_role("button", name="登录").click()

    page.wait_for_url("**/settings/accounts/new/")
    assert page.get_by_label("姓名").input_value() == "刘洋"
    assert page.get_by_label("职务").input_value() == "审批股股长"


def test_draft_is_forgotten_once_accepted(admin: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(admin)
    page.goto("/settings/accounts/new/")
    page.get_by_label("账号").fill("liuyang")
    page.get_by_label("姓名").fill("刘洋")

    page.locator("main form[data-draft] button[type=submit]").click()
    expect(page.locator("h1")).to_have_text("刘洋")
    page.goto("/settings/accounts/new/")

    assert page.get_by_label("姓名").input_value() == ""


def test_large_text_and_colours_are_kept(manager: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(manager, phone=True)
    page.goto("/profile/")

    page.get_by_role("button", name="大字版").click()
    page.get_by_role("button", name="深色").click()
    page.goto("/today/")

    root = page.locator("html")
    expect(root).to_have_attribute("data-text", "large")
    expect(root).to_have_attribute("data-theme", "dark")


def test_large_text_without_script(manager: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(manager, java_script_enabled=False)
    page.goto("/profile/")

    page.get_by_role("button", name="大字版").click()

    assert page.locator("html[data-text=large]").count() == 1
