"""用户手册: every page it names opens for its reader, every picture it names is there.

`MANUAL_SCREENSHOTS=1 pytest tests/browser/test_manual.py` builds a demo hall and takes the pictures anew.
"""

from __future__ import annotations

import io
import os
import re
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from PIL import Image
from playwright.sync_api import Page

from accounts.models import User
from config.demo import builder
from tests.browser.conftest import DESKTOP, FLAGS, PHONE, sign_in

MANUAL = Path(settings.BASE_DIR) / "docs" / "用户手册"
PICTURES = MANUAL / "图"
NOW = datetime.fromisoformat("2026-11-13T15:00+08:00")
LARGEST, MOST = 150 * 1024, 20

READERS = {
    "值班员.md": "officer",
    "大厅管理员.md": "manager",
    "窗口人员.md": "clerk",
    "窗口负责人.md": "head",
    "领导.md": "leader",
    "纪检监察.md": "supervisor",
    "义务监督员.md": "inspector",
    "派驻单位联系人.md": "unit",
    "系统管理员.md": "admin",
}
"""Who reads which page; README.md is for everybody."""

SHOTS = {
    # picture: login, address, on a phone
    "登录": ("", "/login/", False),
    "值班员-巡查": ("officer", "/patrol/", True),
    "值班员-补录": ("officer", "/findings/new/", True),
    "大厅管理员-今日": ("manager", "/today/", False),
    "大厅管理员-台账": ("manager", "/findings/", False),
    "大厅管理员-通报": ("manager", "/bulletins/", False),
    "大厅管理员-月考核": ("manager", "/assess/", False),
    "窗口人员-我的得分": ("clerk", "/me/", True),
    "窗口人员-考勤": ("clerk", "/me/attendance/", True),
    "窗口负责人-本窗口": ("head", "/window/", False),
    "领导-今日": ("leader", "/today/", False),
    "纪检监察-留痕": ("supervisor", "/audit/", False),
    "派驻单位-本单位": ("unit", "/unit/", False),
    "系统管理员-设置": ("admin", "/settings/", False),
    "系统管理员-账号": ("admin", "/settings/accounts/", False),
}


def pages() -> dict[str, str]:
    return {page.name: page.read_text(encoding="utf-8") for page in sorted(MANUAL.glob("*.md"))}


def addresses(words: str) -> list[str]:
    """Pages named like `/findings/`; those with a part to fill in are left out."""
    return sorted(set(re.findall(r"`(/[^`<…]*)`", words)))


def test_there_is_a_page_for_every_role():
    assert set(pages()) == {"README.md", *READERS}


def test_pictures_are_there_small_and_used():
    named = [name for words in pages().values() for name in re.findall(r"!\[[^\]]+\]\(图/([^)]+)\)", words)]
    files = {file.name: file.stat().st_size for file in PICTURES.iterdir()}

    assert set(named) == set(files) == {f"{shot}.webp" for shot in SHOTS}
    assert {name: size for name, size in files.items() if size > LARGEST} == {}
    assert len(files) <= MOST


@pytest.mark.parametrize("name", READERS)
def test_pages_of_the_manual_open(name, request, client, rulebook, staff, head, unit):
    client.force_login(request.getfixturevalue(READERS[name]))

    answers = {address: client.get(address).status_code for address in addresses(pages()[name])}

    assert answers
    assert {address: status for address, status in answers.items() if status != 200} == {}


def test_links_between_pages_lead_somewhere():
    for name, words in pages().items():
        links = [link for link in re.findall(r"\]\(([^)#]+)\)", words) if "://" not in link]
        assert [link for link in links if not (MANUAL / link).exists()] == [], name


@pytest.mark.skipif(not os.environ.get("MANUAL_SCREENSHOTS"), reason="只在 MANUAL_SCREENSHOTS=1 时重拍")
def test_take_the_pictures(transactional_db, monkeypatch, browser, browser_type_launch_args, live_server):
    """On the demo's own day, in a browser whose date fields speak Chinese."""
    monkeypatch.setattr(builder, "MONTHS", 1)
    builder.build_demo(now=NOW, password="look-around-2026")
    chinese = {"args": [*FLAGS, "--lang=zh-CN"], "env": {**os.environ, "LANGUAGE": "zh_CN"}}
    chromium = browser.browser_type.launch(**{**browser_type_launch_args, **chinese})

    PICTURES.mkdir(exist_ok=True)
    with time_machine.travel(NOW, tick=True):
        for shot, (login, address, phone) in SHOTS.items():
            options = {**PHONE, "device_scale_factor": 1.5} if phone else DESKTOP
            context = chromium.new_context(**options, base_url=live_server.url, locale="zh-CN")
            if login:
                sign_in(context, User.objects.get(username=login), live_server.url)
            page = context.new_page()
            page.goto(address, wait_until="networkidle")
            save(page, PICTURES / f"{shot}.webp")
            context.close()
    chromium.close()


def save(page: Page, path: Path) -> None:
    """As WebP: the same words in a third of the bytes."""
    image = Image.open(io.BytesIO(page.screenshot()))
    image.convert("RGB").save(path, "WEBP", quality=78, method=6)
