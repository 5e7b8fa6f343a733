"""Files behind their records' protection; masking a photo, and looking at what is behind a mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import allow
from accounts.errors import Refused
from trail.forms import MaskForm, ReasonForm, typed_rows
from trail.models import PhotoMask, PhotoOriginal, StoredFile
from trail.services import masking
from trail.services.files import may_open

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponseBase

MASKERS = ("photo.mask", "covert.assign")
ALONE = "default-src 'none'; sandbox"
"""A file is no page of ours: whatever is in it may run nothing and load nothing."""
BLANK = {"x": "", "y": "", "w": "", "h": ""}


@require_safe
@allow()
def file(request: HttpRequest, pk: UUID, thumb: bool = False) -> HttpResponseBase:
    """A stored file, for those who may see what it belongs to; a stranger to it gets a 404."""
    stored = _seen(request, pk)
    if stored.quarantined_at is not None:
        raise Refused("这个文件正在等待病毒检查，检查完就能打开。", code="quarantined", status=423)
    blob = stored.thumbnail if thumb and stored.thumbnail else stored.blob
    etag = f'"{stored.sha256[:32]}{"-t" if thumb else ""}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return _guarded(unchanged, etag)
    name = f"缩略图-{stored.name}" if thumb else stored.name
    response = FileResponse(blob.open("rb"), content_type=stored.content_type)
    response["Content-Disposition"] = content_disposition_header(not stored.is_photo, name)
    return _guarded(response, etag)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(*MASKERS)
def mask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """遮挡照片: draw or type rectangles; what is under them is gone for everybody."""
    stored = _maskable(request, pk)
    form, rows = MaskForm(), [BLANK]
    if request.method == "POST":
        form, rows = MaskForm(request.POST), typed_rows(request.POST)
        if "more" in request.POST:
            form, rows = MaskForm(initial=request.POST.dict()), [*rows, BLANK]
        elif form.is_valid():
            masking.mask_photo(stored=stored, by=request.user, **form.cleaned_data)
            messages.success(request, "已遮挡。所有人现在看到的都是遮挡后的照片。")
            return redirect(_with_next(request, stored))
    context = {
        "stored": stored,
        "form": form,
        "rows": rows or [BLANK],
        "masks": stored.masks.select_related("by", "lifted_by").order_by("-pk"),
        "next": _next(request),
        "may_open_original": masking.may_open_original(request.user, stored),
    }
    return render(request, "trail/mask.html", context)


@require_POST
@allow(*MASKERS)
def unmask(request: HttpRequest, pk: UUID, mask: int) -> HttpResponse:
    """Take a mask back, with a reason."""
    stored = _maskable(request, pk)
    found = get_object_or_404(PhotoMask.objects.visible_to(request.user).filter(file=stored), pk=mask)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise Refused("请写明撤销遮挡的理由。", code="no_reason", status=422)
    masking.lift_mask(mask=found, by=request.user, **form.cleaned_data)
    messages.success(request, "已撤销这处遮挡。")
    return redirect(_with_next(request, stored))


@require_http_methods(["GET", "HEAD", "POST"])
@allow(masking.ORIGINAL)
def original(request: HttpRequest, pk: UUID) -> HttpResponse:
    """照片原件: what is behind the masks, for a reason that is written down first."""
    stored = _seen(request, pk)
    if not masking.may_open_original(request.user, stored):
        raise Http404
    if not PhotoOriginal.objects.filter(file=stored).exists():
        raise Http404("这张照片没有遮挡过。")
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        content = masking.open_original(stored=stored, by=request.user, **form.cleaned_data)
        return original_response(stored, content)
    return render(request, "trail/original.html", {"form": form, "stored": stored, "next": _next(request)})


def original_response(stored: StoredFile, content: bytes) -> HttpResponse:
    """The original, kept by nobody on the way."""
    response = HttpResponse(content, content_type="image/jpeg")
    response["Content-Disposition"] = content_disposition_header(False, f"原件-{stored.name}")
    response["Cache-Control"] = "no-store"
    return _guarded(response)


def _guarded(response: HttpResponse, etag: str = "") -> HttpResponse:
    """Headers of everything that came from outside: not sniffed, not run, not shown in another site."""
    if etag:
        response["ETag"] = etag
        # Asked again each time: a photo masked a minute ago, or a right that has ended, counts at once.
        response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = ALONE
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _seen(request: HttpRequest, pk: UUID) -> StoredFile:
    rows = StoredFile.objects.visible_to(request.user).select_related("hall")
    stored = get_object_or_404(rows, pk=pk)
    if not may_open(request.user, stored):
        raise Http404
    return stored


def _maskable(request: HttpRequest, pk: UUID) -> StoredFile:
    stored = _seen(request, pk)
    if not masking.may_mask(request.user, stored):
        raise Http404
    return stored


def _next(request: HttpRequest) -> str:
    """Where the person came from, if that is a place of ours."""
    place = request.POST.get("next") or request.GET.get("next", "")
    return place if url_has_allowed_host_and_scheme(place, allowed_hosts={request.get_host()}) else ""


def _with_next(request: HttpRequest, stored: StoredFile) -> str:
    place = _next(request)
    return stored.mask_url(place)
