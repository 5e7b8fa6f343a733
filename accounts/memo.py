"""记住 memo: what several parts of one page ask is asked once.

Only facts that a reading request cannot change are kept, and only while it lasts; keys name all that
the answer depends on, the person included. Outside a reading request nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

T = TypeVar("T")
_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("memo", default=None)


def remember(key: Hashable, find: Callable[[], T]) -> T:
    """What `find` answers, asked once a reading request."""
    kept = _kept.get()
    if kept is None:
        return find()
    if key not in kept:
        kept[key] = find()
    answer: T = kept[key]
    return answer


@contextmanager
def reading(*, is_reading: bool = True) -> Iterator[None]:
    """A fresh memo for the time of a reading request; none while something may be written."""
    token = _kept.set({} if is_reading else None)
    try:
        yield
    finally:
        _kept.reset(token)


class MemoMiddleware:
    """A fresh memo for each reading request, none for one that writes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with reading(is_reading=request.method in ("GET", "HEAD")):
            return self.get_response(request)
