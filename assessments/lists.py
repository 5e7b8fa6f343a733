"""The lists of this room: conditions, orders and rows, shared by page, API twin and export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.halls import current_hall
from accounts.lists import ListKind
from assessments import filters
from assessments.enums import LineKind, MonthStatus, Origin
from assessments.models import AssessmentMonth, Figure, Line, Scorecard, TrialRow, Vote
from assessments.presenters import TABS, ranked
from assessments.services.months import period_of_words
from assessments.services.reading import SHEETS, lines_of_year
from trail.services import exports as x
from trail.services.exports import Export
from violations.models import RulebookVersion
from violations.rule_enums import Period, Subject
from windows.enums import Category

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

READERS = ("assess.read",)
MONTHS = ListKind("assessment-months", filters.MONTH_SORTS, "-month", filters.MonthFilters, noun="考核月")


def _ranking(tab: str, chosen: Any, sorts: Any) -> ListKind:
    return ListKind(f"ranking-{tab}", sorts, "rank", chosen, noun="对象", page_size=50, fixed=("tab",))


RANKINGS = {
    "windows": _ranking("windows", filters.WindowCardFilters, filters.WINDOW_SORTS),
    "people": _ranking("people", filters.PersonCardFilters, filters.PERSON_SORTS),
    "units": _ranking("units", filters.UnitCardFilters, filters.UNIT_SORTS),
    "barred": _ranking("barred", filters.PersonCardFilters, filters.PERSON_SORTS),
}


CLAUSE_LINES = ListKind("clause-lines", filters.LINE_SORTS, "-day", filters.ClauseLineFilters, noun="计分")


FIGURES = ListKind("figures", filters.FACT_SORTS, "-at", filters.FigureFilters, noun="数值")
VOTES = ListKind("votes", filters.FACT_SORTS, "-at", filters.VoteFilters, noun="票")
FACT_READERS = ("sheet.read_all",)


def figure_rows(request: Any) -> QuerySet[Figure]:
    """Metrics, self-evaluations and panel marks of the hall."""
    rows = Figure.objects.visible_to(request.user).with_names().filter(hall=current_hall(request))
    return rows.select_related("by")


def vote_rows(request: Any) -> QuerySet[Vote]:
    """Votes of the hall; who cast them is not kept."""
    return Vote.objects.visible_to(request.user).with_names().filter(hall=current_hall(request))


TRIALS = ListKind("rulebook-trial", filters.TRIAL_SORTS, "change", filters.TrialFilters, noun="对象")


def trial_rows(request: Any, run: int | str) -> QuerySet[TrialRow]:
    """What one trial run found."""
    rows = TrialRow.objects.visible_to(request.user).filter(run=run).distinct()
    return rows.select_related("staff", "window", "department")


def find_version(request: Any, pk: int | str) -> RulebookVersion:
    """A version in sight; 404 for any other."""
    versions = RulebookVersion.objects.visible_to(request.user).select_related("rulebook__hall")
    found: RulebookVersion = get_object_or_404(versions, pk=pk)
    return found


def clause_line_rows(request: Any, pk: int | str, code: str) -> QuerySet[Line]:
    """What a clause has counted this year, on sheets this person may open."""
    found = lines_of_year(find_version(request, pk), timezone.localdate().year).filter(clause__code=code)
    rows = Line.objects.visible_to(request.user).filter(pk__in=found.values("pk"))
    related = ("card__staff", "card__window", "card__department", "card__hall", "card__run", "record__act")
    return rows.select_related(*related)


def month_rows(request: Any) -> QuerySet[AssessmentMonth]:
    """The months of the hall with their state."""
    rows = AssessmentMonth.objects.visible_to(request.user).monthly()
    rows = rows.filter(hall=current_hall(request))
    return rows.select_related("version")


def find_month(request: Any, slug: str) -> AssessmentMonth:
    """The hall's month among those the person may see; 404 for any other."""
    try:
        first, period = period_of_words(slug)
    except ValueError:
        raise Http404("没有这个月份。") from None
    rows = AssessmentMonth.objects.visible_to(request.user).of(current_hall(request), first, period)
    found: AssessmentMonth = get_object_or_404(rows.select_related("hall", "run", "version", "published_by"))
    return found


def ranking_rows(request: Any, month: AssessmentMonth, tab: str) -> QuerySet[Scorecard]:
    """The cards of a tab; who is barred is for who may open every sheet."""
    cards = ranked(Scorecard.objects.visible_to(request.user), month, request.user)
    if tab != "barred":
        return cards.of_kind(TABS[tab])
    if not request.user.can("sheet.read_all", month.hall):
        raise Http404
    return cards.barred()


