"""措施 measures: what a hall does about repeated findings; decided by a person, never by a rule."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import clock
from accounts.links import link_to
from accounts.models import Changed, Hall
from violations.measure_enums import UNFINISHED, MeasureEvent, MeasureStatus
from violations.measure_querysets import MeasureQuerySet
from violations.models.ledger import ConductRecord
from violations.models.rulebook import MeasureRule
from violations.querysets import AppendOnlyQuerySet
from violations.rule_enums import MeasureKind
from windows.models import Staff, Window


class Measure(Changed):
    """措施: about a person, or a whole window; never a fine or a sanction, which no hall may impose."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="measures")
    number = models.CharField("编号", max_length=24)
    kind = models.CharField("措施", max_length=12, choices=MeasureKind)
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name="人员", null=True, related_name="measures")
    window = models.ForeignKey(
        Window, models.PROTECT, verbose_name="窗口", null=True, related_name="measures"
    )
    rule = models.ForeignKey(
        MeasureRule, models.PROTECT, verbose_name="依据条款", null=True, related_name="measures"
    )
    key = models.CharField("达到的次数", max_length=120, blank=True)
    reason = models.CharField("理由", max_length=500)
    records = models.ManyToManyField(ConductRecord, verbose_name="依据记录", related_name="measures")
    status = models.CharField("状态", max_length=10, choices=MeasureStatus, default=MeasureStatus.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="提出人", null=True, related_name="+"
    )
    proposed_at = models.DateTimeField("提出时间", default=clock.now)
    heard_until = models.DateField("陈述期限")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="决定人", null=True, related_name="+"
    )
    decided_at = models.DateTimeField("决定时间", null=True)
    due_on = models.DateField("办结期限", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    minutes = models.TextField("谈话记录", blank=True)
    body = models.CharField("有权机关", max_length=80, blank=True)
    document_number = models.CharField("决定文号", max_length=60, blank=True)
    document_on = models.DateField("决定日期", null=True)

    objects = MeasureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "措施"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["hall", "number"], name="one_measure_per_number"),
            models.UniqueConstraint(
                fields=["hall", "key"],
                condition=~models.Q(key="") & ~models.Q(status=MeasureStatus.WITHDRAWN),
                name="one_measure_per_crossing",
            ),
            models.CheckConstraint(
                condition=models.Q(staff__isnull=False) | models.Q(window__isnull=False),
                name="measure_is_about_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["hall", "status", "due_on"], name="measure_by_status"),
            models.Index(fields=["hall", "changed_at"], name="measure_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return link_to("violations:measure", self.pk)

    @property
    def who(self) -> str:
        """The person, or the window."""
        return self.staff.name if self.staff else str(self.window)

    @property
    def state(self) -> MeasureStatus:
        """The status with its word, colour and sign."""
        return MeasureStatus(self.status)

    @property
    def days_overdue(self) -> int:
        """How many days it should have been closed ago; 0 when it is not late."""
        if self.due_on is None or self.status not in UNFINISHED:
            return 0
        return max((timezone.localdate() - self.due_on).days, 0)


class MeasureStep(models.Model):
    """措施过程: added, never edited."""

    measure = models.ForeignKey(Measure, models.PROTECT, verbose_name="措施", related_name="steps")
    event = models.CharField("过程", max_length=10, choices=MeasureEvent)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="操作人", null=True, related_name="+"
    )
    job = models.CharField("作业", max_length=60, blank=True)
    at = models.DateTimeField("时间", default=clock.now)
    words = models.TextField("说明", blank=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "措施过程"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_event_display()} {self.words[:30]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only."""
        if not self._state.adding:
            raise TypeError("measure steps are append-only")
        super().save(*args, **kwargs)
