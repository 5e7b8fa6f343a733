"""登录 signing in: the secret behind its protection, and what is told of it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import authenticate
from django.db import transaction

from accounts.errors import NotPermitted
from accounts.models import User
from accounts.permissions import may_keep_account_of
from accounts.services import second_factor, throttle, trace

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.devices import Device


BACKEND = "accounts.backends.PersonBackend"


def check_password(
    *, username: str, password: str, address: str, device: Device, request: HttpRequest | None = None
) -> User | None:
    """The account of a right pair, else None; raises `throttle.Blocked` when one must wait first."""
    tried = throttle.attempt(kind="password", name=username, address=address, device=device)
    throttle.claim(tried)
    user: User | None = authenticate(request, username=username.strip(), password=password)  # type: ignore[assignment]
    _settle(tried, is_right=user is not None)
    return user


def check_own_password(*, user: User, password: str, address: str, device: Device) -> bool:
    """Whether a person who is signed in knows the password; counted like a sign-in."""
    tried = throttle.Attempt("password", user.username, address, device, user)
    throttle.claim(tried)
    return _settle(tried, is_right=user.check_password(password))


def check_code(*, user: User, code: str, address: str, device: Device) -> bool:
    """Whether the second step is right; five wrong ones lock it as passwords do."""
    tried = throttle.Attempt("code", user.username, address, device, user)
    throttle.claim(tried)
    return _settle(tried, is_right=second_factor.is_right(user, code))


def _settle(tried: throttle.Attempt, *, is_right: bool) -> bool:
    """Close the attempt; a wrong one that closes the count raises Blocked at once, with the time left."""
    if is_right:
        throttle.succeed(tried)
        return True
    throttle.fail(tried)
    throttle.check(tried)
    return False


def waiting_person(pk: int) -> User | None:
    """The person whose password was right and who owes the second step."""
    user = User.objects.filter(pk=pk, is_active=True, second_factor_since__isnull=False).first()
    return user if user is not None and user.grants else None


@transaction.atomic
def tell_signed_in(*, user: User, device: str, is_known: bool, is_remembered: bool, steps: int) -> None:
    """The audit row of a sign-in that went all the way."""
    after = {"device": device, "known": is_known, "remembered": is_remembered, "steps": steps}
    trace.record("sign_in.succeeded", target=user, by=user, hall=user.home_hall, after=after)


@transaction.atomic
def unlock_account(*, user: User, by: User) -> int:
    """The administrator lets an account try again at once; returns how many locks were lifted."""
    if not may_keep_account_of(by, user):
        raise NotPermitted("账号由系统管理员维护。")
    counts, blocking = throttle.forget(user)
    if counts:
        after = {"blocking": blocking, "counts": counts}
        trace.record("account.unlocked", target=user, by=by, hall=user.home_hall, after=after)
    return blocking
