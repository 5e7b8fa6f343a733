"""任务进度: the runs a person started, one run while it goes on, and its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import allow
from trail.enums import LongRunStatus, RunStatus
from trail.lists import JOBS, RUNS, job_rows, run_rows
from trail.models import LongRun
from trail.presenters import run_card
from trail.run_answers import result_response
from trail.services import runs as services
from trail.services.jobs import all_jobs

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
@allow()
def jobs(request: HttpRequest) -> HttpResponse:
    """任务进度: one's own runs; a second tab for who may read what the clock started."""
    reads_jobs = request.user.can("jobs.read")
    tab = "periodic" if reads_jobs and request.GET.get("tab") == "periodic" else "own"
    context = _periodic(request) if tab == "periodic" else _own(request)
    return render(request, "trail/jobs.html", {"tab": tab, "reads_jobs": reads_jobs, **context})


def _own(request: HttpRequest) -> dict[str, Any]:
    listing = RUNS.page(request, run_rows(request))
    for run in services.with_progress(listing.rows):
        run.card = run_card(run)
    return {"listing": listing, "is_running": any(not run.is_over for run in listing.rows)}


def _periodic(request: HttpRequest) -> dict[str, Any]:
    listing = JOBS.page(request, job_rows(request))
    titles = {job.name: job.title for job in all_jobs()}
    for run in listing.rows:
        run.title = titles.get(run.job, run.job)
        run.can_retry = run.status == RunStatus.FAILED and request.user.can("jobs.run", run.hall)
    return {"listing": listing, "is_running": any(run.status == RunStatus.RUNNING for run in listing.rows)}


@require_safe
@allow()
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: how far it is, or what came of it; the page asks again by itself while it goes on."""
    row = _own_run(request, pk)
    services.with_progress([row])
    context = {"run": row, "card": run_card(row)}
    if not request.headers.get("HX-Request"):
        return render(request, "trail/run.html", context)
    response = render(request, "trail/_run.html", context)
    if row.url and row.params.get("dry_run"):
        response["HX-Redirect"] = row.url  # who watched the check wants to see what it found
    return response


@require_POST
@allow()
def run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the run to stop; the page says when it has."""
    row = _own_run(request, pk)
    services.cancel_run(run=row, by=request.user)
    if row.is_over and row.status != LongRunStatus.CANCELLED:
        messages.info(request, "任务已经结束，不能再取消。")
    return redirect(row)


@require_safe
@allow()
def run_file(request: HttpRequest, pk: int) -> FileResponse:
    """The file a run has made, under its own name; gone after its time."""
    row = _own_run(request, pk)
    if row.result is None:
        raise Http404("这个任务没有结果文件，或者文件已过期删除。")
    return result_response(row)


def _own_run(request: HttpRequest, pk: int) -> LongRun:
    rows = LongRun.objects.visible_to(request.user).select_related("hall", "by", "result")
    return get_object_or_404(rows, pk=pk)
