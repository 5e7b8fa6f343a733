"""Every error of an API view becomes problem details: see `accounts.problems`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.views import exception_handler

from accounts.errors import Refused
from accounts.problems import ProblemResponse, problem

HEADERS = ("WWW-Authenticate", "Retry-After")


def handle(exc: Exception, context: dict[str, Any]) -> ProblemResponse | None:
    """A refusal keeps its status and words; the frame's own errors get a stable code.

    None for a failure of ours: it goes on as an exception, is logged, and is answered without a trace.
    """
    path = context["request"].path
    if isinstance(exc, Refused):
        body = problem(exc.status, code=exc.code, detail=exc.message, path=path)
        wait = getattr(exc, "retry_after", 0)
        return ProblemResponse({**body, **exc.extra}, headers={"Retry-After": str(wait)} if wait else None)
    answer = exception_handler(_of_the_frame(exc), context)
    if answer is None:
        return None
    body = problem(answer.status_code, path=path, **_words(_of_the_frame(exc)))
    return ProblemResponse(body, headers={name: answer[name] for name in HEADERS if name in answer})


class TooLarge(APIException):
    """413: more than a phone's photos weigh."""

    status_code = 413
    default_detail = "请求太大，请分几次发送。"
    default_code = "too_large"


class BadCursor(APIException):
    """400: a cursor that was never given out."""

    status_code = 400
    default_detail = "游标无效。请原样使用上一次应答里的 next_since；没有时用空值从头取。"
    default_code = "bad_cursor"


def _of_the_frame(exc: Exception) -> Exception:
    if isinstance(exc, Http404):
        return exceptions.NotFound("没有这一条，或者你无权查看。")
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied(str(exc) or None)
    if isinstance(exc, RequestDataTooBig):
        return TooLarge()
    if isinstance(exc, SuspiciousOperation):
        return exceptions.ParseError("请求不合规范。", code="bad_request")
    return exc


def _words(exc: Exception) -> dict[str, Any]:
    if isinstance(exc, ValidationError):
        return {"code": "invalid", "detail": "提交的内容有误，见 errors。", "errors": exc.detail}
    if not isinstance(exc, APIException):
        return {}
    code, detail = exc.get_codes(), str(exc.detail)
    if code == "permission_denied" and detail.startswith("CSRF"):
        return {"code": "csrf_failed", "detail": "跨站请求校验未通过：请带上 X-CSRFToken，或改用令牌。"}
    if code == "throttled":
        detail = f"请求太频繁，请 {int(getattr(exc, 'wait', None) or 1)} 秒后再试。"
    if code == "parse_error":
        detail = "请求体读不懂：请发送合乎规范的 JSON（UTF-8 编码的一个对象）或表单。"
    return {"code": str(code), "detail": detail}
