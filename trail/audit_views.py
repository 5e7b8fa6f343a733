"""操作留痕 on the page: for the administrator and the supervision office; looking itself leaves no row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.decorators import allow
from trail.audit_presenter import shown, target_url
from trail.lists import AUDIT, audit_rows
from trail.models import AuditLink

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@allow("audit.read")
def audit(request: HttpRequest) -> HttpResponse:
    """操作留痕: who did what, when, from where, before and after."""
    listing = AUDIT.page(request, audit_rows(request))
    listing.rows[:] = [shown(entry) for entry in listing.rows]
    return render(request, "trail/audit.html", {"listing": listing})


@require_safe
@allow("audit.read")
def audit_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One row in full, its place in the chain, and the way to its target."""
    entry = get_object_or_404(audit_rows(request), pk=pk)
    link = AuditLink.objects.filter(pk=entry.pk).select_related("day").first()
    context = {"row": shown(entry), "link": link, "target_url": target_url(entry, request.user)}
    return render(request, "trail/audit_entry.html", context)
