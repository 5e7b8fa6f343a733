"""走访随记: write one in passing, see what became of it, decide on those of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.errors import NotPermitted
from accounts.halls import current_hall
from accounts.toasts import toast
from accounts.words import day_words
from patrols.lists import NOTE_READERS, WALK_NOTES, note_rows
from patrols.models import WalkNote
from patrols.note_forms import CloseNoteForm, RecordNoteForm, WalkNoteForm
from patrols.permissions import may_leave_note, may_settle_note
from patrols.services.notes import close_note, leave_note, record_note
from violations.forms import sent
from violations.presenters import files_of

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpRequest, HttpResponse


@require_safe
@allow(*NOTE_READERS)
def notes(request: HttpRequest) -> HttpResponse:
    """走访随记: one's own, and for the manager all of the hall."""
    listing = WALK_NOTES.page(request, note_rows(request))
    may_write = may_leave_note(request.user, current_hall(request))
    return render(request, "patrols/notes.html", {"listing": listing, "may_write": may_write})


@require_http_methods(["GET", "HEAD", "POST"])
@allow("record.find")
def new_note(request: HttpRequest) -> HttpResponse:
    """记一条: window, person, act or free words, photos."""
    hall = current_hall(request)
    if not may_leave_note(request.user, hall):
        raise NotPermitted("走访随记由这个大厅的领导或大厅管理员来记，值班员请在巡查里记。")
    form = WalkNoteForm(*sent(request), hall=hall, user=request.user, day=timezone.localdate())
    if (
        request.method == "POST"
        and form.is_valid()
        and form.carried_out(
            lambda: leave_note(
                form.glimpse(), hall=hall, by=request.user, uploads=form.cleaned_data["photos"]
            )
        )
    ):
        note = form.outcome
        toast(request, f"已记入台账 {note.record.number}" if note.record else "已记下，交大厅管理员处理")
        return redirect(note)
    context = {"form": form, "hall": hall}
    return render(request, "patrols/new_note.html", context, status=422 if form.errors else 200)


@require_safe
@allow(*NOTE_READERS)
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """One note and what became of it."""
    return note_page(request, note_of(request, pk))


@require_POST
@allow("record.confirm")
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """记入台账: name the act."""
    kept = note_of(request, pk)
    form = record_form(request, kept, request.POST)
    if form.is_valid() and form.carried_out(
        lambda: record_note(
            note=kept, by=request.user, act=form.act, staff=form.staff, words=form.cleaned_data["note"]
        )
    ):
        toast(request, f"已记入台账 {form.outcome.record.number}")
        return redirect(kept)
    return note_page(request, kept, record_form=form)


@require_POST
@allow("record.confirm")
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """了结: with a word."""
    kept, form = note_of(request, pk), CloseNoteForm(request.POST)
    if form.is_valid() and form.carried_out(
        lambda: close_note(note=kept, by=request.user, words=form.cleaned_data["words"])
    ):
        toast(request, "已了结")
        return redirect(kept)
    return note_page(request, kept, close_form=form)


def note_of(request: HttpRequest, pk: int) -> WalkNote:
    """The note of the address, when this person may see it."""
    return get_object_or_404(WalkNote.objects.visible_to(request.user).for_list(), pk=pk)


def record_form(request: HttpRequest, kept: WalkNote, data: object = None) -> RecordNoteForm:
    """People and acts are those of the day of the note."""
    return RecordNoteForm(data, note=kept, hall=kept.hall, user=request.user, day=timezone.localdate(kept.at))


def note_page(request: HttpRequest, kept: WalkNote, **forms: Form) -> HttpResponse:
    """The page, with the forms of who may decide; the one named was sent and has something wrong."""
    context: dict[str, object] = {
        "note": kept,
        "photos": files_of(kept.photos.all(), f"走访随记 {day_words(kept.at)}"),
    }
    context["may_settle"] = may_settle_note(request.user, kept)
    if context["may_settle"]:
        context |= {"record_form": record_form(request, kept), "close_form": CloseNoteForm()}
    wrong = next(iter(forms.values()), None)
    context |= {**forms, "form": wrong}
    return render(request, "patrols/note.html", context, status=422 if wrong else 200)
