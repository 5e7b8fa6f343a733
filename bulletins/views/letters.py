"""反馈函: list, text, signing, the unit's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.halls import current_hall
from accounts.opened import conflict_page, saved
from accounts.services import kept
from accounts.toasts import toast
from bulletins.documents import download
from bulletins.documents.letter import letter_docx
from bulletins.enums import LetterStatus
from bulletins.forms import LetterForm, ReasonForm, ReplyForm
from bulletins.lists import LETTER_READERS, LETTERS, letter_rows
from bulletins.models import Letter
from bulletins.permissions import may_reply
from bulletins.presenters import LetterPage
from bulletins.services import letters as services

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
@allow(*LETTER_READERS)
def letters(request: HttpRequest) -> HttpResponse:
    """All letters this person may see in the hall."""
    hall = current_hall(request)
    listing = LETTERS.page(request, letter_rows(request))
    return render(request, "bulletins/letters.html", {"listing": listing, "hall": hall})


@require_safe
@allow(*LETTER_READERS)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """A letter with the issues it rests on; a contact's first look is kept."""
    found = _letter(request, pk)
    services.note_opening(letter=found, by=request.user)
    return _page(request, found)


def _page(
    request: HttpRequest, found: Letter, form: LetterForm | None = None, reply: ReplyForm | None = None
) -> HttpResponse:
    page = LetterPage(found, request.user)
    context = {
        "letter": found,
        "page": page,
        "content": page.content,
        "form": form or reply,
        "words_form": form or _words_form(found, _put_back(request, found)),
        "reply_form": reply or ReplyForm(),
        "may": _may(request.user, found),
    }
    is_refused = any(one.errors for one in (form, reply) if one)
    return render(request, "bulletins/letter.html", context, status=422 if is_refused else 200)


def _may(user: Any, found: Letter) -> dict[str, bool]:
    hall, status = found.hall, found.status
    writes, signs = user.can("letter.draft", hall), user.can("letter.sign", hall)
    waits = status == LetterStatus.SUBMITTED
    return {
        "write": writes and status in (LetterStatus.TASK, LetterStatus.DRAFT),
        "submit": writes and status == LetterStatus.DRAFT,
        "send_back": waits and (writes or signs),
        "sign": waits and signs,
        "reply": status == LetterStatus.SIGNED and may_reply(user, found),
    }


@require_POST
@allow("letter.draft")
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the text."""
    found = _letter(request, pk)
    form = _words_form(found, request.POST)

    def keep() -> None:
        words = form.cleaned_data["words"]
        services.write_letter(letter=found, words=words, by=request.user, seen=form.seen)

    if not form.is_valid():
        return _page(request, found, form=form)
    with services.undoable_letter("letter.written", found, by=request.user) as offer:
        is_saved = saved(form, keep, about=found, actions=("letter.written",))
    if not is_saved:
        return conflict_page(request, form, heading="反馈函正文", cancel_url=found.get_absolute_url())
    kept.forget_autosave(user=request.user, page=found.get_absolute_url())
    toast(request, "正文已保存", undo=offer.url)
    return redirect(found)


def _put_back(request: HttpRequest, found: Letter) -> Any:
    """What was kept of the text, for its form on the page of the letter."""
    row = getattr(request, "kept", None)
    if row is None or row.action != reverse("bulletins:write_letter", args=[found.pk]):
        return None
    row.is_in_form = True
    return kept.data_of(row)


def _words_form(found: Letter, data: Any) -> LetterForm:
    standing = {"words": services.suggested_words(found)}
    return LetterForm(data, facts=services.letter_facts(found), standing=standing)


@require_POST
@allow("letter.draft")
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the letter to the leader."""
    found = _letter(request, pk)
    with services.undoable_letter("letter.submitted", found, by=request.user) as offer:
        found = services.submit_letter(letter=found, by=request.user)
    toast(request, "已送签，领导会收到消息。", undo=offer.url)
    return redirect(found)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("letter.sign", "letter.draft")
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it back to the writer, with what should change."""
    found, form = _letter(request, pk), ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.return_letter(letter=found, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, "已退回修改。")
        return redirect(found)
    context = {"form": form, "page_title": "退回修改", "cancel_url": found.get_absolute_url()}
    return render(request, "bulletins/reason.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("letter.sign")
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """The plain page of the confirm dialog, and the signing itself."""
    found = _letter(request, pk)
    if request.method == "POST":
        found = services.sign_letter(letter=found, by=request.user)
        messages.success(request, f"反馈函 {found.reference} 已签发，{found.department}联系人会收到消息。")
        return redirect(found)
    return render(
        request, "bulletins/sign_letter.html", {"letter": found, "page": LetterPage(found, request.user)}
    )


@require_POST
@allow("letter.reply", "letter.draft")
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """The unit's answer, or the office enters one that came on paper."""
    found, form = _letter(request, pk), ReplyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, reply=form)
    services.reply_to_letter(letter=found, by=request.user, **form.cleaned_data)
    messages.success(request, "回函已登记，大厅督查科会收到消息。")
    return redirect(found)


@require_safe
@allow(*LETTER_READERS)
def docx(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as .docx."""
    found = _letter(request, pk)
    content = LetterPage(found, request.user).content
    day = timezone.localdate(found.signed_at or found.raised_at)
    return download(letter_docx(content), f"{content['title']}{day:%Y%m%d}.docx")


def _letter(request: HttpRequest, pk: int) -> Letter:
    rows = Letter.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("hall", "staff", "department", "signed_by"), pk=pk)
