"""文件 files: photos are re-encoded on arrival, so that nothing hidden in an upload is kept.

Position data and all other EXIF are dropped; only the time of taking is read first and kept in a
field. A photo that cannot be read, or is larger than the limits, is refused in plain words.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.errors import Refused
from trail.models import StoredFile

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import Hall, User

LONG_EDGE = 1600
THUMB_EDGE = 320
MAX_PIXELS = 50_000_000
MAX_BYTES = 15 * 1024 * 1024
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP")
EXIF_IFD, TAKEN_AT = 0x8769, 0x9003
ATTACHMENTS = {
    "pdf": (b"%PDF-", "application/pdf"),
    "docx": (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
"""Allowed attachments: ending → (first bytes, content type)."""

MayOpen = Callable[["User", StoredFile], bool]
_may_open: dict[str, MayOpen] = {}


def register_file_access(kind: str, may_open: MayOpen) -> None:
    """Tell who may open files of a kind; a kind without a rule is open to its uploader only."""
    _may_open[kind] = may_open


def may_open(user: User, stored: StoredFile) -> bool:
    """Whether the person may see this file: the uploader, or as its kind's rule says."""
    if stored.uploaded_by_id == user.pk:
        return True
    rule = _may_open.get(stored.kind)
    return rule is not None and rule(user, stored)


def store_photo(
    upload: UploadedFile[Any], *, hall: Hall, by: User | None, kind: str, taken_at: datetime | None = None
) -> StoredFile:
    """Keep a photo as a fresh JPEG of at most 1600 px with a thumbnail.

    Raises Refused when the upload is no readable photo or too large.
    """
    image, shot_at = _opened(upload)
    image.thumbnail((LONG_EDGE, LONG_EDGE))
    content = _jpeg(image, quality=82)
    stored = _row(upload, content, hall=hall, by=by, kind=kind, content_type="image/jpeg")
    stored.width, stored.height = image.size
    stored.taken_at = taken_at or shot_at
    image.thumbnail((THUMB_EDGE, THUMB_EDGE))
    stored.blob.save(".jpg", ContentFile(content), save=False)
    stored.thumbnail.save("-t.jpg", ContentFile(_jpeg(image, quality=75)), save=False)
    stored.save(force_insert=True)
    return stored


def store_attachment(upload: UploadedFile[Any], *, hall: Hall, by: User | None, kind: str) -> StoredFile:
    """Keep an attachment: a photo as `store_photo`, else PDF, .docx or .xlsx as it is.

    Raises Refused for any other type, for content that is not what the name says, and over 15 MB.
    """
    ending = (upload.name or "").rpartition(".")[2].lower()
    if ending not in ATTACHMENTS:
        return store_photo(upload, hall=hall, by=by, kind=kind)
    magic, content_type = ATTACHMENTS[ending]
    content = _bytes(upload)
    if not content.startswith(magic):
        raise Refused(f"“{upload.name}”的内容不是 {ending} 文件，请换一个。", code="bad_file", status=422)
    stored = _row(upload, content, hall=hall, by=by, kind=kind, content_type=content_type)
    stored.blob.save(f".{ending}", ContentFile(content), save=False)
    stored.save(force_insert=True)
    return stored


def _row(upload: UploadedFile[Any], content: bytes, **fields: Any) -> StoredFile:
    name = (upload.name or "未命名").replace("\\", "/").rpartition("/")[2][-200:]
    by = fields.pop("by")
    digest = hashlib.sha256(content).hexdigest()
    return StoredFile(name=name, size=len(content), sha256=digest, uploaded_by=by, **fields)


def _bytes(upload: UploadedFile[Any]) -> bytes:
    if (upload.size or 0) > MAX_BYTES:
        raise Refused("文件超过 15 MB，请压缩后再传。", code="file_too_large", status=422)
    upload.seek(0)
    content: bytes = upload.read()
    return content


def _opened(upload: UploadedFile[Any]) -> tuple[Image.Image, datetime | None]:
    content = _bytes(upload)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=PHOTO_FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise Refused(
                    "照片尺寸过大，请用手机相机的普通模式拍摄。", code="photo_too_large", status=422
                )
            shot_at = _shot_at(image)
            image.draft("RGB", (LONG_EDGE * 2, LONG_EDGE * 2))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except Refused:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning) as error:
        raise Refused(
            f"“{upload.name}”不是能读的照片，请传 JPG 或 PNG。", code="bad_photo", status=422
        ) from error
    return upright, shot_at


def _shot_at(image: Image.Image) -> datetime | None:
    """The camera's own time, taken as hall time; None when missing or nonsense."""
    text = image.getexif().get_ifd(EXIF_IFD).get(TAKEN_AT)
    try:
        naive = datetime.strptime(str(text), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - made aware below
    except ValueError:
        return None
    return timezone.make_aware(naive) if settings.USE_TZ else naive


def _jpeg(image: Image.Image, *, quality: int) -> bytes:
    """JPEG bytes without any metadata."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
