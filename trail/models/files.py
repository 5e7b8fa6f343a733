"""文件 files: photos and attachments, each protected by the record it belongs to."""

import uuid
from urllib.parse import urlencode

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.db.models import Q

from accounts import clock
from accounts.links import link_to
from accounts.models import Hall
from trail.enums import FileKind, MaskStyle
from trail.querysets import PhotoMaskQuerySet, StoredFileQuerySet


def blob_path(stored: "StoredFile", name: str) -> str:
    """Where the bytes lie below the upload folder; not guessable, not the uploaded name."""
    return f"{stored.hall_id}/{stored.pk.hex[:2]}/{stored.pk.hex}{name}"


def original_path(original: "PhotoOriginal", name: str) -> str:
    """Where an original lies: apart from what is shown, and in the same archive of a backup."""
    return f"originals/{original.file.hall_id}/{original.file_id.hex}{name}"


def originals() -> FileSystemStorage:
    """The storage of unmasked photos: a folder of its own, for our process alone."""
    return FileSystemStorage(base_url=None, file_permissions_mode=0o600, directory_permissions_mode=0o700)


class StoredFile(models.Model):
    """文件: a photo or attachment. What stands here is what everybody who may open it sees.

    The bytes change only when a photo is masked: then its original goes to `PhotoOriginal`, and the
    masked photo and its thumbnail stand here.
    """

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

    quarantined_at = models.DateTimeField("等待病毒检查", null=True, blank=True)
    infected_with = models.CharField("发现的病毒", max_length=100, blank=True)

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
        return link_to("trail:file", self.pk)

    def mask_url(self, back: str = "") -> str:
        """Where the photo is masked; `back` is where the page leads back to."""
        query = f"?{urlencode({'next': back})}" if back else ""
        return f"{link_to('trail:mask', self.pk)}{query}"


class PhotoOriginal(models.Model):
    """照片原件: the photo as it came, kept apart once it is masked; each opening is logged with a reason."""

    file = models.OneToOneField(
        StoredFile, models.PROTECT, verbose_name="文件", primary_key=True, related_name="original"
    )
    blob = models.FileField("内容", storage=originals, upload_to=original_path, max_length=200)
    sha256 = models.CharField("指纹", max_length=64)
    at = models.DateTimeField("移入时间", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "照片原件"

    def __str__(self) -> str:
        return str(self.file)


class PhotoMask(models.Model):
    """遮挡: rectangles of a photo made unreadable, in thousandths of its width and height; may be lifted."""

    hall = models.ForeignKey(Hall, models.PROTECT, verbose_name="大厅", related_name="+")
    file = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="文件", related_name="masks")
    regions = models.JSONField("遮挡处")
    style = models.CharField("方式", max_length=8, choices=MaskStyle)
    reason = models.CharField("理由", max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="遮挡人", related_name="+")
    at = models.DateTimeField("时间", default=clock.now)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="撤销人", null=True, related_name="+"
    )
    lifted_at = models.DateTimeField("撤销时间", null=True, blank=True)
    lift_reason = models.CharField("撤销理由", max_length=200, blank=True)

    objects = PhotoMaskQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "遮挡"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason="")),
                name="a_lifted_mask_says_by_whom_and_why",
            )
        ]

    def __str__(self) -> str:
        return f"{self.file} {len(self.regions)} 处"
