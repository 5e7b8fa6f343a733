"""Halls, users, roles given per hall, sign-in, tokens and settings of a hall."""

from accounts.models.changed import Changed
from accounts.models.hall import Hall
from accounts.models.kept import KeptForm
from accounts.models.sign_in import (
    PasswordRecord,
    RecoveryCode,
    SecondFactor,
    SetupToken,
    SignInSession,
    SignInThrottle,
)
from accounts.models.token import ApiToken, IdempotencyKey
from accounts.models.user import RoleGrant, User

__all__ = [
    "ApiToken",
    "Changed",
    "Hall",
    "IdempotencyKey",
    "KeptForm",
    "PasswordRecord",
    "RecoveryCode",
    "RoleGrant",
    "SecondFactor",
    "SetupToken",
    "SignInSession",
    "SignInThrottle",
    "User",
]
