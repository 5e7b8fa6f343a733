"""请求编号 request ids: one number for a request, in its answer, its log lines and the jobs it starts."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import connection

from config import metrics
from config.logs import route_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

log = structlog.get_logger(__name__)
WELL_FORMED = re.compile(r"[0-9A-Za-z-]{16,64}")
QUIET = ("healthz", "metrics")
"""Asked every few seconds by machines: told only when they fail."""


def new_id() -> str:
    """Short enough to read out over the telephone."""
    return secrets.token_hex(8)


def id_of(request: HttpRequest) -> str:
    """The number our own proxy gave the request; without a proxy anybody could send one, so a new one."""
    given = request.headers.get("X-Request-ID", "") if settings.PROXY_COUNT else ""
    return given if WELL_FORMED.fullmatch(given) else new_id()


class RequestMiddleware:
    """Outermost: names the request, counts and times it, and writes one line about it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request.request_id = id_of(request)
        statements = 0

        def count(execute, sql, params, many, context):
            nonlocal statements
            statements += 1
            return execute(sql, params, many, context)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)
        try:
            with connection.execute_wrapper(count):
                response = self.get_response(request)
            response["X-Request-ID"] = request.request_id
            self._note(request, response.status_code, time.perf_counter() - started, statements)
        finally:
            structlog.contextvars.clear_contextvars()
        return response

    @staticmethod
    def _note(request: HttpRequest, status: int, seconds: float, queries: int) -> None:
        route = "static" if request.path.startswith(settings.STATIC_URL) else route_of(request)
        metrics.note_request(request.method, route, status, seconds, queries)
        if status < 400 and (route == "static" or route in QUIET):
            return
        log.info(
            "request",
            method=metrics.method_word(request.method),
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            queries=queries,
        )
