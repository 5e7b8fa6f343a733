"""Filters and orders of the ranking."""

import django_filters

from accounts.lists import ListFilters, Sort, by_time
from assessments.models import AssessmentMonth, Scorecard
from windows.enums import Category


class MonthFilters(ListFilters):
    """Months of a hall."""

    period = "month"

    class Meta:
        model = AssessmentMonth
        fields: list[str] = []


class WindowCardFilters(ListFilters):
    """Windows in a ranking."""

    search = ("window__code", "window__name", "department__name")
    category = django_filters.ChoiceFilter(label="类别", choices=Category.choices)
    floor = django_filters.CharFilter(label="楼层", field_name="window__floor", lookup_expr="iexact")

    class Meta:
        model = Scorecard
        fields: list[str] = []


class PersonCardFilters(ListFilters):
    """People in a ranking."""

    search = ("staff__no", "staff__name", "window__code", "department__name")
    category = django_filters.ChoiceFilter(label="窗口类别", choices=Category.choices)
    window = django_filters.CharFilter(label="窗口号", field_name="window__code", lookup_expr="iexact")

    class Meta:
        model = Scorecard
        fields: list[str] = []


class UnitCardFilters(ListFilters):
    """Units in a ranking."""

    search = ("department__name",)
    category = django_filters.ChoiceFilter(label="类别", choices=Category.choices)

    class Meta:
        model = Scorecard
        fields: list[str] = []


MONTH_SORTS = {"month": by_time("月份", "month")}
SCORES = {
    "total": Sort("得分", "total"),
    "lost": Sort("扣分", "lost"),
    "gained": Sort("加分", "gained"),
}
WINDOW_SORTS = {
    "rank": Sort("名次", ("category", "rank", "window__code"), up="从前到后", down="从后到前"),
    **SCORES,
}
PERSON_SORTS = {"rank": Sort("名次", ("rank", "staff__no"), up="从前到后", down="从后到前"), **SCORES}
UNIT_SORTS = {"rank": Sort("名次", ("rank", "department__name"), up="从前到后", down="从后到前"), **SCORES}
