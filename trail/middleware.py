"""Keeps the client's address at hand for audit rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from accounts.addresses import client_address
from trail import origin

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase


class OriginMiddleware:
    """Sets the address of the request for the time of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = origin.address.set(client_address(request))
        try:
            return self.get_response(request)
        finally:
            origin.address.reset(token)
