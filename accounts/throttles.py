"""限流 limits of the API: per token, per signed-in person, and per address before anybody is known.

A window of fixed length is counted with the cache's atomic increment, so parallel requests cannot slip
past. With Redis all processes count together; without it each process counts for itself.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.throttling import BaseThrottle

from accounts.addresses import address_group, client_address
from accounts.models import ApiToken

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

log = structlog.get_logger(__name__)
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def parsed(rate: str) -> tuple[int, int]:
    """`300/minute` as (300, 60)."""
    count, _, unit = rate.partition("/")
    return int(count), SECONDS[unit]


class WindowThrottle(BaseThrottle):
    """So many requests in each window of time, as `settings.API_RATES[scope]` says; empty for no limit."""

    scope = ""

    def ident(self, request: Any) -> str:
        """Whom to count; empty for nobody."""
        raise NotImplementedError

    def allow_request(self, request: Any, view: Any = None) -> bool:
        """Count this one, and say whether it is still within the limit."""
        rate, whom = settings.API_RATES.get(self.scope), self.ident(request)
        if not rate or not whom:
            return True
        limit, seconds = parsed(rate)
        now = time.time()
        self._wait = seconds - now % seconds
        key = f"limit:{self.scope}:{whom}:{int(now // seconds)}"
        try:
            cache.add(key, 0, timeout=seconds + 5)
            return bool(cache.incr(key) <= limit)
        except ValueError:  # fell out of the cache between the two calls
            return True
        except (RedisError, OSError):
            log.warning("limit_not_counted", scope=self.scope)
            return True

    def wait(self) -> float:
        """Seconds until the window ends, rounded up by the frame."""
        return max(1.0, self._wait)


class TokenThrottle(WindowThrottle):
    """One token, whatever address it is used from."""

    scope = "token"

    def ident(self, request: Request) -> str:
        """The token's id."""
        return str(request.auth.pk) if isinstance(request.auth, ApiToken) else ""


class PersonThrottle(WindowThrottle):
    """One signed-in person, over all browsers."""

    scope = "person"

    def ident(self, request: Request) -> str:
        """The account's id, when no token is used."""
        return "" if isinstance(request.auth, ApiToken) or not request.user.pk else str(request.user.pk)


class AddressThrottle(WindowThrottle):
    """One address, before its token is looked at; asked by `middleware.AddressLimitMiddleware`."""

    scope = "address"

    def ident(self, request: HttpRequest) -> str:
        """The address our own proxies saw."""
        return address_group(client_address(request)).replace(" ", "")
