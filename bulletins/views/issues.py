"""周通报: list, reading, evidence, writing, signing."""

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
from bulletins.documents.issue import issue_docx
from bulletins.enums import BulletinStatus, Section
from bulletins.forms import InstructionForm, ReasonForm, WordsForm
from bulletins.lists import BULLETINS, ITEMS, UNDECIDED_RECORDS, bulletin_rows, item_rows
from bulletins.models import Bulletin, BulletinItem, Instruction
from bulletins.presenters import Paper, brief, content_of, talk_words, visible_records
from bulletins.querysets import with_unread_mark
from bulletins.services import drafting, periods, signing
from bulletins.services.composing import expected_number, standing_words
from bulletins.services.gathering import what_counts_no_more

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
@allow("bulletin.read")
def bulletins(request: HttpRequest) -> HttpResponse:
    """All issues of the hall, with how many have read them."""
    hall, user, now = current_hall(request), request.user, timezone.now()
    listing = BULLETINS.page(request, with_unread_mark(bulletin_rows(request), user))
    context = {"listing": listing, "hall": hall, "next_cutoff": periods.next_cutoff(hall, now)}
    if user.can("bulletin.draft", hall):
        week = periods.latest_closed_week(hall, now)
        there = (
            Bulletin.objects.visible_to(user)
            .filter(hall=hall, iso_week=week)
            .exclude(status=BulletinStatus.WITHDRAWN)
        )
        context["draftable"] = week if week and not there.exists() else ""
    return render(request, "bulletins/bulletins.html", context)


@require_POST
@allow("bulletin.draft")
def draft(request: HttpRequest) -> HttpResponse:
    """Draft the week's issue by button."""
    week = request.POST.get("week", "")
    made = drafting.draft_bulletin(hall=current_hall(request), iso_week=week, by=request.user)
    messages.success(
        request, f"已起草{made.name}：问题 {made.problem_count} 个，表扬 {made.praise_count} 件。"
    )
    return redirect("bulletins:edit", pk=made.pk)


@require_safe
@allow("bulletin.read")
def bulletin(request: HttpRequest, pk: int) -> HttpResponse:
    """Read an issue: the one-minute summary, the paper, instructions, who has read it."""
    return _reading_page(request, _bulletin(request, pk))


def _reading_page(request: HttpRequest, found: Bulletin, form: InstructionForm | None = None) -> HttpResponse:
    user, hall = request.user, found.hall
    paper = Paper(found, user, content_of(found))
    receipts = list(found.receipts.select_related("user")) if found.is_issued else []
    mine = next((receipt for receipt in receipts if receipt.user_id == user.pk), None)
    talk = talk_words(paper.content) if "talk" in request.GET else ""
    context = {
        "bulletin": found,
        "paper": paper,
        "content": paper.content,
        "points": brief(paper),
        "mine": mine,
        "readers": len(receipts),
        "unread": [receipt.user for receipt in receipts if receipt.at is None],
        "read": sum(receipt.at is not None for receipt in receipts),
        "instructions": Instruction.objects.visible_to(user).filter(bulletin=found).select_related("by"),
        "form": form or InstructionForm(initial={"words": talk}),
        "may": _may(user, found),
        "sign_text": _sign_text(found, user) if found.status == BulletinStatus.SUBMITTED else "",
        "office": user.can("bulletin.read_drafts", hall),
    }
    return render(request, "bulletins/bulletin.html", context, status=422 if form else 200)


def _may(user: Any, found: Bulletin) -> dict[str, bool]:
    """What this person may do with the issue now; a control he may not use is absent."""
    hall, status = found.hall, found.status
    draft_, waits = status == BulletinStatus.DRAFT, status == BulletinStatus.SUBMITTED
    writes, signs = user.can("bulletin.draft", hall), user.can("bulletin.sign", hall)
    return {
        "edit": draft_ and writes,
        "submit": draft_ and writes,
        "redraft": status == BulletinStatus.WITHDRAWN and writes,
        "withdraw": (draft_ or waits) and writes,
        "send_back": waits and (signs or writes),
        "sign": waits and signs,
        "remind": found.is_issued and (writes or signs),
        "instruct": user.can("bulletin.instruct", hall),
    }


