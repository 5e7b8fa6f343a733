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


class FileKind(models.TextChoices):
    """文件种类: what a stored file is; each kind has its own rule of who may open it."""

    FINDING_PHOTO = "finding_photo", "巡查照片"
    RECORD_PHOTO = "record_photo", "登记照片"
    STATEMENT = "statement", "陈述附件"
    STAFF_PHOTO = "staff_photo", "工作照"
    RECTIFICATION = "rectification", "整改照片"
    DOCUMENT = "document", "文书"
