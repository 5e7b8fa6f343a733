"""Turns a service's refusal into an answer, and keeps people without a role out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.defaults import page_not_found

from accounts.decorators import way_back
from accounts.errors import Refused
from accounts.problems import MEDIA_TYPE, ProblemResponse, problem
from accounts.services import kept, limits
from accounts.throttles import AddressThrottle

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    from accounts.models import User

Answer = Callable[["HttpRequest"], "HttpResponseBase"]
FREE = ("/login/", "/logout/", "/look/", "/static/", "/healthz", "/api/v1/me/")
"""Paths open to a person who must do something about the account first."""
BACKGROUND = "X-Background"
"""The header of what a page asks by itself: the person may have gone home."""


API = "/api/"
REPLACED = ("Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition")


class RefusalMiddleware:
    """One place for `Refused`: JSON for programs and scripts, a plain page for people.

    With DEBUG, too, what is not there is told in the hall's words: `make run` shows the demo with it.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if settings.DEBUG and answer.status_code == 404 and request.resolver_match is None:
            return page_not_found(request, Http404())
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Answer a refusal; every other exception goes its way."""
        if settings.DEBUG and isinstance(exception, Http404):
            return page_not_found(request, exception)
        if not isinstance(exception, Refused):
            return None
        answer = _told(request, exception)
        if retry_after := getattr(exception, "retry_after", 0):
            answer["Retry-After"] = str(retry_after)
        return answer


def _told(request: HttpRequest, refusal: Refused) -> HttpResponseBase:
    if request.path.startswith(API) or "application/json" in request.headers.get("Accept", ""):
        body = problem(refusal.status, code=refusal.code, detail=refusal.message, path=request.path)
        return ProblemResponse(body)
    page = way_back(request) if request.method == "POST" else "/"
    typed = kept.keep_sent(request, page=page) if request.method == "POST" else None
    context = {"message": refusal.message, "back": page, "typed": typed}
    response = render(request, "refused.html", context, status=refusal.status)
    kept.remember(response, typed)
    return response


class ProblemMiddleware:
    """Whatever goes wrong under `/api/` outside a view is told like the rest: no HTML, no trace.

    Unknown addresses, a bad host name, a body too large, a failure of ours.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if answer.status_code < 400 or not request.path.startswith(API):
            return answer
        if answer.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
            return answer
        kept = {name: value for name, value in answer.items() if name not in REPLACED}
        return ProblemResponse(problem(answer.status_code, path=request.path), headers=kept)


class AddressLimitMiddleware:
    """429 for an address that asks too often, also with wrong tokens and for addresses that do not exist."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(API):
            return self.get_response(request)
        limit = AddressThrottle()
        if limit.allow_request(request):
            return self.get_response(request)
        wait = ceil(limit.wait())
        words = f"这个网络地址的请求太频繁，请 {wait} 秒后再试。"
        body = problem(429, detail=words, path=request.path)
        return ProblemResponse(body, headers={"Retry-After": str(wait)})


class AccountStateMiddleware:
    """A login ends on the day the last role ends; a due password or second step comes before anything else.

    What a person asks moves the end of the session; what a page asks by itself does not.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        if not user.grants:
            return self.get_response(request) if request.path.startswith(FREE) else self._end(request)
        if BACKGROUND not in request.headers:
            is_remembered = bool(request.session.row.get("is_remembered"))
            request.session.seen(idle_minutes=limits.idle_minutes(user, is_remembered=is_remembered))
        due = None if request.path.startswith(FREE) else _due(user)
        if due is None or request.path.startswith(due.url):
            return self.get_response(request)
        if request.path.startswith(API):
            return _told(request, Refused(due.words, code=due.code, status=403))
        messages.info(request, due.words)
        return redirect(due.url)

    @staticmethod
    def _end(request: HttpRequest) -> HttpResponseBase:
        logout(request)
        words = "你的账号今天没有任何角色，不能登录。请联系系统管理员。"
        if request.path.startswith(API):
            return _told(request, Refused(words, code="no_role", status=403))
        messages.error(request, words)
        return redirect("accounts:login")


@dataclass(frozen=True)
class Due:
    """What a person must do first, and where."""

    url: str
    words: str
    code: str


INITIAL = Due("/profile/password/", "请先修改初始密码。", "password_change_required")
EXPIRED = Due("/profile/password/", "密码已到期，请先修改。", "password_change_required")
TWO_STEPS = Due("/profile/two-steps/", "你的角色要求两步验证，请先设置。", "second_factor_required")


def _due(user: User) -> Due | None:
    if user.must_change_password:
        return INITIAL
    if limits.is_password_expired(user):
        return EXPIRED
    if user.second_factor_since is None and limits.needs_second_factor(user):
        return TWO_STEPS
    return None
