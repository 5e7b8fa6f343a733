"""Accounts and the roles they hold."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from accounts.models import RoleGrant, User
from accounts.permissions import may_keep_accounts
from accounts.roles import ROLES
from accounts.services import passwords, trace
from accounts.services.passwords import initial_password
from accounts.services.sessions import drop_sessions
from accounts.versions import Facts, require_unchanged

if TYPE_CHECKING:
    from accounts.models import Hall


@transaction.atomic
def create_account(
    *,
    username: str,
    name: str,
    hall: Hall,
    role: str,
    by: User | Any,
    password: str | None = "",
    **fields: Any,
) -> tuple[User, str]:
    """A new account with its first role; returns it with the first password, shown once.

    Raises Refused when the name is taken. With `password=None` nobody can sign in until it is reset.
    """
    _require_keeper(by, hall)
    if User.objects.filter(username=username.strip()).exists():
        raise Refused("这个账号已经有人用了，请换一个。", code="username_taken", status=422)
    first = None if password is None else password or initial_password()
    user = User.objects.create_user(username, first, name=name, must_change_password=not password, **fields)
    trace.record("account.created", target=user, by=by, hall=hall, after={"username": user.username})
    grant_role(user=user, hall=hall, role=role, by=by)
    return user, first or ""


ROLE_ACTIONS = ("role.granted", "role.changed", "role.ended")


def role_facts(user: User) -> Facts:
    """The roles of an account with their days, for whoever is about to change them."""
    grants = user.role_grants.select_related("hall").order_by("pk")
    return {"roles": "\n".join(_grant_words(grant) for grant in grants)}


@transaction.atomic
def grant_role(
    *,
    user: User,
    hall: Hall,
    role: str,
    by: User | Any,
    starts_on: date | None = None,
    ends_on: date | None = None,
    seen: str = "",
) -> RoleGrant:
    """Give a role in a hall, or change the days of one held; raises Refused for an unknown role.

    Raises ChangedMeanwhile when the person's roles are no longer the version `seen`.
    """
    _require_keeper(by, hall)
    User.objects.select_for_update().get(pk=user.pk)
    require_unchanged(role_facts(user), seen)
    if role not in ROLES:
        raise Refused("没有这个角色。", code="unknown_role", status=422)
    if starts_on and ends_on and ends_on < starts_on:
        raise Refused("止日要不早于起日。", code="bad_span", status=422)
    days = {"starts_on": starts_on, "ends_on": ends_on}
    grant, is_new = RoleGrant.objects.update_or_create(user=user, hall=hall, role=role, defaults=days)
    action = "role.granted" if is_new else "role.changed"
    after = {"role": role, "hall": hall.code, "starts_on": str(starts_on), "ends_on": str(ends_on)}
    trace.record(action, target=user, by=by, hall=hall, after=after)
    return grant


@transaction.atomic
def end_role(*, grant: RoleGrant, by: User | Any, last_day: date | None = None) -> RoleGrant:
    """Let a role end; `last_day` is the last day it holds (default: yesterday, so at once)."""
    _require_keeper(by, grant.hall)
    last = last_day or timezone.localdate() - timedelta(days=1)
    if grant.starts_on and last < grant.starts_on:
        grant.starts_on = last
    grant.ends_on = last
    grant.save(update_fields=["starts_on", "ends_on"])
    if not RoleGrant.objects.filter(user=grant.user_id).active().exists():
        drop_sessions(grant.user)
    trace.record(
        "role.ended",
        target=grant.user,
        by=by,
        hall=grant.hall,
        after={"role": grant.role, "ends_on": str(last)},
    )
    return grant


def reset_password(*, user: User, hall: Hall, by: User) -> str:
    """A new first password, shown once, to be changed at the next sign-in."""
    _require_keeper(by, hall)
    return passwords.give_new_password(user=user, hall=hall, by=by)


@transaction.atomic
def set_active(*, user: User, hall: Hall, is_active: bool, by: User) -> User:
    """Switch an account off or on; nobody switches off the own one."""
    _require_keeper(by, hall)
    if user == by:
        raise NotPermitted("不能停用自己的账号。")
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    if not is_active:
        drop_sessions(user)
    trace.record("account.switched", target=user, by=by, hall=hall, after={"is_active": is_active})
    return user


def _grant_words(grant: RoleGrant) -> str:
    span = f"{grant.starts_on or '即日'} 至 {grant.ends_on or '长期'}"
    return f"{ROLES[grant.role].name}，{grant.hall.name}，{span}"


def _require_keeper(by: User | Any, hall: Hall) -> None:
    """A person must keep accounts in the hall; a named job may always."""
    if isinstance(by, User) and not may_keep_accounts(by, hall):
        raise NotPermitted("账号和角色由系统管理员维护。")
