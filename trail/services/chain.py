"""留痕链 chain: every audit row gets its place behind the one before it, per hall and day.

A row is stamped and written in the transaction of its change. It is linked right after the commit, in a
transaction of its own that locks nothing but the hall's day: writers never wait for each other's long
work, and no lock of the chain can meet another lock. What a killed process left is linked by the tick.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from trail.models import AuditDay, AuditEntry, AuditHead, AuditLink
from trail.stamps import stamp

log = structlog.get_logger(__name__)
CHUNK = 1000


Place = tuple["int | None", date]
"""A hall (None: no hall) and a day: one chain."""


class _Batch:
    """The rows of one transaction and their chains; called after its commit, the first time links them."""

    def __init__(self) -> None:
        self.rows: dict[int, Place] = {}

    def __call__(self) -> None:
        rows, self.rows = self.rows, {}
        _link_all(rows)


def link_after_commit(entry: AuditEntry) -> None:
    """Give the row its place once its transaction is committed; rows of one transaction go in one step.

    Each row leaves a hook, as the part of the transaction that left the first may be rolled back.
    """
    hooks = (hook[1] for hook in reversed(connection.run_on_commit))
    batch = next((hook for hook in hooks if isinstance(hook, _Batch)), None) or _Batch()
    batch.rows[entry.pk] = _place(entry)
    transaction.on_commit(batch, robust=True)


def link_left_behind(*, since: datetime | None = None, hall_id: int | None = None) -> int:
    """Link what a killed process left unlinked, of a hall or of all; a row with a false stamp stays out."""
    rows = AuditEntry.objects.unlinked().order_by("pk")
    if since is not None:
        rows = rows.filter(at__gte=since)
    if hall_id is not None:
        rows = rows.filter(hall_id=hall_id)
    linked, after = 0, 0
    while some := list(rows.filter(pk__gt=after)[:CHUNK]):
        after = some[-1].pk
        for entry in some:
            if not entry.is_genuine:
                log.error("audit.forged_row", row=entry.pk, hall=entry.hall_id)
        linked += _link_all({entry.pk: _place(entry) for entry in some if entry.is_genuine})
    return linked


def _link_all(rows: dict[int, Place]) -> int:
    by_place: dict[Place, list[int]] = defaultdict(list)
    for pk, place in rows.items():
        by_place[place].append(pk)
    return sum(
        _link(place, sorted(pks)[start : start + CHUNK])
        for place, pks in by_place.items()
        for start in range(0, len(pks), CHUNK)
    )


@transaction.atomic
def _link(place: Place, pks: list[int]) -> int:
    """Link those of the rows that are there and stand in no chain yet; returns how many."""
    rows = AuditEntry.objects.unlinked().filter(pk__in=pks).order_by("pk").only("pk", "stamp")
    head = _locked_day(*place)
    if head is None or head.sealed_at is not None:
        if not rows.exists():
            return 0  # all of it was rolled back: no day is begun
        head = _open_day(*place)
    links = []
    for entry in rows:
        head.count += 1
        link = AuditLink(entry_id=entry.pk, day=head, seq=head.count, stamp=entry.stamp, previous=head.last)
        link.hash = head.last = stamp(*link.hashed_parts())
        links.append(link)
    AuditLink.objects.bulk_create(links)
    if links:
        head.seal = stamp(*head.sealed_parts())
        head.save(update_fields=["count", "last", "seal"])
    return len(links)


def _locked_day(hall_id: int | None, day: date) -> AuditDay | None:
    return AuditDay.objects.of_hall(hall_id).order_by().select_for_update().filter(day=day).first()


def _open_day(hall_id: int | None, day: date) -> AuditDay:
    """The day's row under a lock; behind a sealed day (a clock put back) the next one that is open."""
    while True:
        found = _locked_day(hall_id, day) or _begin_day(hall_id, day)
        if found.sealed_at is None:
            return found
        day = max(day + timedelta(days=1), timezone.localdate())


def _begin_day(hall_id: int | None, day: date) -> AuditDay:
    head = _locked_head(hall_id)
    existing = _locked_day(hall_id, day)
    if existing is not None:
        return existing  # another writer began it while we waited for the head
    head.days += 1
    head.mark = stamp(*head.marked_parts())
    head.save(update_fields=["days", "mark"])
    begun = AuditDay(hall_id=hall_id, day=day, number=head.days)
    begun.seal = stamp(*begun.sealed_parts())
    begun.save(force_insert=True)
    return begun


def _locked_head(hall_id: int | None) -> AuditHead:
    heads = AuditHead.objects.of_hall(hall_id).select_for_update()
    head = heads.first()
    if head is not None:
        return head
    try:
        with transaction.atomic():
            first = AuditHead(hall_id=hall_id)
            first.mark = stamp(*first.marked_parts())
            first.save(force_insert=True)
    except IntegrityError:
        pass  # another writer made it first
    return heads.get()


@transaction.atomic
def seal_days(hall_id: int | None, *, before: date) -> list[AuditDay]:
    """Close a hall's days before `before`, in the order of their numbers, each over the seal of the last."""
    days = AuditDay.objects.of_hall(hall_id).order_by("number")
    last = days.filter(sealed_at__isnull=False).order_by("-number").first()
    sealed: list[AuditDay] = []
    for day in days.open().select_for_update():
        if day.day >= before or day.number != (last.number if last else 0) + 1:
            break
        day.previous, day.sealed_at = last.seal if last else "", timezone.now()
        day.seal = stamp(*day.sealed_parts())
        day.save(update_fields=["previous", "sealed_at", "seal"])
        sealed.append(day)
        last = day
    transaction.on_commit(lambda: _anchor(sealed), robust=True)
    return sealed


def anchor_of(day: AuditDay) -> dict[str, Any]:
    """What is told outside the database of a sealed day."""
    hall = day.hall.code if day.hall else ""
    return {
        "hall": hall,
        "day": day.day.isoformat(),
        "number": day.number,
        "rows": day.count,
        "seal": day.seal,
    }


def _anchor(days: list[AuditDay]) -> None:
    """Say the seals in the log and append them to the anchor file."""
    for day in days:
        log.info("audit.day_sealed", **anchor_of(day))
    if not settings.AUDIT_ANCHORS or not days:
        return
    path = Path(settings.AUDIT_ANCHORS)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = "".join(json.dumps(anchor_of(day), ensure_ascii=False) + "\n" for day in days)
    place = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(place, "a", encoding="utf-8") as file:
        file.write(text)  # one write of an appended file: lines of two workers do not mix


def _place(entry: AuditEntry) -> Place:
    return entry.hall_id, timezone.localdate(entry.at)
