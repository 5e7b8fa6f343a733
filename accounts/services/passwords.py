"""密码: setting one, with the rules of the hall and the memory of earlier ones."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.errors import Refused
from accounts.models import PasswordRecord, RoleGrant, User
from accounts.services import limits, sessions, throttle, trace

if TYPE_CHECKING:
    from accounts.models import Hall

ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits that are not mistaken for each other when read aloud."""
MOST_KEPT = 24
AT_MOST_EVERY = timedelta(minutes=1)


class TooSoon(Refused):
    """Changed a moment ago: nobody runs through the history to get an old password back."""

    status = 429
    code = "password_too_soon"

    def __init__(self) -> None:
        self.retry_after = int(AT_MOST_EVERY.total_seconds())
        super().__init__("密码刚刚改过，一分钟以后才能再改。")


def initial_password() -> str:
    """A random first password that is easy to read out; it must be changed at the first sign-in."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))


def set_password(user: User, password: str | None, *, must_change: bool) -> None:
    """Set a password and remember the one before; part of a change that writes its own audit row."""
    if user.pk and user.has_usable_password():
        PasswordRecord.objects.create(user=user, password=user.password, set_at=user.password_changed_at)
        kept = user.password_records.values_list("pk", flat=True)[:MOST_KEPT]
        user.password_records.exclude(pk__in=list(kept)).delete()
    user.set_password(password)
    user.password_changed_at = timezone.now()
    user.must_change_password = must_change
    user.save(update_fields=["password", "password_changed_at", "must_change_password"])


@transaction.atomic
def change_own_password(*, user: User, password: str, session_key: str | None = None) -> User:
    """The person sets an own password; every other device is signed out. Returns the person anew.

    Raises Refused with the rules it does not keep, TooSoon within a minute of the last change.
    """
    user = _locked(user)
    is_forced = user.must_change_password or limits.is_password_expired(user)
    if not is_forced and timezone.now() - user.password_changed_at < AT_MOST_EVERY:
        raise TooSoon
    check_rules(user, password)
    set_password(user, password, must_change=False)
    ended = sessions.drop_sessions(user, but=session_key)
    trace.record(
        "account.password_changed", target=user, by=user, hall=user.home_hall, after={"devices_ended": ended}
    )
    return user


def check_first(password: str, *, username: str, name: str, halls: list[Hall]) -> None:
    """Raises Refused when a password for an account that is about to be made breaks a rule."""
    nobody = User(username=username, name=name)
    nobody.grants = [RoleGrant(user=nobody, hall=hall) for hall in halls]  # not yet in the database
    _validate(nobody, password)


def _validate(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused("".join(error.messages), code="weak_password", status=422) from error


def check_rules(user: User, password: str) -> None:
    """Raises Refused when the password breaks a rule or was used lately."""
    _validate(user, password)
    if user.has_usable_password() and user.check_password(password):
        raise Refused("新密码和现在的一样，请换一个。", code="password_used", status=422)
    count = max(limits.password_history(user) - 1, 0)
    used = user.password_records.values_list("password", flat=True)[:count]
    if any(check_password(password, old) for old in used):
        words = f"最近 {count + 1} 次用过的密码不能再用，请换一个。"
        raise Refused(words, code="password_used", status=422)


@transaction.atomic
def give_new_password(*, user: User, hall: Hall, by: User) -> str:
    """A new first password, shown once; all devices are signed out and the account unlocked."""
    first = initial_password()
    set_password(user, first, must_change=True)
    sessions.drop_sessions(user)
    throttle.forget(user)
    trace.record("account.password_reset", target=user, by=by, hall=hall)
    return first


def _locked(user: User) -> User:
    fresh: User = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    return fresh
