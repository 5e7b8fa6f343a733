"""首次启动: while no account exists, a token from the log opens the setup page. No default account."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import structlog
from django.db import DatabaseError, IntegrityError, transaction
from django.utils.crypto import constant_time_compare

from accounts.errors import Refused
from accounts.models import SetupToken, User
from accounts.sealed import SealBroken, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)
PLACE = "accounts.setup_token"


def is_waiting() -> bool:
    """Whether no account exists yet."""
    return not User.objects.exists()


def setup_token() -> str:
    """The token of this database, made on the first call; "" once an account exists."""
    if not is_waiting():
        return ""
    row = SetupToken.objects.first()
    if row is not None:
        try:
            return unseal(row.secret, place=PLACE)
        except SealBroken:  # SECRET_KEY was changed before anybody set the system up
            row.delete()
    token = secrets.token_urlsafe(24)
    try:
        with transaction.atomic():
            SetupToken.objects.create(secret=seal(token, place=PLACE))
    except IntegrityError:  # another process was first
        return setup_token()
    return token


def announce(say: Callable[[str], object] | None = None) -> None:
    """Print the token while it is wanted; quiet on a database without tables."""
    try:
        token = setup_token()
    except DatabaseError:
        return
    if not token:
        return
    words = f"系统里还没有账号。请打开 /setup/ 建第一个大厅和系统管理员，设置口令：{token}"
    if say is None:
        log.warning("setup", hint=words)
    else:
        say(words)


def announce_once() -> None:
    """Print the token when no process has yet: the tables were made after the start."""
    if not SetupToken.objects.exists():
        announce()


def use_token(token: str) -> None:
    """Use the token up, in the transaction that makes the first account; raises Refused otherwise."""
    row = SetupToken.objects.select_for_update().first()
    if row is None or not is_waiting():
        raise Refused("系统已经设置过，请直接登录。", code="setup_closed")
    if not constant_time_compare(token.strip(), unseal(row.secret, place=PLACE)):
        raise Refused(
            "设置口令不对。它是启动日志里“设置口令：”后面的那一串。", code="bad_setup_token", status=422
        )
    row.delete()
