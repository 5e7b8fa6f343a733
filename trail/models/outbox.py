"""外发 outbox: where notices also go outside the system, and what became of each."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts import clock
from accounts.models import Hall
from trail.enums import ChannelKind, DeliveryStatus
from trail.models.notices import Notice
from trail.querysets import ChannelQuerySet, DeliveryQuerySet, MailWishQuerySet


class Channel(models.Model):
    """发送渠道: a group robot, or a program that is told by webhook; address and secret lie sealed.

    `events` are the kinds of event it hears of, none for all. A robot's group reads only what kind of
    thing happened and the link, unless `with_title` lets the notice's own words out.
    """

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="channels")
    kind = models.CharField("种类", max_length=10, choices=ChannelKind)
    name = models.CharField("名称", max_length=60)
    host = models.CharField("主机", max_length=120)
    sealed_url = models.TextField("地址（加密）")
    sealed_secret = models.TextField("密钥（加密）", blank=True)
    events = models.JSONField("事件", default=list, blank=True)
    with_title = models.BooleanField("带消息标题", default=False)
    is_active = models.BooleanField("启用", default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="建立人", related_name="+"
    )
    created_at = models.DateTimeField("建立时间", default=clock.now)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "发送渠道"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("trail:channel", args=[self.pk])

    @property
    def is_robot(self) -> bool:
        """Whether a whole group reads what it is told."""
        return self.kind != ChannelKind.WEBHOOK


class MailWish(models.Model):
    """邮件提醒: this person wants notices by e-mail as well, to this address."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name="账号", related_name="mail_wish"
    )
    address = models.EmailField("邮箱")
    since = models.DateTimeField("起", default=clock.now)

    objects = MailWishQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "邮件提醒"

    def __str__(self) -> str:
        return str(self.user)


class Delivery(models.Model):
    """外发: one message by one channel, or by mail to one person; sent at least once under the same number.

    `batch` names the notices it stands for, so that no channel is told twice of the same.
    """

    id = models.UUIDField("消息号", primary_key=True, default=uuid.uuid4, editable=False)
    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    channel = models.ForeignKey(
        Channel, models.PROTECT, verbose_name="渠道", null=True, blank=True, related_name="deliveries"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        verbose_name="收件人",
        null=True,
        blank=True,
        related_name="+",
    )
    notice = models.ForeignKey(
        Notice, models.SET_NULL, verbose_name="消息", null=True, blank=True, related_name="+"
    )
    batch = models.CharField("批", max_length=64)
    event = models.CharField("事件", max_length=40)
    title = models.CharField("标题", max_length=120)
    url = models.CharField("链接", max_length=200)
    status = models.CharField("状态", max_length=8, choices=DeliveryStatus, default=DeliveryStatus.WAITING)
    attempts = models.PositiveIntegerField("次数", default=0)
    next_at = models.DateTimeField("下次", default=clock.now)
    worker = models.CharField("执行者", max_length=120, blank=True)
    claimed_at = models.DateTimeField("领取", null=True, blank=True)
    created_at = models.DateTimeField("时间", default=clock.now)
    sent_at = models.DateTimeField("送达", null=True, blank=True)
    last_words = models.CharField("最近结果", max_length=200, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "外发"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__isnull=False) ^ Q(user__isnull=False),
                name="delivery_to_a_channel_or_a_person",
            ),
            models.UniqueConstraint(fields=["channel", "batch"], name="delivery_once_per_channel"),
            models.UniqueConstraint(fields=["user", "batch"], name="delivery_once_per_person"),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                name="delivery_due",
                condition=Q(status__in=("waiting", "sending")),
            ),
            models.Index(fields=["hall", "created_at"], name="delivery_by_hall"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> DeliveryStatus:
        """The status with its words and colour."""
        return DeliveryStatus(self.status)


class DeliveryAttempt(models.Model):
    """发送记录: one try, what was answered, and how long it took; append-only, without secrets."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, verbose_name="外发", related_name="tries")
    at = models.DateTimeField("时间", default=clock.now)
    is_ok = models.BooleanField("送达")
    code = models.PositiveIntegerField("应答码", null=True, blank=True)
    words = models.CharField("应答", max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField("毫秒")

    class Meta:
        verbose_name = verbose_name_plural = "发送记录"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.at}"
