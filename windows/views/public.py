"""窗口公示: who sits where, for everybody who walks in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import allow, public
from accounts.halls import current_hall
from accounts.models import Hall
from windows.models import Window
from windows.presenters import public_roster, roster_postings
from windows.scans import door_for

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, HttpResponseBase


@public
@require_safe
def roster(request: HttpRequest, code: str) -> HttpResponse:
    """亮身份、亮承诺、亮流程."""
    hall = get_object_or_404(Hall.objects.public(), code=code)
    context = {"hall": hall, "floors": public_roster(hall), "now": timezone.now()}
    return render(request, "windows/roster.html", context)


@require_safe
@allow("roster.read")
def own_roster(request: HttpRequest) -> HttpResponse:
    """The public roster of the hall the person works in."""
    return redirect(current_hall(request))


@public
@require_safe
def roster_photo(request: HttpRequest, code: str, pk: int) -> HttpResponseBase:
    """The photo of a person whom the roster shows now, and only then."""
    hall = get_object_or_404(Hall.objects.public(), code=code)
    today = timezone.localdate()
    shown = roster_postings(hall, today).filter(window__in=Window.objects.public().open_on(today))
    shown = shown.filter(staff=pk, staff__department__hides_photo=False, staff__photo__isnull=False)
    posting = shown.select_related("staff__photo").first()
    if posting is None:
        raise Http404
    photo = posting.staff.photo
    if photo.quarantined_at or photo.infected_with:
        raise Http404("照片还没有通过病毒检查。")
    response = FileResponse((photo.thumbnail or photo.blob).open("rb"), content_type="image/jpeg")
    response["Cache-Control"] = "public, max-age=300"
    return response


@public
@require_safe
def scan(request: HttpRequest, token: str) -> HttpResponse:
    """Where the code at a window leads: its place on the public roster, or a room's own door."""
    window = get_object_or_404(Window.objects.public().select_related("hall"), qr_token=token)
    return redirect(door_for(request, window) or f"{window.hall.get_absolute_url()}#w{window.pk}")
