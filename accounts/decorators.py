"""Who may open a page: the role is asked here, the hall in the queryset."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied

from accounts.roles import holders_of
from accounts.services import kept

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

View = Callable[..., "HttpResponseBase"]


def allow(*permissions: str) -> Callable[[View], View]:
    """Only signed-in people who hold one of `permissions` in some hall; no permission: anyone signed in.

    A stranger is sent to the login page, and nothing sent is lost; others get a 403 page that says who may.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_login(request)
            if permissions and not request.user.can_any(permissions):
                raise PermissionDenied(_who_may(permissions))
            return view(request, *args, **kwargs)

        guarded.permissions = permissions  # type: ignore[attr-defined]
        return guarded

    return decorate


def to_login(request: HttpRequest) -> HttpResponseBase:
    """The way to the login and back; what was sent with a session that had ended is kept and put back."""
    page = way_back(request)
    response = redirect_to_login(page)
    if request.method == "POST":
        kept.remember(response, kept.keep_sent(request, page=page))
    return response


def way_back(request: HttpRequest) -> str:
    """Where to go after signing in: this page, or for something sent, the page whose form it was."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    sent_from = urlsplit(request.headers.get("Referer", ""))
    if sent_from.netloc != request.get_host():
        return request.get_full_path()
    return sent_from.path + (f"?{sent_from.query}" if sent_from.query else "")


def public(view: View) -> View:
    """Marks a page that strangers may open; the sweep over all URLs asks for this mark."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def _who_may(permissions: tuple[str, ...]) -> str:
    roles = list(dict.fromkeys(role.name for p in permissions for role in holders_of(p)))
    return f"这一页只有{'、'.join(roles)}可以打开。" if roles else "这一页没有开放。"
