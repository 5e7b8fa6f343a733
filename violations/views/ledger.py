"""问题台账: the list of records, one record, and the steps people take on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.bulk_pages import BulkAct, answer_bulk, answer_bulk_undo, bulk_bar
from accounts.decorators import allow
from accounts.errors import NotPermitted
from accounts.halls import current_hall
from accounts.toasts import toast
from violations.cards import feed
from violations.forms import AnswerForm, AppealForm, DecisionForm, FindingForm, ReasonForm, sent
from violations.lists import FINDINGS, READERS, finding_rows
from violations.models import ConductRecord
from violations.permissions import VERIFY, may_confirm
from violations.presenters import evidence_of, price, record_page
from violations.pricing import range_of
from violations.services import appeals, ledger, rectify

if TYPE_CHECKING:
    from datetime import date

    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Hall, User

DECIDERS = ("record.confirm", *VERIFY)
HEADINGS = {
    "record.read_all": "问题台账",
    "record.read_unit": "本单位记录",
    "record.read_window": "本窗口记录",
}
ANSWERERS = ("record.answer", "record.read_unit")


@require_safe
@allow(*READERS)
def findings(request: HttpRequest) -> HttpResponse:
    """问题台账: all records this person may see in the hall."""
    hall = current_hall(request)
    listing = FINDINGS.page(request, finding_rows(request).for_lines())
    for row in listing.rows:
        row.hall = hall
    price(listing.rows)
    context = {
        "listing": listing,
        "heading": _heading(request.user, hall),
        "may_find": request.user.can("record.find", hall),
        "bulk": bulk_bar(reverse("violations:bulk"), _acts(request.user, hall), words="理由（不予认定要写）"),
    }
    return render(request, "violations/findings.html", context)


def _heading(user: User, hall: Hall) -> str:
    """As the menu calls the list: whose records these are."""
    for permission, words in HEADINGS.items():
        if user.can(permission, hall):
            return words
    return "我的记录"


@require_safe
@allow("record.read_all")
def recent(request: HttpRequest) -> HttpResponse:
    """刚刚发生: what /today/ shows of it, and asks for again each minute."""
    return render(request, "violations/_recent.html", {"events": feed(request.user, current_hall(request))})


@require_POST
@allow(*DECIDERS)
def bulk(request: HttpRequest) -> HttpResponse:
    """核实、认定、不予认定 several records, each as singly."""
    rows = ConductRecord.objects.visible_to(request.user).for_list()
    undo_url = reverse("violations:bulk_undo")
    acts, back = _acts(request.user), reverse("violations:findings")
    return answer_bulk(request, rows, acts, back=back, undo=undo_url)


@require_POST
@allow(*DECIDERS)
def bulk_undo(request: HttpRequest) -> HttpResponse:
    """撤销 several steps just taken."""
    rows = ConductRecord.objects.visible_to(request.user).for_list()

    def undo_one(record: ConductRecord) -> object:
        return ledger.undo_last_step(record=record, by=request.user)

    return answer_bulk_undo(request, rows, undo_one, back=reverse("violations:findings"))


def _acts(user: User, hall: Hall | None = None) -> list[BulkAct]:
    """What this person may do to several records; the rest is each record's own rules."""
    acts = []
    if user.can_any(VERIFY, hall):
        acts.append(
            BulkAct("verify", "核实", lambda row, words: ledger.verify_draft(record=row, by=user, note=words))
        )
    if user.can_any(("record.confirm",), hall):
        acts += [
            BulkAct(
                "confirm",
                "认定",
                lambda row, words: ledger.confirm_record(record=row, by=user, note=words),
                is_main=True,
            ),
            BulkAct(
                "dismiss",
                "不予认定",
                lambda row, words: ledger.dismiss_record(record=row, by=user, reason=words),
            ),
        ]
    return acts


