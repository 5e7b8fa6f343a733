"""One month through every hand, in a real browser: from three findings to the score sheet.

The clock of the hall is moved on between the hands; the browser keeps its own, as a badly set phone
would, and the findings still get the hall's time.
"""

from __future__ import annotations

import io
from zipfile import ZipFile

import pytest
import time_machine
from django.utils import timezone
from docx import Document
from playwright.sync_api import Page, expect

from accounts.models import Hall
from assessments.models import AssessmentMonth
from bulletins.models import Bulletin
from patrols.enums import RoundKind
from patrols.models import Round
from patrols.services.rounds import start_round
from tests.factories.patrols import photo
from tests.factories.windows import PostingFactory, WindowFactory
from trail.services import jobs
from violations.enums import RecordStatus
from violations.models import ConductRecord

PHONE = {"viewport": {"width": 390, "height": 844}}
FOUND = ("离岗", "串岗聊天", "玩游戏")
TAPS = "window.taps = 0; document.addEventListener('click', e => { if (e.detail) window.taps += 1 }, true);"

pytestmark = pytest.mark.usefixtures("head", "second_manager")


def tick() -> None:
    """What the beat does every quarter of an hour."""
    for name, hall_id, period in jobs.due_runs(timezone.now()):
        jobs.run_job(name, hall=Hall.objects.get(pk=hall_id), period=period)


def note(page: Page, words: str) -> None:
    """Who, what, a photo, save."""
    page.locator("[data-who] label", has_text="王丽").tap()
    page.locator("[data-acts] label", has_text=words).first.tap()
    upload = photo("seen.jpg", (1200, 900))
    file = {"name": "seen.jpg", "mimeType": "image/jpeg", "buffer": upload.read()}
    page.locator("[data-camera]").set_input_files([file])
    page.locator("[data-save]").tap()


def test_from_a_patrol_to_the_score_sheet(
    open_page, rulebook, hall, window, staff, clerk, officer, manager, leader, traffic
):
    clean = WindowFactory(department=window.department, code="A01")  # wins the flag, art. 24(四)
    PostingFactory(window=clean)
    with time_machine.travel("2026-10-21 10:00+08:00", tick=True):
        three_findings(open_page, hall, officer)
        records = list(ConductRecord.objects.order_by("pk"))
        assert [r.status for r in records] == [RecordStatus.NOTIFIED] * 3
        assert {str(r.day) for r in records} == {"2026-10-21"}

    with time_machine.travel("2026-10-21 15:00+08:00", tick=True):
        answers(open_page(clerk, phone=True, **PHONE), records)

    with time_machine.travel("2026-10-22 09:00+08:00", tick=True):
        decisions(open_page(manager), records)
        expected = [RecordStatus.CONFIRMED, RecordStatus.CONFIRMED, RecordStatus.DISMISSED]
        assert [r.status for r in ConductRecord.objects.order_by("pk")] == expected

    with time_machine.travel("2026-10-23 17:40+08:00", tick=True):
        tick()
        bulletin = Bulletin.objects.get(hall=hall, iso_week="2026-W43")
        assert bulletin.items.count() == 2

    with time_machine.travel("2026-10-26 08:40+08:00", tick=True):
        signed(open_page, bulletin, manager, leader)

    with time_machine.travel("2026-11-02 09:00+08:00", tick=True):
        tick()
        month = AssessmentMonth.objects.get(hall=hall, month="2026-10-01")
        assert month.status == "scored"
        sheet(open_page(manager), staff, "2026-10")


def three_findings(open_page, hall, officer) -> None:
    round_ = start_round(hall=hall, kind=RoundKind.MORNING, by=officer)
    page = open_page(officer, phone=True, **PHONE)
    for words in FOUND:
        page.goto(f"/patrol/{round_.pk}/?w=A05")
        expect(page.locator("[data-patrol][data-ready]")).to_be_attached()
        note(page, words)
        expect(page.locator("[data-sync]")).to_have_text("已同步", timeout=20000)
    page.goto(f"/patrol/{round_.pk}/done/")
    expect(page.locator("main")).to_contain_text("玩游戏")
    assert Round.objects.get().visits.count() == 3


def answers(page: Page, records: list[ConductRecord]) -> None:
    page.goto("/me/")
    expect(page.locator("#pend-h")).to_have_text("3 条扣分等你确认")
    for record in records:
        page.goto(f"/findings/{record.pk}/")
        page.locator("label", has_text="我要陈述").click()
        page.locator("label", has_text="在谈工作").click()
        page.locator("textarea").fill("在和邻窗核对同一宗业务的产权证号。")
        page.get_by_role("button", name="提交", exact=True).click()
        expect(page.locator("main")).to_contain_text("已陈述，待认定")


def decisions(page: Page, records: list[ConductRecord]) -> None:
    for record, verdict in zip(records, ("认定成立", "认定成立", "不予认定"), strict=True):
        page.goto(f"/findings/{record.pk}/")
        expect(page.locator("#statement")).to_contain_text("产权证号")
        page.locator("label", has_text=verdict).click()
        page.locator("#decide ~ * textarea, form textarea").first.fill("看了照片和叫号记录。")
        page.get_by_role("button", name="提交认定").click()
        expect(page.locator("main")).to_contain_text("已确认" if verdict == "认定成立" else "不予认定")


def signed(open_page, bulletin: Bulletin, manager, leader) -> None:
    page = open_page(manager)
    page.goto(f"/bulletins/{bulletin.pk}/edit/")
    page.get_by_role("button", name="送签").first.click()
    expect(page.locator("main")).to_contain_text("待签发")

    page = open_page(leader, phone=True, **PHONE)
    page.goto(f"/bulletins/{bulletin.pk}/")
    page.get_by_role("link", name="签发").first.click()
    page.get_by_role("button", name="签发").last.click()
    expect(page.locator("main")).to_contain_text("第1期")
    page.get_by_role("button", name="已阅").first.click()
    expect(page.get_by_role("button", name="已阅")).to_have_count(0)
    bulletin.refresh_from_db()
    assert (bulletin.status, bulletin.number, len(bulletin.sha256)) == ("issued", 1, 64)

    with page.expect_download() as download:
        page.get_by_role("link", name="下载").first.click()
    content = download.value.path().read_bytes()
    assert ZipFile(io.BytesIO(content)).testzip() is None
    words = "\n".join(p.text for p in Document(io.BytesIO(content)).paragraphs)
    tables = "\n".join(c.text for t in Document(io.BytesIO(content)).tables for r in t.rows for c in r.cells)
    assert "王丽" in words + tables
    assert ("玩游戏" in words + tables) is False


def sheet(page: Page, staff, month: str) -> None:
    page.goto(f"/assess/{month}/?kind=staff")
    page.goto(f"/assess/{month}/people/{staff.pk}/")
    expect(page.locator(".sheet__total .figure").first).to_have_text("96")
    lines = page.locator("#lines ~ ul .score-line")
    expect(lines).to_have_count(2)
    lines.first.get_by_role("link").first.click()
    expect(page.locator(".photo img").first).to_be_visible()
    href = page.locator("a.photo").first.get_attribute("href")
    assert page.request.get(href).status == 200
