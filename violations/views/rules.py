"""考核细则 and 常用说法: read a version article by article; teach the hall what free words mean."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.errors import Refused
from accounts.halls import current_hall
from accounts.models import Hall
from accounts.opened import conflict_page, saved
from accounts.services.undoing import undoable
from accounts.toasts import toast
from violations.forms import PhraseForm
from violations.lists import PHRASE_EDITORS as EDITORS
from violations.lists import PHRASES, phrase_rows
from violations.models import ActPhrase, Clause, RulebookVersion, Step
from violations.rule_parts import reading_of, rule_parts
from violations.services import rulebook as services
from violations.tariff import acts_for, version_for

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


@require_safe
@allow("rules.read")
def rules(request: HttpRequest) -> HttpResponse:
    """The version in force in the hall today."""
    hall = current_hall(request)
    version = version_for(hall)
    if version is None:
        return render(request, "violations/rules_none.html", {"hall": hall})
    return _page(request, version.pk)


@require_safe
@allow("rules.read")
def rulebook_version(request: HttpRequest, pk: int) -> HttpResponse:
    """One version; its anchors (#20-3) never change."""
    return _page(request, pk)


@require_safe
@allow(*EDITORS)
def phrases(request: HttpRequest) -> HttpResponse:
    """What free words of paper ledgers mean in this hall."""
    hall = current_hall(request)
    listing = PHRASES.page(request, phrase_rows(request))
    return render(request, "violations/rules_phrases.html", {"listing": listing, "hall": hall})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(*EDITORS)
def phrase_new(request: HttpRequest) -> HttpResponse:
    """Teach the hall a phrase."""
    hall = _edited_hall(request)
    form = PhraseForm(
        request.POST or None, acts=acts_for(hall), initial={"pattern": request.GET.get("words", "")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            rows = partial(services.phrases_of, hall)
            with undoable("phrase.added", target=hall, by=request.user, hall=hall, rows=rows) as offer:
                services.add_phrase(hall=hall, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("pattern", refused.message)
        else:
            toast(request, "已添加说法。", undo=offer.url)
            return redirect(_list_url(hall))
    return _form(request, form, "添加说法", hall)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(*EDITORS)
def phrase(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a phrase mean another act."""
    row = _phrase(request, pk)
    form = PhraseForm(request.POST or None, acts=acts_for(row.hall), facts=services.phrase_facts(row))

    def keep() -> None:
        services.change_phrase(phrase=row, by=request.user, seen=form.seen, **form.cleaned_data)

    if request.method == "POST" and form.is_valid():
        try:
            rows = partial(services.phrases_of, row.hall)
            with undoable("phrase.changed", target=row, by=request.user, hall=row.hall, rows=rows) as offer:
                is_saved = saved(form, keep, about=row)
            if is_saved:
                toast(request, "已修改说法。", undo=offer.url)
                return redirect(_list_url(row.hall))
            return conflict_page(request, form, heading="修改说法", cancel_url=_list_url(row.hall))
        except Refused as refused:
            form.add_error("pattern", refused.message)
    return _form(request, form, "修改说法", row.hall, phrase=row)


@require_POST
@allow(*EDITORS)
def phrase_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a phrase."""
    row = _phrase(request, pk)
    hall, words = row.hall, row.pattern
    rows = partial(services.phrases_of, hall)
    with undoable("phrase.removed", target=hall, by=request.user, hall=hall, rows=rows) as offer:
        services.remove_phrase(phrase=row, by=request.user)
    toast(request, f"已删除说法“{words}”。", undo=offer.url)
    return redirect(_list_url(hall))


def _page(request: HttpRequest, pk: int) -> HttpResponse:
    versions = RulebookVersion.objects.visible_to(request.user).select_related("rulebook__hall")
    version = get_object_or_404(versions.defer("source_text"), pk=pk)
    steps = Prefetch("steps", Step.objects.visible_to(request.user).select_related("act"), to_attr="rungs")
    clauses = Clause.objects.visible_to(request.user).filter(version=version).distinct()
    rows = list(clauses.select_related("category").prefetch_related(steps).order_by("sort", "pk"))
    reading = reading_of(request, version)
    for clause in rows:
        clause.extra_rungs = [step for step in clause.rungs if step.act_id or step.severity]
        clause.reading = reading.clauses.get(clause.code)
    context = {
        "version": version,
        "clauses": rows,
        "reading": reading,
        "measures": list(version.measures.all()),
        "versions": versions.filter(rulebook=version.rulebook).defer("source_text"),
        "parts": rule_parts(version),
    }
    return render(request, "violations/rules.html", context)


def _edited_hall(request: HttpRequest) -> Hall:
    """The current hall, if this person may edit its phrases."""
    return get_object_or_404(_edited_halls(request), pk=current_hall(request).pk)


def _edited_halls(request: HttpRequest) -> QuerySet[Hall]:
    mine = Hall.objects.where(request.user, EDITORS[0])
    return mine | Hall.objects.where(request.user, EDITORS[1])


def _phrase(request: HttpRequest, pk: int) -> ActPhrase:
    """A phrase of a hall whose phrases this person may edit."""
    rows = ActPhrase.objects.visible_to(request.user).filter(hall__in=_edited_halls(request))
    return get_object_or_404(rows.select_related("hall", "act__rulebook__hall"), pk=pk)


def _form(
    request: HttpRequest, form: PhraseForm, heading: str, hall: Hall, phrase: ActPhrase | None = None
) -> HttpResponse:
    context = {"form": form, "heading": heading, "cancel_url": _list_url(hall), "phrase": phrase}
    return render(request, "violations/rules_phrase.html", context, status=422 if form.errors else 200)


def _list_url(hall: Hall) -> str:
    return f"{reverse('violations:phrases')}?hall={hall.code}"
