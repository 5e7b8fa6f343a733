"""One shape of API errors: {"code", "detail"} and, for bad input, "fields"."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.errors import Refused


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """A refusal keeps its status and words; DRF's own errors get a stable code."""
    if isinstance(exc, Refused):
        return Response({"code": exc.code, "detail": exc.message}, status=exc.status)
    if isinstance(exc, Http404):
        exc = exceptions.NotFound("没有这一条，或者你无权查看。")
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied(str(exc) or None)
    response = exception_handler(exc, context)
    if response is None:
        return None
    if isinstance(exc, ValidationError):
        response.data = {"code": "invalid", "detail": "提交的内容有误，见 fields。", "fields": response.data}
    elif isinstance(exc, APIException):
        response.data = {"code": exc.get_codes(), "detail": exc.detail}
    return response
