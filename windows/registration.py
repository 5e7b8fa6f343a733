"""What the windows room shows of itself elsewhere: menu, search, and who may open a person's photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.registry import (
    Card,
    Found,
    MenuEntry,
    SearchSource,
    register_card,
    register_menu,
    register_search,
)
from trail.enums import FileKind
from trail.services.files import register_file_access
from windows.cards import settings_card, unit_card, window_card
from windows.models import Staff, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import User
    from trail.models import StoredFile

SETTINGS = "设置"


def find_windows(user: User, words: str, limit: int) -> Iterable[Found]:
    """Windows by code, name or department."""
    rows = Window.objects.visible_to(user).matching(words).select_related("department").order_by("code", "pk")
    return [Found(f"{w.code} {w.name}", w.department.name, w.get_absolute_url()) for w in rows[:limit]]


def find_people(user: User, words: str, limit: int) -> Iterable[Found]:
    """People by number or name, those the searcher may see."""
    rows = Staff.objects.visible_to(user).matching(words).select_related("department").order_by("no", "pk")
    return [Found(s.name, f"{s.no}，{s.department.name}", s.get_absolute_url()) for s in rows[:limit]]


def may_open_photo(user: User, file: StoredFile) -> bool:
    """Whoever may see the person may see the photo; the public roster has a door of its own."""
    return Staff.objects.visible_to(user).filter(photo=file).exists()


register_menu(
    MenuEntry("roster", "窗口公示", "/hall/", "people", "大厅", 68, ("roster.read",)),
    MenuEntry("windows", "窗口", "/settings/windows/", "building", SETTINGS, 93, ("windows.edit",)),
    MenuEntry("departments", "派驻单位", "/settings/departments/", "flag", SETTINGS, 93, ("windows.edit",)),
    MenuEntry("people", "人员", "/settings/people/", "people", SETTINGS, 94, ("people.edit",)),
    MenuEntry("hours", "服务时间", "/settings/hours/", "clock", SETTINGS, 95, ("calendar.edit",)),
    MenuEntry("calendar", "工作日历", "/settings/calendar/", "calendar", SETTINGS, 96, ("calendar.edit",)),
    MenuEntry("roster_import", "导入花名册", "/settings/import/", "upload", SETTINGS, 96, ("imports.run",)),
)
register_search(SearchSource("windows", "窗口", ("roster.read",), find_windows))
register_search(SearchSource("people", "人员", ("roster.read",), find_people))
register_card(
    Card("window", "posts", 60, "windows/_window_people.html", window_card, ("record.read_window",), "aside")
)
register_card(
    Card("unit", "people", 60, "windows/_unit_people.html", unit_card, ("record.read_unit",), "aside")
)
register_card(Card("settings", "windows", 10, "windows/_settings.html", settings_card, ("windows.edit",)))
register_file_access(FileKind.STAFF_PHOTO, may_open_photo)
