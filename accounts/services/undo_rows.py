"""撤销: which rows the acts about accounts may touch, so that they can be put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.models import ApiToken, Hall, RoleGrant, User

if TYPE_CHECKING:
    from django.db.models import QuerySet

Rows = list["QuerySet[Any]"]


def of_options(hall: Hall) -> Rows:
    """The settings of a hall."""
    return [Hall.objects.filter(pk=hall.pk)]


def of_roles(user: User) -> Rows:
    """The roles of an account."""
    return [RoleGrant.objects.filter(user=user)]


def of_account(user: User) -> Rows:
    """An account; only what an act changes of it is kept."""
    return [User.objects.filter(pk=user.pk)]


def of_token(token: ApiToken) -> Rows:
    """A token."""
    return [ApiToken.objects.filter(pk=token.pk)]
