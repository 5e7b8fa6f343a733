"""Who keeps the rota, who may be put on it, who logs a day and who answers a request to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from windows.querysets import ties

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from patrols.models import DutyDay, DutySwap

READERS = ("duty.read", "duty.read_unit")
EDIT = "duty.edit"
SWAP = "duty.swap"
LEADING_ROLES = ("leader", "manager")


def may_edit_rota(user: User, hall: Hall) -> bool:
    """The manager and the admin of the hall."""
    return user.can(EDIT, hall)


def may_log(user: User, duty: DutyDay) -> bool:
    """Who was on duty; for a unit its contact; the office for anybody."""
    if user.can(EDIT, duty.hall):
        return True
    if duty.department_id is not None:
        return user.can("duty.read_unit", duty.hall) and duty.department_id in ties(user).contact_of
    return duty.user_id == user.pk


def may_swap(user: User, duty: DutyDay) -> bool:
    """One's own day, as long as one may change days here."""
    return duty.user_id == user.pk and user.can(SWAP, duty.hall)


def may_answer(user: User, swap: DutySwap) -> bool:
    """The one who was asked."""
    return swap.taker_id == user.pk


def may_withdraw(user: User, swap: DutySwap) -> bool:
    """The one who asked."""
    return swap.giver_id == user.pk
