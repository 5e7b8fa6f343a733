"""What the pages of the assessment room show: rankings, score sheets, honours, and the own month so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from accounts.charts import waterfall_chart
from accounts.words import day_words, month_words, score, signed
from assessments.enums import Order, Outcome
from assessments.models import (
    AssessmentMonth,
    AwardResult,
    Component,
    ComponentScore,
    GateFailure,
    Line,
    Scorecard,
)
from violations.evidence import evidence_for
from violations.rule_enums import Period, Subject

if TYPE_CHECKING:
    from datetime import date

    from accounts.charts import Chart
    from accounts.models import User

CHART_STEPS = 6
"""More columns than this cannot be read on a phone; the rest is one column."""
TABS = {"windows": Subject.WINDOW, "people": Subject.STAFF, "units": Subject.UNIT}
TAB_WORDS = {"windows": "窗口", "people": "个人", "units": "派驻单位"}


def tab_counts(month: AssessmentMonth) -> dict[str, int]:
    """How many cards each tab has, in one query."""
    cards = Scorecard.objects.filter(run=month.run_id, hall=month.hall_id)
    barred = Q(Exists(GateFailure.objects.filter(card=OuterRef("pk"))))
    return cards.aggregate(
        windows=Count("pk", filter=Q(kind=Subject.WINDOW)),
        people=Count("pk", filter=Q(kind=Subject.STAFF)),
        units=Count("pk", filter=Q(kind=Subject.UNIT)),
        barred=Count("pk", filter=barred),
    )


def ranked(cards: QuerySet[Scorecard], month: AssessmentMonth, user: User) -> QuerySet[Scorecard]:
    """Cards with last month's rank, and whether this person may open the sheet: no query a row."""
    before = AssessmentMonth.objects.filter(
        hall=month.hall_id, month=previous_month(month.month), period=Period.MONTH, run__isnull=False
    )
    last = Scorecard.objects.filter(
        run__in=before.values("run"),
        hall=OuterRef("hall"),
        kind=OuterRef("kind"),
        subject_id=OuterRef("subject_id"),
    )
    cards = cards.filter(run=month.run_id, hall=month.hall_id).with_subject()
    cards = cards.annotate(rank_before=Subquery(last.values("rank")[:1], output_field=IntegerField()))
    if user.can("sheet.read_all", month.hall):
        return cards.annotate(change=F("rank_before") - F("rank"))
    near = Scorecard.objects.opened_by(user).filter(pk=OuterRef("pk"))
    return cards.annotate(change=F("rank_before") - F("rank"), is_open=Exists(near))


def previous_month(first: date) -> date:
    """The first day of the month before."""
    return (
        first.replace(year=first.year - 1, month=12)
        if first.month == 1
        else first.replace(month=first.month - 1)
    )


@dataclass
class Honour:
    """An award of the month with who reached it."""

    award: Any
    results: list[AwardResult] = field(default_factory=list)

    @property
    def won(self) -> list[AwardResult]:
        """Who has a seat."""
        return [result for result in self.results if result.outcome == Outcome.WON]

    @property
    def pending(self) -> list[AwardResult]:
        """Who shares the last seat and waits for a decision."""
        return [result for result in self.results if result.outcome == Outcome.PENDING]


def honours(month: AssessmentMonth, user: User | None = None) -> list[Honour]:
    """The awards of a month that still stand, in the order of the pack; lists of the lowest behind them.

    `user` None: the public board, which shows honours only.
    """
    if user is None:
        rows = AwardResult.objects.filter(award__order=Order.HIGHEST)
    else:
        rows = AwardResult.objects.visible_to(user)
    rows = rows.filter(card__run=month.run_id, card__hall=month.hall_id, revocations=None)
    found: dict[str, Honour] = {}
    related = ("award", "card__staff", "card__window", "card__department", "card__run")
    for result in rows.select_related(*related).order_by("award__order", "award__sort", "place", "pk"):
        found.setdefault(result.award.code, Honour(result.award)).results.append(result)
    return list(found.values())


@dataclass
class SheetLine:
    """One line of a score sheet in words, with where its evidence is."""

    text: str
    points: int
    detail: str
    url: str
    link: str


@dataclass
class Sheet:
    """A score sheet: how the total came about, line by line."""

    card: Scorecard
    parts: list[dict[str, Any]]
    lines: list[SheetLine]
    cuts: list[ComponentScore]
    gates: list[GateFailure]
    awards: list[AwardResult]
    chart: Chart | None
    rank_before: int | None


