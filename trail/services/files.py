"""文件 files: photos are drawn anew on arrival, so that nothing hidden in an upload is kept.

Position data and all other EXIF are dropped; only the time of taking is read first and kept in a
field. What cannot be read, is larger than the limits or carries a virus is refused in plain words.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.files import File
from django.core.files.base import ContentFile

from accounts.errors import Refused
from trail.enums import FileKind
from trail.models import StoredFile
from trail.models.files import blob_path
from trail.services.audit import one_line
from trail.services.contents import check_office, check_pdf, opened_photo
from trail.services.scanning import scan_upload

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from django.core.files.uploadedfile import UploadedFile
    from PIL import Image

    from accounts.models import Hall, User

LONG_EDGE = 1600
THUMB_EDGE = 320
MAX_BYTES = 15 * 1024 * 1024
QUALITY, THUMB_QUALITY = 82, 75
ATTACHMENTS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Allowed attachments beside photos: ending → content type."""
MASK = "photo.mask"
ORIGINAL = "photo.original"

MayOpen = Callable[["User", StoredFile], bool]


@dataclass(frozen=True)
class Access:
    """Who may open files of a kind, and what it takes to mask one and to look behind the mask."""

    may_open: MayOpen
    mask: str = MASK
    original: str = ORIGINAL


_access: dict[str, Access] = {}


def register_file_access(kind: str, may_open: MayOpen, *, mask: str = MASK, original: str = ORIGINAL) -> None:
    """Tell who may open files of a kind; a kind without a rule is open to its uploader only.

    `mask` is the permission that lets a person mask photos of the kind, `original` the one that is asked
    besides `photo.original` to look behind the mask (both the supervision's for covert ones).
    """
    _access[kind] = Access(may_open, mask, original)


def may_open(user: User, stored: StoredFile) -> bool:
    """Whether the person may see this file: the uploader, or as its kind's rule says; never a virus."""
    if stored.infected_with:
        return False
    if stored.uploaded_by_id == user.pk:
        return True
    access = _access.get(stored.kind)
    return access is not None and access.may_open(user, stored)


def mask_permission(kind: str) -> str:
    """What a person must hold to mask a photo of the kind."""
    access = _access.get(kind)
    return access.mask if access else MASK


def original_permission(kind: str) -> str:
    """What a person must hold besides `photo.original` to see what a photo of the kind was before."""
    access = _access.get(kind)
    return access.original if access else ORIGINAL


def store_photo(
    upload: UploadedFile[Any], *, hall: Hall, by: User | None, kind: str, taken_at: datetime | None = None
) -> StoredFile:
    """Keep a photo as a fresh JPEG of at most 1600 px with a thumbnail.

    Raises Refused when the upload is no readable photo or too large.
    """
    content = _bytes(upload)
    quarantined_at = scan_upload(content)
    image, shot_at = opened_photo(content, _name(upload), long_edge=LONG_EDGE)
    image.thumbnail((LONG_EDGE, LONG_EDGE))
    fresh = jpeg(image, quality=QUALITY)
    stored = _row(upload, fresh, hall=hall, by=by, kind=kind, content_type="image/jpeg")
    stored.width, stored.height = image.size
    stored.taken_at, stored.quarantined_at = taken_at or shot_at, quarantined_at
    stored.blob.save(".jpg", ContentFile(fresh), save=False)
    stored.thumbnail.save("-t.jpg", ContentFile(thumbnail_of(image)), save=False)
    stored.save(force_insert=True)
    return stored


def store_attachment(upload: UploadedFile[Any], *, hall: Hall, by: User | None, kind: str) -> StoredFile:
    """Keep an attachment: a photo as `store_photo`, else PDF, .docx or .xlsx as it is.

    Raises Refused for any other type, for content that is not what the name says, and over 15 MB.
    """
    ending = (upload.name or "").rpartition(".")[2].lower()
    if ending not in ATTACHMENTS:
        return store_photo(upload, hall=hall, by=by, kind=kind)
    content, name = _bytes(upload), _name(upload)
    quarantined_at = scan_upload(content)
    if ending == "pdf":
        check_pdf(content, name)
    else:
        check_office(content, name, ending)
    stored = _row(upload, content, hall=hall, by=by, kind=kind, content_type=ATTACHMENTS[ending])
    stored.quarantined_at = quarantined_at
    stored.blob.save(f".{ending}", ContentFile(content), save=False)
    stored.save(force_insert=True)
    return stored


def store_made(path: Path, *, pk: UUID, name: str, content_type: str, hall: Hall, by: User) -> StoredFile:
    """Keep a file we made ourselves, of any size, under a known number; an earlier try's bytes are replaced.

    It is of the kind 任务结果, which has no rule: only `by` may open it.
    """
    with path.open("rb") as made:
        digest = hashlib.file_digest(made, "sha256").hexdigest()
        stored = StoredFile(
            id=pk,
            hall=hall,
            kind=FileKind.RUN_RESULT,
            name=name[-200:],
            content_type=content_type,
            size=path.stat().st_size,
            sha256=digest,
            uploaded_by=by,
        )
        made.seek(0)
        stored.blob.storage.delete(blob_path(stored, path.suffix))
        stored.blob.save(path.suffix, File(made), save=False)
    stored.save(force_insert=True)
    return stored


def drop_file(stored: StoredFile) -> None:
    """Remove a file we made ourselves: its row, then its bytes."""
    storage = stored.blob.storage
    places = [name for name in (stored.blob.name, stored.thumbnail.name) if name]
    stored.delete()
    for name in places:
        storage.delete(name)


def thumbnail_of(image: Image.Image) -> bytes:
    """A small JPEG of the photo."""
    small = image.copy()
    small.thumbnail((THUMB_EDGE, THUMB_EDGE))
    return jpeg(small, quality=THUMB_QUALITY)


def jpeg(image: Image.Image, *, quality: int = QUALITY) -> bytes:
    """JPEG bytes of the pixels and nothing else."""
    image.info.clear()
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _row(upload: UploadedFile[Any], content: bytes, **fields: Any) -> StoredFile:
    by = fields.pop("by")
    digest = hashlib.sha256(content).hexdigest()
    return StoredFile(name=_name(upload), size=len(content), sha256=digest, uploaded_by=by, **fields)


def _name(upload: UploadedFile[Any]) -> str:
    """The last part of the name as the sender's machine had it, on one line."""
    return one_line((upload.name or "").replace("\\", "/").rpartition("/")[2])[-200:] or "未命名"


def _bytes(upload: UploadedFile[Any]) -> bytes:
    if (upload.size or 0) > MAX_BYTES:
        raise Refused("文件超过 15 MB，请压缩后再传。", code="file_too_large", status=422)
    upload.seek(0)
    content: bytes = upload.read()
    return content
