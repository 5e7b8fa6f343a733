"""服务时间 and 工作日历: when the hall serves, and which days are working days."""

from django.db import models
from django.db.models import Q

from accounts.models import Hall
from windows.enums import DayKind, YearStatus
from windows.models.places import Window
from windows.querysets import CalendarDayQuerySet, CalendarYearQuerySet, SpanQuerySet


class ServiceHours(models.Model):
    """服务时间: one stretch of a weekday's hours, for a season, of a hall or of one window.

    `weekday` counts from 0 (Monday). A window with rows of its own follows only those.
    Several rows a day make breaks: 08:30-12:00 and 13:30-17:30.
    """

    hall = models.ForeignKey(Hall, models.CASCADE, verbose_name="大厅", related_name="service_hours")
    window = models.ForeignKey(
        Window, models.CASCADE, verbose_name="窗口", null=True, blank=True, related_name="service_hours"
    )
    weekday = models.PositiveSmallIntegerField("星期", choices=list(enumerate("一二三四五六日")))
    opens = models.TimeField("开")
    closes = models.TimeField("关")
    starts_on = models.DateField("起")
    ends_on = models.DateField("止", null=True, blank=True)

    objects = SpanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务时间"
        ordering = ["hall", "window", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(closes__gt=models.F("opens")), name="closes_after_opening")
        ]

    def __str__(self) -> str:
        return f"周{'一二三四五六日'[self.weekday]} {self.opens:%H:%M}-{self.closes:%H:%M}"


class CalendarDay(models.Model):
    """日历日: a day that is not what its weekday says, by the state's notice or the hall's own decision."""

    hall = models.ForeignKey(
        Hall, models.CASCADE, verbose_name="大厅", null=True, blank=True, related_name="calendar_days"
    )
    day = models.DateField("日期", db_index=True)
    kind = models.CharField("种类", max_length=10, choices=DayKind)
    name = models.CharField("名称", max_length=40)
    source = models.CharField("依据", max_length=120, blank=True)

    objects = CalendarDayQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "日历日"
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["day"], condition=Q(hall__isnull=True), name="one_state_entry_per_day"
            ),
            models.UniqueConstraint(fields=["hall", "day"], name="one_local_entry_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class CalendarYear(models.Model):
    """年度日历: whether a year's holidays are published; a year not here counts Monday to Friday, 暂定."""

    year = models.PositiveIntegerField("年", unique=True)
    status = models.CharField("状态", max_length=12, choices=YearStatus)
    source = models.CharField("依据", max_length=120, blank=True)

    objects = CalendarYearQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "年度日历"
        ordering = ["-year"]

    def __str__(self) -> str:
        return f"{self.year}年"
