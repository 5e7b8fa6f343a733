"""指标、自评、评审打分和投票 services: what the rulebook asks for beside the ledger, entered by people.

Figures and votes are added, never edited: of a figure the newest counts, of votes all. All rows of one entry
are kept or none.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from assessments.enums import FIGURES, Origin, RankedBy, SortKey
from assessments.models import AssessmentMonth, Figure, Vote
from assessments.services.months import first_of_period
from assessments.services.reading import pack_of
from trail.services import audit
from violations.rule_enums import Period, Subject
from violations.tariff import version_for
from windows.models import Department, Staff, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from django.db.models import QuerySet

    from accounts.models import Hall, User
    from violations.models import RulebookVersion

MOST_ROWS = 5000
LARGEST = Decimal(1_000_000_000)
"""Ten million, in hundredths."""
NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d+)?")


@dataclass(frozen=True)
class Asked:
    """A figure or ballot that a version reads: of whom, for which period, and where."""

    origin: str
    code: str
    kind: str
    period: str
    where: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """As forms and programs name it."""
        return f"{self.origin}:{self.code}:{self.kind}:{self.period}"

    @property
    def label(self) -> str:
        """As pages call it."""
        whose = f"{Subject(self.kind).label}，{Period(self.period).label}"
        used = f"，用于{'、'.join(self.where)}" if self.where else ""
        return f"{Origin(self.origin).label} {self.code}（{whose}{used}）"


@dataclass(frozen=True)
class Group:
    """A group of voters of a ballot."""

    ballot: str
    name: str
    code: str
    label: str


@dataclass(frozen=True)
class Entry:
    """One row as people write it."""

    line: int
    subject: str
    value: str
    times: str = "1"


@dataclass(frozen=True)
class RowError:
    """A row that cannot be kept, and why."""

    line: int
    words: str
    reason: str


class RowsWrong(Refused):
    """Some rows cannot be kept, so none was."""

    code = "rows_wrong"
    status = 422

    def __init__(self, errors: list[RowError]) -> None:
        first = f"第 {errors[0].line} 行：{errors[0].reason}" if errors else "没有可录入的行。"
        super().__init__(f"没有录入。{first}")
        self.errors = errors
        self.extra = {
            "errors": [{"line": one.line, "words": one.words, "reason": one.reason} for one in errors]
        }


@dataclass
class _Reader:
    """Rows turned into subjects and hundredths; what is wrong is collected."""

    hall: Hall
    kind: str
    errors: list[RowError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.codes, self.names = _subjects(self.hall, self.kind)

    def subject(self, entry: Entry) -> int | None:
        """The subject of a row: by number first, then by a name that only one has."""
        words = entry.subject.strip()
        found = self.codes.get(words.upper()) or self.names.get(words)
        if found is None:
            several = words in self.names
            what = {"staff": "工号", "window": "窗口号", "unit": "单位名称"}[self.kind]
            reason = f"有几个叫“{words}”的，请写{what}。" if several else f"大厅里没有“{words}”。"
            self.refuse(entry, reason)
        return found

    def refuse(self, entry: Entry, reason: str) -> None:
        """Remember what is wrong with a row."""
        words = "，".join(part for part in (entry.subject, entry.value) if part)
        self.errors.append(RowError(entry.line, words[:80], reason))


def asked_of(version: RulebookVersion | None) -> list[Asked]:
    """Every figure the version reads, in components, clauses, gates and awards; read off its own text."""
    data = pack_of(version) if version else None
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for place, where in _places(data) if data else ():
        places = found.setdefault(place, [])
        if where not in places:
            places.append(where)
    return [Asked(*key, tuple(where)) for key, where in found.items()]


Place = tuple[str, str, str, str]


def _places(data: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    yield from _in_schemes(data["schemes"])
    for clause in data["clauses"]:
        if "metric" in clause:
            code, period = clause["metric"]["code"], clause.get("period", Period.MONTH)
            words = f"{clause['code']} {clause['article']}"
            yield (Origin.METRIC, code, clause["subject"], period), words
    yield from _in_gates(data)
    for award in data.get("awards", []):
        if "key_of" in award:
            looks_at = {*award.get("then", []), award.get("by", RankedBy.TOTAL)}
            origin = Origin.BALLOT if SortKey.BALLOT in looks_at else Origin.METRIC
            of = (origin, award["key_of"], award["kind"], award.get("period", Period.MONTH))
            yield of, f"{award['name']}{'评选依据' if 'by' in award else '同分比较'}"


def _in_schemes(schemes: list[dict[str, Any]]) -> Iterator[tuple[Place, str]]:
    for scheme in schemes:
        period = scheme.get("period", Period.MONTH)
        for node in _nodes(scheme):
            source = node.get("source", {})
            for origin in (*FIGURES, Origin.BALLOT):
                if origin in source:
                    yield (origin, source[origin], scheme["kind"], period), node["name"]


def _in_gates(data: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """A gate is about honours of its period, or of that of the award it names."""
    periods = {award["code"]: award.get("period", Period.MONTH) for award in data.get("awards", [])}
    for gate in data.get("gates", []):
        if "metric" in gate.get("of", {}):
            period = periods.get(gate.get("award", ""), gate.get("period", Period.MONTH))
            yield (Origin.METRIC, gate["of"]["metric"], gate["kind"], period), f"门槛 {gate['article']}"


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for child in node.get("components", []):
        yield child
        yield from _nodes(child)


def figures_asked(hall: Hall) -> list[Asked]:
    """Metrics, self-evaluations and panel marks the hall's rulebook reads."""
    return [asked for asked in asked_of(version_for(hall)) if asked.origin in FIGURES]


