"""遮挡 masking: parts of a photo are made unreadable in what everybody sees; the original is kept apart.

The masked photo is drawn from the original with every standing mask and takes the photo's place, the
thumbnail too: whoever shows the file shows the masked one. The original lies in a storage of its own and
opens only for `photo.original`, each time with a reason and a trace.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageDraw

from accounts.errors import NotPermitted, Refused
from trail.enums import MaskStyle
from trail.models import PhotoMask, PhotoOriginal, StoredFile
from trail.services import audit
from trail.services.files import (
    ORIGINAL,
    jpeg,
    mask_permission,
    may_open,
    original_permission,
    thumbnail_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import User

Region = dict[str, int]
"""x, y, w, h in thousandths of the photo's width and height."""
WHOLE = 1000
SMALLEST = 5
MOST_REGIONS = 20
ACROSS = 6
"""A mosaic has this many tiles along its shorter side, whatever the photo's size: no face stays in six."""
NOISE = 24


def may_mask(user: User, stored: StoredFile) -> bool:
    """Whether the person may mask this photo."""
    return stored.is_photo and user.can(mask_permission(stored.kind), stored.hall) and may_open(user, stored)


def may_open_original(user: User, stored: StoredFile) -> bool:
    """Whether the person may look at what the photo was before it was masked."""
    holds = all(user.can(asked, stored.hall) for asked in (ORIGINAL, original_permission(stored.kind)))
    return holds and may_open(user, stored)


def clean_regions(regions: Iterable[Any]) -> list[Region]:
    """Whole thousandths inside the photo; raises Refused for none, too many, or one too small to see."""
    cleaned = [_clean(region) for region in regions]
    if not cleaned:
        raise Refused("请至少框出一处要遮挡的地方。", code="no_region", status=422)
    if len(cleaned) > MOST_REGIONS:
        raise Refused(f"一次最多遮挡 {MOST_REGIONS} 处。", code="too_many_regions", status=422)
    return cleaned


def _clean(region: Any) -> Region:
    try:
        x, y, w, h = (round(float(region[key])) for key in ("x", "y", "w", "h"))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise Refused("遮挡处要写明左、上、宽、高。", code="bad_region", status=422) from error
    right, bottom = min(x + w, WHOLE), min(y + h, WHOLE)
    x, y = max(x, 0), max(y, 0)
    if right - x < SMALLEST or bottom - y < SMALLEST:
        raise Refused("框得太小，或者框在照片外面。", code="bad_region", status=422)
    return {"x": x, "y": y, "w": right - x, "h": bottom - y}


@transaction.atomic
def mask_photo(*, stored: StoredFile, regions: Iterable[Any], style: str, reason: str, by: User) -> PhotoMask:
    """Make these parts of the photo unreadable for everybody; earlier masks stay.

    Raises NotPermitted, or Refused for a bad region, an unknown style or a missing reason.
    """
    if not may_mask(by, stored):
        raise NotPermitted("你不能遮挡这张照片。")
    if style not in MaskStyle:
        raise Refused("没有这种遮挡方式。", code="bad_style", status=422)
    reason = _reason(reason)
    stored = StoredFile.objects.select_for_update(of=("self",)).select_related("hall").get(pk=stored.pk)
    mask = PhotoMask.objects.create(
        hall=stored.hall, file=stored, regions=clean_regions(regions), style=style, reason=reason, by=by
    )
    with _places() as places:
        original = _kept_apart(stored, places)
        _show(stored, original, places)
    after = {"regions": len(mask.regions), "style": style}
    audit.record("photo.masked", target=stored, by=by, after=after, reason=reason)
    return mask


@transaction.atomic
def lift_mask(*, mask: PhotoMask, reason: str, by: User) -> StoredFile:
    """Take a mask back: what it hid is seen again, unless another mask hides it too.

    Raises NotPermitted, or Refused when it is lifted already or the reason is missing.
    """
    stored = StoredFile.objects.select_for_update(of=("self",)).select_related("hall").get(pk=mask.file_id)
    if not may_mask(by, stored):
        raise NotPermitted("你不能撤销这处遮挡。")
    mask = PhotoMask.objects.select_for_update(of=("self",)).get(pk=mask.pk)
    if mask.lifted_at is not None:
        raise Refused("这处遮挡已经撤销。", code="mask_lifted")
    mask.lifted_by, mask.lifted_at, mask.lift_reason = by, timezone.now(), _reason(reason)
    mask.save(update_fields=["lifted_by", "lifted_at", "lift_reason"])
    with _places() as places:
        _show(stored, stored.original, places)
    before = {"regions": len(mask.regions), "style": mask.style}
    audit.record("photo.unmasked", target=stored, by=by, before=before, reason=mask.lift_reason)
    return stored


