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
from accounts.lists import list_page
from accounts.words import month_words
from assessments import filters
from assessments.forms import DecisionForm, ScoreForm
from assessments.models import AssessmentMonth, Scorecard
from assessments.presenters import (
    TAB_WORDS,
    TABS,
    honours,
    month_state,
    previous_month,
    ranked,
    sheet_url,
    tab_counts,
)
from assessments.services import months as services
from assessments.services.months import month_of_words

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

RANKINGS = {
    "windows": (filters.WindowCardFilters, filters.WINDOW_SORTS),
    "people": (filters.PersonCardFilters, filters.PERSON_SORTS),
    "units": (filters.UnitCardFilters, filters.UNIT_SORTS),
    "barred": (filters.PersonCardFilters, filters.PERSON_SORTS),
}


@require_safe
@allow("assess.read")
def months(request: HttpRequest) -> HttpResponse:
    """The months of the hall with their state."""
    hall = current_hall(request)
    rows = AssessmentMonth.objects.visible_to(request.user).filter(hall=hall).select_related("version")
    listing = list_page(
        request,
        rows,
        filters.MonthFilters,
        sorts=filters.MONTH_SORTS,
        default_sort="-month",
        noun="考核月",
    )
    last = previous_month(timezone.localdate().replace(day=1))
    context = {
        "listing": listing,
        "hall": hall,
        "may_score": request.user.can("assess.score", hall),
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
    chosen, sorts = RANKINGS[tab]
    cards = _cards(request, row, tab)
    listing = list_page(
        request, cards, chosen, sorts=sorts, default_sort="rank", noun="对象", page_size=50, fixed=("tab",)
    )
    for card in listing.rows:
        card.sheet = sheet_url(card, row) if reads_all or card.is_open else ""
    found = honours(row, request.user)
    _mark(listing.rows, found, tab)
    context = {
        "month": row,
        "state": month_state(row),
        "listing": listing,
        "tab": tab,
        "tabs": _tabs(row, tab, reads_all),
        "honours": found,
        "may_score": not row.is_published and request.user.can("assess.score", row.hall),
        "may_publish": not row.is_published and request.user.can("assess.publish", row.hall),
        "reads_all": reads_all,
        "before": previous_month(row.month),
    }
    return render(request, "assessments/month.html", context)


@require_POST
@allow("assess.score")
def score(request: HttpRequest) -> HttpResponse:
    """Score a month, or score its draft again."""
    hall = current_hall(request)
    form = ScoreForm(request.POST)
    if not form.is_valid():
        messages.error(request, "月份要写成 2026-10。")
        return redirect("assessments:months")
    if not request.user.can("assess.score", hall):
        raise Http404
    row = services.score_month(hall=hall, month=form.cleaned_data["month"], by=request.user)
    messages.success(request, f"{month_words(row.month)}已计算，核对后发布。")
    return redirect(_with_hall(request, row.get_absolute_url()))


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


def find_month(request: HttpRequest, slug: str) -> AssessmentMonth:
    """The hall's month among those the person may see; 404 for any other."""
    try:
        first = month_of_words(slug)
    except ValueError:
        raise Http404("没有这个月份。") from None
    rows = AssessmentMonth.objects.visible_to(request.user).of(current_hall(request), first)
    return get_object_or_404(rows.select_related("hall", "run", "version", "published_by"))


def _with_hall(request: HttpRequest, url: str) -> str:
    code = request.GET.get("hall", "")
    return f"{url}?hall={code}" if code else url


def _cards(request: HttpRequest, row: AssessmentMonth, tab: str) -> Any:
    cards = ranked(Scorecard.objects.visible_to(request.user), row, request.user)
    if tab == "barred":
        return cards.barred()
    return cards.of_kind(TABS[tab])


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
        card.honours = by_card.get(card.pk, [])
        if tab == "barred":
            card.reasons = list(card.gate_failures.all())
