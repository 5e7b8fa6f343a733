"""整改 rectification: what has to be put right, by when, and who looked at it again."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import clock
from accounts.links import link_to
from accounts.models import Changed, Hall
from trail.models import StoredFile
from violations.enums import TO_ANSWER, RectificationStatus, StepKind
from violations.models.ledger import ConductRecord
from violations.querysets import AppendOnlyQuerySet, RectificationQuerySet
from windows.models import Window


class Rectification(Changed):
    """整改: an order to the window's head to put a finding right by a day; rechecked by the office.

    `asked_until` is the day an extension is asked to, while nobody has decided on it; `recheck_on` the day
    from which the rounds look at the window again.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="rectifications")
    number = models.CharField("编号", max_length=24)
    record = models.OneToOneField(
        ConductRecord, models.PROTECT, verbose_name="问题", related_name="rectification"
    )
    window = models.ForeignKey(Window, models.PROTECT, verbose_name="窗口", related_name="rectifications")
    due_on = models.DateField("期限")
    status = models.CharField(
        "状态", max_length=10, choices=RectificationStatus, default=RectificationStatus.OPEN
    )
    plan = models.CharField("整改计划", max_length=500, blank=True)
    asked_until = models.DateField("申请延到", null=True, blank=True)
    recheck_on = models.DateField("回头看", null=True, blank=True)
    ordered_at = models.DateTimeField("下达时间", default=clock.now)
    done_at = models.DateTimeField("完成时间", null=True, blank=True)

    objects = RectificationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "整改"
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["hall", "number"], name="one_rectification_per_number")
        ]
        indexes = [
            models.Index(fields=["hall", "status", "due_on"], name="rectify_by_status"),
            models.Index(fields=["hall", "changed_at"], name="rectify_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.window}"

    def get_absolute_url(self) -> str:
        return link_to("violations:rectification", self.pk)

    @property
    def state(self) -> RectificationStatus:
        """The status with its word, colour and sign."""
        return RectificationStatus(self.status)

    @property
    def days_overdue(self) -> int:
        """How many days the window is late with its answer; 0 when it is not."""
        if self.status not in TO_ANSWER:
            return 0
        return max((timezone.localdate() - self.due_on).days, 0)


class RectificationStep(models.Model):
    """整改过程: an answer of the window, a recheck of the office or something arranged; never edited.

    `day` is the day asked for, granted or planned, `day_before` the one it takes the place of.
    """

    rectification = models.ForeignKey(
        Rectification, models.PROTECT, verbose_name="整改", related_name="steps"
    )
    status = models.CharField("状态", max_length=10, choices=RectificationStatus)
    kind = models.CharField("哪一步", max_length=8, choices=StepKind, default=StepKind.STATUS)
    day = models.DateField("日子", null=True, blank=True)
    day_before = models.DateField("原来的日子", null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="操作人", null=True, related_name="+"
    )
    job = models.CharField("作业", max_length=60, blank=True)
    at = models.DateTimeField("时间", default=clock.now)
    words = models.CharField("说明", max_length=500, blank=True)
    is_undo = models.BooleanField("撤销", default=False)
    files = models.ManyToManyField(
        StoredFile, verbose_name="照片", blank=True, related_name="shown_in_rectifications"
    )

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "整改过程"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.title} {self.words[:30]}"

    @property
    def title(self) -> str:
        """What was done: the state it led to, or what was arranged."""
        return self.get_status_display() if self.kind == StepKind.STATUS else self.get_kind_display()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only."""
        if not self._state.adding:
            raise TypeError("rectification steps are append-only")
        super().save(*args, **kwargs)