def _sign_text(found: Bulletin, user: Any) -> str:
    dropped = what_counts_no_more(found)
    words = f"起草以后有 {len(dropped)} 条记录不再计入，签发时自动去掉。" if dropped else ""
    number = _next_number(found, user)
    return f"{words}签发后编为第 {number} 期，窗口负责人会收到消息。签发后不能修改，只能在下一期更正。"


def _next_number(found: Bulletin, user: Any) -> int | None:
    if not user.can("bulletin.read_drafts", found.hall):
        return None
    return expected_number(found.hall, timezone.localdate().year)


@require_safe
@allow("bulletin.read")
def items(request: HttpRequest, pk: int) -> HttpResponse:
    """The evidence behind a number of the issue, or all its items."""
    found = _bulletin(request, pk)
    label, rows = item_rows(request, found)
    of_records = rows.model is not BulletinItem
    kind = UNDECIDED_RECORDS if of_records else ITEMS
    listing = kind.page(request, rows, bulletin=str(pk))
    _attach(listing.rows, found, request.user, of_records=of_records)
    context = {"listing": listing, "bulletin": found, "label": label, "of_records": of_records}
    return render(request, "bulletins/items.html", context)


def _attach(rows: list[Any], found: Bulletin, user: Any, *, of_records: bool) -> None:
    """Give each row the address of its record, where this person may open it."""
    ids = [row.pk if of_records else row.record_id for row in rows]
    seen = visible_records(user, found, ids)
    for row in rows:
        record = row if of_records else row.record
        row.url = record.get_absolute_url() if record.pk in seen else ""
        row.is_erratum = not of_records and row.section == Section.ERRATUM


@require_http_methods(["GET", "HEAD", "POST"])
@allow("bulletin.draft")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the words, hold items back, see every sentence with its evidence."""
    found = _bulletin(request, pk)
    if found.status != BulletinStatus.DRAFT or not request.user.can("bulletin.draft", found.hall):
        return redirect(found)
    form = WordsForm(request.POST or None, facts=drafting.words_facts(found), standing=_standing(found))

    def keep() -> None:
        drafting.edit_words(bulletin=found, words=form.cleaned_data, by=request.user, seen=form.seen)

    if request.method == "POST" and form.is_valid():
        with drafting.undoable_draft("bulletin.edited", found, by=request.user) as offer:
            is_saved = saved(form, keep, about=found, actions=("bulletin.edited",))
        if is_saved:
            kept.forget_autosave(user=request.user, page=_edit_url(pk))
            toast(request, "文字已保存", undo=offer.url)
            return redirect("bulletins:edit", pk=pk)
        return conflict_page(request, form, heading=f"起草{found.name}", cancel_url=_edit_url(pk))
    return _edit_page(request, found, form)


def _edit_page(request: HttpRequest, found: Bulletin, form: WordsForm) -> HttpResponse:
    paper = Paper(found, request.user, content_of(found))
    sentences = {section["key"]: section["sentences"] for section in paper.sections}
    shown = [field for field in form if field.name != "errata" or "errata" in sentences]
    fields = [(field, sentences.get(field.name, [])) for field in shown]
    rows = list(
        BulletinItem.objects.visible_to(request.user).filter(bulletin=found).select_related("held_by")
    )
    context = {
        "bulletin": found,
        "paper": paper,
        "form": form,
        "fields": fields,
        "items": rows,
        "held": sum(row.is_held for row in rows),
        "number": _next_number(found, request.user),
    }
    return render(request, "bulletins/edit.html", context, status=422 if form.errors else 200)


def _standing(found: Bulletin) -> dict[str, str]:
    return {"title": found.title, **standing_words(found.hall, timezone.now())}


@require_POST
@allow("bulletin.draft")
def refresh(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring the draft up to date with the ledger."""
    found = _bulletin(request, pk)
    drafting.draft_bulletin(hall=found.hall, iso_week=found.iso_week, by=request.user)
    messages.success(request, "已按台账重新取数，编写的文字和暂缓的事项都保留。")
    return redirect("bulletins:edit", pk=pk)


