"""Predicates about accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import ApiToken, Hall, User


def may_keep_accounts(user: User, hall: Hall) -> bool:
    """Whether the person may make accounts and give roles in this hall."""
    return user.can("accounts.edit", hall)


def may_revoke(user: User, token: ApiToken) -> bool:
    """The owner of a token, who made it, or who keeps tokens where its user has a role."""
    if user.pk in (token.user_id, token.created_by_id):
        return True
    return any(user.can("tokens.edit", grant.hall) for grant in token.user.grants)
