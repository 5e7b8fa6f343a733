"""留痕归档 archiving: sealed days older than twelve months go to a file; their seals stay in the chain."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils import timezone

from accounts.errors import Refused
from trail.models import AuditDay, AuditEntry, AuditLink
from trail.services import audit
from trail.services.chain import anchor_of
from trail.services.verifying import Walk
from trail.stamps import stamp

if TYPE_CHECKING:
    from accounts.models import Hall
    from trail.actors import Robot

KEPT_MONTHS = 12
CHUNK = 1000


def oldest_kept(today: date) -> date:
    """The first day of the month twelve months ago: everything from there on stays online."""
    return date(today.year - KEPT_MONTHS // 12, today.month, 1)


def archive_hall(*, hall: Hall, before: date, by: Robot) -> dict[str, Any] | None:
    """Write a hall's sealed days before `before` to a file with a manifest, then remove their rows.

    None when there is nothing to archive. Raises Refused when `before` reaches into the last twelve
    months, or when a row of these days is not as it was written: a broken chain stays online to be
    looked at. The file stands complete on the disk before the first row goes.
    """
    if before > oldest_kept(timezone.localdate()):
        raise Refused(f"操作留痕在线保存不少于 {KEPT_MONTHS} 个月，只能归档更早的。", code="audit_too_young")
    found = AuditDay.objects.of_hall(hall.pk).filter(day__lt=before, sealed_at__isnull=False, archive="")
    days = list(found.order_by("number").select_related("hall"))
    if not days:
        return None
    _refuse_broken(days)
    name = f"{hall.code}-{days[0].day}-{days[-1].day}.jsonl"
    sha256, rows = _write_rows(_place(name), days)
    manifest = {"file": name, "sha256": sha256, "rows": rows, "days": [anchor_of(day) for day in days]}
    _write_text(_place(f"{name}.manifest.json"), json.dumps(manifest, ensure_ascii=False, indent=1))
    _drop(days, name, sha256, hall=hall, by=by)
    return {"hall": hall.code, "file": name, "sha256": sha256, "rows": rows, "days": len(days)}


def _refuse_broken(days: list[AuditDay]) -> None:
    broken = next((b for day in days for b in Walk().breaks_in(day)), None)
    if broken is not None:
        raise Refused(f"这些天的留痕核对不符，先查明再归档。{broken}", code="audit_broken")


@transaction.atomic
def _drop(days: list[AuditDay], name: str, sha256: str, *, hall: Hall, by: Robot) -> None:
    for day in days:
        day.archive, day.archive_sha256 = name, sha256
        day.archive_mark = stamp(*day.archived_parts())
        day.save(update_fields=["archive", "archive_sha256", "archive_mark"])
        AuditEntry.objects.drop_archived(day)
    span = {"from": str(days[0].day), "to": str(days[-1].day), "file": name, "sha256": sha256}
    audit.record("audit.archived", target=hall, by=by, hall=hall, after=span)


def _place(name: str) -> Path:
    folder = Path(settings.AUDIT_ARCHIVE)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / name


def _write_rows(path: Path, days: Iterable[AuditDay]) -> tuple[str, int]:
    """One line a row, in the order of the chain; returns the hash of the file and the number of rows."""
    digest, rows = hashlib.sha256(), 0
    part = path.with_suffix(".part")
    with _private(part) as file:
        for day in days:
            for link in day.links.select_related("entry__by").order_by("seq").iterator(CHUNK):
                line = json.dumps(_row(day, link), ensure_ascii=False, default=str).encode() + b"\n"
                file.write(line)
                digest.update(line)
                rows += 1
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    return digest.hexdigest(), rows


def _row(day: AuditDay, link: AuditLink) -> dict[str, Any]:
    """All that is needed to read the row and to compute its stamp and its link again."""
    entry = link.entry
    facts = model_to_dict(entry) | {"id": entry.pk, "at": entry.at.isoformat(), "stamp": entry.stamp}
    name = {"by_username": entry.by.username if entry.by else ""}
    place = {"day": day.day.isoformat(), "day_id": day.pk, "seq": link.seq}
    return facts | name | place | {"previous": link.previous, "hash": link.hash}


def _write_text(path: Path, text: str) -> None:
    with _private(path) as file:
        file.write(text.encode())


def _private(path: Path) -> Any:
    """A file for writing that only we may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
