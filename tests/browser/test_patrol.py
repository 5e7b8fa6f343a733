"""A round on the phone: taps (G1, G2), a lost network (G3, G4), a lost answer (G5), photos (G6)."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from patrols.models import Finding, FindingPhoto, Visit
from tests.browser.conftest import axe_violations, overflow, sign_in, until
from tests.factories.patrols import RoundFactory
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory

MOST_BYTES = 300 * 1024
COUNT_TAPS = """
window.taps = 0;
document.addEventListener('pointerdown', () => { window.taps += 1 }, true);
"""
ALL_SENT = "async () => (await window.mingchuang.queue.all()).every(item => item.state === 'sent')"
TARGETS = "a, button, label, input:not([type=radio]):not([type=hidden])"
KEEP_UPLOADS = """() => {
    window.uploads = [];
    const send = window.fetch;
    window.fetch = async (url, options) => {
        if (options.body instanceof FormData) {
            const bytes = await options.body.get('photo').arrayBuffer();
            window.uploads.push([...new Uint8Array(bytes)]);
        }
        return send(url, options);
    };
}"""

TIME_TO_NEXT = """() => new Promise(resolve => {
    const start = performance.now();
    const code = document.querySelector('[data-code]');
    const seen = new MutationObserver(() => { seen.disconnect(); resolve(performance.now() - start); });
    seen.observe(code, {childList: true});
    document.querySelector('[data-ok]').click();
})"""


@pytest.fixture
def walk(rulebook, staff, colleague, department, hall, officer):
    """Eight windows, a round of the officer, people at two windows."""
    for n in range(6, 13):
        extra = WindowFactory(department=department, code=f"A{n:02d}", name="不动产登记窗口")
        person = StaffFactory(department=department, no=f"P{n}", name=f"职员{n}")
        PostingFactory(window=extra, staff=person)
    return RoundFactory(hall=hall, officer=officer)


@pytest.fixture
def phone(walk, officer, open_page, traffic) -> Iterator[Page]:
    """The round on a phone, its script ready. A request that found no network is no error of the page."""
    yield at_round(open_page(officer, phone=True), walk)
    traffic.errors = [e for e in traffic.errors if "net::ERR_" not in e]


def at_round(page: Page, walk: Any, code: str = "") -> Page:
    page.goto(f"/patrol/{walk.pk}/" + (f"?w={code}" if code else ""))
    expect(page.locator("[data-patrol][data-ready]")).to_be_attached()
    return page


def pick(page: Page, words: str) -> None:
    page.locator(".pick label", has_text=words).first.tap()


def at_window(page: Page, code: str) -> None:
    expect(page.locator("[data-code]")).to_have_text(code)


def synced(page: Page) -> None:
    until(page, "async () => (await window.mingchuang.queue.all()).every(item => item.state === 'sent')")
    expect(page.locator("[data-sync]")).to_have_text("已同步", timeout=20000)


def camera(width: int = 4000, height: int = 3000) -> bytes:
    """A noisy 12-megapixel JPEG with a position in it."""
    picture = Image.effect_noise((width // 4, height // 4), 60).resize((width, height)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 34.0, 0.0), 3: "E", 4: (105.0, 54.0, 0.0)})
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


def take_photo(page: Page, content: bytes | None = None) -> None:
    file = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": content or camera(800, 600)}
    page.locator("[data-camera]").set_input_files(files=[file])
    expect(page.locator("[data-photos] img")).to_have_count(1)


def offline(context: BrowserContext, page: Page) -> None:
    context.set_offline(True)
    expect(page.locator("[data-sync]")).to_contain_text("离线")


# --- G1, G2: taps and time --------------------------------------------------------------------


def test_finding_takes_four_taps(phone):
    phone.evaluate(COUNT_TAPS)
    started = time.monotonic()

    pick(phone, "王丽")
    pick(phone, "打瞌睡")
    take_photo(phone)  # opening the camera is the third tap, which the browser's file chooser takes
    phone.locator("[data-save]").tap()
    at_window(phone, "A06")

    assert phone.evaluate("window.taps") + 1 <= 4
    assert time.monotonic() - started < 15
    synced(phone)
    assert (Finding.objects.get().staff.name, FindingPhoto.objects.count()) == ("王丽", 1)


def test_only_person_is_chosen_already(walk, officer, open_page):
    phone = at_round(open_page(officer, phone=True), walk, "A06")

    pick(phone, "打瞌睡")
    expect(phone.locator("[data-sum]")).to_have_text("职员6 · 打瞌睡 · 扣 2 分")
    phone.locator("[data-save]").tap()
    at_window(phone, "A07")

    synced(phone)
    assert Finding.objects.get().staff.name == "职员6"


def test_no_problem_is_one_tap_without_waiting_for_the_network(phone):
    phone.route("**/api/v1/**", lambda route: None)  # the server never answers
    session = phone.context.new_cdp_session(phone)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})

    took = [phone.evaluate(TIME_TO_NEXT) for _ in range(5)]

    at_window(phone, "A10")
    print([round(ms) for ms in took], "ms to the next window")  # noqa: T201
    assert min(took) < 200  # the best of five: other work on this machine is not the page's


def test_sum_says_clause_and_what_the_window_loses(phone):
    pick(phone, "王丽")
    pick(phone, "玩游戏")

    expect(phone.locator("[data-sum]")).to_have_text("王丽 · 玩游戏 · 扣 5 分")
    expect(phone.locator("[data-sum-small]")).to_contain_text("细则 20-6，另扣窗口 2 分")


def test_act_about_people_asks_who(phone):
    pick(phone, "打瞌睡")
    phone.locator("[data-save]").tap()

    expect(phone.locator("[data-sum-small]")).to_contain_text("请选是谁")
    at_window(phone, "A05")


def test_more_opens_all_acts_with_search(phone):
    phone.locator("[data-more]").tap()
    phone.locator("[data-search]").fill("感谢")

    shown = phone.locator("[data-act]:visible .pick__face")
    assert {re.sub(r"\s.*", "", words) for words in shown.all_inner_texts()} == {"书面感谢", "感谢窗口"}


def test_stray_tap_on_no_problem_only_clears_the_choice(phone):
    pick(phone, "王丽")
    pick(phone, "打瞌睡")
    phone.locator("[data-ok]").tap()

    at_window(phone, "A05")
    assert Visit.objects.count() == 0


# --- undo -------------------------------------------------------------------------------------


def test_undo_takes_the_record_back(phone):
    pick(phone, "王丽")
    pick(phone, "打瞌睡")
    phone.locator("[data-save]").tap()
    synced(phone)

    phone.get_by_role("button", name="撤销").tap()

    at_window(phone, "A05")
    synced(phone)
    expect(phone.locator("[data-log-count]")).to_have_text("0 个问题")
    assert Finding.objects.get().record.status == "withdrawn"


def test_undo_before_it_was_sent_leaves_nothing(phone):
    offline(phone.context, phone)
    phone.locator("[data-ok]").tap()
    at_window(phone, "A06")
    phone.get_by_role("button", name="撤销").tap()
    at_window(phone, "A05")

    phone.context.set_offline(False)
    synced(phone)

    assert Visit.objects.count() == 0


# --- G3, G4: without a network ----------------------------------------------------------------


def test_round_without_a_network_loses_and_doubles_nothing(phone, walk):
    phone.locator("[data-ok]").tap()
    synced(phone)
    offline(phone.context, phone)

    for n in range(6, 13):
        at_window(phone, f"A{n:02d}")
        if n in (7, 9):
            pick(phone, "打瞌睡")
            take_photo(phone)
            phone.locator("[data-save]").tap()
        else:
            phone.locator("[data-ok]").tap()
    expect(phone.locator("[data-sync]")).to_have_text("离线，7 条待传")
    phone.context.set_offline(False)
    at_round(phone, walk)

    synced(phone)
    assert Visit.objects.count() == 8
    assert sorted(f.visit.window.code for f in Finding.objects.all()) == ["A07", "A09"]
    assert FindingPhoto.objects.count() == 2


def test_queue_survives_a_closed_tab(phone, walk):
    offline(phone.context, phone)
    pick(phone, "孙婷")
    pick(phone, "吃东西")
    take_photo(phone)
    phone.locator("[data-save]").tap()
    at_window(phone, "A06")
    context = phone.context
    phone.close()
    context.set_offline(False)

    again = at_round(context.new_page(), walk)

    synced(again)
    assert (Finding.objects.get().staff.name, FindingPhoto.objects.count()) == ("孙婷", 1)


def test_page_opens_again_without_a_network(phone, walk):
    phone.evaluate("navigator.serviceWorker.ready")
    until(
        phone,
        "async () => (await Promise.all((await caches.keys()).filter(n => n.startsWith('patrol-pages-'))"
        ".map(async n => (await (await caches.open(n)).keys()).length))).some(Boolean)",
    )
    offline(phone.context, phone)
    phone.locator("[data-ok]").tap()
    at_window(phone, "A06")

    at_round(phone, walk, "A06")

    expect(phone.locator("[data-count]")).to_have_text("1/8")
    phone.context.set_offline(False)
    synced(phone)
    assert Visit.objects.count() == 1


def test_draft_survives_a_closed_tab_and_a_lost_session(phone, walk, officer, live_server):
    pick(phone, "孙婷")
    pick(phone, "打瞌睡")
    phone.get_by_placeholder("补充说明").fill("靠在椅子上")
    take_photo(phone)
    context = phone.context
    phone.close()
    context.clear_cookies()
    login = context.new_page()
    login.goto(f"/patrol/{walk.pk}/?w=A05")
    assert "/login/" in login.url
    sign_in(context, officer, live_server.url)

    again = at_round(context.new_page(), walk, "A05")

    expect(again.locator("[data-photos] img")).to_have_count(1)
    expect(again.locator("[data-sum]")).to_have_text("孙婷 · 打瞌睡 · 扣 2 分")
    assert again.get_by_placeholder("补充说明").input_value() == "靠在椅子上"


def test_lost_session_asks_for_login_and_keeps_the_queue(phone, walk, officer, live_server):
    phone.context.clear_cookies()
    phone.locator("[data-ok]").tap()
    expect(phone.locator("[data-sync]")).to_have_text("请登录，1 条待传")

    sign_in(phone.context, officer, live_server.url)
    at_round(phone, walk)

    synced(phone)
    assert Visit.objects.count() == 1


def test_refused_item_is_shown_and_can_be_dropped(phone, walk):
    walk.finished_at = walk.started_at
    walk.save(update_fields=["finished_at"])
    phone.locator("[data-ok]").tap()
    expect(phone.locator("[data-sync]")).to_have_text("1 条需要处理")

    phone.locator("[data-sync]").tap()
    expect(phone.locator("[data-queue]")).to_contain_text("这一轮已经结束")
    phone.get_by_role("button", name="删除").tap()
    phone.get_by_role("button", name="确定删除").tap()

    expect(phone.locator("[data-sync]")).to_have_text("已同步")


# --- G5, G6 -----------------------------------------------------------------------------------


def test_answer_that_got_lost_makes_no_second_record(phone):
    sent = []

    def lose_the_first_answer(route):
        sent.append(route.request.post_data_json["client_uuid"])
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    phone.route("**/api/v1/visits/", lose_the_first_answer)
    pick(phone, "王丽")
    pick(phone, "打瞌睡")
    phone.locator("[data-save]").tap()

    synced(phone)
    assert (len(sent), len(set(sent)), Finding.objects.count()) == (2, 1, 1)


def test_photo_is_shrunk_on_the_device_and_carries_no_position(phone):
    phone.evaluate(KEEP_UPLOADS)
    pick(phone, "王丽")
    pick(phone, "打瞌睡")
    take_photo(phone, camera())
    phone.locator("[data-save]").tap()
    synced(phone)

    body = bytes(phone.evaluate("window.uploads[0]"))
    sent = Image.open(io.BytesIO(body))
    assert len(body) <= MOST_BYTES
    assert max(sent.size) <= 1600
    assert (b"Exif" in body, sent.size[0] < sent.size[1]) == (False, True)  # turned upright
    corner = sent.convert("L").crop((0, sent.size[1] - 20, 40, sent.size[1] - 2))
    assert corner.resize((1, 1)).getpixel((0, 0)) < 110  # the dark strip with window and time


# --- what every page keeps --------------------------------------------------------------------


def test_page_keeps_its_weight_and_requests(walk, officer, open_page, traffic):
    page = open_page(officer, phone=True)
    page.goto(f"/patrol/{walk.pk}/", wait_until="networkidle")

    asked = {r.url for r in traffic.responses if "/api/" not in r.url and not r.url.endswith("/sw.js")}
    from_page = [url for url in asked if "favicon" not in url]
    print(len(from_page), "requests,", traffic.weight(), "bytes")  # noqa: T201
    assert len(from_page) <= 8
    assert traffic.weight() <= 90 * 1024


@pytest.mark.parametrize("width", [320, 360, 390, 768, 1280])
def test_page_never_scrolls_sideways(walk, officer, open_page, width):
    page = at_round(open_page(officer), walk)
    page.set_viewport_size({"width": width, "height": 780})

    assert overflow(page) <= 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/patrol/{}/", "/patrol/{}/done/", "/patrol/"])
def test_page_is_accessible(walk, officer, open_page, path, theme):
    page = open_page(officer, phone=True, color_scheme=theme, reduced_motion="reduce")
    page.goto(path.format(walk.pk))

    assert axe_violations(page) == []


def test_controls_are_large_enough_for_a_thumb(phone):
    small = phone.evaluate(
        """targets => [...document.querySelectorAll(targets)]
            .filter(e => e.offsetParent && !e.closest('dialog') && !e.closest('.skip'))
            .map(e => [e.className || e.name, e.getBoundingClientRect()])
            .filter(([, r]) => r.width && (r.width < 43.5 || r.height < 43.5))
            .map(([name, r]) => `${name} ${Math.round(r.width)}x${Math.round(r.height)}`)""",
        TARGETS,
    )

    assert small == []


def test_round_works_without_script(walk, officer, open_page):
    page = open_page(officer, phone=True, java_script_enabled=False)
    page.goto(f"/patrol/{walk.pk}/")

    pick(page, "王丽")
    pick(page, "打瞌睡")
    page.get_by_role("button", name="记下，去 A06").click()

    at_window(page, "A06")
    assert Finding.objects.get().staff.name == "王丽"


def test_whole_round_by_hand(phone, walk, officer, open_page):
    """Given a round, when each window is done and the round is closed, then it is closed."""
    for n in range(5, 13):
        at_window(phone, f"A{n:02d}")
        phone.locator("[data-ok]").tap()
    expect(phone.locator("[data-count]")).to_have_text("8/8")
    synced(phone)

    phone.locator("[data-finish]").tap()
    phone.get_by_role("button", name="结束本轮").tap()

    expect(phone.locator("h1")).to_have_text("下午轮小结")
    walk.refresh_from_db()
    assert walk.finished_at is not None


def test_times_are_the_halls_also_on_a_device_of_another_zone(walk, officer, open_page):
    phone = at_round(open_page(officer, phone=True, timezone_id="America/New_York"), walk, "A06")
    before = timezone.localtime()

    pick(phone, "打瞌睡")

    shown = phone.locator("[data-sum-small]").inner_text()
    minutes = {f"{moment:%H:%M} 自动记时" for moment in (before, timezone.localtime())}
    assert shown.split("，")[-1] in minutes
