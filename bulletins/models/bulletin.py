"""周通报: the week's issue, what it lists, who has read it, what the leader wrote on it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.links import link_to
from accounts.models import Changed, Hall
from bulletins.enums import BulletinStatus, Section
from bulletins.querysets import (
    BulletinFrozen,
    BulletinQuerySet,
    InstructionQuerySet,
    ItemQuerySet,
    ReceiptQuerySet,
)
from violations.models import ConductRecord


class Bulletin(Changed):
    """通报（周通报）: what became countable after `since`, up to and including `until`.

    `number` (第N期, per hall and year) is drawn at sign-off, so the series has no gap. `words` holds
    what the manager wrote, by section; `content` is what was printed, with its hash, and never changes.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="bulletins")
    iso_week = models.CharField("周次", max_length=8)
    since = models.DateTimeField("上期截稿")
    until = models.DateTimeField("本期截稿")
    first_day = models.DateField("起")
    last_day = models.DateField("止")
    status = models.CharField("状态", max_length=10, choices=BulletinStatus, default=BulletinStatus.DRAFT)
    year = models.PositiveIntegerField("年", null=True, blank=True)
    number = models.PositiveIntegerField("期号", null=True, blank=True)
    title = models.CharField("标题", max_length=100)
    words = models.JSONField("编写的文字", default=dict, blank=True)
    problem_count = models.PositiveIntegerField("问题数", default=0)
    praise_count = models.PositiveIntegerField("表扬数", default=0)
    points = models.BigIntegerField("合计分值（百分之一）", default=0)
    content = models.JSONField("印发内容", null=True, blank=True)
    sha256 = models.CharField("指纹", max_length=64, blank=True)
    drafted_at = models.DateTimeField("起草时间", default=timezone.now)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="起草人", null=True, related_name="+"
    )
    submitted_at = models.DateTimeField("送签时间", null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="送签人", null=True, related_name="+"
    )
    signed_at = models.DateTimeField("签发时间", null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="签发人", null=True, related_name="+"
    )
    returned_reason = models.CharField("退回、撤回理由", max_length=300, blank=True)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "周通报"
        ordering = ["-until", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["hall", "iso_week"], name="one_bulletin_per_hall_and_week"),
            models.UniqueConstraint(fields=["hall", "year", "number"], name="one_bulletin_per_number"),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="bulletin_covers_some_time"),
            models.CheckConstraint(
                condition=~Q(status="issued")
                | Q(
                    number__isnull=False,
                    year__isnull=False,
                    signed_by__isnull=False,
                    signed_at__isnull=False,
                    content__isnull=False,
                )
                & ~Q(sha256=""),
                name="issued_bulletin_is_complete",
            ),
        ]
        indexes = [
            models.Index(fields=["hall", "status", "until"], name="bulletin_by_status"),
            models.Index(fields=["hall", "changed_at"], name="bulletin_by_change"),
        ]

    def __str__(self) -> str:
        return f"第{self.number}期周通报" if self.number else f"{self.title}（{self.get_status_display()}）"

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any) -> Bulletin:
        """Remember the stored state: a printed issue refuses every save."""
        row = super().from_db(db, field_names, values)
        row._stored_status = row.__dict__.get("status", "")
        return row

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refused for a printed issue."""
        if getattr(self, "_stored_status", "") == BulletinStatus.ISSUED:
            raise BulletinFrozen
        super().save(*args, **kwargs)
        self._stored_status = self.status

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused: an issue is withdrawn, never deleted."""
        raise BulletinFrozen

    def get_absolute_url(self) -> str:
        return link_to("bulletins:bulletin", self.pk)

    @property
    def state(self) -> BulletinStatus:
        """The status with its word and colour."""
        return BulletinStatus(self.status)

    @property
    def name(self) -> str:
        """第47期周通报, or the week it is about: 2026年第47周通报."""
        year, _, week = self.iso_week.partition("-W")
        return f"第{self.number}期周通报" if self.number else f"{year}年第{int(week)}周通报"

    @property
    def is_issued(self) -> bool:
        """Printed, and so unchangeable."""
        return self.status == BulletinStatus.ISSUED


class BulletinItem(models.Model):
    """通报事项: one record in an issue, with what the issue shows of it; held back with a reason."""

    bulletin = models.ForeignKey(Bulletin, models.PROTECT, verbose_name="通报", related_name="items")
    record = models.ForeignKey(
        ConductRecord, models.PROTECT, verbose_name="操行记录", related_name="bulletin_items"
    )
    section = models.CharField("栏目", max_length=8, choices=Section)
    position = models.PositiveIntegerField("顺序", default=0)
    shown = models.JSONField("刊登内容", default=dict)
    held_reason = models.CharField("暂不刊登的理由", max_length=300, blank=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="暂缓人", null=True, related_name="+"
    )
    held_at = models.DateTimeField("暂缓时间", null=True, blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通报事项"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["bulletin", "record"], name="one_item_per_record_and_bulletin")
        ]

    def __str__(self) -> str:
        return f"{self.shown.get('number', '')} {self.shown.get('act', '')}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refused for an item of a printed issue."""
        if self.bulletin.is_issued:
            raise BulletinFrozen
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused for an item of a printed issue."""
        if self.bulletin.is_issued:
            raise BulletinFrozen
        return super().delete(*args, **kwargs)

    @property
    def is_held(self) -> bool:
        """Held back by the manager."""
        return bool(self.held_reason)


class ReadReceipt(models.Model):
    """签阅: a person who has to read the issue, and when he did (已阅)."""

    bulletin = models.ForeignKey(Bulletin, models.PROTECT, verbose_name="通报", related_name="receipts")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="读者", related_name="read_receipts"
    )
    at = models.DateTimeField("已阅时间", null=True, blank=True)
    reminded_at = models.DateTimeField("提醒时间", null=True, blank=True)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "签阅"
        ordering = ["bulletin", "pk"]
        constraints = [models.UniqueConstraint(fields=["bulletin", "user"], name="one_receipt_per_reader")]
        indexes = [models.Index(fields=["user", "at"], name="receipt_unread")]

    def __str__(self) -> str:
        return f"{self.user} {self.bulletin}"


class Instruction(models.Model):
    """批示: what a leader wrote on an issue; added, never edited."""

    bulletin = models.ForeignKey(Bulletin, models.PROTECT, verbose_name="通报", related_name="instructions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="批示人", related_name="+")
    at = models.DateTimeField("时间", default=timezone.now)
    words = models.TextField("批示", max_length=500)

    objects = InstructionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "批示"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.by}：{self.words[:30]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only."""
        if not self._state.adding:
            raise TypeError("instructions are append-only")
        super().save(*args, **kwargs)
