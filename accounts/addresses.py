"""Where a request comes from: the client's address, told by proxies we count and by nobody else."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest

IPV6_NETWORK = 64
"""One subscriber holds a whole /64: single addresses of it are no limit at all."""


def client_address(request: HttpRequest) -> str:
    """The address seen by the outermost of our PROXY_COUNT proxies; with none, the one of the socket.

    Each proxy appends the address it saw, so only the last PROXY_COUNT entries of X-Forwarded-For were
    written by us. What stands before them is the client's own claim and is not read; a header shorter
    than that did not pass our proxies.
    """
    peer = request.META.get("REMOTE_ADDR", "")[:45]
    if not settings.PROXY_COUNT:
        return peer
    told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if len(told) < settings.PROXY_COUNT:
        return peer
    return _plain(told[-settings.PROXY_COUNT]) or peer


def address_group(address: str) -> str:
    """What a limit counts as one place: an IPv4 address, the /64 of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, IPV6_NETWORK), strict=False))
    return str(found)


def _plain(told: str) -> str:
    """The address without port and brackets; empty when it is none."""
    if told.startswith("["):
        told = told[1:].partition("]")[0]
    elif told.count(":") == 1:
        told = told.partition(":")[0]
    try:
        found = ipaddress.ip_address(told)
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
