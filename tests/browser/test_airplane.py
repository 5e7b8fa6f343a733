"""Two journeys on a 390 px phone: ten windows without a network, and a matter put right after print."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Page, expect

from assessments.models import AssessmentMonth, Line, Scorecard
from assessments.services.months import publish_month, score_month
from bulletins.models import Bulletin
from bulletins.services.drafting import submit_bulletin
from bulletins.services.signing import sign_off
from patrols.models import Finding, FindingPhoto, Visit
from tests.browser.test_month import tick
from tests.browser.test_patrol import at_round, at_window, offline, pick, synced, take_photo
from tests.factories.patrols import RoundFactory
from tests.factories.windows import PostingFactory, StaffFactory, WindowFactory
from trail.actors import Robot
from violations.enums import RecordSource
from violations.models import ConductRecord
from violations.services.opening import Found, find_record
from windows.models import Posting, Staff, Window

PHONE = {"viewport": {"width": 390, "height": 844}}
FOUND_AT = ("A07", "A09", "A12")

pytestmark = pytest.mark.usefixtures("head", "second_manager")


def visit_ten(page: Page) -> None:
    """Ten windows one after the other, a finding with a photo at three of them."""
    for n in range(5, 15):
        at_window(page, f"A{n:02d}")
        if f"A{n:02d}" in FOUND_AT:
            pick(page, "打瞌睡")
            take_photo(page)
            page.locator("[data-save]").tap()
        else:
            page.locator("[data-ok]").tap()


def test_ten_windows_in_airplane_mode_leave_three_records_with_photos(
    open_page, rulebook, hall, department, staff, officer, traffic
):
    for n in range(6, 15):
        window = WindowFactory(department=department, code=f"A{n:02d}", name="不动产登记窗口")
        person = StaffFactory(department=department, no=f"P{n}", name=f"职员{n}")
        PostingFactory(window=window, staff=person)
    walk = RoundFactory(hall=hall, officer=officer)
    page = at_round(open_page(officer, phone=True, **PHONE), walk)
    context = page.context
    offline(context, page)

    visit_ten(page)
    expect(page.locator("[data-sync]")).to_have_text("离线，10 条待传")
    page.close()
    assert Visit.objects.count() == 0
    context.set_offline(False)
    again = at_round(context.new_page(), walk)

    synced(again)
    assert Visit.objects.count() == 10
    seen = {f.visit.window.code: f.photos.count() for f in Finding.objects.all()}
    assert seen == dict.fromkeys(FOUND_AT, 1)
    assert (ConductRecord.objects.count(), FindingPhoto.objects.count()) == (3, 3)
    photo = FindingPhoto.objects.first()
    assert again.request.get(photo.file.get_absolute_url()).status == 200
    traffic.errors = [e for e in traffic.errors if "net::ERR_" not in e]


def state_it(page: Page, record: ConductRecord) -> None:
    page.goto(f"/findings/{record.pk}/")
    page.locator("label", has_text="我要陈述").click()
    page.locator("label", has_text="在谈工作").click()
    page.locator("textarea").fill("在和邻窗核对同一宗业务的产权证号。")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("main")).to_contain_text("已陈述，待认定")


def confirm(page: Page, record: ConductRecord) -> None:
    page.goto(f"/findings/{record.pk}/")
    page.locator("label", has_text="认定成立").click()
    page.locator("#decide ~ * textarea, form textarea").first.fill("看了照片。")
    page.get_by_role("button", name="提交认定").click()
    expect(page.locator("main")).to_contain_text("已确认")


def appeal(page: Page, record: ConductRecord) -> None:
    page.goto(f"/findings/{record.pk}/")
    page.get_by_role("link", name="我要申诉").click()
    page.locator("textarea").fill("叫号系统当时正在叫我的号，有记录。")
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("main")).to_contain_text("申诉中")


def allow(page: Page, record: ConductRecord) -> None:
    page.goto(record.appeals.get().get_absolute_url())
    page.locator("label", has_text="成立").first.click()
    page.locator("main form textarea").fill("叫号记录属实，撤销。")
    page.get_by_role("button", name="提交裁定").click()
    expect(page.locator("main")).to_contain_text("申诉成立，已撤销")


def printed(hall: Any, week: str, manager: Any, leader: Any) -> Bulletin:
    """The issue of a week that the job drafted, sent up and signed."""
    tick()
    bulletin = Bulletin.objects.get(hall=hall, iso_week=week)
    return sign_off(bulletin=submit_bulletin(bulletin=bulletin, by=manager), by=leader)


def test_matter_allowed_on_appeal_after_publication_leaves_an_erratum_the_leader_sees(
    open_page, rulebook, hall, window, staff, clerk, officer, manager, leader
):
    act = rulebook.rulebook.acts.get(code="chatting_at_other_post")
    for model in (Staff, Posting, Window):  # written today, which lies behind the days of this story
        model.objects.update(changed_at="2026-10-01 08:00+08:00")
    with time_machine.travel("2026-10-28 10:00+08:00", tick=True):
        found = Found(act=act, at=timezone.now(), window=window, staff=staff, source=RecordSource.PATROL)
        record = find_record(found, hall=hall, by=officer)
    with time_machine.travel("2026-10-28 15:00+08:00", tick=True):
        state_it(open_page(clerk, phone=True, **PHONE), record)
    with time_machine.travel("2026-10-29 09:00+08:00", tick=True):
        confirm(open_page(manager), record)
    with time_machine.travel("2026-10-30 17:40+08:00", tick=True):
        first = printed(hall, "2026-W44", manager, leader)
        assert first.items.count() == 1
    with time_machine.travel("2026-11-02 09:00+08:00", tick=True):
        tick()
        months = AssessmentMonth.objects.filter(hall=hall).order_by("month")
        *_, month = [publish_month(month=row, by=manager) for row in months]
        sealed = Scorecard.objects.get(run=month.run, kind="staff", subject_id=staff.pk).total

    with time_machine.travel("2026-11-03 10:00+08:00", tick=True):
        appeal(open_page(clerk, phone=True, **PHONE), record)
    with time_machine.travel("2026-11-04 10:00+08:00", tick=True):
        allow(open_page(leader, phone=True, **PHONE), record)

    with time_machine.travel("2026-11-06 17:40+08:00", tick=True):
        later = printed(hall, "2026-W45", manager, leader)
        page = open_page(leader, phone=True, **PHONE)
        page.goto(f"/bulletins/{later.pk}/")
        expect(page.locator("main")).to_contain_text("特此更正")
        expect(page.locator("main")).to_contain_text(record.number)
        november = score_month(hall=hall, month=date(2026, 11, 1), by=Robot("test"))
        given_back = Line.objects.get(card__run=november.run, kind="erratum", card__kind="staff")
        assert (given_back.record_id, given_back.points > 0) == (record.pk, True)
        page.goto(f"/assess/2026-11/people/{staff.pk}/")
        expect(page.locator("main")).to_contain_text("更正")
    month.refresh_from_db()
    assert Scorecard.objects.get(run=month.run, kind="staff", subject_id=staff.pk).total == sealed
