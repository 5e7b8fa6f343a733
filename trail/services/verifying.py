"""校验 verifying: walks the audit chain and names every row that was changed, removed, put in or moved.

Rows are read a thousand at a time, so a year of them needs no more memory than a day. What stays hidden
from this walk is said in docs/adr (a whole database put back to an earlier state is found by the anchors).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from accounts.models import Hall
from trail.models import AuditDay, AuditEntry, AuditHead, AuditLink
from trail.stamps import holds

if TYPE_CHECKING:
    from trail.querysets import AuditQuerySet

CHUNK = 1000
MOST_MOVED = 200
"""So many broken rows of one day are compared with each other; beyond, each is called changed."""
CHANGED, REMOVED, INSERTED, MOVED, SEAL = "changed", "removed", "inserted", "moved", "seal"


@dataclass(frozen=True)
class Break:
    """One thing that is not as it was written: where, which row (None for a gap or a seal), and in words."""

    kind: str
    hall: str
    day: str
    row: int | None
    words: str

    def __str__(self) -> str:
        place = "，".join(part for part in (self.hall or "全系统", self.day) if part)
        return f"留痕 {place}：{self.words}"


@dataclass
class Walk:
    """What a walk has seen: the breaks come out of `breaks()`, the counts stand here afterwards."""

    since: date | None = None
    rows: int = 0
    days: int = 0
    waiting: int = 0
    _codes: dict[int | None, str] = field(default_factory=dict)

    def breaks(self) -> Iterator[Break]:
        """Every break of every hall's chain, one after the other."""
        self._codes = {None: "", **dict(Hall.objects.values_list("pk", "code").iterator())}
        halls = AuditDay.objects.order_by("hall_id").values_list("hall_id", flat=True).distinct()
        heads = AuditHead.objects.order_by("hall_id").values_list("hall_id", flat=True)
        for hall_id in sorted({*halls, *heads}, key=lambda pk: pk or 0):
            yield from self._hall(hall_id)
        yield from self._unlinked(AuditEntry.objects.unlinked())
        yield from self._anchors()

    def breaks_of(self, hall: Hall) -> Iterator[Break]:
        """Every break of one hall's chain."""
        self._codes = {hall.pk: hall.code}
        yield from self._hall(hall.pk)
        yield from self._unlinked(AuditEntry.objects.unlinked().filter(hall=hall))

    def breaks_in(self, day: AuditDay) -> Iterator[Break]:
        """Every break among the rows of one day."""
        self._codes = {day.hall_id: day.hall.code if day.hall else ""}
        yield from self._rows(day)

    def counts(self) -> dict[str, int]:
        """How much was looked at; `waiting` are genuine rows whose link has not been made yet."""
        return {"rows": self.rows, "days": self.days, "waiting": self.waiting}

    def _hall(self, hall_id: int | None) -> Iterator[Break]:
        last: AuditDay | None = None
        numbers = 0
        for day in AuditDay.objects.of_hall(hall_id).order_by("number").iterator(CHUNK):
            self.days += 1
            yield from self._seal(day, last, numbers)
            if day.archive:
                yield from self._archive(day)
            elif self.since is None or day.day >= self.since:
                yield from self._rows(day)
            last, numbers = day, day.number
        yield from self._head(hall_id, numbers)

    def _head(self, hall_id: int | None, days: int) -> Iterator[Break]:
        head = AuditHead.objects.of_hall(hall_id).first()
        code = self._codes.get(hall_id, "?")
        if head is None or not holds(head.mark, *head.marked_parts()):
            yield Break(SEAL, code, "", None, "链头被删除或改动。")
        elif head.days > days:
            yield Break(REMOVED, code, "", None, f"最后 {head.days - days} 个留痕日整日被删除。")

    def _seal(self, day: AuditDay, last: AuditDay | None, numbers: int) -> Iterator[Break]:
        if day.number != numbers + 1:
            after = f"{last.day} 之后" if last else "最早的"
            gone = day.number - numbers - 1
            yield self._break(
                SEAL if gone < 0 else REMOVED, day, None, f"{after}有 {gone} 个留痕日整日被删除。"
            )
        if not holds(day.seal, *day.sealed_parts()):
            yield self._break(SEAL, day, None, "当日封印与条数、末条指纹不符，封印被改动。")
        elif day.sealed_at and last and day.number == numbers + 1 and day.previous != last.seal:
            yield self._break(SEAL, day, None, "当日封印接不上前一日的封印。")

    def _rows(self, day: AuditDay) -> Iterator[Break]:
        doubtful: list[_Doubt] = []
        seq, previous, is_whole = 0, "", True
        for link, entry in _walked(day, upto=day.count):
            self.rows += 1
            if link.seq != seq + 1:
                yield self._gap(day, seq + 1, link.seq - 1)
                is_whole = False
            doubt = _doubt(link, entry)
            if doubt is None and is_whole and link.previous != previous:
                doubt = _Doubt(link, entry)
            if doubt is not None:
                doubtful.append(doubt)
            if len(doubtful) >= MOST_MOVED:
                yield from self._named(day, doubtful)
                doubtful = []
            seq, previous, is_whole = link.seq, link.hash, doubt is None
        yield from self._named(day, doubtful)
        if seq < day.count:
            yield self._gap(day, seq + 1, day.count)
        elif is_whole and previous != day.last:
            yield self._break(CHANGED, day, None, "末条指纹与当日记录不符。")
        yield from self._beyond(day)

    def _beyond(self, day: AuditDay) -> Iterator[Break]:
        """Links behind the end; of an open day the end may have moved while we walked."""
        end = AuditDay.objects.filter(pk=day.pk).values_list("count", flat=True).first() or day.count
        for link in day.links.filter(seq__gt=end).order_by("seq")[:MOST_MOVED]:
            yield self._break(INSERTED, day, link.pk, f"第 {link.seq} 条（编号 {link.pk}）是插入的。")

    def _gap(self, day: AuditDay, first: int, last: int) -> Break:
        which = f"第 {first} 条" if first == last else f"第 {first} 至 {last} 条"
        return self._break(REMOVED, day, None, f"{which}被删除。")

    def _named(self, day: AuditDay, doubtful: list[_Doubt]) -> Iterator[Break]:
        """A row whose words stand behind another's place was moved; any other was changed or is gone."""
        places = {doubt.link.stamp: doubt.link.seq for doubt in doubtful}
        for doubt in doubtful:
            link, entry = doubt.link, doubt.entry
            where = f"第 {link.seq} 条（编号 {link.pk}）"
            from_seq = places.get(entry.stamp) if entry else None
            if not doubt.link_holds:
                from_seq = next((d.link.seq for d in doubtful if d is not doubt and _fits(link, d)), None)
            if entry is None:
                yield self._break(REMOVED, day, link.pk, f"{where}被删除。")
            elif from_seq is not None and from_seq != link.seq:
                yield self._break(MOVED, day, link.pk, f"{where}被调换了位置，原在第 {from_seq} 位。")
            else:
                yield self._break(CHANGED, day, link.pk, f"{where}被改动。")

    def _unlinked(self, rows: AuditQuerySet) -> Iterator[Break]:
        """Rows in no chain: just written, or put in by somebody who cannot stamp."""
        rows = rows.order_by("pk")
        if self.since is not None:
            rows = rows.filter(at__gte=timezone.make_aware(datetime.combine(self.since, time.min)))
        after = 0
        while some := list(rows.filter(pk__gt=after)[:CHUNK]):
            after = some[-1].pk
            known = set(_stamps_in_use(some))
            for entry in some:
                if entry.is_genuine and entry.stamp not in known:
                    self.waiting += 1
                    continue
                code, day = self._codes.get(entry.hall_id, "?"), f"{entry.at:%Y-%m-%d}"
                yield Break(INSERTED, code, day, entry.pk, f"编号 {entry.pk} 的一条是插入的，不在链上。")

    def _archive(self, day: AuditDay) -> Iterator[Break]:
        if not holds(day.archive_mark, *day.archived_parts()):
            yield self._break(REMOVED, day, None, "整日被删除，归档的登记是伪造的。")
            return
        path = Path(settings.AUDIT_ARCHIVE) / day.archive
        if path.is_file() and self._sha256(path) != day.archive_sha256:
            yield self._break(CHANGED, day, None, f"归档文件 {day.archive} 被改动。")

    def _sha256(self, path: Path) -> str:
        """The file's hash; several days share a file, so the last one is kept."""
        if getattr(self, "_hashed", ("", ""))[0] != str(path):
            with path.open("rb") as file:
                self._hashed = (str(path), hashlib.file_digest(file, "sha256").hexdigest())
        return self._hashed[1]

    def _anchors(self) -> Iterator[Break]:
        """Seals told outside the database that do not stand in it: it was put back in time, or rewritten."""
        path = Path(settings.AUDIT_ANCHORS or "/nonexistent")
        if not path.is_file():
            return
        with path.open(encoding="utf-8") as file:
            lines = (json.loads(line) for line in file if line.strip())
            while some := list(islice(lines, CHUNK)):
                seals = AuditDay.objects.filter(seal__in=[one["seal"] for one in some])
                known = set(seals.values_list("seal", flat=True))
                for one in some:
                    if one["seal"] not in known:
                        what = (
                            f"当日（第 {one['number']} 个留痕日）的封印与库外存证不符，数据库被改回或重写。"
                        )
                        yield Break(SEAL, one["hall"], one["day"], None, what)

    def _break(self, kind: str, day: AuditDay, row: int | None, what: str) -> Break:
        return Break(kind, self._codes.get(day.hall_id, "?"), day.day.isoformat(), row, what)


