"""我的任务: what a volunteer is asked, and the one form in which he tells what he saw; phone first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import allow
from accounts.errors import TransitionNotAllowed
from patrols.covert_forms import ReportForm
from patrols.covert_presenters import frame_words, inspector_page
from patrols.covert_querysets import OWN
from patrols.models import CovertTask
from patrols.services.covert_reports import Visited, send_report
from violations.forms import sent

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from patrols.models import CovertReport

MOST_SHOWN = 50


@require_safe
@allow(OWN)
def my_tasks(request: HttpRequest) -> HttpResponse:
    """The covert inspector's own tasks: what is to do first, then what was sent."""
    rows = list(_own(request)[:MOST_SHOWN])
    for row in rows:
        row.frame = frame_words(row)
    context = {
        "to_do": sorted((row for row in rows if row.awaits_visit), key=lambda row: row.ends_on),
        "over": [row for row in rows if not row.awaits_visit],
    }
    return render(request, "patrols/tasks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(OWN)
def my_task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task: script, form, and after sending the receipt."""
    task = get_object_or_404(_own(request), pk=pk)
    form = ReportForm(*sent(request), task=task) if task.awaits_visit else None
    if request.method == "POST":
        if form is None:
            return _sent_before(request, task)
        if form.is_valid() and form.carried_out(lambda: _send(request, task, form.visited())):
            return redirect("patrols:my_task", pk=task.pk)
    context = {**inspector_page(task), "form": form}
    return render(request, "patrols/task.html", context, status=422 if form and form.errors else 200)


def _own(request: HttpRequest) -> QuerySet[CovertTask]:
    rows = CovertTask.objects.visible_to(request.user).given_to(request.user)
    return rows.select_related("hall").order_by("-pk")


def _send(request: HttpRequest, task: CovertTask, visited: Visited) -> CovertReport:
    return send_report(task=task, visited=visited, by=request.user)


def _sent_before(request: HttpRequest, task: CovertTask) -> HttpResponse:
    """The same form once more is the same report; another one comes too late."""
    number = request.POST.get("client_uuid", "")
    if number not in {str(one) for one in task.reports.values_list("client_uuid", flat=True)}:
        raise TransitionNotAllowed(f"这项任务现在是“{task.get_status_display()}”，不用再交。")
    return redirect("patrols:my_task", pk=task.pk)
