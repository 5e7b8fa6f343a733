"""巡查安排: periods with more rounds, rounds called at times nobody could know, and how each day ended."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts import clock
from accounts.links import link_to
from accounts.models import Changed, Hall
from patrols.duty_querysets import PlanQuerySet, SpecialPeriodQuerySet
from patrols.models.rounds import Round


class SpecialPeriod(Changed):
    """重点时段: from a day to a day the hall is walked more often; what exceeds the fixed rounds is drawn."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="special_periods")
    name = models.CharField("名称", max_length=40)
    starts_on = models.DateField("从")
    ends_on = models.DateField("到")
    rounds = models.PositiveSmallIntegerField("每天轮次")

    objects = SpecialPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "重点时段"
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="special_period_ends_after_start"
            )
        ]
        indexes = [models.Index(fields=["hall", "changed_at"], name="period_by_change")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return link_to("patrols:special_period", self.pk)


class RandomRound(models.Model):
    """随机轮: a round called at a drawn time. There is no row before its time, so nobody can read it.

    `round` is the one that answered the call; a call without one when `due_until` is over was missed.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="random_rounds")
    day = models.DateField("日期")
    serial = models.PositiveSmallIntegerField("第几次")
    called_at = models.DateTimeField("通知时间", default=clock.now)
    due_until = models.DateTimeField("最迟开始")
    round = models.OneToOneField(
        Round, models.PROTECT, verbose_name="轮次", null=True, related_name="random_call"
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "随机轮"
        ordering = ["-day", "-serial"]
        constraints = [
            models.UniqueConstraint(fields=["hall", "day", "serial"], name="one_random_round_per_serial")
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} 随机轮 {self.serial}"


class PatrolDay(models.Model):
    """巡查日结: what a day asked for and what was walked, kept at its end whatever is set later."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="patrol_days")
    day = models.DateField("日期")
    due = models.PositiveSmallIntegerField("应巡")
    missed = models.PositiveSmallIntegerField("未巡")
    missed_words = models.CharField("未巡的轮次", max_length=100, blank=True)
    windows = models.PositiveIntegerField("窗口数")
    visited = models.PositiveIntegerField("查过的窗口")
    on_duty = models.CharField("当天值班", max_length=100, blank=True)
    closed_at = models.DateTimeField("日结时间", default=clock.now)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "巡查日结"
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(fields=["hall", "day"], name="one_patrol_day"),
            models.CheckConstraint(condition=Q(missed__lte=F("due")), name="missed_within_due"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} 巡查日结"

    @property
    def walked(self) -> int:
        """Rounds that were due and walked."""
        return self.due - self.missed
