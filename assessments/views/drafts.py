"""制度草稿 pages: make one from a version, change it item by item, put it in force, throw it away."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import allow
from accounts.errors import Refused
from accounts.halls import current_hall
from accounts.opened import SLACK, conflict_of, conflict_page, saved
from accounts.services.undoing import undoable
from accounts.toasts import toast
from accounts.versions import Change, ChangedMeanwhile, changes_since
from assessments.forms import EnforceForm, ItemForm, NewDraftForm, TrialForm
from assessments.lists import TRIALS, find_version, trial_rows
from assessments.pack_edits import items_of
from assessments.services import drafts as services
from assessments.services import trial as trial_service
from assessments.services.reading import differences
from trail.models import LongRun
from trail.tasks import start_run
from violations.models import RulebookVersion
from violations.packs import known_pack

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from assessments.pack_edits import Item

SECTION_WORDS = {
    "version": "版本", "clauses": "条款", "schemes": "评分方案", "gates": "门槛",
    "awards": "评选", "measures": "处理措施", "ballots": "投票",
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@allow("rules.edit")
def draft_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft beside this version."""
    base = _editable(request, pk)
    form = NewDraftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            rows = partial(services.drafts_beside, base)
            hall = base.rulebook.hall
            with undoable("rulebook.draft_made", target=base, by=request.user, hall=hall, rows=rows) as offer:
                draft = services.make_draft(base=base, by=request.user, **form.cleaned_data)
        except services.DraftRefused as refused:
            for error in refused.errors:
                form.add_error("number" if error.path.endswith("number") else "effective_on", error.reason)
        else:
            toast(request, "已另建草稿。改好、试算以后再让它生效。", undo=offer.url)
            return redirect("assessments:draft", draft.pk)
    context = {"form": form, "version": base, "cancel_url": base.get_absolute_url()}
    return render(request, "assessments/draft_new.html", context, status=422 if form.errors else 200)


@require_safe
@allow("rules.edit")
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """What stands in the draft, what it changes, and what can be done with it."""
    row = _draft(request, pk)
    groups: dict[str, list[Item]] = {}
    for item in items_of(known_pack(row.source_text).data):
        groups.setdefault(SECTION_WORDS[item.section], []).append(item)
    context = {
        "version": row,
        "groups": groups.items(),
        "changes": differences(row, row.based_on) if row.based_on else [],
    }
    return render(request, "assessments/draft.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("rules.edit")
def draft_item(request: HttpRequest, pk: int, section: str, number: int) -> HttpResponse:
    """The numbers and words of one item."""
    row = _draft(request, pk)
    item = services.find_item(row, section, number)
    form = ItemForm(request.POST or None, item=item)
    url = reverse("assessments:draft", args=[row.pk])
    if request.method == "POST" and form.is_valid():
        try:
            rows = partial(services.this_version, row.pk)
            hall = row.rulebook.hall
            with undoable(
                "rulebook.draft_edited", target=row, by=request.user, hall=hall, rows=rows
            ) as offer:
                services.edit_item(
                    draft=row,
                    section=section,
                    number=number,
                    values=form.cleaned_data,
                    by=request.user,
                    seen=form.seen,
                )
        except ChangedMeanwhile as changed:
            form.conflict = conflict_of(form, changed.facts, _changes_of(row, item, form))
            return conflict_page(request, form, heading=item.title, cancel_url=url)
        except services.DraftRefused as refused:
            form.show(refused.errors)
        else:
            toast(request, f"已保存：{item.title}。", undo=offer.url)
            return redirect(url)
    context = {"form": form, "version": row, "item": item, "cancel_url": url}
    return render(request, "assessments/draft_item.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("rules.edit")
def enforce(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more from which day; after that the version never changes."""
    row = _draft(request, pk)
    form = EnforceForm(request.POST or None, facts=services.draft_facts(row))
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            services.enforce_draft(
                draft=row, by=request.user, effective_on=form.cleaned_data["effective_on"], seen=form.seen
            )

        try:
            if saved(form, act, about=row):
                toast(request, "已生效，这一版从此不能再改。")
                return redirect(row)
            url = reverse("assessments:draft", args=[row.pk])
            return conflict_page(request, form, heading="让草稿生效", cancel_url=url)
        except services.DraftRefused as refused:
            for error in refused.errors:
                form.add_error("effective_on" if error.path == "version.effective_on" else None, error.reason)
    context = {
        "form": form,
        "version": row,
        "changes": differences(row, row.based_on) if row.based_on else [],
        "cancel_url": reverse("assessments:draft", args=[row.pk]),
    }
    return render(request, "assessments/enforce.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("rules.edit")
def try_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Score past months with the draft; the run's page shows how far it is, and nothing is stored."""
    row, hall = _draft(request, pk), current_hall(request)
    form = TrialForm(request.POST or None, today=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        params = {"version": row.pk, "revision": row.revision, "months": form.months}
        return redirect(
            start_run(
                trial_service.NAME,
                hall=hall,
                by=request.user,
                params=params,
                title=f"用 {row.version} 版试算",
            )
        )
    context = {
        "form": form,
        "version": row,
        "hall": hall,
        "cancel_url": reverse("assessments:draft", args=[row.pk]),
    }
    return render(request, "assessments/try_out.html", context, status=422 if form.errors else 200)


@require_safe
@allow(*trial_service.EDITORS)
def trial(request: HttpRequest, run: int) -> HttpResponse:
    """The differences a trial run found, by person, window and unit."""
    found = get_object_or_404(
        LongRun.objects.visible_to(request.user).select_related("hall"), pk=run, kind=trial_service.NAME
    )
    version = RulebookVersion.objects.visible_to(request.user).filter(pk=found.params.get("version")).first()
    listing = TRIALS.page(request, trial_rows(request, run), run=str(run))
    context = {"listing": listing, "run": found, "version": version}
    return render(request, "assessments/trial.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("rules.edit")
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the draft away; asked once more without a script."""
    row = _draft(request, pk)
    if request.method != "POST":
        context = {"version": row, "cancel_url": reverse("assessments:draft", args=[row.pk])}
        return render(request, "assessments/draft_discard.html", context)
    hall, base = row.rulebook.hall, row.based_on
    rows = partial(services.this_version, row.pk)
    with undoable("rulebook.draft_discarded", target=row, by=request.user, hall=hall, rows=rows) as offer:
        services.discard_draft(draft=row, by=request.user)
    toast(request, "已删除草稿。", undo=offer.url)
    return redirect(base or "violations:rules")


def _editable(request: HttpRequest, pk: int) -> RulebookVersion:
    row = find_version(request, pk)
    if not services.may_edit(request.user, row):
        raise Http404
    return row


def _draft(request: HttpRequest, pk: int) -> RulebookVersion:
    versions = RulebookVersion.objects.visible_to(request.user).select_related("rulebook__hall", "based_on")
    row = get_object_or_404(versions, pk=pk)
    if not services.may_edit(request.user, row):
        raise Http404
    if not row.is_draft:
        raise Refused("这一版已经生效，不能再改；要改请另建新版。", code="rulebook_frozen")
    return row


def _changes_of(row: RulebookVersion, item: Item, form: ItemForm) -> list[Change]:
    """Who changed this item meanwhile: the trace names its values with the item before them."""
    found = []
    for change in changes_since(row, form.opened_at - SLACK, ("rulebook.draft_edited",)):
        names = {leaf.name for leaf in item.leaves if f"{item.title}·{leaf.label}" in change.fields}
        found += [replace(change, fields=frozenset(names))] if names else []
    return found
