"""The conditions of this room's lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django import forms

from accounts.halls import hall_in_sight
from accounts.list_filters import ListFilters
from attendance.enums import Half, LeaveKind, Outcome, Presence
from attendance.services.counts import COUNTS, LABELS
from windows.models import Department, Posting

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

KINDS = list(LABELS.items())


def departments_of(request: HttpRequest | None) -> QuerySet[Department]:
    """The units of the hall the page is about."""
    if request is None:  # asked for the schema
        return Department.objects.none()
    return Department.objects.visible_to(request.user).filter(hall=hall_in_sight(request), is_active=True)


def _unit(path: str) -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(field_name=path, label="派驻单位", queryset=departments_of)


class BoardFilters(ListFilters):
    """Conditions of today's board."""

    search = ("name", "no", "department__name")
    status = django_filters.ChoiceFilter(field_name="presence", label="到岗情况", choices=Presence.choices)
    window = django_filters.CharFilter(field_name="window_code", label="窗口号", max_length=12)
    unit = _unit("department")


class SheetFilters(ListFilters):
    """Conditions of the month sheet."""

    search = ("name", "no", "department__name")
    kind = django_filters.ChoiceFilter(label="有这种情况的人", choices=KINDS, method="with_some")
    window = django_filters.CharFilter(field_name="window_code", label="窗口号", max_length=12)
    unit = _unit("department")

    def with_some(self, people: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """People who have at least one of the kind."""
        return people.filter(**{f"{value}__gt": 0})


class ResultFilters(ListFilters):
    """Conditions of the list of half days."""

    search = ("staff__name", "staff__no")
    period = "day"
    kind = django_filters.ChoiceFilter(label="统计项", choices=KINDS, method="counted_as")
    status = django_filters.ChoiceFilter(field_name="outcome", label="结果", choices=Outcome.choices)
    half = django_filters.ChoiceFilter(label="时段", choices=Half.choices)
    person = django_filters.CharFilter(field_name="staff__no", label="工号", max_length=30)
    window = django_filters.CharFilter(label="窗口号", max_length=12, method="at_window")
    unit = _unit("staff__department")

    def counted_as(self, results: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The half days behind one count of the month sheet."""
        return results.filter(COUNTS[value])

    def at_window(self, results: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Of people who sit or sat at the window."""
        sat = Posting.objects.visible_to(self.request.user).filter(window__code=value)
        return results.filter(staff__in=sat.values("staff"))


class LeaveFilters(ListFilters):
    """Conditions of the lists of leaves."""

    search = ("staff__name", "staff__no", "approver")
    period = "day"
    kind = django_filters.MultipleChoiceFilter(
        label="类别", choices=LeaveKind.choices, widget=forms.CheckboxSelectMultiple
    )
    half = django_filters.ChoiceFilter(label="时段", choices=Half.choices)
    person = django_filters.CharFilter(field_name="staff__no", label="工号", max_length=30)
    unit = _unit("staff__department")


class OwnLeaveFilters(ListFilters):
    """Conditions of the own leaves."""

    period = "day"
    kind = django_filters.MultipleChoiceFilter(
        label="类别", choices=LeaveKind.choices, widget=forms.CheckboxSelectMultiple
    )
