"""得分单: why a person, a window or a unit has this score; every line opens its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import allow
from assessments.forms import DecisionForm
from assessments.lists import find_month
from assessments.models import AssessmentMonth, AwardDecision, Scorecard
from assessments.presenters import month_state, score_chart, sheet_of, sheet_url
from assessments.services.explaining import explain
from assessments.services.months import month_of_words
from assessments.services.preview import preview_of
from violations.rule_enums import Subject
from violations.tariff import tariffs_for
from windows.models import Staff

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest, HttpResponse

SHEETS = ("sheet.read_all", "sheet.read_own", "sheet.read_window", "sheet.read_unit")


@require_safe
@allow(*SHEETS)
def window_sheet(request: HttpRequest, month: str, code: str) -> HttpResponse:
    """The sheet of a window."""
    return _sheet(request, find_month(request, month), kind=Subject.WINDOW, window__code=code)


@require_safe
@allow(*SHEETS)
def person_sheet(request: HttpRequest, month: str, pk: int) -> HttpResponse:
    """The sheet of a person."""
    return _sheet(request, find_month(request, month), kind=Subject.STAFF, subject_id=pk)


@require_safe
@allow(*SHEETS)
def unit_sheet(request: HttpRequest, month: str, unit: int) -> HttpResponse:
    """The sheet of a unit."""
    return _sheet(request, find_month(request, month), kind=Subject.UNIT, subject_id=unit)


@require_safe
@allow("sheet.read_own")
def my_score(request: HttpRequest, month: str) -> HttpResponse:
    """The own sheet of a published month, or the month so far, marked 暂定."""
    staff = get_object_or_404(
        Staff.objects.visible_to(request.user).select_related("hall"), user=request.user
    )
    try:
        first = month_of_words(month)
    except ValueError:
        raise Http404("没有这个月份。") from None
    rows = AssessmentMonth.objects.visible_to(request.user).published().of(staff.hall, first)
    published = rows.select_related("hall", "run", "version").first()
    if published is not None:
        return _sheet(request, published, kind=Subject.STAFF, subject_id=staff.pk)
    if first > timezone.localdate():
        raise Http404("还没到这个月。")
    preview = preview_of(staff, first)
    context: dict[str, Any] = {"staff": staff, "preview": preview, "first": first}
    if preview is not None:
        changes = [(code, points) for code, points in _codes(preview)]
        context["chart"] = score_chart(preview.base, changes, preview.total)
    return render(request, "assessments/preview.html", context)


def _codes(preview: Any) -> list[tuple[str, int]]:
    tariffs = tariffs_for({(record.hall, record.day) for record, _ in preview.lines})
    found = []
    for record, points in preview.lines:
        quote = tariffs[record.hall_id, record.day].quote(record.act_id, record.severity)
        found.append((quote.clause_code if quote else "", points))
    return found


@require_safe
@allow(*SHEETS)
def explanation(request: HttpRequest, month: str, card: int) -> HttpResponse:
    """The score in sentences: every line, what a bound took, what a gate closed."""
    row = find_month(request, month)
    rows = Scorecard.objects.visible_to(request.user).opened_by(request.user)
    found = rows.with_subject().select_related("scheme", "grade")
    mine = get_object_or_404(found, run=row.run, hall=row.hall, pk=card)
    context = {
        "month": row,
        "card": mine,
        "sheet_url": f"{sheet_url(mine, row)}?hall={row.hall.code}",
        "explanation": explain(mine),
    }
    return render(request, "assessments/explain.html", context)


def _sheet(request: HttpRequest, month: AssessmentMonth, **which: Any) -> HttpResponse:
    rows = Scorecard.objects.visible_to(request.user).opened_by(request.user)
    cards = rows.with_subject().select_related("group__window", "scheme")
    card = get_object_or_404(cards, run=month.run, hall=month.hall, **which)
    may_decide = not month.is_published and request.user.can("assess.publish", month.hall)
    context = {
        "month": month,
        "state": month_state(month),
        "card": card,
        "sheet": sheet_of(card, month),
        "decisions": _decisions(request, month, card),
        "form": DecisionForm(card=card) if may_decide else None,
        "may_revoke": month.is_published and request.user.can("assess.publish", month.hall),
    }
    return render(request, "assessments/sheet.html", context)


def _decisions(request: HttpRequest, month: AssessmentMonth, card: Scorecard) -> Any:
    rows = AwardDecision.objects.visible_to(request.user).filter(month=month)
    return rows.filter(kind=card.kind, subject_id=card.subject_id).select_related("by")
