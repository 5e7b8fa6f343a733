"""Users and the roles they hold in halls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property

from accounts import clock
from accounts.models.hall import Hall
from accounts.querysets import RoleGrantQuerySet, UserQuerySet
from accounts.roles import ROLE_CHOICES, ROLES, Role

if TYPE_CHECKING:
    from collections.abc import Iterable


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes users with a hashed password."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """A new user; `username` is kept as typed, without surrounding blanks."""
        user = self.model(username=username.strip(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """账号: who signs in. What the person may do comes from the roles held today in halls."""

    username = models.CharField(
        "账号",
        max_length=60,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "这个账号已经有人用了，请换一个。"},
    )
    name = models.CharField("姓名", max_length=40)
    phone = models.CharField("手机", max_length=20, blank=True)
    email = models.EmailField("邮箱", blank=True)
    title = models.CharField("职务", max_length=40, blank=True)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("下次登录须改密码", default=False)
    password_changed_at = models.DateTimeField("密码改于", default=clock.now, editable=False)
    second_factor_since = models.DateTimeField("两步验证启用于", null=True, blank=True, editable=False)
    created_at = models.DateTimeField("建立时间", default=clock.now, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        """The person's name as others read it."""
        return self.name or self.username

    @cached_property
    def grants(self) -> list[RoleGrant]:
        """The roles held today, with their halls; one query a request."""
        return list(self.role_grants.active().select_related("hall").order_by("pk"))

    @property
    def roles(self) -> list[type[Role]]:
        """The role classes held today, without doubles."""
        return list(dict.fromkeys(grant.role_class for grant in self.grants))

    @property
    def home_hall(self) -> Hall | None:
        """The hall of the first role; none for a person without a role today."""
        return self.grants[0].hall if self.grants else None

    @property
    def landing(self) -> str:
        """Where the person starts after signing in."""
        return self.grants[0].role_class.landing if self.grants else "/profile/"

    def can(self, permission: str, hall: Hall | None = None) -> bool:
        """May this person do `permission` in `hall` (in any hall when none is named)?"""
        return self.is_active and any(grant.gives(permission, hall) for grant in self.grants)

    def can_any(self, permissions: Iterable[str], hall: Hall | None = None) -> bool:
        """Whether one of the permissions is held."""
        return any(self.can(permission, hall) for permission in permissions)

    def has_role(self, *codes: str) -> bool:
        """Whether one of these roles is held today, in any hall."""
        return any(grant.role in codes for grant in self.grants)


class RoleGrant(models.Model):
    """授权: a role held by a person in a hall, from a day to a day (both inclusive, empty = open)."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name="账号", related_name="role_grants")
    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="role_grants")
    role = models.CharField("角色", max_length=12, choices=ROLE_CHOICES)
    starts_on = models.DateField("起", null=True, blank=True)
    ends_on = models.DateField("止", null=True, blank=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "授权"
        constraints = [
            models.UniqueConstraint(fields=["user", "hall", "role"], name="one_grant_per_role_and_hall"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="grant_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role_class.name} {self.hall}"

    @property
    def role_class(self) -> type[Role]:
        """The readable role."""
        return ROLES[self.role]

    def gives(self, permission: str, hall: Hall | None) -> bool:
        """Whether this grant gives `permission` in `hall`."""
        if permission not in self.role_class.permissions:
            return False
        if hall is None or hall.pk == self.hall_id:
            return True
        return self.role_class.covers_subtree and hall.path.startswith(self.hall.path)
