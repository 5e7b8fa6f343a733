"""The lists of the plan of rounds: how each day ended, special periods; shared by page, API and export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters

from accounts.halls import current_hall
from accounts.list_filters import ListFilters
from accounts.lists import ListKind, Sort, by_time
from patrols.models import PatrolDay, SpecialPeriod
from trail.services import exports as x
from trail.services.exports import Export

if TYPE_CHECKING:
    from django.db.models import QuerySet

COVERAGE = ("patrol.coverage",)
PERIOD_READERS = ("duty.read",)


class PatrolDayFilters(ListFilters):
    """Filters of days: period, and whether something was left out."""

    search = ("missed_words", "on_duty")
    period = "day"
    status = django_filters.ChoiceFilter(
        label="应巡未巡", choices=[("missed", "有没巡的"), ("walked", "都巡了")], method="by_missed"
    )

    class Meta:
        model = PatrolDay
        fields: list[str] = []

    def by_missed(self, rows: QuerySet[PatrolDay], name: str, value: str) -> QuerySet[PatrolDay]:
        """With a round left out, or without."""
        return rows.filter(missed__gt=0) if value == "missed" else rows.filter(missed=0)


class SpecialPeriodFilters(ListFilters):
    """Filters of special periods."""

    search = ("name",)
    period = "starts_on"

    class Meta:
        model = SpecialPeriod
        fields: list[str] = []


PATROL_DAYS = ListKind(
    "patrol-days",
    {
        "day": by_time("日期", "day"),
        "missed": Sort("未巡", ("missed", "day"), up="从少到多", down="从多到少"),
    },
    "-day",
    PatrolDayFilters,
    noun="天",
    fixed=("month",),
)
SPECIAL_PERIODS = ListKind(
    "special-periods",
    {"starts": by_time("开始", "starts_on")},
    "-starts",
    SpecialPeriodFilters,
    noun="重点时段",
)


def patrol_day_rows(request: Any) -> QuerySet[PatrolDay]:
    """Days of the hall that are over."""
    return PatrolDay.objects.visible_to(request.user).filter(hall=current_hall(request))


def special_period_rows(request: Any) -> QuerySet[SpecialPeriod]:
    """Special periods of the hall."""
    return SpecialPeriod.objects.visible_to(request.user).filter(hall=current_hall(request))


EXPORTS = (
    Export(
        PATROL_DAYS,
        "巡查覆盖",
        COVERAGE,
        patrol_day_rows,
        (
            x.day("日期", "day"),
            x.number("应巡", "due"),
            x.number("未巡", "missed"),
            x.text("未巡的轮次", "missed_words"),
            x.number("窗口数", "windows"),
            x.number("查过的窗口", "visited"),
            x.text("当天值班", "on_duty"),
        ),
    ),
    Export(
        SPECIAL_PERIODS,
        "重点时段",
        PERIOD_READERS,
        special_period_rows,
        (
            x.text("名称", "name"),
            x.day("从", "starts_on"),
            x.day("到", "ends_on"),
            x.number("每天轮次", "rounds"),
        ),
    ),
)