def _rows_of(tab: str) -> Callable[..., QuerySet[Scorecard]]:
    def rows(request: Any, month: str) -> QuerySet[Scorecard]:
        return ranking_rows(request, find_month(request, month), tab)

    return rows


SCORES = (
    x.hundredths("得分", "total"),
    x.hundredths("扣分", "lost"),
    x.hundredths("加分", "gained"),
    x.number("上月名次", "rank_before"),
)
RANK = x.number("名次", "rank")
UNIT = x.text("派驻单位", "department__name")
CATEGORY = x.choice("类别", "category", Category.choices)
WINDOW = (x.text("窗口号", "window__code"), x.text("窗口", "window__name"))
PERSON = (x.text("工号", "staff__no"), x.text("姓名", "staff__name"), *WINDOW)
COLUMNS = {
    "windows": (RANK, *WINDOW, UNIT, CATEGORY, *SCORES),
    "people": (RANK, *PERSON, UNIT, CATEGORY, *SCORES),
    "units": (RANK, UNIT, CATEGORY, *SCORES),
    "barred": (RANK, *PERSON, UNIT, CATEGORY, *SCORES),
}
TITLES = {"windows": "窗口排名", "people": "个人排名", "units": "单位排名", "barred": "不参评"}
EXPORTS = (
    Export(
        MONTHS,
        "考核月",
        READERS,
        month_rows,
        (
            x.month("月份", "month"),
            x.choice("状态", "status", MonthStatus.choices),
            x.text("制度版本", "version__version"),
            x.moment("计算时间", "scored_at"),
            x.moment("发布时间", "published_at"),
            x.text("发布人", "published_by__name"),
        ),
    ),
    Export(
        FIGURES,
        "指标",
        FACT_READERS,
        figure_rows,
        (
            x.month("期初", "month"),
            x.choice("考核周期", "period", Period.choices),
            x.choice("来源", "origin", Origin.choices),
            x.text("代码", "code"),
            x.choice("主体", "kind", Subject.choices),
            x.text("编号", "subject_code"),
            x.text("名称", "subject_name"),
            x.hundredths("数值", "value"),
            x.text("说明", "note"),
            x.text("录入人", "by__name"),
            x.moment("录入时间", "at"),
        ),
    ),
    Export(
        VOTES,
        "投票",
        FACT_READERS,
        vote_rows,
        (
            x.month("期初", "month"),
            x.choice("考核周期", "period", Period.choices),
            x.text("投票", "ballot"),
            x.text("投票人组", "group"),
            x.choice("主体", "kind", Subject.choices),
            x.text("编号", "subject_code"),
            x.text("名称", "subject_name"),
            x.hundredths("分值", "value"),
            x.number("票数", "times"),
            x.moment("录入时间", "at"),
        ),
    ),
    Export(
        TRIALS,
        "试算差异",
        ("rules.edit", "assess.score"),
        trial_rows,
        (
            x.month("月份", "month"),
            x.choice("周期", "period", filters.SPANS),
            x.choice("主体", "kind", Subject.choices),
            x.text("工号", "staff__no"),
            x.text("姓名", "staff__name"),
            x.text("窗口号", "window__code"),
            x.text("窗口", "window__name"),
            x.text("派驻单位", "department__name"),
            x.hundredths("原得分", "before"),
            x.hundredths("新得分", "after"),
            x.hundredths("相差", "change"),
            x.number("原名次", "rank_before"),
            x.number("新名次", "rank_after"),
            x.text("新列入", "won"),
            x.text("不再列入", "lost"),
            x.text("为什么", "why"),
        ),
        params=("run",),
    ),
    Export(
        CLAUSE_LINES,
        "条款已计",
        SHEETS,
        clause_line_rows,
        (
            x.day("日期", "day"),
            x.text("条款", "clause__code"),
            x.choice("类别", "kind", LineKind.choices),
            x.text("工号", "card__staff__no"),
            x.text("姓名", "card__staff__name"),
            x.text("窗口号", "card__window__code"),
            x.text("派驻单位", "card__department__name"),
            x.text("记录编号", "record__number"),
            x.text("事项", "record__act__name"),
            x.hundredths("分值", "points"),
        ),
        params=("pk", "code"),
    ),
    *(
        Export(RANKINGS[tab], TITLES[tab], READERS, _rows_of(tab), COLUMNS[tab], params=("month",))
        for tab in RANKINGS
    ),
)
