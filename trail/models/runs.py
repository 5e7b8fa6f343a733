"""Runs of jobs and imports, and the series that numbers are drawn from."""

from django.conf import settings
from django.db import models

from accounts import clock
from accounts.models import Hall
from trail.enums import RunStatus
from trail.querysets import ImportRunQuerySet, JobRunQuerySet


class JobRun(models.Model):
    """作业记录: one run of a job for a hall and a period; the unique row is the claim on it."""

    job = models.CharField("作业", max_length=60)
    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    period = models.CharField("期间", max_length=20)
    status = models.CharField("状态", max_length=8, choices=RunStatus, default=RunStatus.RUNNING)
    attempts = models.PositiveIntegerField("次数", default=1)
    worker = models.CharField("执行者", max_length=120)
    claimed_at = models.DateTimeField("领取时间", default=clock.now)
    started_at = models.DateTimeField("开始", default=clock.now)
    finished_at = models.DateTimeField("结束", null=True, blank=True)
    result = models.JSONField("结果", null=True, blank=True)
    error = models.TextField("错误", blank=True)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "作业记录"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["job", "hall", "period"], name="job_once_per_hall_and_period")
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.hall} {self.period}"

    @property
    def state(self) -> RunStatus:
        """The status with its words and colour."""
        return RunStatus(self.status)

    @property
    def seconds(self) -> float | None:
        """How long the run took, in seconds."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


class ImportRun(models.Model):
    """导入记录: what a file brought in, what was refused and why."""

    kind = models.CharField("种类", max_length=40)
    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    file_name = models.CharField("文件", max_length=200)
    sha256 = models.CharField("指纹", max_length=64)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="操作人",
        null=True,
        blank=True,
        related_name="+",
    )
    at = models.DateTimeField("时间", default=clock.now)
    created = models.PositiveIntegerField("新增", default=0)
    updated = models.PositiveIntegerField("更新", default=0)
    unchanged = models.PositiveIntegerField("未变", default=0)
    rejected = models.JSONField("退回的行", default=list)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导入记录"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"


class NumberSeries(models.Model):
    """编号: the last number drawn in a series of a hall, e.g. WT-20261125."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    series = models.CharField("序列", max_length=40)
    last = models.PositiveIntegerField("已用到", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "编号"
        constraints = [models.UniqueConstraint(fields=["hall", "series"], name="one_series_per_hall")]

    def __str__(self) -> str:
        return f"{self.series}-{self.last:03d}"
