"""Keeping what is being written, putting it back, and a check code that had ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.decorators import allow, to_login
from accounts.models import KeptForm
from accounts.services import kept

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_POST
@allow()
def autosave(request: HttpRequest) -> HttpResponse:
    """边写边存: the fields of a long form, sent by the page's script every few seconds of writing."""
    try:
        sent = json.loads(request.body)
        page, action = str(sent["page"]), str(sent["action"])
        pairs = [(str(name), str(value)) for name, value in sent["fields"]]
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"code": "invalid", "detail": "读不懂要保存的内容。"}, status=400)
    if not (_is_ours(request, page) and _is_ours(request, action)):
        return JsonResponse({"code": "invalid", "detail": "不是本站的页面。"}, status=400)
    row = kept.autosave(user=request.user, page=page, action=action, pairs=pairs)
    if row is None:
        return JsonResponse({"code": "too_long", "detail": "内容太长，没有自动保存。"}, status=413)
    return JsonResponse({"at": timezone.localtime(row.kept_at).strftime("%H:%M")})


@require_POST
@allow()
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """恢复: back to the page, with what was being written in its form."""
    row = get_object_or_404(KeptForm.objects.visible_to(request.user), pk=pk)
    response = redirect(row.page)
    kept.remember(response, row)
    return response


@require_POST
@allow()
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """不要了."""
    row = get_object_or_404(KeptForm.objects.visible_to(request.user), pk=pk)
    kept.forget(row)
    response = redirect(row.page)
    response.delete_cookie(kept.COOKIE, samesite="Lax")
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The check code had ended: sign in again, or send the same once more by one's own hand.

    Only for what our own page has sent: a form of another site is never offered for sending.
    """
    match = request.resolver_match
    is_public = match is None or getattr(match.func, "is_public", False)
    context = {"reason": reason}
    if request.method == "POST" and not is_public and _is_from_here(request):
        if not request.user.is_authenticated:
            return to_login(request)
        pairs = [(name, value) for name, values in request.POST.lists() for value in values]
        context |= {
            "action": request.get_full_path(),
            "fields": kept.fields_of(pairs),
            "files": [upload.name for upload in request.FILES.values()],
        }
    return render(request, "403_csrf.html", context, status=403)


def _is_from_here(request: HttpRequest) -> bool:
    """Browsers name where a form stood; a missing or foreign name is no page of ours."""
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return bool(origin) and urlsplit(origin).netloc == request.get_host()


def _is_ours(request: HttpRequest, address: str) -> bool:
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, {request.get_host()})