@require_safe
@allow(*READERS)
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    """问题详情: the record, its evidence, its story, and what one may do now."""
    record = _record(request, pk)
    context = record_page(record, request.user)
    actions = context["actions"]
    context["answer_form"] = AnswerForm() if actions.answer else None
    context["decision_form"] = (
        DecisionForm(may_confirm=actions.confirm, choice=range_of(record)) if actions.decide else None
    )
    return render(request, "violations/finding.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("record.find")
def new_finding(request: HttpRequest) -> HttpResponse:
    """记问题: log a finding or a bonus outside a round."""
    hall = current_hall(request)
    if not request.user.can("record.find", hall):
        raise NotPermitted("你没有在这个大厅记录的权限。")
    day, words = _day(request), request.GET.get("act_q", "")[:50]
    form = FindingForm(
        *sent(request),
        hall=hall,
        user=request.user,
        day=day,
        words="" if request.method == "POST" else words,
    )
    if request.method == "POST" and form.is_valid() and form.carried_out(lambda: _find(request, form)):
        record = form.outcome
        toast(request, f"已记下 {record.number}", undo=_undo_url(record))
        return redirect(record)
    context = {"form": form, "day": day, "words": words, "hall": hall}
    return render(request, "violations/new_finding.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(*ANSWERERS)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """确认或陈述: the answer of the person concerned."""
    record = _record(request, pk)
    form = AnswerForm(*sent(request))
    if request.method == "POST" and form.is_valid():
        if form.is_acceptance:
            ledger.accept_record(record=record, by=request.user)
            return _done(request, record, "已确认，无异议")
        if form.carried_out(lambda: _state(request, record, form)):
            return _done(request, record, "已提交陈述，裁定前不计入")
    return _asked(request, record, form, "答复", "提交")


@require_http_methods(["GET", "HEAD", "POST"])
@allow("record.confirm")
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """认定或不予认定: the manager's decision."""
    record = _record(request, pk)
    form = DecisionForm(
        *sent(request), may_confirm=may_confirm(request.user, record), choice=range_of(record)
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if data["verdict"] == "confirm":
            ledger.confirm_record(record=record, by=request.user, note=data["reason"], judged=data["judged"])
            return _done(request, record, "已认定")
        ledger.dismiss_record(record=record, by=request.user, reason=data["reason"])
        return _done(request, record, "不予认定")
    return _asked(request, record, form, "认定", "提交认定")


@require_POST
@allow("record.find", "attendance.verify")
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """核实: stand behind a machine's proposal."""
    record = _record(request, pk)
    ledger.verify_draft(record=record, by=request.user)
    return _done(request, record, "已核实，已请当事人答复")


@require_http_methods(["GET", "HEAD", "POST"])
@allow("record.withdraw")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """撤回: with a reason."""
    record = _record(request, pk)
    form = ReasonForm(*sent(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        ledger.withdraw_record(record=record, by=request.user, reason=reason)
        return _done(request, record, "已撤回")
    return _asked(request, record, form, "撤回", "撤回这条记录")


@require_http_methods(["GET", "HEAD", "POST"])
@allow("appeal.file", "record.read_unit")
def file_appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """申诉: ask somebody else to look again."""
    record = _record(request, pk)
    form = AppealForm(*sent(request))
    if (
        request.method == "POST"
        and form.is_valid()
        and form.carried_out(lambda: _appeal(request, record, form))
    ):
        return _done(request, record, "已提交申诉，裁定前不计入")
    return _asked(request, record, form, "申诉", "提交申诉")


@require_POST
@allow("rectify.check")
def order_rectification(request: HttpRequest, pk: int) -> HttpResponse:
    """下整改: ask the window to put it right."""
    record = _record(request, pk)
    order = rectify.order_rectification(record=record, by=request.user)
    undo = reverse("violations:undo_rectification", args=[order.pk])
    toast(request, f"已下整改 {order.number}", undo=undo)
    return redirect(order)


@require_POST
@allow("record.find", "record.confirm", "appeal.review", *ANSWERERS)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销: take the last step back within ten seconds."""
    record = ledger.undo_last_step(record=_record(request, pk), by=request.user)
    toast(request, f"已撤销，现在是“{record.get_status_display()}”")
    return redirect(record)


def _record(request: HttpRequest, pk: int) -> ConductRecord:
    rows = ConductRecord.objects.visible_to(request.user).for_list().select_related("rectification")
    return get_object_or_404(rows, pk=pk)


def _day(request: HttpRequest) -> date:
    """The day whose postings and rules the form offers."""
    asked = request.POST.get("day") or request.GET.get("day", "")
    try:
        return parse_date(asked) or timezone.localdate()
    except ValueError:
        return timezone.localdate()


def _find(request: HttpRequest, form: FindingForm) -> ConductRecord:
    uploads = form.cleaned_data["photos"]
    return ledger.find_record(form.found(), hall=form.hall, by=request.user, uploads=uploads)


def _state(request: HttpRequest, record: ConductRecord, form: AnswerForm) -> object:
    data = form.cleaned_data
    return ledger.state_on_record(
        record=record, by=request.user, reason=data["reason"], words=data["words"], uploads=data["files"]
    )


def _appeal(request: HttpRequest, record: ConductRecord, form: AppealForm) -> object:
    data = form.cleaned_data
    return appeals.file_appeal(record=record, by=request.user, words=data["words"], uploads=data["files"])


def _asked(
    request: HttpRequest, record: ConductRecord, form: Form, heading: str, submit: str
) -> HttpResponse:
    """The form of a step on a page of its own, with the evidence above it."""
    context = {**evidence_of(record), "form": form, "page_heading": heading, "submit_words": submit}
    context["cancel_url"] = record.get_absolute_url()
    return render(request, "violations/step.html", context, status=422 if form.errors else 200)


def _done(request: HttpRequest, record: ConductRecord, words: str) -> HttpResponse:
    toast(request, words, undo=_undo_url(record))
    return redirect(record)


def _undo_url(record: ConductRecord) -> str:
    return reverse("violations:undo", args=[record.pk])
