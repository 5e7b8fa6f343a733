"""Files behind their records' protection, the inbox, job history and the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import allow
from accounts.lists import ListFilters, Sort, by_time, list_page
from trail.enums import RunStatus
from trail.models import AuditEntry, JobRun, Notice, StoredFile
from trail.services import notices
from trail.services.files import may_open
from trail.services.jobs import all_jobs
from trail.tasks import run_for_hall

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest


@require_safe
@allow()
def file(request: HttpRequest, pk: UUID, thumb: bool = False) -> FileResponse:
    """A stored file, for those who may see what it belongs to; a stranger to it gets a 404."""
    stored = get_object_or_404(StoredFile.objects.visible_to(request.user), pk=pk)
    if not may_open(request.user, stored):
        raise Http404
    blob = stored.thumbnail if thumb and stored.thumbnail else stored.blob
    response = FileResponse(blob.open("rb"), content_type=stored.content_type)
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    if not stored.is_photo:
        response["Content-Disposition"] = f'attachment; filename="{stored.pk}.{blob.name.rpartition(".")[2]}"'
    return response


class NoticeFilters(ListFilters):
    """Filters of the inbox."""

    search = ("title",)
    period = "created_at"


@require_safe
@allow()
def inbox(request: HttpRequest) -> HttpResponse:
    """消息: what the person was told."""
    rows = Notice.objects.visible_to(request.user).select_related("hall")
    sorts = {"at": by_time("时间", "created_at")}
    listing = list_page(
        request, rows, NoticeFilters, sorts=sorts, default_sort="-at", noun="消息", is_todo=True
    )
    return render(request, "trail/inbox.html", {"listing": listing})


@require_POST
@allow()
def inbox_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read and go where it leads."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    notices.mark_read(user=request.user, notices=[notice])
    return redirect(notice.url)


@require_POST
@allow()
def inbox_read_all(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    notices.mark_read(user=request.user, notices=Notice.objects.visible_to(request.user).unread())
    return redirect("trail:inbox")


class RunFilters(ListFilters):
    """Filters of the job history."""

    search = ("job", "period")
    period = "started_at"
    status = django_filters.ChoiceFilter(label="状态", choices=RunStatus.choices)


@require_safe
@allow("jobs.read")
def jobs(request: HttpRequest) -> HttpResponse:
    """任务进度: which periods ran, how long they took, what went wrong."""
    rows = JobRun.objects.visible_to(request.user).select_related("hall")
    sorts = {"at": by_time("开始", "started_at"), "job": Sort("作业", "job")}
    listing = list_page(request, rows, RunFilters, sorts=sorts, default_sort="-at", noun="作业记录")
    titles = {job.name: job.title for job in all_jobs()}
    for run in listing.rows:
        run.title = titles.get(run.job, run.job)
        run.can_retry = run.status == RunStatus.FAILED and request.user.can("jobs.run", run.hall)
    is_running = any(run.status == RunStatus.RUNNING for run in listing.rows)
    return render(request, "trail/jobs.html", {"listing": listing, "is_running": is_running})


@require_POST
@allow("jobs.run")
def job_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Run a failed period again at once."""
    run = get_object_or_404(JobRun.objects.visible_to(request.user), pk=pk, status=RunStatus.FAILED)
    run_for_hall.delay(run.job, run.hall_id, run.period)
    messages.success(request, "已重新开始，稍后刷新看结果。")
    return redirect("trail:jobs")


class AuditFilters(ListFilters):
    """Filters of the audit."""

    search = ("target_label", "reason", "by__name", "action")
    period = "at"


@require_safe
@allow("audit.read")
def audit(request: HttpRequest) -> HttpResponse:
    """操作留痕: who did what, when, from where, before and after."""
    rows = AuditEntry.objects.visible_to(request.user).select_related("by", "hall")
    sorts = {"at": by_time("时间", "at")}
    listing = list_page(request, rows, AuditFilters, sorts=sorts, default_sort="-at", noun="操作")
    return render(request, "trail/audit.html", {"listing": listing})
