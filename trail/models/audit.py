"""审计 audit: one row for every change, written in the change's own transaction, and the chain over the rows.

A row proves itself by its stamp; a link puts it into the chain of its hall and day; a day is sealed at
night and carries the seal of the day before; the head says how many days a hall has. See docs/adr.
"""

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts import clock
from accounts.models import Hall
from trail.querysets import AuditDayQuerySet, AuditHeadQuerySet, AuditQuerySet
from trail.stamps import holds, stamp

NONCE = 16
"""Hex digits before the hash in a stamp: they tell apart two equal rows of the same microsecond."""


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
    stamp = models.CharField("印记", max_length=80, editable=False, default="")

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
        """Stamp and insert; raises TypeError for a row that exists."""
        if not self._state.adding:
            raise TypeError("audit rows are append-only")
        nonce = secrets.token_hex(NONCE // 2)
        self.stamp = nonce + stamp(*self._stamped(nonce))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused: audit rows are append-only."""
        raise TypeError("audit rows are append-only")

    @property
    def is_genuine(self) -> bool:
        """Whether the row is as we wrote it."""
        nonce, mark = self.stamp[:NONCE], self.stamp[NONCE:]
        return holds(mark, *self._stamped(nonce))

    def _stamped(self, nonce: str) -> list[Any]:
        names = ("hall_id", "at", "by_id", "job", "address", "action", "target_kind", "target_id")
        rest = ("target_label", "before", "after", "reason")
        return ["entry", nonce, *(getattr(self, name) for name in (*names, *rest))]


class AuditDay(models.Model):
    """留痕日: the chain of one hall and day: how many rows, the last hash, and the seal over both.

    `number` counts the days of a hall without gaps, `previous` is the seal of number − 1. Both and the
    counts are under the seal, which only we can make; once `sealed_at` is set, they stand.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", null=True, related_name="+")
    day = models.DateField("日期")
    number = models.PositiveIntegerField("序号")
    count = models.PositiveIntegerField("条数", default=0)
    last = models.CharField("末条指纹", max_length=64, blank=True)
    previous = models.CharField("前一日封印", max_length=64, blank=True)
    seal = models.CharField("封印", max_length=64)
    sealed_at = models.DateTimeField("封存时间", null=True, blank=True)
    archive = models.CharField("归档文件", max_length=200, blank=True)
    archive_sha256 = models.CharField("归档文件指纹", max_length=64, blank=True)
    archive_mark = models.CharField("归档印记", max_length=64, blank=True)

    objects = AuditDayQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "留痕日"
        ordering = ["hall_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["hall", "day"], name="audit_day_once_per_hall"),
            models.UniqueConstraint(fields=["hall", "number"], name="audit_day_number_once_per_hall"),
            models.UniqueConstraint(
                fields=["day"], condition=Q(hall__isnull=True), name="audit_day_once_without_hall"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hall or '全系统'} {self.day}"

    def sealed_parts(self) -> list[Any]:
        """What the seal covers."""
        return ["day", self.hall_id, self.day, self.number, self.count, self.last, self.previous]

    def archived_parts(self) -> list[Any]:
        """What the mark of the archive covers."""
        return ["archive", self.seal, self.archive, self.archive_sha256]


class AuditLink(models.Model):
    """留痕链: the place of a row in the chain of its hall and day; it outlives its row."""

    entry = models.OneToOneField(
        AuditEntry,
        models.DO_NOTHING,
        verbose_name="留痕",
        primary_key=True,
        db_constraint=False,
        related_name="link",
    )
    day = models.ForeignKey(
        AuditDay, models.DO_NOTHING, verbose_name="留痕日", db_constraint=False, related_name="links"
    )
    seq = models.PositiveIntegerField("位置")
    stamp = models.CharField("印记", max_length=80)
    previous = models.CharField("前一条指纹", max_length=64, blank=True)
    hash = models.CharField("指纹", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "留痕链"
        ordering = ["day", "seq"]
        constraints = [models.UniqueConstraint(fields=["day", "seq"], name="one_audit_link_per_place")]

    def __str__(self) -> str:
        return f"{self.day_id}-{self.seq}"

    def hashed_parts(self, seq: int | None = None) -> list[Any]:
        """What the hash covers; `seq` asks for another place."""
        return ["link", self.day_id, seq or self.seq, self.previous, self.stamp, self.entry_id]


class AuditHead(models.Model):
    """留痕链头: how many days the chain of a hall has, under our mark, so that a last day cannot vanish."""

    hall = models.OneToOneField(Hall, models.PROTECT, verbose_name="大厅", null=True, related_name="+")
    days = models.PositiveIntegerField("天数", default=0)
    mark = models.CharField("印记", max_length=64)

    objects = AuditHeadQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "留痕链头"
        constraints = [
            models.UniqueConstraint(Coalesce("hall_id", 0), name="one_audit_head_also_without_hall")
        ]

    def __str__(self) -> str:
        return f"{self.hall or '全系统'} {self.days}"

    def marked_parts(self) -> list[Any]:
        """What the mark covers."""
        return ["head", self.hall_id, self.days]
