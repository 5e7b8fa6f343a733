"""Filters of the lists of windows, departments and people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from accounts.halls import hall_in_sight
from accounts.list_filters import ListFilters
from windows.enums import Category
from windows.models import Department, Window

if TYPE_CHECKING:
    from django.http import HttpRequest

OPEN, CLOSED = "open", "closed"
HERE, GONE = "here", "gone"


def departments_of(request: HttpRequest | None) -> QuerySet[Department]:
    """The departments one may choose in this hall."""
    if request is None:
        return Department.objects.none()
    return Department.objects.visible_to(request.user).filter(hall=hall_in_sight(request)).only("name")


def windows_of(request: HttpRequest | None) -> QuerySet[Window]:
    """The windows one may choose in this hall."""
    if request is None:
        return Window.objects.none()
    return Window.objects.visible_to(request.user).filter(hall=hall_in_sight(request)).only("code", "name")


class WindowFilters(ListFilters):
    """Filters of windows."""

    search = ("code", "name", "department__name")
    kind = django_filters.ChoiceFilter(label="类别", choices=Category.choices, field_name="category")
    unit = django_filters.ModelChoiceFilter(label="单位", queryset=departments_of, field_name="department")
    floor = django_filters.CharFilter(label="楼层")
    status = django_filters.ChoiceFilter(
        label="状态", choices=[(OPEN, "启用"), (CLOSED, "停用")], method="filter_status"
    )

    def filter_status(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """In service today, or not."""
        opened = rows.open_on(timezone.localdate())
        return opened if value == OPEN else rows.exclude(pk__in=opened.values("pk"))


class DepartmentFilters(ListFilters):
    """Filters of departments."""

    search = ("name",)
    kind = django_filters.ChoiceFilter(label="类别", choices=Category.choices, field_name="category")


class StaffFilters(ListFilters):
    """Filters of people."""

    search = ("no", "name", "attendance_no")
    unit = django_filters.ModelChoiceFilter(label="单位", queryset=departments_of, field_name="department")
    window = django_filters.ModelChoiceFilter(
        label="窗口", queryset=windows_of, to_field_name="code", method="filter_window"
    )
    status = django_filters.ChoiceFilter(
        label="状态", choices=[(HERE, "在驻"), (GONE, "已离开")], method="filter_status"
    )

    def filter_window(self, rows: QuerySet[Any], name: str, value: Window) -> QuerySet[Any]:
        """Sitting at the window today."""
        return rows.filter(pk__in=value.postings.on(timezone.localdate()).values("staff"))

    def filter_status(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """In the hall today, or not."""
        here = rows.present_on(timezone.localdate())
        return here if value == HERE else rows.exclude(pk__in=here.values("pk"))