@transaction.atomic
def open_original(*, stored: StoredFile, reason: str, by: User) -> bytes:
    """The photo as it came, for one who must know; raises NotPermitted, or Refused without a reason."""
    if not may_open_original(by, stored):
        raise NotPermitted("照片原件只有大厅管理员和纪检监察可以查看。")
    reason = _reason(reason)
    original = PhotoOriginal.objects.filter(file=stored).first()
    if original is None:
        raise Refused("这张照片没有遮挡过，看到的就是原件。", code="not_masked", status=409)
    audit.record("photo.original_opened", target=stored, by=by, reason=reason)
    with original.blob.open("rb") as blob:
        content: bytes = blob.read()
    return content


def _reason(reason: str) -> str:
    reason = reason.strip()[:200]
    if not reason:
        raise Refused("请写明理由。", code="no_reason", status=422)
    return reason


def _kept_apart(stored: StoredFile, places: _Places) -> PhotoOriginal:
    """The original in its own storage; the first mask moves it there."""
    known = PhotoOriginal.objects.filter(file=stored).first()
    if known is not None:
        return known
    with stored.blob.open("rb") as blob:
        content = blob.read()
    original = PhotoOriginal(file=stored, sha256=hashlib.sha256(content).hexdigest())
    original.blob.save(".jpg", ContentFile(content), save=False)
    places.made(original.blob)
    original.save(force_insert=True)
    return original


def _show(stored: StoredFile, original: PhotoOriginal, places: _Places) -> None:
    """Draw the photo with its standing masks, put it in the place of what is shown now."""
    with original.blob.open("rb") as blob:
        content = blob.read()
    masks = list(stored.masks.all().standing())
    places.replaced(stored.blob, stored.thumbnail)
    image = masked(content, masks)
    shown = jpeg(image) if masks else content
    name = secrets.token_hex(8)  # a name of its own: a cached or copied address of the old bytes is dead
    stored.blob.save(f"-{name}.jpg", ContentFile(shown), save=False)
    places.made(stored.blob)
    stored.thumbnail.save(f"-{name}-t.jpg", ContentFile(thumbnail_of(image)), save=False)
    places.made(stored.thumbnail)
    stored.size, stored.sha256 = len(shown), hashlib.sha256(shown).hexdigest()
    stored.save(update_fields=["blob", "thumbnail", "size", "sha256"])


def masked(content: bytes, masks: Iterable[PhotoMask]) -> Image.Image:
    """The photo with every region of the masks drawn over."""
    image = Image.open(io.BytesIO(content), formats=("JPEG",)).convert("RGB")
    for mask in masks:
        for region in mask.regions:
            box = _box(region, image.width, image.height)
            if mask.style == MaskStyle.MOSAIC:
                image.paste(_mosaic(image.crop(box)), box)
            else:
                ImageDraw.Draw(image).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=(16, 16, 16))
    return image


def _box(region: Region, width: int, height: int) -> tuple[int, int, int, int]:
    """The region in pixels, outwards to whole ones."""
    left, top = region["x"] * width // WHOLE, region["y"] * height // WHOLE
    right = -(-(region["x"] + region["w"]) * width // WHOLE)
    bottom = -(-(region["y"] + region["h"]) * height // WHOLE)
    return left, top, min(max(right, left + 1), width), min(max(bottom, top + 1), height)


def _mosaic(part: Image.Image) -> Image.Image:
    """A few tiles with noise on them: too little is left to compute the face back."""
    shorter = min(part.size)
    tiles = tuple(max(1, round(side * min(ACROSS, shorter) / shorter)) for side in part.size)
    small = part.resize(tiles, Image.Resampling.BOX)
    grains = secrets.token_bytes(len(small.tobytes()))
    pairs = zip(small.tobytes(), grains, strict=True)
    noisy = bytes(min(255, max(0, value + grain % (2 * NOISE + 1) - NOISE)) for value, grain in pairs)
    return Image.frombytes("RGB", small.size, noisy).resize(part.size, Image.Resampling.NEAREST)


class _Places:
    """Files of one step: new ones go when it fails, old ones once it is committed."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def made(self, blob: Any) -> None:
        """A new file."""
        storage, name = blob.storage, blob.name
        self._undo.append(lambda: storage.delete(name))

    def replaced(self, *blobs: Any) -> None:
        """Files nobody may see any more after the commit."""
        old = [(blob.storage, blob.name) for blob in blobs if blob]
        transaction.on_commit(lambda: [storage.delete(name) for storage, name in old])

    def drop_made(self) -> None:
        """The step has failed."""
        for undo in self._undo:
            undo()


@contextmanager
def _places() -> Iterator[_Places]:
    places = _Places()
    try:
        yield places
    except BaseException:
        places.drop_made()
        raise
