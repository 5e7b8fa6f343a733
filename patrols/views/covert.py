"""暗访 for the supervision office: give tasks out, review what came back, hand over what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.errors import NotPermitted, TransitionNotAllowed
from accounts.halls import current_hall
from accounts.recent import recently_proved
from accounts.toasts import toast
from patrols.covert_forms import ADOPT, RETURN, IdentityForm, ReviewForm, TaskForm
from patrols.covert_lists import COVERT, covert_rows
from patrols.covert_presenters import task_page
from patrols.covert_querysets import ASSIGN
from patrols.enums import CovertStatus
from patrols.models import CovertTask
from patrols.services import covert, covert_reports
from patrols.services.covert_identity import appeals_of, open_identity
from violations.forms import ReasonForm, sent

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@allow(ASSIGN)
def covert_tasks(request: HttpRequest) -> HttpResponse:
    """暗访任务: all that were given out, by state."""
    listing = COVERT.page(request, covert_rows(request))
    return render(request, "patrols/covert_tasks.html", {"listing": listing})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(ASSIGN)
def new_covert_task(request: HttpRequest) -> HttpResponse:
    """派发任务: script, places, time frame, score sheet; `?like=` begins with those of an earlier task."""
    hall = current_hall(request)
    if not request.user.can(ASSIGN, hall):
        raise NotPermitted("暗访任务由纪检监察派发。")
    form = TaskForm(*sent(request), hall=hall, user=request.user, initial=_like(request))
    if request.method == "POST" and form.is_valid() and form.carried_out(lambda: _give(request, form)):
        toast(request, f"已派发 {form.outcome.number}", undo=_undo_url(form.outcome))
        return redirect(form.outcome)
    context = {"form": form, "hall": hall, "cancel_url": reverse("patrols:covert_tasks")}
    return render(request, "patrols/covert_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(ASSIGN)
def covert_task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task: what was asked, what came back, and what becomes of it."""
    task = _task(request, pk)
    form = None
    if task.status == CovertStatus.REPORTED:
        report = covert_reports.latest_report(task)
        form = ReviewForm(*sent(request), report=report, user=request.user)
    if request.method == "POST":
        if form is None:
            raise TransitionNotAllowed(
                f"这项任务现在是“{task.get_status_display()}”，没有要审阅的报告。请刷新页面看最新状态。"
            )
        if form.is_valid() and form.carried_out(lambda: _review(request, task, form)):
            toast(request, f"审阅结果：{form.outcome.get_status_display()}", undo=_undo_url(task))
            return redirect(task)
    context = {**task_page(task, request.user), "form": form}
    return render(request, "patrols/covert_task.html", context, status=422 if form and form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(ASSIGN)
def withdraw_covert_task(request: HttpRequest, pk: int) -> HttpResponse:
    """收回: with a reason."""
    task, form = _task(request, pk), ReasonForm(*sent(request))
    form.fields["reason"].help_text = "监督员会收到“任务已收回”的消息，看不到理由。"
    if request.method == "POST" and form.is_valid():
        covert.withdraw_task(task=task, by=request.user, reason=form.cleaned_data["reason"])
        toast(request, f"已收回 {task.number}", undo=_undo_url(task))
        return redirect(task)
    context = {"form": form, "task": task, "cancel_url": task.get_absolute_url()}
    return render(request, "patrols/covert_withdraw.html", context, status=422 if form.errors else 200)


@require_POST
@allow(ASSIGN)
def undo_covert_task(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销: take the last step back within ten seconds."""
    task = covert_reports.undo_covert_step(task=_task(request, pk), by=request.user)
    toast(request, f"已撤销，现在是“{task.get_status_display()}”")
    return redirect(task)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(ASSIGN)
@recently_proved
def covert_identity(request: HttpRequest, pk: int) -> HttpResponse:
    """查看监督员身份: on an appeal, for a reason; shown once, kept by nobody on the way."""
    task = _task(request, pk)
    form = IdentityForm(*sent(request), appeals=appeals_of(task))
    inspector = None
    if request.method == "POST" and form.is_valid() and form.carried_out(lambda: _open(request, task, form)):
        inspector = form.outcome
    context = {"form": form, "task": task, "inspector": inspector, "cancel_url": task.get_absolute_url()}
    answer = render(request, "patrols/covert_identity.html", context, status=422 if form.errors else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _task(request: HttpRequest, pk: int) -> CovertTask:
    rows = CovertTask.objects.visible_to(request.user).overseen_by(request.user)
    return get_object_or_404(rows.select_related("hall", "created_by"), pk=pk)


def _like(request: HttpRequest) -> dict[str, Any]:
    """Script, places and sheet of an earlier task, never whom it was given to."""
    number = request.GET.get("like", "")
    rows = CovertTask.objects.visible_to(request.user).overseen_by(request.user)
    task = rows.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None
    if task is None:
        return {}
    return {
        "title": task.title,
        "script": task.script,
        "windows": [str(row.pk) for row in task.windows.all()],
        "questions": [
            {
                "words": q.words,
                "kind": q.kind,
                "most": q.most,
                "passed_from": q.passed_from,
                "act": str(q.act_id or ""),
            }
            for q in task.questions.all()
        ],
    }


def _give(request: HttpRequest, form: TaskForm) -> CovertTask:
    return covert.give_task(
        hall=form.hall,
        plan=form.plan(),
        inspector=form.chosen,
        by=request.user,
        client_uuid=form.cleaned_data["key"],
    )


def _review(request: HttpRequest, task: CovertTask, form: ReviewForm) -> CovertTask:
    verdict, words = form.cleaned_data["verdict"], form.cleaned_data["words"]
    if verdict == ADOPT:
        return covert_reports.adopt_report(task=task, adopted=form.adopted(), by=request.user)
    if verdict == RETURN:
        return covert_reports.return_report(task=task, by=request.user, words=words)
    return covert_reports.dismiss_report(task=task, by=request.user, words=words)


def _open(request: HttpRequest, task: CovertTask, form: IdentityForm) -> object:
    data = form.cleaned_data
    return open_identity(task=task, appeal=int(data["appeal"]), reason=data["reason"], by=request.user)


def _undo_url(task: CovertTask) -> str:
    return reverse("patrols:undo_covert_task", args=[task.pk])
