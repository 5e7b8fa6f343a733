"""What the halls of a person ask of signing in: of several halls the strictest counts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.options import find_option

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User


def _asked(user: User, key: str) -> list[Any]:
    """The values of a setting in the halls where the person has a role today; else its default."""
    halls = {grant.hall_id: grant.hall for grant in user.grants}.values()
    return [hall.option(key) for hall in halls] or [find_option(key).default]


def idle_minutes(user: User, *, is_remembered: bool) -> int:
    """After how long without use the person is signed out."""
    if is_remembered:
        return phone_days(user) * 24 * 60 or int(min(_asked(user, "accounts.idle_minutes")))
    return int(min(_asked(user, "accounts.idle_minutes")))


def phone_days(user: User) -> int:
    """How many days a phone may be remembered; 0: not at all."""
    return int(min(_asked(user, "accounts.phone_days")))


def password_history(user: User) -> int:
    """How many of the last passwords may not come back."""
    return int(max(_asked(user, "accounts.password_history")))


def password_expires_at(user: User) -> datetime | None:
    """When the password must have been changed; None when no hall asks for it."""
    days = [*_asked(user, "accounts.password_days")]
    days += [g.hall.option("accounts.password_admin_days") for g in user.grants if g.role == "admin"]
    asked = [n for n in days if n > 0]
    return user.password_changed_at + timedelta(days=min(asked)) if asked else None


def is_password_expired(user: User) -> bool:
    """Whether the person must change the password before anything else."""
    end = password_expires_at(user)
    return end is not None and end <= timezone.now()


def password_days_left(user: User) -> int | None:
    """Days until the password expires, once it is time to warn; None before."""
    end = password_expires_at(user)
    if end is None:
        return None
    left = (end - timezone.now()).days
    return left if left < max(_asked(user, "accounts.password_warn_days")) else None


def needs_second_factor(user: User) -> bool:
    """Whether one of the person's roles must sign in with two steps."""
    return any(grant.role in grant.hall.option("accounts.second_factor_roles") for grant in user.grants)
