"""打卡 punches: take them into the ledger from files. The same file twice leaves the same ledger."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.errors import Refused
from attendance.enums import PunchSource
from attendance.gateways.attlog import BadLine, PunchLine, read_attlog
from attendance.models import Punch
from trail.services import audit
from trail.services.imports import UnreadableFile
from trail.services.tables import Cell, Row, clean_text, parse_day, parse_time, read_table, year_of
from windows.models import Staff

if TYPE_CHECKING:
    from pathlib import Path

    from accounts.models import Hall, User
    from trail.services.imports import ImportResult

CHUNK = 2000
"""Lines taken into memory at once."""
FIRST_YEAR = 2010
"""A device whose clock was never set says 1971 or 2000; no hall kept such files before this year."""
CLOCK_AHEAD = timedelta(minutes=10)
"""A device's clock may be ahead of ours by so much."""
COLUMNS = {
    "number": ("考勤号", "考勤号码", "考勤编号", "登记号码", "登记号", "人员编号", "编号", "ID号", "ID"),
    "no": ("工号", "员工号", "职工号"),
    "at": ("打卡时间", "时间", "日期时间", "考勤时间", "刷卡时间", "签到时间", "记录时间"),
    "day": ("日期", "考勤日期", "打卡日期", "刷卡日期"),
}
SHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How workbooks begin."""
SAMPLE = 20
TEXTS = (".dat", ".txt", ".csv")
"""Endings of files whose rows are lines."""


@dataclass(frozen=True)
class Seen:
    """A number at a moment, and the row of the file that says so."""

    row: int
    number: str
    at: datetime
    raw: str
    no: str = ""
    where: dict[str, str] = field(default_factory=dict)


def import_punches(result: ImportResult, *, hall: Hall, path: Path, month: date | None = None) -> None:
    """Add the punches of a file to the hall's ledger and count what happened into `result`.

    Reads attlog.dat and tables (.xlsx, .xls, .csv) as a stream of chunks. A line with an unknown number,
    a clock that was not set or a part missing is refused with its reason. Runs inside `run_import`.
    """
    if not path.is_file():
        raise UnreadableFile(f"找不到文件“{path.name}”。")
    source_id = _fingerprint(path)
    people = _People(hall)
    latest = timezone.now() + CLOCK_AHEAD
    seen = _good(_counted(_read(path, month), path, result), people, latest, result)
    while chunk := list(islice(seen, CHUNK)):
        _store(chunk, people, source_id, result)


def _counted(lines: Iterator[Seen | BadLine], path: Path, result: ImportResult) -> Iterator[Seen | BadLine]:
    """The lines as they pass; how many there are is known beforehand of a text file only."""
    result.progress.step("正在导入打卡")
    if path.suffix.lower() in TEXTS:
        with path.open("rb") as file:
            result.progress.expect(sum(1 for _ in file), "正在导入打卡")
    for line in lines:
        result.progress.advance()
        yield line


class _People:
    """Whose number it is; one query."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        rows = Staff.objects.filter(hall=hall).values_list("pk", "no", "attendance_no")
        self.by_number: dict[str, int] = {}
        self.by_no: dict[str, tuple[int, str]] = {}
        for pk, no, number in rows:
            if number:
                self.by_number[number] = pk
            self.by_no[no] = (pk, number or no)

    def known(self, seen: Seen) -> tuple[int, str] | None:
        """The person's id and number; None for nobody of this hall."""
        if seen.number in self.by_number:
            return self.by_number[seen.number], seen.number
        return self.by_no.get(seen.no) if seen.no else None


def _good(
    lines: Iterable[Seen | BadLine], people: _People, latest: datetime, result: ImportResult
) -> Iterator[Seen]:
    """The rows that can be kept; the others go to `result` as rejected."""
    for line in lines:
        if isinstance(line, BadLine):
            result.reject(line.row, line.reason)
        elif reason := _objection(line, people, latest):
            result.reject(line.row, reason, **line.where)
        else:
            yield line


def _objection(seen: Seen, people: _People, latest: datetime) -> str:
    moment = f"{seen.at:%Y-%m-%d %H:%M:%S}"
    if seen.at.year < FIRST_YEAR:
        return f"考勤机时钟没有校准：{moment}"
    if timezone.make_aware(seen.at) > latest:
        return f"打卡时间在将来，考勤机时钟可能没有校准：{moment}"
    if people.known(seen) is None:
        return f"花名册里没有考勤号“{seen.number or seen.no}”"
    return ""


