"""内容检查 contents: what an upload really is, whatever its name says.

A photo is decoded and drawn anew, so nothing but its pixels is kept. PDF and Office files are kept as
they are, after a look for what acts by itself: scripts, macros, hidden programs, bombs.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.utils import timezone
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.errors import Refused

MAX_PIXELS = 50_000_000
MAX_PIXELS_UNSCALED = 25_000_000
"""PNG and WebP have no way to be read smaller: their pixels all stand in memory."""
BOMB_PIXELS, BOMB_BYTES_PER_PIXEL = 10_000_000, 0.02
"""No camera packs more than 50 pixels into a byte; a file that does is made to fill memory."""
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP")
EXIF_IFD, TAKEN_AT, OFFSET = 0x8769, 0x9003, 0x9011
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")

MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
MAX_ENTRIES = 5000
OFFICE = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
ACTIVE_PARTS = re.compile(
    r"vbaproject|/activex/|/embeddings/.*\.(?:bin|exe|js)|\.(?:exe|dll|js|vbs|bat|cmd|scr|hta|ps1|jar|lnk)$",
    re.IGNORECASE,
)
ACTIVE_NAMES = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA)(?![A-Za-z0-9])")
HEX_IN_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
STREAM = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
MAX_INFLATED = 20 * 1024 * 1024


def opened_photo(content: bytes, name: str, *, long_edge: int) -> tuple[Image.Image, datetime | None]:
    """The photo upright in RGB, at least `long_edge` wide where it was, and when it was taken.

    Raises Refused for what is no readable JPEG, PNG or WebP, or too large to be one of a camera.
    """
    if content[4:8] == b"ftyp" and content[8:12] in HEIF_BRANDS:
        raise Refused(
            f"“{name}”是 HEIC 格式，系统读不了。请在手机的相机设置里选“兼容性最佳”（JPG）后重拍，"
            "或先转成 JPG 再传。",
            code="heic_photo",
            status=422,
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=PHOTO_FORMATS)
            _refuse_bomb(image, len(content))
            shot_at = _shot_at(image)
            image.draft("RGB", (long_edge * 2, long_edge * 2))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except Refused:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning, zlib.error) as error:
        raise Refused(f"“{name}”不是能读的照片，请传 JPG 或 PNG。", code="bad_photo", status=422) from error
    upright.info.clear()  # Pillow would write a JPEG's own comment again
    return upright, shot_at


def _refuse_bomb(image: Image.Image, size: int) -> None:
    pixels = image.width * image.height
    most = MAX_PIXELS if image.format == "JPEG" else MAX_PIXELS_UNSCALED
    if pixels > most or (pixels > BOMB_PIXELS and size < pixels * BOMB_BYTES_PER_PIXEL):
        raise _too_large()


def _too_large() -> Refused:
    return Refused("照片尺寸过大，请用手机相机的普通模式拍摄。", code="photo_too_large", status=422)


def _shot_at(image: Image.Image) -> datetime | None:
    """The camera's own time, in the zone it names or else the hall's; None when missing or nonsense."""
    facts = image.getexif().get_ifd(EXIF_IFD)
    text, zone = str(facts.get(TAKEN_AT)), str(facts.get(OFFSET, "")).strip("\0 ")
    try:
        if re.fullmatch(r"[+-]\d\d:\d\d", zone):
            return datetime.strptime(f"{text}{zone}", "%Y:%m:%d %H:%M:%S%z")
        naive = datetime.strptime(text, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - made aware below
    except ValueError:
        return None
    return timezone.make_aware(naive) if settings.USE_TZ else naive


def check_pdf(content: bytes, name: str) -> None:
    """Raises Refused for what is no whole PDF, and for one that carries scripts, programs or other files."""
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-2048:]:
        raise _not_a(name, "pdf")
    if any(ACTIVE_NAMES.search(_named(part)) for part in (content, *_inflated(content))):
        raise Refused(
            f"“{name}”里带有脚本、程序或内嵌文件，不能上传。请用“打印为 PDF”另存一份再传。",
            code="active_content",
            status=422,
        )


def _named(text: bytes) -> bytes:
    """Names as a reader sees them: /J#61vaScript is /JavaScript."""
    return HEX_IN_NAME.sub(lambda match: bytes([int(match[1], 16)]), text)


def _inflated(content: bytes) -> Iterator[bytes]:
    """The objects a PDF keeps packed, as far as a limit."""
    left = MAX_INFLATED
    for match in STREAM.finditer(content):
        try:
            part = zlib.decompressobj().decompress(content[match.end() :], left)
        except zlib.error:
            continue
        left -= len(part)
        yield part
        if left <= 0:
            return


def check_office(content: bytes, name: str, ending: str) -> None:
    """Raises Refused for what is no .docx or .xlsx, is packed like a bomb, or carries macros or programs."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _not_a(name, ending) from error
    names = {entry.filename for entry in entries}
    if not {"[Content_Types].xml", OFFICE[ending]} <= names:
        raise _not_a(name, ending)
    unpacked, packed_size = sum(e.file_size for e in entries), max(sum(e.compress_size for e in entries), 1)
    is_bomb = unpacked > MAX_UNPACKED or len(entries) > MAX_ENTRIES or _overlaps(entries)
    if is_bomb or (unpacked > MAX_RATIO * packed_size and unpacked > 1024 * 1024):
        raise Refused(f"“{name}”解开后过大，不能上传。", code="packed_too_tight", status=422)
    if any(ACTIVE_PARTS.search(entry) for entry in names):
        raise Refused(
            f"“{name}”里带有宏或程序，不能上传。请另存为不带宏的 .{ending} 再传。",
            code="active_content",
            status=422,
        )


def _overlaps(entries: list[zipfile.ZipInfo]) -> bool:
    """Whether entries share their packed bytes, as in a bomb without a large ratio."""
    spans = sorted((e.header_offset, e.compress_size) for e in entries)
    return any(start + size > after for (start, size), (after, _) in pairwise(spans))


def _not_a(name: Any, ending: str) -> Refused:
    return Refused(f"“{name}”的内容不是 {ending} 文件，请换一个。", code="bad_file", status=422)
