"""病毒检查 scanning: every upload passes the scanner before anything reads it, when one is configured.

With a scanner that cannot be reached an upload is refused, unless CLAMD_ON_FAILURE=quarantine: then it is
kept, nobody may open it, and the tick lets it out once the scanner has found it clean.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.errors import Refused
from trail.actors import Robot
from trail.gateways import clamd
from trail.models import StoredFile
from trail.services import audit

if TYPE_CHECKING:
    from django.core.files.storage import Storage

    from accounts.models import Hall

log = structlog.get_logger(__name__)
QUARANTINE = "quarantine"
FEW = 50


def scan_upload(content: bytes, *, may_wait: bool = True) -> datetime | None:
    """None for a clean upload, the moment of quarantine for one that could not be scanned.

    Raises Refused for a virus, and for a scanner out of reach unless files may wait in quarantine.
    """
    if not settings.CLAMD:
        return None
    try:
        verdict = _ask(content)
    except clamd.ScannerUnreachable as error:
        log.warning("scan.unreachable", error=str(error))
        if may_wait and settings.CLAMD_ON_FAILURE == QUARANTINE:
            return timezone.now()
        raise Refused(
            "现在无法检查文件是否有病毒，没有上传。请稍后再试，仍不行请告诉系统管理员。",
            code="scanner_unreachable",
            status=503,
        ) from error
    if not verdict.is_clean:
        log.warning("scan.virus", virus=verdict.virus)
        raise Refused("文件里发现病毒，没有上传。请换一个文件。", code="virus_found", status=422)
    return None


def release_quarantined() -> int:
    """Scan what waits; clean files are let out, infected ones lose their bytes. Returns how many are out."""
    if not settings.CLAMD:
        return 0
    out = 0
    for stored in StoredFile.objects.filter(quarantined_at__isnull=False).order_by("quarantined_at")[:FEW]:
        try:
            with stored.blob.open("rb") as blob:
                verdict = _ask(blob.read())
        except clamd.ScannerUnreachable:
            break
        _settle(stored, stored.hall, verdict)
        out += verdict.is_clean
    return out


@transaction.atomic
def _settle(stored: StoredFile, hall: Hall, verdict: clamd.Verdict) -> None:
    by = Robot("virus_scan")
    if verdict.is_clean:
        stored.quarantined_at = None
        stored.save(update_fields=["quarantined_at"])
        audit.record("file.released", target=stored, by=by, hall=hall)
        return
    stored.infected_with = verdict.virus[:100]
    stored.quarantined_at = None
    stored.save(update_fields=["infected_with", "quarantined_at"])
    audit.record("file.infected", target=stored, by=by, hall=hall, after={"virus": verdict.virus[:100]})
    places = [place for place in (stored.blob.name, stored.thumbnail.name) if place]
    transaction.on_commit(lambda: _drop(stored.blob.storage, places))


def _drop(storage: Storage, places: list[str]) -> None:
    for place in places:
        storage.delete(place)


def _ask(content: bytes) -> clamd.Verdict:
    return clamd.scan(content, address=settings.CLAMD, timeout=settings.CLAMD_TIMEOUT)
