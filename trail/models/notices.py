"""收件 inbox: what people are told."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts import clock
from accounts.models import Hall
from trail.querysets import NoticeQuerySet


class Notice(models.Model):
    """消息: a line in a person's inbox; seen only after the ten seconds in which the act can be undone."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name="收件人", related_name="notices"
    )
    hall = models.ForeignKey(Hall, models.CASCADE, verbose_name="大厅", related_name="+")
    title = models.CharField("标题", max_length=120)
    url = models.CharField("链接", max_length=200)
    key = models.CharField("事由键", max_length=80, blank=True)
    due_at = models.DateTimeField("截止", null=True, blank=True)
    created_at = models.DateTimeField("时间", default=clock.now)
    visible_from = models.DateTimeField("可见时间")
    read_at = models.DateTimeField("已读时间", null=True, blank=True)
    left_at = models.DateTimeField("外发时间", null=True, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["user", "read_at"], name="notice_unread"),
            models.Index(fields=["visible_from"], name="notice_to_leave", condition=Q(left_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title
