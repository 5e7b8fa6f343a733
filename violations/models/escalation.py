"""升级 escalation: what was not done in time, whom the hall reminded of it, and who was told next."""

from typing import Any

from django.conf import settings
from django.db import models

from accounts import clock
from accounts.models import Hall
from violations.enums import EscalationLevel, OverdueStep
from violations.models.ledger import ConductRecord
from violations.querysets import EscalationQuerySet


class Escalation(models.Model):
    """逾期提醒或升级: one step that was overdue, one level that was told of it; added, never edited."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    record = models.ForeignKey(ConductRecord, models.PROTECT, verbose_name="问题", related_name="escalations")
    step = models.CharField("哪一步", max_length=10, choices=OverdueStep)
    level = models.CharField("告知", max_length=10, choices=EscalationLevel)
    due_at = models.DateTimeField("期限")
    at = models.DateTimeField("时间", default=clock.now)
    told = models.ManyToManyField(settings.AUTH_USER_MODEL, verbose_name="告知了谁", related_name="+")

    objects = EscalationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "逾期升级"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["record", "step", "level", "due_at"], name="told_once_a_level")
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.get_level_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only."""
        if not self._state.adding:
            raise TypeError("escalations are append-only")
        super().save(*args, **kwargs)
