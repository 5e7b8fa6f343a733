"""Tokens for programs: made with an end, shown once, revoked at any time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from accounts.authentication import hash_secret
from accounts.errors import NotPermitted, Refused
from accounts.models import ApiToken
from accounts.permissions import may_revoke
from accounts.services import trace

if TYPE_CHECKING:
    from accounts.models import User

LONGEST = timedelta(days=366)
ROOMS = {
    "accounts": "账号",
    "trail": "留痕",
    "windows": "窗口与人员",
    "violations": "台账、申诉、整改",
    "patrols": "巡查",
    "attendance": "考勤",
    "complaints": "群众声音",
    "assessments": "考核",
    "bulletins": "通报与函件",
}
SCOPES = {
    **{f"{room}:read": f"读：{label}" for room, label in ROOMS.items()},
    **{f"{room}:write": f"写：{label}" for room, label in ROOMS.items()},
    "*:read": "读：全部",
    "*:write": "写：全部",
}


@transaction.atomic
def issue_token(
    *, user: User, name: str, scopes: Sequence[str], expires_at: datetime, by: User
) -> tuple[ApiToken, str]:
    """A token that acts as `user`; returns it with the secret, which is shown once and not kept.

    Only for oneself, or by who keeps tokens in the user's halls. Raises Refused for an end in the
    past or more than a year away, and for unknown scopes.
    """
    keeps = any(by.can("tokens.edit", grant.hall) for grant in user.grants)
    if user != by and not keeps:
        raise NotPermitted("只能给自己或本大厅的账号建令牌。")
    now = timezone.now()
    if not now < expires_at <= now + LONGEST:
        raise Refused("到期时间要在今天以后、一年以内。", code="bad_expiry", status=422)
    if not scopes or set(scopes) - set(SCOPES):
        raise Refused("请至少选一个范围。", code="bad_scope", status=422)
    prefix, secret = secrets.token_hex(4), secrets.token_hex(24)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        secret_hash=hash_secret(secret),
        scopes=sorted(scopes),
        created_by=by,
        expires_at=expires_at,
    )
    trace.record("token.issued", target=token, by=by, hall=user.home_hall, after={"scopes": token.scopes})
    return token, f"mc_{prefix}_{secret}"


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User) -> ApiToken:
    """Stop a token for ever; doing it twice changes nothing."""
    if not may_revoke(by, token):
        raise NotPermitted("只能停用自己建的令牌。")
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        trace.record("token.revoked", target=token, by=by, hall=token.user.home_hall)
    return token
