"""值班 duty: who keeps watch on which day, what he saw, and who changes days with whom."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts import clock
from accounts.links import link_to
from accounts.models import Changed, Hall
from patrols.duty_querysets import DutyDayQuerySet, DutySwapQuerySet
from patrols.enums import DutyKind, SwapStatus
from windows.models import Department


class DutyDay(Changed):
    """值班日: one person, or one unit that sends somebody, on duty in the hall on one day.

    The log of the day stands on the same row, so that whoever was on the rota either has one or has not.
    `present_name` is who came for a unit, as its contact or the office wrote it.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="duty_days")
    day = models.DateField("日期")
    kind = models.CharField("种类", max_length=8, choices=DutyKind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="值班人", null=True, related_name="duty_days"
    )
    department = models.ForeignKey(
        Department, models.PROTECT, verbose_name="派驻单位", null=True, related_name="duty_days"
    )
    present_name = models.CharField("到场领导", max_length=40, blank=True)
    seen = models.CharField("看到的情况", max_length=1000, blank=True)
    done = models.CharField("当场处理", max_length=1000, blank=True)
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记人", null=True, related_name="+"
    )
    logged_at = models.DateTimeField("登记时间", null=True, blank=True)

    objects = DutyDayQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "值班日"
        ordering = ["day", "kind", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["hall", "day", "kind", "user"],
                condition=Q(user__isnull=False),
                name="once_a_day_on_duty",
            ),
            models.UniqueConstraint(
                fields=["hall", "day", "department"],
                condition=Q(department__isnull=False),
                name="unit_once_a_day_on_duty",
            ),
            models.CheckConstraint(
                condition=Q(kind="unit", user__isnull=True, department__isnull=False)
                | (~Q(kind="unit") & Q(user__isnull=False, department__isnull=True)),
                name="duty_of_a_person_or_a_unit",
            ),
        ]
        indexes = [
            models.Index(fields=["hall", "day"], name="duty_by_day"),
            models.Index(fields=["hall", "changed_at"], name="duty_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.get_kind_display()} {self.who}"

    def get_absolute_url(self) -> str:
        return link_to("patrols:duty_day", self.pk)

    @property
    def who(self) -> str:
        """The person, or the unit that sends somebody."""
        return self.department.name if self.department else self.user.name if self.user else ""

    @property
    def is_unit(self) -> bool:
        """Whether a unit sends somebody."""
        return self.kind == DutyKind.UNIT

    @property
    def is_to_come(self) -> bool:
        """Whether the day is not over and not today."""
        return self.day > timezone.localdate()


class DutySwap(Changed):
    """换班: one person on duty asks another to change days; nothing changes before the other agrees.

    The days are kept as they were asked about, so the request still reads right when the rota has changed.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="duty_swaps")
    kind = models.CharField("种类", max_length=8, choices=DutyKind)
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="申请人", related_name="+"
    )
    giver_day = models.DateField("申请人的日期")
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="对方", related_name="+")
    taker_day = models.DateField("对方的日期")
    words = models.CharField("原因", max_length=200, blank=True)
    status = models.CharField("状态", max_length=10, choices=SwapStatus, default=SwapStatus.ASKED)
    answer = models.CharField("答复", max_length=200, blank=True)
    asked_at = models.DateTimeField("申请时间", default=clock.now)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    objects = DutySwapQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "换班"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="swap_between_two"),
            models.UniqueConstraint(
                fields=["hall", "kind", "giver", "giver_day"],
                condition=Q(status="asked"),
                name="one_open_swap_per_day",
            ),
        ]
        indexes = [models.Index(fields=["hall", "changed_at"], name="swap_by_change")]

    def __str__(self) -> str:
        return f"{self.giver.name} {self.giver_day:%m-%d} 换 {self.taker.name} {self.taker_day:%m-%d}"

    def get_absolute_url(self) -> str:
        return link_to("patrols:duty_swap", self.pk)

    @property
    def state(self) -> SwapStatus:
        """The status with its word, colour and sign."""
        return SwapStatus(self.status)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """With words that are not too long."""
        self.words, self.answer = self.words[:200], self.answer[:200]
        super().save(*args, **kwargs)
