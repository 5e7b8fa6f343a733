"""用过的设备 known devices: a signed cookie says which accounts have signed in fully on this browser.

Who attacks an account from ten thousand addresses slows it down for unknown devices; the person at the
usual desk is not slowed down (OWASP: device cookies). The cookie opens nothing by itself.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import signing

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User

COOKIE = "device"
SALT = "accounts.devices"
KEPT_SECONDS = 180 * 24 * 3600
MOST_PEOPLE = 12
"""How many accounts one browser remembers: a desk shared by two shifts, not a whole hall."""


@dataclass(frozen=True)
class Device:
    """A browser: its random name, and the accounts that have signed in on it, the last one first."""

    name: str = ""
    people: tuple[int, ...] = ()

    def knows(self, user: User | None) -> bool:
        """Whether this account has signed in here before."""
        return user is not None and user.pk in self.people


def device_of(request: HttpRequest) -> Device:
    """The browser behind a request; a new one when it shows no cookie of ours or a changed one."""
    try:
        name, *people = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEPT_SECONDS)
        return Device(str(name), tuple(int(pk) for pk in people))
    except (signing.BadSignature, ValueError, TypeError):
        return Device()


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Tell the browser that this account has signed in on it."""
    device = device_of(request)
    people = [user.pk, *(pk for pk in device.people if pk != user.pk)][:MOST_PEOPLE]
    response.set_cookie(
        COOKIE,
        signing.dumps([device.name or secrets.token_hex(8), *people], salt=SALT, compress=False),
        max_age=KEPT_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


SYSTEMS = (
    ("HarmonyOS", "鸿蒙手机"),
    ("OpenHarmony", "鸿蒙手机"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "安卓手机"),
    ("Windows", "Windows 电脑"),
    ("Kylin", "麒麟电脑"),
    ("UOS", "统信电脑"),
    ("Macintosh", "苹果电脑"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux 电脑"),
)
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("QQBrowser", "QQ 浏览器"),
    ("360", "360 浏览器"),
    ("QIHU", "360 浏览器"),
    ("UCBrowser", "UC 浏览器"),
    ("HuaweiBrowser", "华为浏览器"),
    ("MiuiBrowser", "小米浏览器"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def device_words(user_agent: str) -> str:
    """What a browser says of itself, in words of the hall: Windows 电脑，Edge."""
    system = next((words for mark, words in SYSTEMS if mark in user_agent), "")
    browser = next((words for mark, words in BROWSERS if mark in user_agent), "")
    return "，".join(part for part in (system, browser) if part) or "不认识的设备"


def is_phone(user_agent: str) -> bool:
    """Whether the browser says it runs on a phone or tablet: only such a device may be remembered."""
    return any(mark in user_agent for mark in ("Mobile", "Android", "iPhone", "iPad", "HarmonyOS"))
