"""Halls, users, roles given per hall, tokens and settings of a hall."""

from accounts.models.hall import Hall, HallOption
from accounts.models.token import ApiToken, IdempotencyKey
from accounts.models.user import RoleGrant, User

__all__ = ["ApiToken", "Hall", "HallOption", "IdempotencyKey", "RoleGrant", "User"]
