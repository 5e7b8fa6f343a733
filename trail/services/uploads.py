"""待确认的上传 uploads: a file kept between looking at what an import would do and doing it.

It lies in a folder of the person who sent it, under a name nobody can guess, and goes after a day.
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from accounts.errors import Refused
from trail.services.scanning import scan_upload
from trail.services.sheets import MAX_BYTES

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import User

KEPT_SECONDS = 24 * 3600
TOKEN = re.compile(r"[0-9a-f]{32}")


def keep_upload(upload: UploadedFile[Any], *, by: User) -> str:
    """Keep the file and return the token `kept_upload` asks for; raises Refused above 20 MB."""
    if (upload.size or 0) > MAX_BYTES:
        raise Refused(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请拆开后再导入。", status=422)
    upload.seek(0)
    scan_upload(upload.read(), may_wait=False)
    own = _folder(by)
    _drop_old(own)
    token = secrets.token_hex(16)
    place = own / token
    place.mkdir(parents=True, mode=0o700)
    with (place / _plain_name(upload.name or "")).open("wb") as out:
        for chunk in upload.chunks():
            out.write(chunk)
    return token


def kept_upload(token: str, *, by: User) -> Path:
    """The file behind a token of this person; raises Refused when it is gone or not theirs."""
    place = _folder(by) / token if TOKEN.fullmatch(token) else None
    files = sorted(place.iterdir()) if place is not None and place.is_dir() else []
    if not files:
        raise Refused("上传的文件已过期，请重新选择文件。", code="upload_gone")
    return files[0]


def drop_old_uploads() -> None:
    """Remove what nobody came back for."""
    everybody = Path(settings.DATA_DIR) / "uploads"
    for folder in everybody.iterdir() if everybody.is_dir() else ():
        _drop_old(folder)


def _folder(by: User) -> Path:
    return Path(settings.DATA_DIR) / "uploads" / str(by.pk)


def _plain_name(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    return re.sub(r"[^\w.\-（）() ]", "_", last).lstrip(".")[-100:] or "upload"


def _drop_old(folder: Path) -> None:
    if not folder.is_dir():
        return
    for place in folder.iterdir():
        if time.time() - place.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(place, ignore_errors=True)
