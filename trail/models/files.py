"""文件 files: photos and attachments, each protected by the record it belongs to."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts import clock
from accounts.models import Hall
from trail.enums import FileKind
from trail.querysets import StoredFileQuerySet


def blob_path(stored: "StoredFile", name: str) -> str:
    """Where the bytes lie below the upload folder; not guessable, not the uploaded name."""
    return f"{stored.hall_id}/{stored.pk.hex[:2]}/{stored.pk.hex}{name}"


class StoredFile(models.Model):
    """文件: a photo or attachment; bytes are never changed after they are stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    kind = models.CharField("种类", max_length=20, choices=FileKind)
    name = models.CharField("原文件名", max_length=200)
    content_type = models.CharField("类型", max_length=100)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("指纹", max_length=64)
    width = models.PositiveIntegerField("宽", null=True, blank=True)
    height = models.PositiveIntegerField("高", null=True, blank=True)
    taken_at = models.DateTimeField("拍摄时间", null=True, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="上传人", null=True, related_name="+"
    )
    created_at = models.DateTimeField("时间", default=clock.now)
    blob = models.FileField("内容", upload_to=blob_path, max_length=200)
    thumbnail = models.FileField("缩略图", upload_to=blob_path, max_length=200, blank=True)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "文件"
        ordering = ["-created_at", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_photo(self) -> bool:
        """Whether it is an image we made ourselves."""
        return self.width is not None

    def get_absolute_url(self) -> str:
        return reverse("trail:file", args=[self.pk])