@dataclass(frozen=True)
class _Doubt:
    link: AuditLink
    entry: AuditEntry | None

    @property
    def link_holds(self) -> bool:
        return holds(self.link.hash, *self.link.hashed_parts())


def _doubt(link: AuditLink, entry: AuditEntry | None) -> _Doubt | None:
    """None for a row that is as it was written, at its own place."""
    doubt = _Doubt(link, entry)
    if not doubt.link_holds or entry is None or entry.stamp != link.stamp or not entry.is_genuine:
        return doubt
    return None


def _fits(link: AuditLink, other: _Doubt) -> bool:
    """Whether the link's hash was made for the other's place."""
    return holds(link.hash, *link.hashed_parts(seq=other.link.seq))


def _walked(day: AuditDay, *, upto: int) -> Iterator[tuple[AuditLink, AuditEntry | None]]:
    """The links of a day in order with their rows, a chunk at a time."""
    links, seq = day.links.filter(seq__lte=upto).order_by("seq"), 0
    while some := list(links.filter(seq__gt=seq)[:CHUNK]):
        seq = some[-1].seq
        entries = AuditEntry.objects.in_bulk([link.pk for link in some])
        yield from ((link, entries.get(link.pk)) for link in some)


def _stamps_in_use(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """Stamps of these rows that a linked row carries: a copy of a row is none of ours."""
    stamps = [entry.stamp for entry in entries]
    yield from AuditLink.objects.filter(stamp__in=stamps).values_list("stamp", flat=True)


def as_json(found: Break) -> dict[str, Any]:
    """A break for programs."""
    return asdict(found)
