"""刚刚登录过 recent proof: some steps ask for the password again when the last time is long ago."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.errors import Refused

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

PROVED_AT = "proved_at"
RECENT = timedelta(minutes=15)


class ProofMissing(Refused):
    """The last full sign-in is too long ago, or a program asks for what only a person may do."""

    status = 403
    code = "recent_sign_in_required"

    def __init__(self) -> None:
        super().__init__("这一步要先确认是你本人：请在网页上重新输入密码（/login/again/）后 15 分钟内再做。")


def is_recent(request: Any) -> bool:
    """Whether the person has shown password and code within the last quarter of an hour."""
    proved = request.session.get(PROVED_AT, 0) if hasattr(request, "session") else 0
    return bool(timezone.now().timestamp() - proved < RECENT.total_seconds())


def require_recent(request: Any) -> None:
    """For programs: raises ProofMissing."""
    if not is_recent(request):
        raise ProofMissing


def ask(request: HttpRequest) -> HttpResponseBase:
    """To the page that asks for the password again, and back here."""
    return redirect(f"{reverse('accounts:prove')}?{urlencode({'next': request.get_full_path()})}")


def recently_proved(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For pages that change something: first to the page that asks for the password again."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not is_recent(request):
            return ask(request)
        return view(request, *args, **kwargs)

    return guarded
