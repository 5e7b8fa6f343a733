"""打卡, 请假外出 and 考勤结果: the facts, and what follows from them."""

from typing import Any

from django.db import models
from django.utils import timezone

from accounts.links import link_to
from accounts.models import Hall
from attendance.enums import Half, LeaveKind, Outcome, PunchSource, Tier
from attendance.querysets import DayResultQuerySet, LeaveQuerySet, PunchQuerySet
from violations.models import ConductRecord
from windows.models import Staff


class Punch(models.Model):
    """打卡: one instant at which a number was seen by a device; never edited, never removed.

    `source_id` names the file (start of its SHA-256) or the device. The raw line is kept as it came.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name="人员", null=True, related_name="punches")
    attendance_no = models.CharField("考勤号", max_length=30)
    at = models.DateTimeField("时间")
    source = models.CharField("来源", max_length=8, choices=PunchSource)
    source_id = models.CharField("来源编号", max_length=40, blank=True)
    raw = models.CharField("原始行", max_length=200, blank=True)
    received_at = models.DateTimeField("收到时间", default=timezone.now)

    objects = PunchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "打卡"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["hall", "source", "attendance_no", "at"], name="one_punch_per_instant"
            )
        ]
        indexes = [
            models.Index(fields=["staff", "at"], name="punch_by_staff"),
            models.Index(fields=["hall", "at"], name="punch_by_hall"),
        ]

    def __str__(self) -> str:
        return f"{self.attendance_no} {timezone.localtime(self.at):%Y-%m-%d %H:%M:%S}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only."""
        if not self._state.adding:
            raise TypeError("punches are append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused: punches are append-only."""
        raise TypeError("punches are append-only")

    @property
    def source_words(self) -> str:
        """考勤机文件 3fa4b2c1d0e9."""
        return f"{self.get_source_display()} {self.source_id}".strip()


class Leave(models.Model):
    """请假、外出: half a day for which a person needs no punch, and who allowed it."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name="人员", related_name="leaves")
    day = models.DateField("日期")
    half = models.CharField("时段", max_length=2, choices=Half)
    kind = models.CharField("类别", max_length=16, choices=LeaveKind)
    is_outing = models.BooleanField("因公外出", default=False)
    approver = models.CharField("批准人", max_length=40, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)

    objects = LeaveQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "请假外出"
        ordering = ["-day", "half", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["staff", "day", "half"], name="one_leave_per_half_day"),
            models.CheckConstraint(
                condition=models.Q(kind=LeaveKind.OUTING, is_outing=True)
                | (~models.Q(kind=LeaveKind.OUTING) & models.Q(is_outing=False)),
                name="an_outing_is_no_leave",
            ),
        ]
        indexes = [models.Index(fields=["hall", "day"], name="leave_by_hall")]

    def __str__(self) -> str:
        return f"{self.staff} {self.day} {self.get_half_display()} {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return link_to("attendance:day", self.staff_id, self.day)

    @property
    def words(self) -> str:
        """事假，窗口负责人批准."""
        approved = f"，{self.approver}批准" if self.approver else ""
        return f"{self.get_kind_display()}{approved}"


class DayResult(models.Model):
    """考勤结果: what a half day of a person was; derived from punches and leaves, can be derived again.

    `late` and `early` are kept beside the outcome, because a half day may be both. `record` is the
    proposal in the ledger that came of it.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name="人员", related_name="day_results")
    day = models.DateField("日期")
    half = models.CharField("时段", max_length=2, choices=Half)
    outcome = models.CharField("结果", max_length=8, choices=Outcome)
    late = models.CharField("迟到档次", max_length=8, choices=Tier, default=Tier.NONE, blank=True)
    early = models.CharField("早退档次", max_length=8, choices=Tier, default=Tier.NONE, blank=True)
    late_seconds = models.PositiveIntegerField("迟到秒数", default=0)
    early_seconds = models.PositiveIntegerField("早退秒数", default=0)
    is_missed = models.BooleanField("缺卡", default=False)
    arrival = models.TimeField("到岗", null=True, blank=True)
    departure = models.TimeField("离岗", null=True, blank=True)
    reason = models.CharField("依据", max_length=200)
    record = models.ForeignKey(
        ConductRecord,
        models.PROTECT,
        verbose_name="台账记录",
        null=True,
        blank=True,
        related_name="day_results",
    )

    objects = DayResultQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "考勤结果"
        ordering = ["-day", "half", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["staff", "day", "half"], name="one_result_per_half_day")
        ]
        indexes = [models.Index(fields=["hall", "day", "outcome"], name="result_by_hall")]

    def __str__(self) -> str:
        return f"{self.staff} {self.day} {self.get_half_display()} {self.get_outcome_display()}"

    def get_absolute_url(self) -> str:
        return link_to("attendance:day", self.staff_id, self.day)

    @property
    def state(self) -> Outcome:
        """The outcome as the pill shows it."""
        return Outcome(self.outcome)
