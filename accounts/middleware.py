"""Turns a service's refusal into an answer, and keeps people without a role out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render

from accounts.errors import Refused

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

Answer = Callable[["HttpRequest"], "HttpResponseBase"]
FREE = ("/login/", "/logout/", "/profile/", "/static/", "/api/", "/healthz")
"""Paths open to a person who must change the password first."""


class RefusalMiddleware:
    """One place for `Refused`: JSON for programs and scripts, a plain page for people."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Answer a refusal; every other exception goes its way."""
        if not isinstance(exception, Refused):
            return None
        if "application/json" in request.headers.get("Accept", ""):
            body = {"code": exception.code, "detail": exception.message}
            return JsonResponse(body, status=exception.status)
        context = {"message": exception.message, "back": request.headers.get("Referer", "/")}
        return render(request, "refused.html", context, status=exception.status)


class AccountStateMiddleware:
    """A login ends on the day the last role ends; an initial password is changed before anything else."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated and not request.path.startswith(FREE):
            if not user.grants:
                return self._end(request)
            if user.must_change_password:
                messages.info(request, "请先修改初始密码。")
                return redirect("accounts:password")
        return self.get_response(request)

    @staticmethod
    def _end(request: HttpRequest) -> HttpResponseRedirect:
        logout(request)
        messages.error(request, "你的账号今天没有任何角色，不能登录。请联系系统管理员。")
        return redirect("accounts:login")
