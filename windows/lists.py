"""The lists of this room: conditions, orders and rows, shared by page, API twin and export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.halls import current_hall
from accounts.lists import ListKind, Sort, by_time
from trail.services import exports as x
from trail.services.exports import Export
from windows.enums import Category
from windows.filters import DepartmentFilters, StaffFilters, WindowFilters
from windows.models import Department, Posting, Staff, Window

if TYPE_CHECKING:
    from django.db.models import QuerySet

READERS = ("roster.read",)
WINDOWS = ListKind(
    "windows",
    {
        "code": Sort("窗口号", "code", up="从小到大", down="从大到小"),
        "route": Sort("巡查顺序", ("floor", "sort", "code"), up="从前到后", down="从后到前"),
        "unit": Sort("单位", ("department__sort", "code"), up="从前到后", down="从后到前"),
    },
    "route",
    WindowFilters,
    noun="窗口",
    page_size=50,
)
DEPARTMENTS = ListKind(
    "departments",
    {
        "sort": Sort("排序", ("sort", "name"), up="从前到后", down="从后到前"),
        "name": Sort("名称", "name"),
    },
    "sort",
    DepartmentFilters,
    noun="单位",
    page_size=50,
)
PEOPLE = ListKind(
    "people",
    {
        "no": Sort("工号", "no", up="从小到大", down="从大到小"),
        "name": Sort("姓名", "name"),
        "joined": by_time("进驻时间", "joined_on"),
    },
    "no",
    StaffFilters,
    noun="人员",
    page_size=50,
)


def window_rows(request: Any) -> QuerySet[Window]:
    """All windows of the hall, closed ones too."""
    rows = Window.objects.visible_to(request.user).filter(hall=current_hall(request))
    return rows.select_related("department")


def department_rows(request: Any) -> QuerySet[Department]:
    """The units of the hall with how many windows and people they have."""
    rows = Department.objects.visible_to(request.user).filter(hall=current_hall(request))
    return rows.with_counts(timezone.localdate())


def people_rows(request: Any) -> QuerySet[Staff]:
    """Whom this person may see in the hall."""
    rows = Staff.objects.visible_to(request.user).filter(hall=current_hall(request))
    return rows.select_related("department")


def people_with_window(request: Any) -> QuerySet[Staff]:
    """The same with the number of the window each sits at today."""
    today = Posting.objects.visible_to(request.user).on(timezone.localdate()).filter(staff=OuterRef("pk"))
    return people_rows(request).annotate(window_code=Subquery(today.order_by().values("window__code")[:1]))


EXPORTS = (
    Export(
        WINDOWS,
        "窗口",
        READERS,
        window_rows,
        (
            x.text("窗口号", "code"),
            x.text("名称", "name"),
            x.text("派驻单位", "department__name"),
            x.choice("类别", "category", Category.choices),
            x.text("楼层", "floor"),
            x.text("区域", "zone"),
            x.number("巡查顺序", "sort"),
            x.day("启用", "opened_on"),
            x.day("停用", "closed_on"),
        ),
    ),
    Export(
        DEPARTMENTS,
        "派驻单位",
        READERS,
        department_rows,
        (
            x.text("名称", "name"),
            x.choice("类别", "category", Category.choices),
            x.number("窗口数", "window_count"),
            x.number("人数", "staff_count"),
            x.yes_no("在驻", "is_active"),
        ),
    ),
    Export(
        PEOPLE,
        "人员",
        READERS,
        people_with_window,
        (
            x.text("工号", "no"),
            x.text("姓名", "name"),
            x.text("派驻单位", "department__name"),
            x.text("今日窗口", "window_code"),
            x.text("岗位", "post"),
            x.text("考勤号", "attendance_no"),
            x.day("进驻时间", "joined_on"),
            x.day("离开时间", "left_on"),
        ),
    ),
)