def _store(chunk: list[Seen], people: _People, source_id: str, result: ImportResult) -> None:
    """Add what is not there yet: one query to look, multi-row inserts to add."""
    new: dict[tuple[str, datetime], Punch] = {}
    for seen in chunk:
        staff, number = people.known(seen) or (None, seen.number)
        at = timezone.make_aware(seen.at)
        punch = Punch(
            hall=people.hall,
            staff_id=staff,
            attendance_no=number,
            at=at,
            source=PunchSource.FILE,
            source_id=source_id,
            raw=seen.raw,
        )
        new.setdefault((number, at), punch)
    known = Punch.objects.filter(hall=people.hall, at__in={at for _, at in new})
    for key in known.values_list("attendance_no", "at"):
        new.pop(key, None)
    Punch.objects.bulk_create(new.values(), ignore_conflicts=True)
    result.created += len(new)
    result.unchanged += len(chunk) - len(new)


class PunchInbox:
    """收打卡: punches that come one by one, by the rules of the files; the ledger of a hall is read once."""

    def __init__(self, hall: Hall) -> None:
        self.created = self.unchanged = 0
        self._people = _People(hall)
        self._latest = timezone.now() + CLOCK_AHEAD

    def take(self, *, at: datetime, number: str = "", no: str = "", device: str = "") -> tuple[Punch, bool]:
        """The punch, and whether it is new: a number at a moment is one punch, by whichever way it came.

        Raises Refused for an unknown number and for a clock that cannot be right.
        """
        moment = timezone.localtime(at).replace(microsecond=0, tzinfo=None)
        seen = Seen(0, number, moment, "", no)
        if reason := _objection(seen, self._people, self._latest):
            raise Refused(f"{reason}。", code="bad_punch", status=422)
        staff, known_number = self._people.known(seen) or (None, number)
        at = timezone.make_aware(moment)
        same = Punch.objects.filter(hall=self._people.hall, attendance_no=known_number, at=at)
        found: Punch | None = same.order_by("pk").first()
        if found is not None:
            self.unchanged += 1
            return found, False
        made, is_new = Punch.objects.get_or_create(
            hall=self._people.hall,
            attendance_no=known_number,
            at=at,
            source=PunchSource.DEVICE,
            defaults={"staff_id": staff, "source_id": device, "raw": f"{known_number} {moment}"},
        )
        self.created += is_new
        self.unchanged += not is_new
        return made, is_new

    def close(self, *, by: User) -> None:
        """Leave a trace of what came in; nothing when nothing did."""
        if self.created:
            counts = {"created": self.created, "unchanged": self.unchanged}
            audit.record("attendance.punches_received", target=self._people.hall, by=by, after=counts)


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


# --- reading ----------------------------------------------------------------------------------


def _read(path: Path, month: date | None) -> Iterator[Seen | BadLine]:
    with path.open("rb") as file:
        is_book = file.read(4).startswith(SHEETS)
    if is_book or not _looks_like_attlog(path):
        yield from _from_table(path, month)
        return
    for line in read_attlog(path):
        yield Seen(line.row, line.number, line.at, line.raw) if isinstance(line, PunchLine) else line


def _looks_like_attlog(path: Path) -> bool:
    """Whether one of the first lines is a device's; a .dat file is never anything else."""
    if path.suffix.lower() in (".dat", ".log"):
        return True
    return any(isinstance(line, PunchLine) for line in islice(read_attlog(path), SAMPLE))


def _from_table(path: Path, month: date | None) -> Iterator[Seen | BadLine]:
    table = read_table(path, COLUMNS, required=("at",))
    if not {"number", "no"} & table.columns:
        raise UnreadableFile(f"“{path.name}”没有考勤号或工号这一列。")
    year = month.year if month else year_of(row.raw("day") for row in table)
    for row in table:
        try:
            at = _moment(row, year)
        except ValueError as error:
            yield BadLine(row.number, str(error))
            continue
        raw = ",".join(clean_text(cell) for cell in row.cells.values())[:200]
        yield Seen(row.number, row.code("number"), at, raw, row.code("no"), row.where)


def _moment(row: Row, year: int | None) -> datetime:
    """The row's moment: from a day and a time, or from one cell that holds both."""
    if clean_text(row.raw("day")):
        return datetime.combine(parse_day(row.raw("day"), year), _time(row.raw("at")))
    at = row.raw("at")
    if isinstance(at, datetime):
        return at.replace(microsecond=0)
    parts = re.split(r"[ T]+", clean_text(at), maxsplit=1)
    if len(parts) != 2:
        raise ValueError(f"看不懂的时间“{clean_text(at)}”")
    return datetime.combine(parse_day(parts[0], year), parse_time(parts[1]))


def _time(cell: Cell) -> time:
    """A time, also where the cell repeats the day before it."""
    if isinstance(cell, str) and " " in clean_text(cell):
        return parse_time(clean_text(cell).split(" ")[-1])
    return parse_time(cell)
