"""问题台账: the list of records, one record, and the steps people take on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.errors import NotPermitted
from accounts.halls import current_hall
from accounts.lists import Sort, by_time, list_page
from accounts.toasts import toast
from violations.filters import FindingFilters
from violations.forms import AnswerForm, AppealForm, DecisionForm, FindingForm, ReasonForm, sent
from violations.models import ConductRecord
from violations.permissions import may_confirm
from violations.presenters import evidence_of, price, record_page
from violations.services import appeals, ledger, rectify

if TYPE_CHECKING:
    from datetime import date

    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

READERS = ("record.read_all", "record.read_own", "record.read_window", "record.read_unit")
ANSWERERS = ("record.answer", "record.read_unit")
SORTS = {
    "at": by_time("时间", "at"),
    "number": Sort("编号", "number"),
    "window": Sort("窗口、人员", ("window__floor", "window__code", "at"), up="从前到后", down="从后到前"),
    "deadline": by_time("期限", "deadline_at"),
}


@require_safe
@allow(*READERS)
def findings(request: HttpRequest) -> HttpResponse:
    """问题台账: all records this person may see in the hall."""
    rows = ConductRecord.objects.visible_to(request.user).filter(hall=current_hall(request)).for_list()
    listing = list_page(request, rows, FindingFilters, sorts=SORTS, default_sort="-at", noun="问题")
    price(listing.rows)
    may_find = request.user.can("record.find", current_hall(request))
    return render(request, "violations/findings.html", {"listing": listing, "may_find": may_find})


@require_safe
@allow(*READERS)
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    """问题详情: the record, its evidence, its story, and what one may do now."""
    record = _record(request, pk)
    context = record_page(record, request.user)
    actions = context["actions"]
    context["answer_form"] = AnswerForm() if actions.answer else None
    context["decision_form"] = DecisionForm(may_confirm=actions.confirm) if actions.decide else None
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
    form = DecisionForm(*sent(request), may_confirm=may_confirm(request.user, record))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if data["verdict"] == "confirm":
            ledger.confirm_record(record=record, by=request.user, note=data["reason"])
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
