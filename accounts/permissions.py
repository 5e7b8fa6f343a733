"""Predicates about accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import ApiToken, Hall, User


def may_keep_accounts(user: User, hall: Hall) -> bool:
    """Whether the person may make accounts and give roles in this hall."""
    return user.can("accounts.edit", hall)


def may_keep_account_of(user: User, other: User) -> bool:
    """Whether the person keeps accounts in a hall in which the other has, or had, a role."""
    halls = [grant.hall for grant in other.role_grants.select_related("hall")]
    return any(user.can("accounts.edit", hall) for hall in halls)


def may_revoke(user: User, token: ApiToken) -> bool:
    """The owner of a token, who made it, or who keeps tokens where its user has a role."""
    if user.pk in (token.user_id, token.created_by_id):
        return True
    return any(user.can("tokens.edit", grant.hall) for grant in token.user.grants)
