"""Two at one form (G23), and nothing typed is lost (G24): with script and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from bulletins.services.drafting import draft_bulletin
from tests.browser.conftest import axe_violations, overflow, until
from tests.factories.bulletins import counting_record
from windows.models import Window

PASSWORD = "correct horse 1"


@pytest.fixture
def writer(manager: Any) -> Any:
    manager.set_password(PASSWORD)
    manager.save(update_fields=["password"])
    return manager


def sign_in_again(page: Page, user: Any) -> None:
    page.get_by_label("账号").fill(user.username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


@pytest.mark.parametrize("phone", [False, True])
def test_second_save_shows_both_and_asks(
    window: Window, manager: Any, second_manager: Any, open_page: Callable[..., Page], phone: bool
) -> None:
    first, second = open_page(manager), open_page(second_manager, phone=phone)
    for page in (first, second):
        page.goto(f"/windows/{window.pk}/edit/")
    first.get_by_label("服务承诺").fill("当日办结")
    first.get_by_label("区域").fill("东区")
    first.get_by_role("button", name="保存").click()
    first.wait_for_url(f"**/windows/{window.pk}/")

    second.get_by_label("服务承诺").fill("立等可取")
    second.get_by_role("button", name="保存").click()

    expect(second.locator("[data-error-summary]")).to_be_focused()
    expect(second.locator("main")).to_contain_text("周敏刚改过")
    assert axe_violations(second) == []
    assert overflow(second) <= 0
    second.get_by_role("button", name="按上面的选择保存").click()  # 服务承诺 is not chosen yet
    expect(second.locator("h1")).to_have_text(f"修改窗口 {window.code}")
    second.locator(".card", has_text="服务承诺").get_by_label("用我的").check()
    second.get_by_role("button", name="按上面的选择保存").click()
    second.wait_for_url(f"**/windows/{window.pk}/")
    window.refresh_from_db()
    assert (window.pledge, window.zone) == ("立等可取", "东区")
    second.goto(f"/windows/{window.pk}/edit/")
    expect(second.get_by_text("已恢复上次没有提交的内容")).to_have_count(0)


def test_second_writes_on_in_the_form(
    window: Window, manager: Any, second_manager: Any, open_page: Callable[..., Page]
) -> None:
    first, second = open_page(manager), open_page(second_manager)
    for page in (first, second):
        page.goto(f"/windows/{window.pk}/edit/")
    first.get_by_label("服务承诺").fill("当日办结")
    first.get_by_role("button", name="保存").click()
    first.wait_for_url(f"**/windows/{window.pk}/")
    second.get_by_label("服务承诺").fill("立等可取")
    second.get_by_role("button", name="保存").click()

    second.get_by_role("button", name="先回到表单再改").click()
    expect(second.get_by_label("服务承诺")).to_have_value("立等可取")
    second.get_by_label("服务承诺").fill("当日办结，立等可取")
    second.get_by_role("button", name="保存").click()

    second.wait_for_url(f"**/windows/{window.pk}/")
    window.refresh_from_db()
    assert window.pledge == "当日办结，立等可取"


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("cookies", [["sessionid"], ["sessionid", "csrftoken"]])
def test_session_ends_in_the_middle_of_a_form(
    writer: Any, window: Window, open_page: Callable[..., Page], script: bool, cookies: list[str]
) -> None:
    page = open_page(writer, java_script_enabled=script)
    page.goto(f"/windows/{window.pk}/edit/")
    page.get_by_label("服务承诺").fill("当日办结")
    page.get_by_label("职责").fill("不动产登记")
    for name in cookies:
        page.context.clear_cookies(name=name)

    page.get_by_role("button", name="保存").click()
    sign_in_again(page, writer)

    page.wait_for_url(f"**/windows/{window.pk}/edit/")
    expect(page.get_by_label("服务承诺")).to_have_value("当日办结")
    expect(page.get_by_label("职责")).to_have_value("不动产登记")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url(f"**/windows/{window.pk}/")
    window.refresh_from_db()
    assert (window.pledge, window.duty) == ("当日办结", "不动产登记")
    page.goto(f"/windows/{window.pk}/edit/")
    expect(page.locator("[data-kept], .notice", has_text="没有提交")).to_have_count(0)


def test_check_code_of_an_older_tab_is_freshened(
    writer: Any, window: Window, open_page: Callable[..., Page]
) -> None:
    page = open_page(writer)
    page.goto(f"/windows/{window.pk}/edit/")
    page.get_by_label("服务承诺").fill("当日办结")
    other = page.context.new_page()
    other.context.clear_cookies(name="sessionid")
    other.goto("/login/")
    sign_in_again(other, writer)
    other.wait_for_url("**/today/")

    page.get_by_role("button", name="保存").click()

    page.wait_for_url(f"**/windows/{window.pk}/")
    window.refresh_from_db()
    assert window.pledge == "当日办结"


def test_check_code_without_script(writer: Any, window: Window, open_page: Callable[..., Page]) -> None:
    page = open_page(writer, java_script_enabled=False)
    page.goto(f"/windows/{window.pk}/edit/")
    page.get_by_label("服务承诺").fill("当日办结")
    home = page.url.split("/windows/")[0]
    page.context.add_cookies([{"name": "csrftoken", "value": "n" * 32, "url": home}])

    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("当日办结")
    page.get_by_role("button", name="再提交一次").click()

    page.wait_for_url(f"**/windows/{window.pk}/")
    window.refresh_from_db()
    assert window.pledge == "当日办结"


def test_draft_restored_later_does_not_overwrite_what_came_between(
    window: Window, manager: Any, second_manager: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(manager)
    page.goto(f"/windows/{window.pk}/edit/")
    page.get_by_label("服务承诺").fill("立等可取")
    page.get_by_label("服务承诺").blur()
    page.goto("/today/")
    other = open_page(second_manager)
    other.goto(f"/windows/{window.pk}/edit/")
    other.get_by_label("服务承诺").fill("当日办结")
    other.get_by_role("button", name="保存").click()
    other.wait_for_url(f"**/windows/{window.pk}/")

    page.goto(f"/windows/{window.pk}/edit/")
    expect(page.get_by_label("服务承诺")).to_have_value("立等可取")
    page.get_by_role("button", name="保存").click()

    expect(page.locator("main")).to_contain_text("郑平刚改过")
    window.refresh_from_db()
    assert window.pledge == "当日办结"


def test_what_was_typed_before_the_script_came_is_kept_too(
    window: Window, manager: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(manager)
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    page.route("**/js/drafts*.js", hold)
    page.goto(f"/windows/{window.pk}/edit/")
    page.get_by_label("服务承诺").fill("立等可取")
    page.get_by_label("服务承诺").blur()

    while not late:
        page.wait_for_timeout(20)
    late[0].continue_()
    until(page, "Object.keys(localStorage).some(key => key.startsWith('draft:'))")
    page.unroute("**/js/drafts*.js")
    page.reload()

    expect(page.locator("form[data-draft]")).to_contain_text("已恢复上次没有提交的内容")
    expect(page.get_by_label("服务承诺")).to_have_value("立等可取")


def test_drafts_of_a_device_go_with_the_sign_out(
    window: Window, manager: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(manager)
    page.goto(f"/windows/{window.pk}/edit/")
    page.get_by_label("服务承诺").fill("立等可取")
    page.get_by_label("服务承诺").blur()
    drafts = "Object.keys(localStorage).filter(key => key.startsWith('draft:')).length"
    until(page, f"{drafts} === 1")  # the script that keeps drafts comes with the first key

    page.goto("/profile/")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login/**")

    assert page.evaluate(drafts) == 0


def test_bulletin_is_saved_while_writing_and_goes_on_at_another_desk(
    hall: Any, rulebook: Any, manager: Any, staff: Any, open_page: Callable[..., Page]
) -> None:
    counting_record(hall, since="2026-11-04 10:00", by=manager, staff=staff)
    draft = draft_bulletin(hall=hall, iso_week="2026-W45", by=manager)
    page = open_page(manager)
    page.goto(f"/bulletins/{draft.pk}/edit/")

    page.get_by_label("发现的主要问题").fill("离岗仍是主要问题。")
    expect(page.locator("[data-autosave-state]")).to_contain_text("已自动保存")
    other = open_page(manager)
    other.goto(f"/bulletins/{draft.pk}/edit/")
    other.get_by_role("button", name="接着写").click()

    expect(other.get_by_label("发现的主要问题")).to_have_value("离岗仍是主要问题。")
    other.get_by_role("button", name="保存文字").click()
    expect(other.locator(".toast")).to_contain_text("文字已保存")
    draft.refresh_from_db()
    assert draft.words == {"problems": "离岗仍是主要问题。"}
