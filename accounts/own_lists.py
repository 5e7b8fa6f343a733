"""The lists of this room: conditions, orders and rows, shared by page, API twin and export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django.db.models import Q
from django.utils import timezone

from accounts.list_filters import ListFilters
from accounts.lists import ListKind, Sort, by_time
from accounts.models import ApiToken, User
from accounts.roles import ROLE_CHOICES

if TYPE_CHECKING:
    from django.db.models import QuerySet

USABLE, ENDED = "usable", "ended"


class AccountFilters(ListFilters):
    """Filters of the list of accounts."""

    search = ("username", "name", "phone")
    role = django_filters.ChoiceFilter(
        label="角色", choices=ROLE_CHOICES, field_name="role_grants__role", distinct=True
    )


class TokenFilters(ListFilters):
    """Filters of the list of tokens."""

    search = ("name", "prefix", "user__name")
    status = django_filters.ChoiceFilter(
        label="状态", choices=[(USABLE, "可用"), (ENDED, "已停用或过期")], method="in_state"
    )

    def in_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Still let in, or not any more."""
        usable = Q(revoked_at__isnull=True, expires_at__gt=timezone.now())
        return rows.filter(usable if value == USABLE else ~usable)


ACCOUNTS = ListKind(
    "accounts",
    {"username": Sort("账号", "username"), "created": by_time("建立时间", "created_at")},
    "username",
    AccountFilters,
    noun="账号",
)
TOKENS = ListKind(
    "tokens",
    {"created": by_time("建立时间", "created_at"), "expires": by_time("到期", "expires_at")},
    "-created",
    TokenFilters,
    noun="令牌",
)


def account_rows(request: Any) -> QuerySet[User]:
    """Accounts of the halls the person keeps."""
    return User.objects.visible_to(request.user).prefetch_related("role_grants__hall")


def token_rows(request: Any) -> QuerySet[ApiToken]:
    """Own tokens; who keeps tokens sees those of the halls."""
    return ApiToken.objects.visible_to(request.user).select_related("user").distinct()
