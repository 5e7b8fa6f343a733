"""考核细则 and 常用说法: read a version article by article; teach the hall what free words mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.errors import Refused
from accounts.halls import current_hall
from accounts.lists import Sort, by_time, list_page
from accounts.models import Hall
from violations.filters import PhraseFilters
from violations.forms import PhraseForm
from violations.models import ActPhrase, Clause, RulebookVersion, Step
from violations.rule_parts import rule_parts
from violations.services import rulebook as services
from violations.tariff import acts_for, version_for

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

EDITORS = ("phrases.edit", "rules.edit")
PHRASE_SORTS = {
    "act": Sort("事项", ("act__sort", "pattern"), up="按制度顺序", down="倒序"),
    "changed": by_time("修改时间", "changed_at"),
}


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
    rows = ActPhrase.objects.visible_to(request.user).ruling(hall).select_related("act", "hall", "changed_by")
    listing = list_page(request, rows, PhraseFilters, sorts=PHRASE_SORTS, default_sort="act", noun="说法")
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
            services.add_phrase(hall=hall, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("pattern", refused.message)
        else:
            messages.success(request, "已添加说法。")
            return redirect(_list_url(hall))
    return _form(request, form, "添加说法", hall)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(*EDITORS)
def phrase(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a phrase mean another act."""
    row = _phrase(request, pk)
    form = PhraseForm(
        request.POST or None, acts=acts_for(row.hall), initial={"pattern": row.pattern, "act": row.act_id}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_phrase(phrase=row, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("pattern", refused.message)
        else:
            messages.success(request, "已修改说法。")
            return redirect(_list_url(row.hall))
    return _form(request, form, "修改说法", row.hall)


@require_POST
@allow(*EDITORS)
def phrase_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a phrase."""
    row = _phrase(request, pk)
    hall, words = row.hall, row.pattern
    services.remove_phrase(phrase=row, by=request.user)
    messages.success(request, f"已删除说法“{words}”。")
    return redirect(_list_url(hall))


def _page(request: HttpRequest, pk: int) -> HttpResponse:
    versions = RulebookVersion.objects.visible_to(request.user).select_related("rulebook__hall")
    version = get_object_or_404(versions.defer("source_text"), pk=pk)
    steps = Prefetch("steps", Step.objects.visible_to(request.user).select_related("act"), to_attr="rungs")
    clauses = Clause.objects.visible_to(request.user).filter(version=version).distinct()
    rows = list(clauses.select_related("category").prefetch_related(steps).order_by("sort", "pk"))
    for clause in rows:
        clause.extra_rungs = [step for step in clause.rungs if step.act_id or step.severity]
    context = {
        "version": version,
        "clauses": rows,
        "measures": list(version.measures.all()),
        "others": versions.filter(rulebook=version.rulebook)
        .exclude(pk=pk)
        .only("version", "title", "effective_on", "status", "rulebook"),
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


def _form(request: HttpRequest, form: PhraseForm, heading: str, hall: Hall) -> HttpResponse:
    context = {"form": form, "heading": heading, "cancel_url": _list_url(hall)}
    return render(request, "violations/rules_phrase.html", context, status=422 if form.errors else 200)


def _list_url(hall: Hall) -> str:
    return f"{reverse('violations:phrases')}?hall={hall.code}"
