"""Sign-in: sessions on devices, counts of failures, old passwords, second factors."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils import timezone

from accounts import clock
from accounts.enums import ThrottleScope
from accounts.models.user import User
from accounts.querysets import SignInSessionQuerySet, ThrottleQuerySet

if TYPE_CHECKING:
    from accounts.session_store import SessionStore


class SignInSession(AbstractBaseSession):
    """登录的设备: a browser's session, and where it was opened.

    `expire_date` is when it will have been idle too long. `uid` names it in addresses and
    pages: the key itself is the secret of the cookie.
    """

    uid = models.UUIDField("编号", default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        User, models.CASCADE, verbose_name="账号", null=True, related_name="sign_in_sessions"
    )
    device = models.CharField("设备", max_length=80, blank=True)
    address = models.CharField("地址", max_length=45, blank=True)
    is_remembered = models.BooleanField("记住的手机", default=False)
    idle_minutes = models.PositiveIntegerField("闲置期限（分钟）", default=0)
    first_seen_at = models.DateTimeField("登录时间", default=clock.now)
    last_seen_at = models.DateTimeField("最近使用", default=clock.now)

    objects = BaseSessionManager.from_queryset(SignInSessionQuerySet)()

    class Meta:
        verbose_name = verbose_name_plural = "登录的设备"
        ordering = ["-last_seen_at"]

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        """Where Django's session machinery finds the store of these rows."""
        from accounts.session_store import SessionStore  # noqa: PLC0415 - the store is built on this model

        return SessionStore


class SignInThrottle(models.Model):
    """登录失败计数: failed attempts within a scope, and until when the next one is refused.

    `key` is a keyed hash: a password typed into the field of the account is not kept anywhere.
    """

    scope = models.CharField("范围", max_length=8, choices=ThrottleScope)
    key = models.CharField("键", max_length=32)
    user = models.ForeignKey(User, models.CASCADE, verbose_name="账号", null=True, related_name="+")
    address = models.CharField("地址", max_length=45, blank=True)
    failures = models.PositiveIntegerField("失败次数", default=0)
    failed_at = models.DateTimeField("最近失败", default=clock.now, db_index=True)
    blocked_until = models.DateTimeField("锁定到", null=True)

    objects = ThrottleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "登录失败计数"
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="one_count_per_scope_and_key")]
        indexes = [models.Index(fields=["user"], name="throttle_by_user")]

    @property
    def is_blocked(self) -> bool:
        """Whether the next attempt is refused now."""
        return self.blocked_until is not None and self.blocked_until > timezone.now()


class PasswordRecord(models.Model):
    """用过的密码: hashes of earlier passwords, so that none of the last ones comes back."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name="账号", related_name="password_records")
    password = models.CharField("密文", max_length=128)
    set_at = models.DateTimeField("设置时间", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "用过的密码"
        ordering = ["-pk"]


class SecondFactor(models.Model):
    """两步验证: the sealed secret a phone makes codes from; `last_step` refuses a code used before."""

    user = models.OneToOneField(User, models.CASCADE, verbose_name="账号", related_name="second_factor")
    secret = models.CharField("密钥（封存）", max_length=200)
    confirmed_at = models.DateTimeField("启用时间", null=True)
    last_step = models.BigIntegerField("用过的时间步", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "两步验证"


class RecoveryCode(models.Model):
    """恢复码: signs in once in place of a lost phone; only a keyed hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name="账号", related_name="recovery_codes")
    code_hash = models.CharField("密文", max_length=64)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "恢复码"


class SetupToken(models.Model):
    """首次设置口令: opens the setup page while no account exists; a restart prints it again."""

    is_only = models.BooleanField("唯一", default=True, unique=True, editable=False)
    secret = models.CharField("口令（封存）", max_length=200)
    created_at = models.DateTimeField("建立时间", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "首次设置口令"
