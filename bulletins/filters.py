"""Conditions of the lists of issues, their items, and letters."""

from __future__ import annotations

from typing import Any

import django_filters

from accounts.list_filters import ListFilters
from bulletins.enums import BulletinStatus, LetterStatus, Section
from windows.models import Department


class BulletinFilters(ListFilters):
    """Issues by words of the title, day and state."""

    search = ("title", "iso_week")
    period = "last_day"
    status = django_filters.ChoiceFilter(label="状态", choices=BulletinStatus.choices)


class ItemFilters(ListFilters):
    """Items of an issue by person, window, record number, section and act."""

    search = ("record__number", "record__staff__name", "record__window__code", "record__window__name")
    section = django_filters.ChoiceFilter(label="栏目", choices=Section.choices)
    kind = django_filters.CharFilter(label="事项代码", field_name="record__act__code", max_length=60)
    window = django_filters.CharFilter(label="窗口号", field_name="record__window__code", max_length=12)


class UndecidedFilters(ListFilters):
    """Records behind the number of those not yet decided."""

    search = ("number", "staff__name", "window__code", "window__name")


def departments(request: Any) -> Any:
    """Departments of the person's halls."""
    if request is None:  # asked for the schema
        return Department.objects.none()
    return Department.objects.visible_to(request.user).order_by("name")


class LetterFilters(ListFilters):
    """Letters by person, unit, day and state."""

    search = ("staff__name", "department__name")
    period = "raised_at"
    status = django_filters.ChoiceFilter(label="状态", choices=LetterStatus.choices)
    unit = django_filters.ModelChoiceFilter(label="派出单位", field_name="department", queryset=departments)
