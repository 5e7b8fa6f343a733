"""指标和投票 pages: what was entered beside the ledger, and entering more by paste or file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import allow
from accounts.errors import Refused
from accounts.halls import current_hall
from accounts.services.undoing import undoable
from accounts.toasts import toast
from assessments.forms import FactForm
from assessments.lists import FIGURES, VOTES, figure_rows, vote_rows
from assessments.services import facts as services
from trail.services.sheets import read_sheets
from trail.services.uploads import keep_upload, kept_upload

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Hall
    from assessments.services.facts import Entry


@require_safe
@allow("sheet.read_all")
def figures(request: HttpRequest) -> HttpResponse:
    """Metrics, self-evaluations and panel marks; of several for one subject and period the newest counts."""
    listing = FIGURES.page(request, figure_rows(request))
    return render(request, "assessments/figures.html", _context(request, listing))


@require_safe
@allow("sheet.read_all")
def votes(request: HttpRequest) -> HttpResponse:
    """Votes by group."""
    listing = VOTES.page(request, vote_rows(request))
    return render(request, "assessments/votes.html", _context(request, listing))


@require_http_methods(["GET", "HEAD", "POST"])
@allow("assess.score")
def figures_new(request: HttpRequest) -> HttpResponse:
    """Enter one figure of many subjects; nothing is kept while a row is wrong."""
    hall = _scored_hall(request)
    asked = services.figures_asked(hall)
    form = FactForm(request.POST or None, request.FILES or None, asked=asked, groups=[])

    def enter(entries: list[Entry]) -> int:
        data = form.cleaned_data
        return services.enter_figures(
            hall=hall,
            asked=data["asked"],
            month=data["month"],
            entries=entries,
            by=request.user,
            note=data["note"],
        )

    words = {
        "heading": "录入指标",
        "noun": "个数值",
        "list": "assessments:figures",
        "action": "figures.entered",
    }
    return _enter(request, hall, form, enter, words)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("assess.score")
def votes_new(request: HttpRequest) -> HttpResponse:
    """Enter the votes of one group."""
    hall = _scored_hall(request)
    asked, groups = services.ballots_asked(hall), services.groups_of(hall)
    form = FactForm(request.POST or None, request.FILES or None, asked=asked, groups=groups)

    def enter(entries: list[Entry]) -> int:
        data = form.cleaned_data
        return services.enter_votes(
            hall=hall,
            asked=data["asked"],
            group=data["group"],
            month=data["month"],
            entries=entries,
            by=request.user,
        )

    words = {"heading": "录入投票", "noun": "票", "list": "assessments:votes", "action": "votes.entered"}
    options = {one.code: services.options_of(hall, one.code) for one in asked}
    return _enter(request, hall, form, enter, words, options=options)


def _enter(
    request: HttpRequest, hall: Hall, form: FactForm, enter: Any, words: dict[str, str], **more: Any
) -> HttpResponse:
    errors: list[services.RowError] = []
    url = f"{reverse(words['list'])}?hall={hall.code}"
    if request.method == "POST" and form.is_valid():
        try:
            entries = _entries(request, form)
            rows = partial(services.rows_of, hall, form.cleaned_data["asked"])
            with undoable(words["action"], target=hall, by=request.user, hall=hall, rows=rows) as offer:
                count = enter(entries)
        except services.RowsWrong as refused:
            errors = refused.errors
            form.add_error("rows", refused.message)
        except Refused as refused:
            form.add_error(
                "month" if refused.code in ("future", "month_published") else None, refused.message
            )
        else:
            toast(request, f"已录入 {count} {words['noun']}。", undo=offer.url)
            return redirect(url)
    context = {"form": form, "hall": hall, "errors": errors, "cancel_url": url, **words, **more}
    return render(request, "assessments/facts_new.html", context, status=422 if form.errors else 200)


def _entries(request: HttpRequest, form: FactForm) -> list[Entry]:
    upload = form.cleaned_data.get("file")
    if not upload:
        return services.entries_of_text(form.cleaned_data["rows"])
    path = kept_upload(keep_upload(upload, by=request.user), by=request.user)
    sheets = read_sheets(path)
    return services.entries_of_cells(enumerate(sheets[0].rows, 1)) if sheets else []


def _scored_hall(request: HttpRequest) -> Hall:
    hall = current_hall(request)
    if not request.user.can("assess.score", hall):
        raise Http404
    return hall


def _context(request: HttpRequest, listing: Any) -> dict[str, Any]:
    hall = current_hall(request)
    return {"listing": listing, "hall": hall, "may_enter": request.user.can("assess.score", hall)}