def sheet_of(card: Scorecard, month: AssessmentMonth) -> Sheet:
    """Everything a sheet shows, in a fixed number of queries."""
    rows = list(
        Line.objects.filter(card=card)
        .select_related(
            "clause__version", "award", "record__act", "record__staff", "record__window", "record__hall",
            "source_card__staff", "source_card__window", "source_card__run", "reverses__run",
        )
        .order_by("day", "pk")
    )  # fmt: skip
    nodes = {node.pk: node for node in Component.objects.filter(scheme=card.scheme_id)}
    base = sum(node.base for node in nodes.values())
    scores = list(ComponentScore.objects.filter(card=card).select_related("component"))
    evidence = evidence_for([row.record for row in rows if row.record])
    before = Scorecard.objects.filter(
        kind=card.kind,
        subject_id=card.subject_id,
        hall=card.hall_id,
        run__months__hall=card.hall_id,
        run__months__month=previous_month(month.month),
        run__period=Period.MONTH,
    )
    return Sheet(
        card=card,
        parts=_parts(card, rows, base),
        lines=[_line(row, evidence) for row in rows],
        cuts=[cut for cut in scores if cut.raw != cut.value],
        gates=list(GateFailure.objects.filter(card=card).select_related("gate", "record__act")),
        awards=list(
            AwardResult.objects.filter(card=card).select_related("award").prefetch_related("revocations__by")
        ),
        chart=score_chart(base, [(row.clause.code, row.points) for row in rows], card.total),
        rank_before=before.values_list("rank", flat=True).first(),
    )


def _parts(card: Scorecard, rows: list[Line], base: int) -> list[dict[str, Any]]:
    """The formula: base, deductions, bonuses, corrections, what honours brought, what a bound changed."""
    sums = {"lost": 0, "gained": 0, "erratum": 0, "award": 0}
    for row in rows:
        kind = row.kind if row.kind in ("erratum", "award") else ("lost" if row.points < 0 else "gained")
        sums[kind] += row.points
    words = (("lost", "扣分"), ("gained", "加分"), ("erratum", "往月更正"), ("award", "荣誉和名单的联动"))
    parts = [{"text": "基础分", "points": base, "plain": True}]
    parts += [{"text": text, "points": sums[key]} for key, text in words if sums[key]]
    cut = card.total - base - sum(sums.values())
    if cut:
        parts.append({"text": "受上下限调整", "points": cut})
    return parts


def _line(row: Line, evidence: dict[int, Any]) -> SheetLine:
    detail = f"{day_words(row.day)}，细则 {row.clause.code}"
    if row.kind == "award":
        return SheetLine(
            f"窗口{'获得' if row.award.is_honour else '列入'}{row.award}",
            row.points,
            detail,
            row.source_card.get_absolute_url(),
            "窗口得分单",
        )
    record = row.record
    if record is None:
        words = row.clause.article if row.clause.metric else f"{row.clause.article}，累计到 {score(row.nth)}"
        return SheetLine(words, row.points, detail, row.clause.get_absolute_url(), "条文")
    what = f"{record.act}{_times(row)}"
    if row.nth > row.quantity and row.kind in ("record", "late"):
        detail = f"{detail}，累计到 {score(row.nth)}"
    if row.kind in ("transfer", "effect", "erratum") and row.source_card_id:
        who = row.source_card.subject
        what = f"{'连带加分' if row.points > 0 and row.kind == 'effect' else '连带扣分'}：{who} {record.act}"
    prefix = {"late": "往月补计：", "erratum": "更正："}.get(row.kind, "")
    if row.kind == "erratum" and row.reverses:
        detail = f"{detail}，原计入 {month_words(row.reverses.run.month)}"
    shown = evidence.get(record.pk)
    link = shown.label if shown else f"{record.get_source_display()} {record.number}"
    return SheetLine(f"{prefix}{what}", row.points, detail, record.get_absolute_url(), link)


def _times(row: Line) -> str:
    return f" × {abs(row.hits)}" if abs(row.hits) > 1 else ""


def score_chart(base: int, changes: list[tuple[str, int]], total: int) -> Chart | None:
    """The waterfall of a sheet: one column a clause, the smallest ones together; None without lines."""
    sums: dict[str, int] = {}
    for code, points in changes:
        sums[code] = sums.get(code, 0) + points
    steps = [(code, points) for code, points in sums.items() if points]
    if not steps:
        return None
    if len(steps) > CHART_STEPS:
        largest = sorted(steps, key=lambda step: -abs(step[1]))[: CHART_STEPS - 1]
        rest = sum(points for step in steps if step not in largest for points in [step[1]])
        steps = [*[step for step in steps if step in largest], ("其他", rest)]
    cut = total - base - sum(points for _, points in steps)
    if cut:
        steps.append(("限", cut))
    lost = sum(-points for _, points in steps if points < 0)
    gained = sum(points for _, points in steps if points > 0)
    title = f"从基础分 {score(base)} 起，扣 {score(lost)} 分、加 {score(gained)} 分，得 {score(total)} 分"
    return waterfall_chart("waterfall", title, ("基础分", base), steps, "得分", show=score, show_step=signed)


def month_state(month: AssessmentMonth) -> str:
    """Where the month stands, with when and by whom."""
    if month.is_published:
        return f"{day_words(month.published_at)}发布"
    return f"{day_words(month.scored_at)}计算，待发布" if month.scored_at else "还没有计算"


def sheet_url(card: Scorecard, month: AssessmentMonth) -> str:
    """The sheet's page, without asking for the run again."""
    if card.kind == Subject.STAFF:
        return reverse("assessments:person_sheet", args=[month.slug, card.subject_id])
    if card.kind == Subject.UNIT:
        return reverse("assessments:unit_sheet", args=[month.slug, card.subject_id])
    return reverse("assessments:window_sheet", args=[month.slug, card.window.code])
