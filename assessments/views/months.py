"""月度考核: the months of a hall, the ranking of one, and what the manager does with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.halls import current_hall
from accounts.words import month_words
from assessments.forms import DecisionForm, ScoreForm
from assessments.lists import MONTHS, RANKINGS, find_month, month_rows, ranking_rows
from assessments.models import AssessmentMonth, Scorecard
from assessments.presenters import (
    TAB_WORDS,
    honours,
    month_state,
    previous_month,
    sheet_url,
    tab_counts,
)
from assessments.services import months as services
from assessments.services import score_run
from assessments.services.changes import changes_of, run_before
from trail.tasks import start_run

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


MOST_CHANGES = 200


@require_safe
@allow("assess.read")
def months(request: HttpRequest) -> HttpResponse:
    """The months of the hall with their state."""
    hall = current_hall(request)
    listing = MONTHS.page(request, month_rows(request))
    last = previous_month(timezone.localdate().replace(day=1))
    context = {
        "listing": listing,
        "hall": hall,
        "may_score": request.user.can("assess.score", hall),
        "reads_all": request.user.can("sheet.read_all", hall),
        "form": ScoreForm(initial={"month": f"{last:%Y-%m}"}),
    }
    return render(request, "assessments/months.html", context)


@require_safe
@allow("assess.read")
def ranking(request: HttpRequest, month: str) -> HttpResponse:
    """The ranking: tabs 窗口, 个人, 派驻单位, 不参评; filters in the address."""
    row = find_month(request, month)
    tab = request.GET.get("tab", "windows")
    reads_all = request.user.can("sheet.read_all", row.hall)
    if tab not in RANKINGS or (tab == "barred" and not reads_all):
        tab = "windows"
    listing = RANKINGS[tab].page(request, ranking_rows(request, row, tab), month=month)
    for card in listing.rows:
        card.sheet = sheet_url(card, row) if reads_all or card.is_open else ""
    found = honours(row, request.user)
    _mark(listing.rows, found, tab)
    may_publish = not row.is_published and request.user.can("assess.publish", row.hall)
    context = {
        "month": row,
        "state": month_state(row),
        "listing": listing,
        "tab": tab,
        "tabs": _tabs(row, tab, reads_all),
        "honours": [one for one in found if one.award.is_honour],
        "lowest": [one for one in found if not one.award.is_honour],
        "may_score": not row.is_published and request.user.can("assess.score", row.hall),
        "may_publish": may_publish,
        "changes": services.unscored_changes(row) if may_publish and row.scored_at else 0,
        "reads_all": reads_all,
        "before": previous_month(row.month),
    }
    return render(request, "assessments/month.html", context)


@require_POST
@allow("assess.score")
def score(request: HttpRequest) -> HttpResponse:
    """Have a month scored, or its draft again; the run's page shows how far it is."""
    hall = current_hall(request)
    form = ScoreForm(request.POST)
    if not form.is_valid():
        messages.error(request, "月份要写成 2026-10。")
        return redirect("assessments:months")
    if not request.user.can("assess.score", hall):
        raise Http404
    month = form.cleaned_data["month"]
    services.refuse_unless_scorable(hall=hall, month=month)
    title = f"计算{month_words(month)}考核"
    return redirect(
        start_run(score_run.NAME, hall=hall, by=request.user, params={"month": f"{month:%Y-%m}"}, title=title)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allow("assess.publish")
def publish(request: HttpRequest, month: str) -> HttpResponse:
    """Ask once more, then publish; there is no way back."""
    row = find_month(request, month)
    if request.method == "POST":
        services.publish_month(month=row, by=request.user)
        messages.success(request, f"{month_words(row.month)}考核已发布。")
        return redirect(_with_hall(request, row.get_absolute_url()))
    context = {"month": row, "changes": services.unscored_changes(row) if row.scored_at else 0}
    return render(request, "assessments/publish.html", context)


@require_POST
@allow("assess.publish")
def decide(request: HttpRequest, month: str, card: int) -> HttpResponse:
    """Put a candidate in or out, with a reason; the draft is scored again."""
    row = find_month(request, month)
    cards = Scorecard.objects.visible_to(request.user).filter(run=row.run, hall=row.hall).with_subject()
    candidate = get_object_or_404(cards, pk=card)
    form = DecisionForm(request.POST, card=candidate)
    target = _with_hall(request, sheet_url(candidate, row))
    if not form.is_valid():
        messages.error(request, "没有记下：请选评选项目，并写明理由。")
        return redirect(target)
    data = form.cleaned_data
    services.decide_award(
        month=row,
        award=data["award"],
        card=candidate,
        is_in=data["decision"] == "in",
        reason=data["reason"],
        by=request.user,
    )
    messages.success(request, "已记下决定，并重新计算。")
    return redirect(target)


@require_safe
@allow("sheet.read_all")
def changes(request: HttpRequest, month: str) -> HttpResponse:
    """Who gained or lost what since the reckoning before, and by which records."""
    row = find_month(request, month)
    if not request.user.can("sheet.read_all", row.hall):
        raise Http404
    found = changes_of(row)
    context = {
        "month": row,
        "prior": run_before(row),
        "changes": found[:MOST_CHANGES],
        "total": len(found),
    }
    return render(request, "assessments/changes.html", context)


def _with_hall(request: HttpRequest, url: str) -> str:
    code = request.GET.get("hall", "")
    return f"{url}?hall={code}" if code else url


def _tabs(row: AssessmentMonth, tab: str, reads_all: bool) -> list[dict[str, Any]]:
    counts = tab_counts(row)
    names = {**TAB_WORDS, "barred": "不参评"} if reads_all else TAB_WORDS
    return [
        {
            "key": key,
            "words": f"{words} {counts[key]}",
            "url": f"?tab={key}&hall={row.hall.code}",
            "here": key == tab,
        }
        for key, words in names.items()
    ]


def _mark(cards: list[Scorecard], found: list[Any], tab: str) -> None:
    """Attach to each card the honours it reached."""
    by_card: dict[int, list[Any]] = {}
    for honour in found:
        for result in honour.results:
            by_card.setdefault(result.card_id, []).append(result)
    for card in cards:
        reached = by_card.get(card.pk, [])
        card.honours = [result for result in reached if result.award.is_honour]
        card.lowest = [result for result in reached if not result.award.is_honour]
        if tab == "barred":
            card.reasons = list(card.gate_failures.all())