def ballots_asked(hall: Hall) -> list[Asked]:
    """Ballots the hall's rulebook reads."""
    return [asked for asked in asked_of(version_for(hall)) if asked.origin == Origin.BALLOT]


def groups_of(hall: Hall, ballot: str = "") -> list[Group]:
    """Voter groups of the hall's rulebook, of one ballot or all."""
    return [
        Group(item["code"], item["name"], group["code"], group["name"])
        for item in _ballots(hall)
        for group in item["groups"]
        if ballot in ("", item["code"])
    ]


def options_of(hall: Hall, ballot: str) -> dict[str, Any]:
    """What may be ticked on a ballot and its points; empty when points are given freely."""
    items = {item["code"]: item.get("options", {}) for item in _ballots(hall)}
    return dict(items.get(ballot, {}))


def _ballots(hall: Hall) -> list[dict[str, Any]]:
    version = version_for(hall)
    data = (pack_of(version) if version else None) or {}
    return list(data.get("ballots", []))


@transaction.atomic
def enter_figures(
    *, hall: Hall, asked: Asked, month: date, entries: list[Entry], by: User, note: str = ""
) -> int:
    """Keep one figure of many subjects for a period; returns how many.

    Raises RowsWrong with every row that does not fit: then none is kept.
    """
    first = _open_period(hall, asked, month, by)
    reader = _Reader(hall, asked.kind)
    rows = []
    for entry in _some(entries):
        subject, value = reader.subject(entry), _hundredths(reader, entry, entry.value)
        if subject is not None and value is not None:
            rows.append((entry, subject, value))
    for subject, times in Counter(subject for _, subject, _ in rows).items():
        if times > 1:
            last = [entry for entry, one, _ in rows if one == subject][-1]
            reader.refuse(last, "前面已经有这个对象。")
    _refuse_wrong(reader)
    Figure.objects.bulk_create(
        Figure(
            hall=hall,
            origin=asked.origin,
            code=asked.code,
            month=first,
            period=asked.period,
            kind=asked.kind,
            subject_id=subject,
            value=value,
            note=note.strip()[:200],
            by=by,
            at=timezone.now(),
        )
        for _, subject, value in rows
    )
    _trace("figures.entered", hall, asked, first, len(rows), by)
    return len(rows)


@transaction.atomic
def enter_votes(*, hall: Hall, asked: Asked, group: str, month: date, entries: list[Entry], by: User) -> int:
    """Keep votes of one group of voters for a period; returns how many were cast.

    A mark is one of the ballot's options where it has any, else points. Raises RowsWrong as above.
    """
    first = _open_period(hall, asked, month, by)
    if group not in [row.code for row in groups_of(hall, asked.code)]:
        raise Refused("这个投票没有这组投票人。", code="no_such_group", status=422)
    options, reader = options_of(hall, asked.code), _Reader(hall, asked.kind)
    votes = []
    for entry in _some(entries):
        subject, times = reader.subject(entry), _times(reader, entry)
        value = _mark(reader, entry, options)
        if subject is not None and value is not None and times:
            votes.append((subject, value, times))
    _refuse_wrong(reader)
    Vote.objects.bulk_create(
        Vote(
            hall=hall,
            ballot=asked.code,
            group=group,
            month=first,
            period=asked.period,
            kind=asked.kind,
            subject_id=subject,
            value=value,
            times=times,
            at=timezone.now(),
        )
        for subject, value, times in votes
    )
    cast = sum(times for _, _, times in votes)
    _trace("votes.entered", hall, asked, first, cast, by, group=group)
    return cast


