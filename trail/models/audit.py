"""审计 audit: one row for every change, written in the change's own transaction."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts import clock
from accounts.models import Hall
from trail.querysets import AuditQuerySet


class AuditEntry(models.Model):
    """操作留痕: who did what to which thing, when, from where, before and after; append-only."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", null=True, related_name="+")
    at = models.DateTimeField("时间", default=clock.now, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="操作人", null=True, related_name="+"
    )
    job = models.CharField("作业", max_length=60, blank=True)
    address = models.CharField("来源地址", max_length=45, blank=True)
    action = models.CharField("动作", max_length=60)
    target_kind = models.CharField("对象类型", max_length=60)
    target_id = models.CharField("对象编号", max_length=40)
    target_label = models.CharField("对象", max_length=200)
    before = models.JSONField("改动前", null=True)
    after = models.JSONField("改动后", null=True)
    reason = models.CharField("理由", max_length=500, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "操作留痕"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(by__isnull=False) | ~Q(job=""), name="audit_row_names_a_person_or_a_job"
            )
        ]
        indexes = [
            models.Index(fields=["hall", "at"], name="audit_by_hall"),
            models.Index(fields=["target_kind", "target_id"], name="audit_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only; raises TypeError for a row that exists."""
        if not self._state.adding:
            raise TypeError("audit rows are append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused: audit rows are append-only."""
        raise TypeError("audit rows are append-only")
