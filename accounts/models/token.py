"""Tokens for programs, and the memory that makes their writes safe to repeat."""

from django.db import models
from django.utils import timezone

from accounts import clock
from accounts.models.user import User
from accounts.querysets import ApiTokenQuerySet


class ApiToken(models.Model):
    """接口令牌: lets a program act as `user` within `scopes`; only a hash of the secret is kept."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name="以谁的身份", related_name="api_tokens")
    name = models.CharField("用途", max_length=60)
    prefix = models.CharField("前缀", max_length=12, unique=True)
    secret_hash = models.CharField("密文", max_length=64)
    scopes = models.JSONField("范围", default=list)
    created_at = models.DateTimeField("建立时间", default=clock.now)
    created_by = models.ForeignKey(User, models.PROTECT, verbose_name="建立人", related_name="+")
    expires_at = models.DateTimeField("到期")
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "接口令牌"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name}（{self.prefix}…）"

    @property
    def is_usable(self) -> bool:
        """Neither expired nor revoked."""
        return self.revoked_at is None and self.expires_at > timezone.now()

    def allows(self, scope: str) -> bool:
        """Whether `scope` ("violations:read") is given, directly or by "*:read" / "*:write"."""
        action = scope.partition(":")[2]
        return scope in self.scopes or f"*:{action}" in self.scopes


class IdempotencyKey(models.Model):
    """幂等键: the first answer to a write, given again to a repeat with the same key."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name="账号", related_name="+")
    key = models.CharField("键", max_length=120)
    fingerprint = models.CharField("请求指纹", max_length=64)
    status = models.PositiveSmallIntegerField("状态码", null=True)
    body = models.JSONField("应答", null=True)
    created_at = models.DateTimeField("时间", default=clock.now, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "幂等键"
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return self.key
