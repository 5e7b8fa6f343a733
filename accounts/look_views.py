"""The look of the pages: text size, colours, and in DEBUG a gallery of all parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts import gallery
from accounts.decorators import allow, public

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

YEAR = 365 * 24 * 3600
CHOICES = {"theme": ("light", "dark"), "text": ("large",)}


@public
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Keep the chosen text size or colours in a cookie of this device; an empty value is the default."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = redirect(back)
    for name, values in CHOICES.items():
        if request.POST.get(name) in values:
            response.set_cookie(name, request.POST[name], max_age=YEAR, samesite="Lax")
        elif name in request.POST:
            response.delete_cookie(name, samesite="Lax")
    return response


@require_safe
@allow()
def gallery_page(request: HttpRequest) -> HttpResponse:
    """Every component on one page, for those who build pages."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "accounts/gallery.html", gallery.samples())
