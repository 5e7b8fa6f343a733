"""巡查 patrols: rounds, the windows visited in them, and what was found. Rows are added, never edited."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.clock import now
from accounts.links import link_to
from accounts.models import Hall
from patrols.enums import VISIT_TONES, RoundKind, VisitResult
from patrols.querysets import FindingQuerySet, RoundQuerySet, VisitQuerySet
from trail.models import StoredFile
from violations.models import Act, ConductRecord
from windows.models import Staff, Window


class Round(models.Model):
    """巡查轮次: one walk through the hall by one person.

    `officer` is empty for a round brought in from paper; then `officer_name` is what the paper says.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="rounds")
    number = models.CharField("编号", max_length=24)
    kind = models.CharField("轮次", max_length=10, choices=RoundKind)
    day = models.DateField("日期")
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="巡查人", null=True, related_name="rounds"
    )
    officer_name = models.CharField("巡查人（纸面）", max_length=40, blank=True)
    started_at = models.DateTimeField("开始", default=now)
    finished_at = models.DateTimeField("结束", null=True, blank=True)
    client_uuid = models.UUIDField("设备端编号", default=uuid.uuid4, editable=False)
    is_imported = models.BooleanField("由纸面导入", default=False)
    off_rota = models.BooleanField("不在当天值班表", default=False)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "巡查轮次"
        ordering = ["-day", "-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["hall", "number"], name="one_round_per_number"),
            models.UniqueConstraint(fields=["officer", "client_uuid"], name="one_round_per_client_uuid"),
            models.UniqueConstraint(
                fields=["officer"], condition=Q(finished_at__isnull=True), name="one_open_round_per_officer"
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("started_at")),
                name="round_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(officer__isnull=False) | ~Q(officer_name=""), name="round_names_who_walked"
            ),
        ]
        indexes = [models.Index(fields=["hall", "day"], name="round_by_day")]

    def __str__(self) -> str:
        return f"{self.number} {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return link_to("patrols:done", self.pk)

    @property
    def walker(self) -> str:
        """Who walked it, by account or by paper."""
        return self.officer.name if self.officer else self.officer_name

    @property
    def is_open(self) -> bool:
        """Whether it is still being walked."""
        return self.finished_at is None


class Visit(models.Model):
    """窗口查看: somebody stood before a window and tapped; one row a tap, an undone one stays.

    `at` is when the person tapped. When the device's clock was more than two minutes off, `at` is put
    right by the server's clock and `device_at` keeps what the device said.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    round = models.ForeignKey(Round, models.PROTECT, verbose_name="轮次", related_name="visits")
    window = models.ForeignKey(Window, models.PROTECT, verbose_name="窗口", related_name="visits")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="巡查人", null=True, related_name="+"
    )
    result = models.CharField("结果", max_length=8, choices=VisitResult)
    reason = models.CharField("未查原因", max_length=100, blank=True)
    at = models.DateTimeField("时间")
    device_at = models.DateTimeField("设备时间", null=True, blank=True)
    received_at = models.DateTimeField("收到时间", default=now)
    client_uuid = models.UUIDField("设备端编号", default=uuid.uuid4, editable=False)
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "窗口查看"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["by", "client_uuid"], name="one_visit_per_client_uuid"),
            models.CheckConstraint(
                condition=~Q(result="skipped") | ~Q(reason=""), name="a_skipped_window_has_a_reason"
            ),
        ]
        indexes = [models.Index(fields=["window", "at"], name="visit_by_window")]

    def __str__(self) -> str:
        return f"{self.window} {self.get_result_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only; the one later change is that it was undone."""
        if not self._state.adding and set(kwargs.get("update_fields") or ()) != {"undone_at"}:
            raise TypeError("a visit is added or undone, never edited")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused: a visit is undone, never deleted."""
        raise TypeError("a visit is undone, never deleted")

    @property
    def tone(self) -> tuple[str, str]:
        """Colour and icon of the result."""
        return VISIT_TONES[VisitResult(self.result)]


class Finding(models.Model):
    """巡查发现: what was seen at a window; it became the conduct record it points to."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    visit = models.OneToOneField(Visit, models.PROTECT, verbose_name="窗口查看", related_name="finding")
    staff = models.ForeignKey(
        Staff, models.PROTECT, verbose_name="人员", null=True, blank=True, related_name="+"
    )
    act = models.ForeignKey(Act, models.PROTECT, verbose_name="事项", related_name="+")
    words = models.CharField("补充说明", max_length=300, blank=True)
    record = models.OneToOneField(
        ConductRecord, models.PROTECT, verbose_name="操行记录", related_name="finding"
    )

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "巡查发现"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.record.number} {self.act}"

    def get_absolute_url(self) -> str:
        return self.record.get_absolute_url()

    @property
    def who(self) -> str:
        """The person's name, or the whole window."""
        return self.staff.name if self.staff else "整个窗口"


class FindingPhoto(models.Model):
    """巡查照片: a photo of a finding, sent on its own and known again by its number on the device."""

    finding = models.ForeignKey(Finding, models.PROTECT, verbose_name="巡查发现", related_name="photos")
    file = models.OneToOneField(StoredFile, models.PROTECT, verbose_name="文件", related_name="finding_photo")
    client_uuid = models.UUIDField("设备端编号", default=uuid.uuid4, editable=False)
    added_at = models.DateTimeField("收到时间", default=now)

    class Meta:
        verbose_name = verbose_name_plural = "巡查照片"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["finding", "client_uuid"], name="one_photo_per_client_uuid")
        ]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.file_id}"
