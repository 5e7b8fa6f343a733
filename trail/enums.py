"""Values of the trail room."""

from django.db import models


class RunStatus(models.TextChoices):
    """作业状态: how far a job has come."""

    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "出错，将重试"

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return RUN_TONES[self][0]

    @property
    def icon(self) -> str:
        """The sign on its pill."""
        return RUN_TONES[self][1]


RUN_TONES = {
    RunStatus.RUNNING: ("info", "clock"),
    RunStatus.DONE: ("ok", "check"),
    RunStatus.FAILED: ("bad", "warn"),
}


class LongRunStatus(models.TextChoices):
    """任务状态: how far work that a person started has come."""

    WAITING = "waiting", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "没有完成"
    CANCELLED = "cancelled", "已取消"

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return LONG_RUN_TONES[self][0]

    @property
    def icon(self) -> str:
        """The sign on its pill."""
        return LONG_RUN_TONES[self][1]

    @property
    def is_over(self) -> bool:
        """Nothing more will happen."""
        return self not in UNFINISHED


LONG_RUN_TONES = {
    LongRunStatus.WAITING: ("", "clock"),
    LongRunStatus.RUNNING: ("info", "clock"),
    LongRunStatus.DONE: ("ok", "check"),
    LongRunStatus.FAILED: ("bad", "warn"),
    LongRunStatus.CANCELLED: ("", "x"),
}
UNFINISHED = (LongRunStatus.WAITING, LongRunStatus.RUNNING)


class ChannelKind(models.TextChoices):
    """渠道种类: by what a notice leaves the system."""

    WECOM = "wecom", "企业微信群机器人"
    DINGTALK = "dingtalk", "钉钉群机器人"
    WEBHOOK = "webhook", "接口推送"


class DeliveryStatus(models.TextChoices):
    """外发状态: what became of a message on its way out."""

    WAITING = "waiting", "待发送"
    SENDING = "sending", "发送中"
    SENT = "sent", "已送达"
    DEAD = "dead", "发不出去"
    DROPPED = "dropped", "不再发送"

    @property
    def tone(self) -> str:
        """The colour of its pill."""
        return DELIVERY_TONES[self][0]

    @property
    def icon(self) -> str:
        """The sign on its pill."""
        return DELIVERY_TONES[self][1]


DELIVERY_TONES = {
    DeliveryStatus.WAITING: ("info", "clock"),
    DeliveryStatus.SENDING: ("info", "send"),
    DeliveryStatus.SENT: ("ok", "check"),
    DeliveryStatus.DEAD: ("bad", "warn"),
    DeliveryStatus.DROPPED: ("", "x"),
}


class FileKind(models.TextChoices):
    """文件种类: what a stored file is; each kind has its own rule of who may open it."""

    FINDING_PHOTO = "finding_photo", "巡查照片"
    RECORD_PHOTO = "record_photo", "登记照片"
    STATEMENT = "statement", "陈述附件"
    STAFF_PHOTO = "staff_photo", "工作照"
    RECTIFICATION = "rectification", "整改照片"
    DOCUMENT = "document", "文书"
    RUN_RESULT = "run_result", "任务结果"
    COVERT_PHOTO = "covert_photo", "暗访照片"


class MaskStyle(models.TextChoices):
    """遮挡方式: how a part of a photo is made unreadable."""

    BLACK = "black", "涂黑（文字、证件、车牌）"
    MOSAIC = "mosaic", "马赛克（人脸）"