def rows_of(hall: Hall, asked: Asked) -> list[QuerySet[Any]]:
    """The rows an entry may add to, so that it can be taken back."""
    if asked.origin == Origin.BALLOT:
        return [Vote.objects.filter(hall=hall, ballot=asked.code, kind=asked.kind)]
    return [Figure.objects.filter(hall=hall, origin=asked.origin, code=asked.code, kind=asked.kind)]


def entries_of_text(text: str) -> list[Entry]:
    """Rows pasted from a spreadsheet or typed: cells apart by tab, else comma, else blanks."""
    lines = enumerate(text.splitlines(), 1)
    return entries_of_cells((number, _cells(line.strip())) for number, line in lines if line.strip())


def _cells(line: str) -> list[Any]:
    if "\t" in line:
        return line.split("\t")
    return re.split(r"[,，;；]", line) if re.search(r"[,，;；]", line) else line.split()


def entries_of_cells(rows: Iterable[tuple[int, list[Any]]]) -> list[Entry]:
    """Rows of cells as entries; a head of the table is left out."""
    found: list[Entry] = []
    for number, cells in rows:
        words = ["" if cell is None else _plain(cell) for cell in cells]
        if not any(words) or (not found and words[0] in HEADS):
            continue
        words += ["", "", ""]
        found.append(Entry(number, words[0], words[1], words[2] or "1"))
    return found


HEADS = {"工号", "窗口号", "窗口", "单位", "派驻单位", "对象", "编号", "单位名称"}


def _plain(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _some(entries: list[Entry]) -> list[Entry]:
    if not entries:
        raise RowsWrong([])
    if len(entries) > MOST_ROWS:
        raise Refused(f"一次最多 {MOST_ROWS} 行。", code="too_many", status=422)
    return entries


def _refuse_wrong(reader: _Reader) -> None:
    if reader.errors:
        raise RowsWrong(sorted(reader.errors, key=lambda error: error.line))


def _open_period(hall: Hall, asked: Asked, month: date, by: User) -> date:
    """The first day of the period; refused when it is published, to come, or not this person's."""
    if not by.can("assess.score", hall):
        raise NotPermitted("指标和投票由大厅管理员录入。")
    first = first_of_period(month, asked.period)
    if first > timezone.localdate():
        raise Refused("还没到这一期，不能录入。", code="future", status=422)
    if AssessmentMonth.objects.of(hall, first, asked.period).published().exists():
        raise Refused("这一期已经发布，不能再录入。", code="month_published")
    return first


def _subjects(hall: Hall, kind: str) -> tuple[dict[str, int], dict[str, int | None]]:
    """Subjects of the hall by number, and by name where only one has it (None for several)."""
    rows: Any = {
        Subject.STAFF: Staff.objects.filter(hall=hall).values_list("pk", "no", "name"),
        Subject.WINDOW: Window.objects.filter(hall=hall).values_list("pk", "code", "name"),
        Subject.UNIT: Department.objects.filter(hall=hall).values_list("pk", "name", "name"),
    }[Subject(kind)]
    codes: dict[str, int] = {}
    names: dict[str, int | None] = {}
    for pk, code, name in rows:
        codes[code.upper()] = pk
        names[name] = None if name in names else pk
    return codes, names


def _hundredths(reader: _Reader, entry: Entry, text: str) -> int | None:
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-").removesuffix("%")
    if not NUMBER.fullmatch(plain):
        reader.refuse(entry, f"“{text}”不是数字。" if plain else "没有数值。")
        return None
    exact = Decimal(plain) * 100
    if abs(exact) > LARGEST or exact != exact.to_integral_value():
        reader.refuse(entry, f"“{text}”太大，或者小数多于两位。")
        return None
    return int(exact)


def _mark(reader: _Reader, entry: Entry, options: dict[str, Any]) -> int | None:
    if not options:
        return _hundredths(reader, entry, entry.value)
    if entry.value.strip() not in options:
        reader.refuse(entry, f"“{entry.value}”不是选项，只能是 {'、'.join(options)}。")
        return None
    return int(Decimal(str(options[entry.value.strip()])) * 100)


def _times(reader: _Reader, entry: Entry) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", entry.times) or int(entry.times) < 1:
        reader.refuse(entry, f"票数“{entry.times}”不是 1 以上的整数。")
        return 0
    return int(entry.times)


def _trace(action: str, hall: Hall, asked: Asked, first: date, rows: int, by: User, **more: str) -> None:
    after = {"figure": asked.label, "month": f"{first:%Y-%m}", "rows": rows, **more}
    audit.record(action, target=hall, by=by, hall=hall, after=after)
