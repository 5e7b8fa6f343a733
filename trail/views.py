"""The inbox, a second try of a job, and the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.bulk_pages import BulkAct, answer_bulk, bulk_bar
from accounts.decorators import allow, way_back
from trail.enums import RunStatus
from trail.lists import INBOX, notice_rows
from trail.models import JobRun, Notice
from trail.services import notices
from trail.tasks import run_for_hall

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User


@require_safe
@allow()
def inbox(request: HttpRequest) -> HttpResponse:
    """消息: what the person was told."""
    listing = INBOX.page(request, notice_rows(request))
    bar = bulk_bar(reverse("trail:inbox_bulk"), _acts(request.user))
    counts = Notice.objects.visible_to(request.user).counts()
    tabs = [
        ("全部", "", None),
        ("未读", "status=unread", counts["unread"]),
        ("三天内到期", "status=unread&due=soon", counts["soon"]),
        ("已超期", "status=unread&due=late", counts["late"]),
    ]
    context = {"listing": listing, "bulk": bar, "tabs": tabs, "counts": counts}
    return render(request, "trail/inbox.html", {**context, "here": _tab(request)})


def _tab(request: HttpRequest) -> str:
    """The conditions of the address that a tab stands for."""
    return "&".join(f"{name}={request.GET[name]}" for name in ("status", "due") if request.GET.get(name))


@require_POST
@allow()
def inbox_bulk(request: HttpRequest) -> HttpResponse:
    """Mark several as read."""
    rows = Notice.objects.visible_to(request.user)
    return answer_bulk(request, rows, _acts(request.user), back=reverse("trail:inbox"))


def _acts(user: User) -> list[BulkAct]:
    return [BulkAct("read", "标为已读", lambda row, words: notices.mark_read(user=user, notices=[row]))]


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
    number = notices.mark_all_read(user=request.user)
    messages.success(request, f"已把 {number} 条标为已读。" if number else "没有未读的消息。")
    return redirect("trail:inbox")


@require_POST
@allow()
def inbox_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read and stay."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    notices.mark_read(user=request.user, notices=[notice])
    return redirect(way_back(request) if way_back(request) != request.get_full_path() else "trail:inbox")


@require_POST
@allow("jobs.run")
def job_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Run a failed period again at once."""
    run = get_object_or_404(JobRun.objects.visible_to(request.user), pk=pk, status=RunStatus.FAILED)
    run_for_hall.delay(run.job, run.hall_id, run.period)
    messages.success(request, "已重新开始，稍后刷新看结果。")
    return redirect(f"{reverse('trail:jobs')}?tab=periodic")
