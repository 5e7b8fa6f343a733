"""试算差异: what a version on trial would have changed for one subject in one month.

No score is kept: these rows are the answer of one long run, and go when its time is over.
"""

from datetime import date

from django.db import models

from accounts.models import Hall
from accounts.words import month_words
from assessments.querysets import TrialQuerySet
from trail.models import LongRun
from violations.rule_enums import Period, Subject
from windows.models import Department, Staff, Window


def span_words(first: date, period: str) -> str:
    """2026年第3季度, 2026年上半年, 2026年度."""
    if period == Period.QUARTER:
        return f"{first.year}年第{(first.month + 2) // 3}季度"
    if period == Period.HALF_YEAR:
        return f"{first.year}年{'上' if first.month == 1 else '下'}半年"
    return f"{first.year}年度" if period == Period.YEAR else month_words(first)


class TrialRow(models.Model):
    """试算差异: one subject in one period, by the version of the time and by the one on trial."""

    run = models.ForeignKey(LongRun, models.CASCADE, verbose_name="任务", related_name="trial_rows")
    hall = models.ForeignKey(Hall, models.CASCADE, verbose_name="大厅", related_name="+")
    month = models.DateField("月份")
    period = models.CharField("考核周期", max_length=10, choices=Period, default=Period.MONTH)
    kind = models.CharField("主体", max_length=6, choices=Subject)
    subject_id = models.BigIntegerField("对象")
    staff = models.ForeignKey(Staff, models.CASCADE, verbose_name="人员", null=True, related_name="+")
    window = models.ForeignKey(Window, models.CASCADE, verbose_name="窗口", null=True, related_name="+")
    department = models.ForeignKey(
        Department, models.CASCADE, verbose_name="单位", null=True, related_name="+"
    )
    before = models.BigIntegerField("原得分", null=True)
    after = models.BigIntegerField("新得分", null=True)
    change = models.BigIntegerField("相差", default=0)
    rank_before = models.PositiveIntegerField("原名次", null=True)
    rank_after = models.PositiveIntegerField("新名次", null=True)
    won = models.CharField("新评上", max_length=300, blank=True)
    lost = models.CharField("不再评上", max_length=300, blank=True)
    why = models.TextField("为什么", blank=True)

    objects = TrialQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "试算差异"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.name} {self.month:%Y-%m}"

    @property
    def span(self) -> str:
        """The month, quarter, half-year or year in words."""
        return span_words(self.month, self.period)

    @property
    def name(self) -> str:
        """Whose score it would be."""
        return str({"staff": self.staff, "window": self.window, "unit": self.department}[self.kind])
