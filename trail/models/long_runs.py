"""任务 long runs: work a person started and need not wait for."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts import clock
from accounts.models import Hall
from trail.enums import UNFINISHED, LongRunStatus
from trail.models.files import StoredFile
from trail.querysets import LongRunQuerySet


class LongRun(models.Model):
    """任务: an import, an export, a recomputing; `done` of `total`, then words and a link.

    `worker` and `attempts` tell whose claim it is; `result_no` is the name its file will have, the same
    for a second attempt after a killed worker.
    """

    kind = models.CharField("种类", max_length=60)
    title = models.CharField("标题", max_length=120)
    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="发起人", related_name="long_runs"
    )
    params = models.JSONField("参数", default=dict)
    status = models.CharField("状态", max_length=10, choices=LongRunStatus, default=LongRunStatus.WAITING)
    done = models.PositiveIntegerField("已处理", default=0)
    total = models.PositiveIntegerField("共", null=True, blank=True)
    step = models.CharField("正在做", max_length=60, blank=True)
    words = models.CharField("结果", max_length=300, blank=True)
    url = models.CharField("链接", max_length=200, blank=True)
    detail = models.JSONField("明细", null=True, blank=True)
    error = models.TextField("错误", blank=True)
    worker = models.CharField("执行者", max_length=120, blank=True)
    attempts = models.PositiveIntegerField("次数", default=0)
    created_at = models.DateTimeField("发起时间", default=clock.now)
    started_at = models.DateTimeField("开始", null=True, blank=True)
    seen_at = models.DateTimeField("最近动静", null=True, blank=True)
    finished_at = models.DateTimeField("结束", null=True, blank=True)
    cancel_asked_at = models.DateTimeField("要求取消", null=True, blank=True)
    result_no = models.UUIDField("结果文件号", default=uuid.uuid4, editable=False)
    result = models.ForeignKey(
        StoredFile, models.SET_NULL, verbose_name="结果文件", null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField("文件保留到", null=True, blank=True)

    objects = LongRunQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任务"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["by", "status"], name="long_run_of_person"),
            models.Index(fields=["status"], name="long_run_open", condition=Q(status__in=UNFINISHED)),
            models.Index(
                fields=["expires_at"], name="long_run_expiry", condition=Q(expires_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("trail:run", args=[self.pk])

    @property
    def state(self) -> LongRunStatus:
        """The status with its words and colour."""
        return LongRunStatus(self.status)

    @property
    def is_over(self) -> bool:
        """Nothing more will happen."""
        return self.state.is_over

    @property
    def seconds(self) -> float | None:
        """How long it took, in seconds."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()

    def time_left(self, now: datetime | None = None) -> timedelta | None:
        """About how long it still takes, by what is done so far; None while that says nothing."""
        if self.status != LongRunStatus.RUNNING or not self.total or not self.done or not self.started_at:
            return None
        spent = (now or timezone.now()) - self.started_at
        if spent < timedelta(seconds=2):
            return None
        return spent * max(self.total - self.done, 0) / self.done
