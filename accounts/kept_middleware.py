"""Puts what was kept back into the form of its page, and forgets it once it has been taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from accounts.services import kept

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    from accounts.models import KeptForm

TAKEN = (302, 303, 409, 422)
"""Answers after which the page itself has, or shows again, what was sent."""


class KeptFormMiddleware:
    """Costs nothing for a browser that has nothing kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.kept = found = self._find(request)  # type: ignore[attr-defined]
        if found is None:
            return self.get_response(request)
        if request.method in ("GET", "HEAD"):
            return self._show(request, found)
        response = self.get_response(request)
        is_new = kept.COOKIE in response.cookies
        if request.get_full_path() == found.action and response.status_code in TAKEN and not is_new:
            kept.forget(found)
            response.delete_cookie(kept.COOKIE, samesite="Lax")
        return response

    def _show(self, request: HttpRequest, found: KeptForm) -> HttpResponseBase:
        if request.get_full_path() != found.page:
            request.kept = None  # type: ignore[attr-defined]
        elif found.action == found.page:
            kept.put_back(request, found)
            found.is_in_form = True
        response = self.get_response(request)
        if request.kept is not None:  # type: ignore[attr-defined]
            response["Cache-Control"] = "no-store"
        return response

    @staticmethod
    def _find(request: HttpRequest) -> KeptForm | None:
        return kept.find_kept(request) if kept.COOKIE in request.COOKIES else None
