"""How programs sign in: `Authorization: Bearer mc_<prefix>_<secret>`."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled

from accounts.addresses import client_address
from accounts.models import ApiToken
from accounts.services import throttle

if TYPE_CHECKING:
    from rest_framework.request import Request

    from accounts.models import User

USE_RECORDED_EVERY = timedelta(minutes=1)


def hash_secret(secret: str) -> str:
    """SHA-256 of a random 256-bit secret; such a secret needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class TokenAuthentication(BaseAuthentication):
    """Finds the token by its prefix; refuses an unknown, expired or revoked one alike."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's user and the token; None when the request carries no token."""
        kind, _, credentials = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = self._find(credentials.strip())
        if token is None:
            _count_failure(request, credentials.strip())
            raise AuthenticationFailed("令牌无效、已过期或已停用。")
        now = timezone.now()
        if token.last_used_at is None or now - token.last_used_at > USE_RECORDED_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes a missing or bad token a 401."""
        return "Bearer"

    @staticmethod
    def _find(credentials: str) -> ApiToken | None:
        parts = credentials.split("_")
        if len(parts) != 3 or parts[0] != "mc":
            return None
        token = ApiToken.objects.filter(prefix=parts[1]).select_related("user").first()
        if token is None or not hmac.compare_digest(token.secret_hash, hash_secret(parts[2])):
            return None
        usable = token.is_usable and token.user.is_active and bool(token.user.grants)
        return token if usable else None


def _count_failure(request: Request, credentials: str) -> None:
    """Wrong tokens count like wrong passwords, by prefix and address; a right one is never refused.

    Nobody guesses 192 random bits: this keeps noise out of the table, and tells the audit.
    """
    prefix = credentials.partition("_")[2].partition("_")[0][:12]
    known = ApiToken.objects.filter(prefix=prefix).select_related("user").first()
    user = known.user if known else None
    tried = throttle.Attempt("token", prefix, client_address(request), user=user)
    try:
        throttle.claim(tried)
    except throttle.Blocked as refusal:
        raise Throttled(refusal.retry_after) from refusal
    throttle.fail(tried)


class TokenScheme(OpenApiAuthenticationExtension):
    """Tells the schema about the token."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "mc_<prefix>_<secret>"}
