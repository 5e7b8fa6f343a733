"""Filters of the lists of duty days and of requests to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters
from django.db.models import Q
from django.utils import timezone

from accounts.list_filters import ListFilters
from patrols.enums import DutyKind, SwapStatus
from patrols.models import DutyDay, DutySwap

if TYPE_CHECKING:
    from django.db.models import QuerySet

PRESENT, ABSENT, TO_COME = "present", "absent", "to_come"


class DutyDayFilters(ListFilters):
    """Filters of duty days: kind, who, whether anybody was there, period."""

    search = ("user__name", "department__name", "present_name", "seen", "done")
    period = "day"
    kind = django_filters.ChoiceFilter(label="种类", choices=DutyKind.choices)
    person = django_filters.CharFilter(label="值班人", method="of_person", max_length=40)
    status = django_filters.ChoiceFilter(
        label="到场",
        choices=[(PRESENT, "已到场"), (ABSENT, "没有到场记录"), (TO_COME, "还没到")],
        method="by_presence",
    )

    class Meta:
        model = DutyDay
        fields: list[str] = []

    def of_person(self, rows: QuerySet[DutyDay], name: str, value: str) -> QuerySet[DutyDay]:
        """A person's days, or a unit's."""
        return rows.filter(Q(user__name__icontains=value) | Q(department__name__icontains=value))

    def by_presence(self, rows: QuerySet[DutyDay], name: str, value: str) -> QuerySet[DutyDay]:
        """Attended, over without a trace, or not over yet."""
        if value == PRESENT:
            return rows.filter(is_present=True)
        rows = rows.filter(is_present=False)
        today = timezone.localdate()
        return rows.filter(day__lt=today) if value == ABSENT else rows.filter(day__gte=today)


class DutySwapFilters(ListFilters):
    """Filters of requests to change days."""

    search = ("giver__name", "taker__name", "words", "answer")
    status = django_filters.ChoiceFilter(label="状态", choices=SwapStatus.choices)
    kind = django_filters.ChoiceFilter(label="种类", choices=DutyKind.choices)

    class Meta:
        model = DutySwap
        fields: list[str] = []
