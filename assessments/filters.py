"""Filters and orders of the ranking."""

from typing import Any

import django_filters

from accounts.list_filters import ListFilters
from accounts.lists import Sort, by_time
from assessments.enums import FIGURES, LineKind
from assessments.models import AssessmentMonth, Figure, Line, Scorecard, TrialRow, Vote
from violations.rule_enums import Subject
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


class ClauseLineFilters(ListFilters):
    """What a clause has counted."""

    search = ("card__staff__no", "card__staff__name", "card__window__code", "record__number")
    period = "day"
    kind = django_filters.ChoiceFilter(label="类别", choices=LineKind.choices)

    class Meta:
        model = Line
        fields: list[str] = []


class FigureFilters(ListFilters):
    """Figures of a hall."""

    search = ("code", "note", "subject_name")
    period = "month"
    origin = django_filters.ChoiceFilter(label="来源", choices=[(o.value, o.label) for o in FIGURES])
    kind = django_filters.ChoiceFilter(label="主体", choices=Subject.choices)

    class Meta:
        model = Figure
        fields: list[str] = []


class VoteFilters(ListFilters):
    """Votes of a hall."""

    search = ("ballot", "group", "subject_name")
    period = "month"
    kind = django_filters.ChoiceFilter(label="主体", choices=Subject.choices)

    class Meta:
        model = Vote
        fields: list[str] = []


FACT_SORTS = {"at": by_time("录入时间", ("at", "pk")), "month": by_time("期间", ("month", "pk"))}


SPANS = [("month", "本月"), ("quarter", "季度"), ("half_year", "半年"), ("year", "年度")]


class TrialFilters(ListFilters):
    """What a version on trial changes."""

    search = ("staff__no", "staff__name", "window__code", "window__name", "department__name")
    period = "month"
    kind = django_filters.ChoiceFilter(label="主体", choices=Subject.choices)
    span = django_filters.ChoiceFilter(label="周期", field_name="period", choices=SPANS)
    titles = django_filters.ChoiceFilter(
        label="评选", choices=[("won", "新列入"), ("lost", "不再列入")], method="by_titles"
    )

    class Meta:
        model = TrialRow
        fields: list[str] = []

    def by_titles(self, rows: Any, name: str, value: str) -> Any:
        """Those who win or lose a title."""
        return rows.exclude(**{value: ""})


TRIAL_SORTS = {
    "change": Sort("相差", "change"),
    "after": Sort("新得分", "after"),
    "rank": Sort("新名次", ("kind", "month", "rank_after"), up="从前到后", down="从后到前"),
    "month": by_time("月份", ("month", "kind", "rank_after")),
}
LINE_SORTS = {"day": by_time("日期", "day"), "points": Sort("分值", "points")}
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
