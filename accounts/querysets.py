"""Scope: which halls, and so which rows, a person may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.roles import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Hall, User

M = TypeVar("M", bound=models.Model)

NOTHING = Q(pk__in=[])
"""A condition no row fulfils: the scope of a stranger."""


def in_halls(user: User | AnonymousUser, permission: str, field: str = "hall") -> Q:
    """Rows whose `field` is a hall in which `user` holds `permission`.

    `field` is the path to the hall from the row ("hall", "record__hall"); "" for halls themselves.
    """
    prefix = f"{field}__" if field else ""
    scope = NOTHING
    for grant in getattr(user, "grants", []):
        if permission not in grant.role_class.permissions:
            continue
        if grant.role_class.covers_subtree:
            scope |= Q(**{f"{prefix}path__startswith": grant.hall.path})
        else:
            scope |= Q(**{field or "pk": grant.hall_id})
    return scope


class ChangedQuerySet(models.QuerySet[M]):
    """Rows of a `Changed` model: whatever writes many at once stamps them too."""

    def update(self, **kwargs: Any) -> int:
        """As Django's, with the stamp."""
        return super().update(**{"changed_at": timezone.now(), **kwargs})

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """As Django's; rows that exist and are updated get the stamp."""
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = {*kwargs["update_fields"], "changed_at"}
        return super().bulk_create(objs, *args, **kwargs)


def holding(words: str, *paths: str) -> Q:
    """Rows in which each of the words stands in one of the paths."""
    every = Q()
    for word in words.split():
        anywhere = Q()
        for path in paths:
            anywhere |= Q(**{f"{path}__icontains": word})
        every &= anywhere
    return every


def holding_any(words: str, *paths: str) -> Q:
    """Rows in which one of the words stands in one of the paths."""
    found = NOTHING
    for word in words.split():
        found |= holding(word, *paths)
    return found


class HallQuerySet(models.QuerySet["Hall"]):
    """Which halls."""

    def visible_to(self, user: User | AnonymousUser) -> HallQuerySet:
        """Halls in which the person has any role, with the halls below for office roles."""
        return self.filter(in_halls(user, "hall.read", field=""))

    def where(self, user: User | AnonymousUser, permission: str) -> HallQuerySet:
        """Halls in which the person holds `permission`."""
        return self.filter(in_halls(user, permission, field=""))

    def public(self) -> HallQuerySet:
        """Halls whose roster and honour board everybody may read."""
        return self.active()

    def active(self) -> HallQuerySet:
        """Halls in use."""
        return self.filter(is_active=True)

    def subtree(self, hall: Hall) -> HallQuerySet:
        """The hall and all halls below it."""
        return self.filter(path__startswith=hall.path)


class UserQuerySet(models.QuerySet["User"]):
    """Which people."""

    def visible_to(self, user: User | AnonymousUser) -> UserQuerySet:
        """Accounts of the halls this person administers, and the own one."""
        managed = self.filter(in_halls(user, "accounts.edit", field="role_grants__hall")).values("pk")
        own = Q(pk=getattr(user, "pk", None))
        return self.filter(own | Q(pk__in=managed))

    def matching(self, words: str) -> UserQuerySet:
        """Whose account or name holds every word."""
        return self.filter(holding(words, "username", "name"))

    def holding_a_role_in(self, hall: Hall) -> UserQuerySet:
        """Active people who hold a role in this very hall today."""
        there = Q(role_grants__hall=hall)
        return self.filter(there & _in_force("role_grants__"), is_active=True).distinct()

    def with_permission(self, permission: str, hall: Hall) -> UserQuerySet:
        """Active people who hold `permission` in `hall` today, also through a hall above."""
        above = [int(part) for part in hall.path.split("/") if part]
        wide = [r.code for r in ROLES.values() if permission in r.permissions and r.covers_subtree]
        narrow = [r.code for r in ROLES.values() if permission in r.permissions and not r.covers_subtree]
        there = Q(role_grants__role__in=wide, role_grants__hall__in=above)
        there |= Q(role_grants__role__in=narrow, role_grants__hall=hall)
        return self.filter(there & _in_force("role_grants__"), is_active=True).distinct()


def _in_force(prefix: str = "") -> Q:
    """Grants in force today."""
    today = timezone.localdate()
    started = Q(**{f"{prefix}starts_on__isnull": True}) | Q(**{f"{prefix}starts_on__lte": today})
    return started & (Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gte": today}))


class RoleGrantQuerySet(models.QuerySet[Any]):
    """Which grants."""

    def visible_to(self, user: User | AnonymousUser) -> RoleGrantQuerySet:
        """Grants in halls whose accounts the person keeps, and the own ones."""
        return self.filter(in_halls(user, "accounts.edit") | Q(user=getattr(user, "pk", None)))

    def active(self) -> RoleGrantQuerySet:
        """In force today."""
        return self.filter(_in_force())


class ApiTokenQuerySet(models.QuerySet[Any]):
    """Which API tokens."""

    def visible_to(self, user: User | AnonymousUser) -> ApiTokenQuerySet:
        """Own tokens, and those of accounts of the halls this person keeps tokens for."""
        managed = self.filter(in_halls(user, "tokens.edit", field="user__role_grants__hall")).values("pk")
        return self.filter(Q(user=getattr(user, "pk", None)) | Q(pk__in=managed))


class KeptFormQuerySet(models.QuerySet[Any]):
    """Which kept forms."""

    def visible_to(self, user: User | AnonymousUser) -> KeptFormQuerySet:
        """Nobody's but the person's own."""
        return self.filter(user=getattr(user, "pk", None), user__isnull=False)

    def of(self, user: User) -> KeptFormQuerySet:
        """The person's own, and those nobody has claimed yet."""
        return self.filter(Q(user=user) | Q(user=None))


class SignInSessionQuerySet(models.QuerySet[Any]):
    """Which sessions."""

    def visible_to(self, user: User | AnonymousUser) -> SignInSessionQuerySet:
        """Own devices, and those of accounts of the halls this person keeps accounts for."""
        managed = self.filter(in_halls(user, "accounts.edit", field="user__role_grants__hall")).values("pk")
        own = Q(user=getattr(user, "pk", None), user__isnull=False)
        return self.filter(own | Q(pk__in=managed)).live()

    def live(self) -> SignInSessionQuerySet:
        """Not idle too long."""
        return self.filter(expire_date__gt=timezone.now())

    def of_person(self, user: Any) -> SignInSessionQuerySet:
        """Every session of one account."""
        return self.filter(user=user)


class ThrottleQuerySet(models.QuerySet[Any]):
    """Which counts of failed sign-ins."""

    def visible_to(self, user: User | AnonymousUser) -> ThrottleQuerySet:
        """Counts of accounts of the halls this person keeps accounts for."""
        managed = self.filter(in_halls(user, "accounts.edit", field="user__role_grants__hall")).values("pk")
        return self.filter(pk__in=managed)

    def of_person(self, user: User) -> ThrottleQuerySet:
        """Counts of one account, at all addresses and devices."""
        return self.filter(user=user)

    def blocking(self) -> ThrottleQuerySet:
        """Which refuse the next attempt."""
        return self.filter(blocked_until__gt=timezone.now())