@require_POST
@allow("bulletin.draft")
def hold(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Hold an item back, with a reason."""
    row = _item(request, pk, item)
    with drafting.undoable_draft("bulletin.item_held", row.bulletin, by=request.user) as offer:
        drafting.hold_item(item=row, by=request.user, reason=request.POST.get("reason", ""))
    toast(request, f"{row} 本期不刊登", undo=offer.url)
    return redirect(f"{_edit_url(pk)}#items")


@require_POST
@allow("bulletin.draft")
def unhold(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """List a held item again."""
    row = _item(request, pk, item)
    with drafting.undoable_draft("bulletin.item_listed", row.bulletin, by=request.user) as offer:
        drafting.unhold_item(item=row, by=request.user)
    toast(request, f"{row} 恢复刊登", undo=offer.url)
    return redirect(f"{_edit_url(pk)}#items")


@require_POST
@allow("bulletin.draft")
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the draft to the leader."""
    found = _bulletin(request, pk)
    with drafting.undoable_draft("bulletin.submitted", found, by=request.user) as offer:
        found = drafting.submit_bulletin(bulletin=found, by=request.user)
    toast(request, "已送签，领导会收到消息。", undo=offer.url)
    return redirect(found)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("bulletin.sign", "bulletin.draft")
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a submitted issue back to the writer, with what should change."""
    return _with_reason(request, _bulletin(request, pk), drafting.return_to_draft, "退回修改", "已退回修改。")


@require_http_methods(["GET", "HEAD", "POST"])
@allow("bulletin.draft")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the week go without an issue."""
    return _with_reason(
        request,
        _bulletin(request, pk),
        drafting.withdraw_bulletin,
        "本周不出通报",
        "已撤回，内容并入下一期。",
    )


def _with_reason(request: HttpRequest, found: Bulletin, act: Any, title: str, done: str) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act(bulletin=found, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, done)
        return redirect(found)
    context = {"bulletin": found, "form": form, "page_title": title, "cancel_url": found.get_absolute_url()}
    return render(request, "bulletins/reason.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("bulletin.sign")
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """The plain page of the confirm dialog, and the signing itself."""
    found = _bulletin(request, pk)
    if request.method == "POST":
        found = signing.sign_off(bulletin=found, by=request.user)
        messages.success(request, f"{found.name}已印发，窗口负责人会收到消息。")
        return redirect(found)
    context = {
        "bulletin": found,
        "number": _next_number(found, request.user),
        "dropped": what_counts_no_more(found) if found.status == BulletinStatus.SUBMITTED else [],
    }
    return render(request, "bulletins/sign.html", context)


@require_POST
@allow("bulletin.read")
def mark_read(request: HttpRequest, pk: int) -> HttpResponse:
    """已阅."""
    found = _bulletin(request, pk)
    signing.mark_read(bulletin=found, by=request.user)
    toast(request, f"已签阅{found.name}")
    return redirect(found)


@require_POST
@allow("bulletin.draft", "bulletin.sign")
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Remind those who have not read it."""
    found = _bulletin(request, pk)
    number = signing.remind_readers(bulletin=found, by=request.user)
    messages.success(request, f"已提醒 {number} 人签阅。")
    return redirect(found)


@require_POST
@allow("bulletin.instruct")
def instruct(request: HttpRequest, pk: int) -> HttpResponse:
    """The leader writes on the issue."""
    found, form = _bulletin(request, pk), InstructionForm(request.POST)
    if not form.is_valid():
        return _reading_page(request, found, form)
    signing.instruct(bulletin=found, by=request.user, words=form.cleaned_data["words"])
    messages.success(request, "批示已交督查科办理。")
    return redirect(f"{found.get_absolute_url()}#instruct")


@require_safe
@allow("bulletin.read")
def docx(request: HttpRequest, pk: int) -> HttpResponse:
    """The issue as .docx."""
    found = _bulletin(request, pk)
    return download(issue_docx(content_of(found)), f"{found.hall.name}{found.name}.docx")


def _edit_url(pk: int) -> str:
    return reverse("bulletins:edit", args=[pk])


def _bulletin(request: HttpRequest, pk: int) -> Bulletin:
    return get_object_or_404(Bulletin.objects.visible_to(request.user).select_related("hall"), pk=pk)


def _item(request: HttpRequest, pk: int, item: int) -> BulletinItem:
    rows = BulletinItem.objects.visible_to(request.user).select_related("bulletin__hall")
    return get_object_or_404(rows, bulletin=pk, pk=item)
