"""两步验证 second factor: codes of RFC 6238 from a person's phone, each good once, and recovery codes.

The secret lies sealed. A code names its half minute; one of that half minute or an earlier one is
refused afterwards, also when two requests bring it at once.
"""

from __future__ import annotations

import re
import secrets

import pyotp
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.errors import NotPermitted, Refused
from accounts.models import RecoveryCode, SecondFactor, User
from accounts.permissions import may_keep_account_of
from accounts.sealed import seal, unseal
from accounts.services import limits, sessions, trace

PLACE = "accounts.second_factor"
ISSUER = "明窗"
STEP = 30
DRIFT = 1
"""A phone's clock may be half a minute off, either way."""
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class WrongCode(Refused):
    """Not the code of now, or one used before."""

    status = 422
    code = "wrong_code"

    def __init__(self) -> None:
        super().__init__("验证码不对，或已经用过。请看手机上现在的 6 位数字，等它变了再试一次。")


@transaction.atomic
def begin(user: User) -> SecondFactor:
    """A secret to be confirmed by a first code; an unconfirmed one is kept, so a reload shows the same QR."""
    factor, _ = SecondFactor.objects.select_for_update().get_or_create(
        user=user, defaults={"secret": seal(pyotp.random_base32(), place=PLACE)}
    )
    if factor.confirmed_at is not None:
        raise Refused("两步验证已经启用。换手机请先停用，再重新设置。", code="second_factor_on")
    return factor


def manual_key(factor: SecondFactor) -> str:
    """The secret as one types it: four letters and a blank."""
    return " ".join(re.findall("....", unseal(factor.secret, place=PLACE)))


def address(factor: SecondFactor) -> str:
    """What the QR code says: otpauth://…"""
    totp = pyotp.TOTP(unseal(factor.secret, place=PLACE), interval=STEP)
    return totp.provisioning_uri(name=factor.user.username, issuer_name=ISSUER)


@transaction.atomic
def confirm(*, user: User, code: str) -> list[str]:
    """Switch it on with a first right code; returns the recovery codes, shown this once."""
    factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at=None).first()
    if factor is None:
        raise Refused("两步验证已经启用，或者还没有开始设置。", code="second_factor_on")
    if not _is_right(factor, code):
        raise WrongCode
    now = timezone.now()
    SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=now)
    User.objects.filter(pk=user.pk).update(second_factor_since=now)
    user.second_factor_since = now
    trace.record("second_factor.enabled", target=user, by=user, hall=user.home_hall)
    return _new_codes(user)


def is_right(user: User, code: str) -> bool:
    """Whether this is the code of now, used for the first time, or an unused recovery code."""
    plain = _plain(code)
    if re.fullmatch(r"\d{6}", plain):
        factor = SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()
        return factor is not None and _is_right(factor, plain)
    return _use_recovery_code(user, plain)


@transaction.atomic
def renew_recovery_codes(*, user: User) -> list[str]:
    """New recovery codes; the old ones open nothing any more."""
    if user.second_factor_since is None:
        raise Refused("还没有启用两步验证。", code="second_factor_off")
    codes = _new_codes(user)
    trace.record("second_factor.codes_renewed", target=user, by=user, hall=user.home_hall)
    return codes


@transaction.atomic
def disable(*, user: User) -> None:
    """The person switches it off; refused where a role must have it."""
    if limits.needs_second_factor(user):
        raise Refused(
            "你的角色必须使用两步验证，不能停用。换手机请找系统管理员重置。", code="second_factor_needed"
        )
    _drop(user)
    trace.record("second_factor.disabled", target=user, by=user, hall=user.home_hall)


@transaction.atomic
def reset(*, user: User, by: User) -> None:
    """The administrator takes it off after a lost phone; all devices of the account are signed out."""
    if user == by or not may_keep_account_of(by, user):
        raise NotPermitted("两步验证由另一位系统管理员重置。")
    _drop(user)
    sessions.drop_sessions(user)
    trace.record("second_factor.reset", target=user, by=by, hall=user.home_hall)


def codes_left(user: User) -> int:
    """How many recovery codes have not been used."""
    return int(RecoveryCode.objects.filter(user=user, used_at=None).count())


def _drop(user: User) -> None:
    SecondFactor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(second_factor_since=None)
    user.second_factor_since = None


def _is_right(factor: SecondFactor, code: str) -> bool:
    """Right and later than the last one used; using it up is one conditional UPDATE."""
    totp = pyotp.TOTP(unseal(factor.secret, place=PLACE), interval=STEP)
    now = int(timezone.now().timestamp()) // STEP
    for step in range(now - DRIFT, now + DRIFT + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), _plain(code)):
            fresh = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
            return bool(fresh.update(last_step=step))
    return False


@transaction.atomic
def _use_recovery_code(user: User, plain: str) -> bool:
    unused = RecoveryCode.objects.filter(user=user, code_hash=_hashed(user, plain), used_at=None)
    if not unused.update(used_at=timezone.now()):
        return False
    left = codes_left(user)
    trace.record(
        "second_factor.recovery_used", target=user, by=user, hall=user.home_hall, after={"codes_left": left}
    )
    return True


def _new_codes(user: User) -> list[str]:
    codes = ["".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=_hashed(user, c)) for c in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _hashed(user: User, plain: str) -> str:
    """Keyed, so that the table alone gives nothing to try against; 49 random bits need no slow hash."""
    return salted_hmac(PLACE, f"{user.pk} {plain}", algorithm="sha256").hexdigest()


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()
