"""Halls, users, roles given per hall, tokens and settings of a hall."""

from accounts.models.hall import Hall
from accounts.models.token import ApiToken, IdempotencyKey
from accounts.models.user import RoleGrant, User

__all__ = ["ApiToken", "Hall", "IdempotencyKey", "RoleGrant", "User"]
