"""What the windows room shows of itself elsewhere: menu, search, and who may open a person's photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from accounts.frame_parts import register_person_facts
from accounts.registry import (
    Card,
    Found,
    Hits,
    MenuEntry,
    SearchSource,
    register_card,
    register_menu,
    register_search,
)
from accounts.searching import hits, list_of
from trail.enums import FileKind
from trail.services.exports import register_export
from trail.services.files import register_file_access
from trail.services.import_kinds import register_import
from trail.services.jobs import register_job
from windows import audit_words
from windows.cards import settings_card, unit_card, window_card
from windows.lists import EXPORTS
from windows.models import Department, Staff, Window
from windows.querysets import tie_facts
from windows.services import reminders, roster_import

if TYPE_CHECKING:
    from accounts.models import User
    from trail.models import StoredFile

SETTINGS = "设置"


def find_windows(user: User, words: str, limit: int) -> Hits:
    """Windows by code, name or department."""
    rows = Window.objects.visible_to(user).matching(words).select_related("department").order_by("code", "pk")
    return hits(rows, limit, lambda w: Found(str(w), w.department.name, w.get_absolute_url()))


def find_people(user: User, words: str, limit: int) -> Hits:
    """People by number or name, those the searcher may see."""
    seen = Staff.objects.visible_to(user).matching(words).order_by().values("pk")
    rows = Staff.objects.visible_to(user).model._base_manager.filter(pk__in=seen).select_related("department")
    return hits(
        rows.order_by("no", "pk"),
        limit,
        lambda s: Found(s.name, f"{s.no}，{s.department.name}", s.get_absolute_url()),
    )


def find_departments(user: User, words: str, limit: int) -> Hits:
    """Departments by name: to their form for who edits them, else to their windows."""
    may_edit = user.can_any(("windows.edit",))
    windows = list_of("/settings/windows/")

    def shown(row: Department) -> Found:
        url = reverse("windows:department_edit", args=[row.pk]) if may_edit else windows(row.name)
        return Found(row.name, row.get_category_display(), url)

    return hits(Department.objects.visible_to(user).matching(words).order_by("sort", "pk"), limit, shown)


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
)
READ = ("roster.read",)
register_search(
    SearchSource(
        "windows", "窗口", READ, find_windows, more=list_of("/settings/windows/"), room="windows", order=10
    )
)
register_search(
    SearchSource(
        "people", "人员", READ, find_people, more=list_of("/settings/people/"), room="windows", order=20
    )
)
register_search(
    SearchSource(
        "departments",
        "派驻单位",
        READ,
        find_departments,
        more=list_of("/settings/departments/"),
        room="windows",
        order=30,
    )
)
register_card(
    Card("window", "posts", 60, "windows/_window_people.html", window_card, ("record.read_window",), "aside")
)
register_card(
    Card("unit", "people", 60, "windows/_unit_people.html", unit_card, ("record.read_unit",), "aside")
)
register_card(Card("settings", "windows", 10, "windows/_settings.html", settings_card, ("windows.edit",)))
register_import(roster_import.KIND)
register_job(reminders.JOB)
register_file_access(FileKind.STAFF_PHOTO, may_open_photo)
register_person_facts(tie_facts)
register_export(*EXPORTS)
audit_words.register()
