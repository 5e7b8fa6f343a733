"""纸面台账 paper: bring in what was found and decided before the hall worked with us.

A line that names an unknown window, an unknown or ambiguous person, or words that no phrase of the
hall means, is rejected with its reason: nothing is guessed.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.errors import Refused
from patrols.enums import VisitResult
from patrols.models import Finding, Round, Visit
from patrols.services.paper_file import SEVERAL, PaperLine, read_ledger
from trail.services import audit
from trail.services.import_kinds import ImportKind, ImportOrder
from trail.services.numbers import draw_number
from violations.enums import RecordSource
from violations.models import ConductRecord
from violations.rule_enums import Subject
from violations.services.ledger import Found, enter_decided_record, propose_record
from violations.services.rulebook import PhraseBook, phrase_key
from violations.tariff import versions_for
from windows.models import Posting, Staff, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from accounts.models import Hall, User
    from trail.actors import Robot
    from trail.services.imports import ImportResult
    from violations.models import Act

UNKNOWN_WORDS = "对不上条款"
PREFIX = "patrol:"
BEHIND_NUMBER = re.compile(r"号?(?:窗口|窗|柜台|台席)?$")


def _begin(order: ImportOrder) -> Callable[[ImportResult], None]:
    return paper_work(
        path=order.path,
        hall=order.hall,
        by=order.by,
        month=order.month,
        as_proposals=AS_PROPOSALS in order.switches,
    )


AS_PROPOSALS = "as_proposals"
KIND = ImportKind(
    "patrols",
    "巡查台账",
    40,
    _begin,
    page="/findings/",
    hint="纸面上已经定下来的巡查记录：日期、时间、窗口、姓名、情况。导入后直接计入，再次导入同一文件不改变任何内容。",
    permissions=("record.confirm",),
    switches=((AS_PROPOSALS, "还没有定论，记为草稿", "由人核实后再告知当事人。"),),
)


def paper_work(
    *, path: Path, hall: Hall, by: User | Robot, month: date | None = None, as_proposals: bool = False
) -> Callable[[ImportResult], None]:
    """What `run_import` does with a ledger; with `as_proposals` findings come in as drafts."""

    def work(result: ImportResult) -> None:
        lines = read_ledger(path, result, month)
        _PaperLedger(hall, by, as_proposals, lines).enter(result)

    return work


class _PaperLedger:
    """A ledger on its way in: what the hall was like on those days, read once for all lines."""

    def __init__(self, hall: Hall, by: User | Robot, as_proposals: bool, lines: list[PaperLine]) -> None:
        self.hall, self.by, self.as_proposals, self.lines = hall, by, as_proposals, lines
        days = [line.day for line in lines]
        self._windows = _Windows(hall)
        self._people = _People(hall, min(days), max(days)) if days else None
        self._versions = versions_for({(hall.pk, day): hall for day in days})
        self._books: dict[int, PhraseBook] = {}
        self._known = _keys_before(hall)
        self._rounds: dict[tuple[object, ...], Round] = {}

    def enter(self, result: ImportResult) -> None:
        """Enter each line that can be understood."""
        if self.lines and not any(self._versions.values()):
            raise Refused(
                "这个大厅在台账的日期里没有现行的考核细则，请先用 load_rulebook 载入。",
                code="no_rulebook",
                status=422,
            )
        result.progress.expect(len(self.lines), "正在导入台账")
        # A day's numbers are held to the end: the latest day comes last, so that writers of today go on.
        for line in sorted(self.lines, key=lambda line: line.day):
            try:
                self._enter(line, result)
            except (ValueError, Refused) as error:
                result.reject(line.row, str(error), **line.where)
            result.progress.advance()

    def _enter(self, line: PaperLine, result: ImportResult) -> None:
        window = self._windows.find(line.window, line.day)
        key = _key(line, window)
        if key in self._known:
            result.unchanged += 1
            return
        with transaction.atomic():
            if line.is_fine:
                self._visit(line, window, key, VisitResult.OK)
            else:
                self._finding(line, window, key)
        self._known.add(key)
        result.created += 1

    def _finding(self, line: PaperLine, window: Window, key: str) -> None:
        act = self._act(line)
        staff = self._people.find(line, window) if line.name and self._people else None
        if act.subject == Subject.STAFF and staff is None:
            raise ValueError(f"“{act.name}”是记在人身上的，没有写姓名")
        found = Found(
            act=act,
            at=line.at,
            window=window,
            staff=staff,
            note=line.note,
            source=RecordSource.IMPORT,
            source_key=key,
            finder_name=line.officer,
        )
        door = propose_record if self.as_proposals else enter_decided_record
        record = door(found, hall=self.hall, by=self.by)
        visit = self._visit(line, window, key, VisitResult.FINDING)
        Finding.objects.create(
            hall=self.hall, visit=visit, staff=staff, act=act, words=line.words, record=record
        )

    def _visit(self, line: PaperLine, window: Window, key: str, result: str) -> Visit:
        return Visit.objects.create(
            hall=self.hall,
            round=self._round(line),
            window=window,
            result=result,
            at=line.at,
            client_uuid=_uuid(key),
        )

    def _act(self, line: PaperLine) -> Act:
        version = self._versions[self.hall.pk, line.day]
        if version is None:
            raise ValueError(f"{line.day:%Y-%m-%d} 没有现行的考核细则")
        if version.pk not in self._books:
            self._books[version.pk] = PhraseBook(self.hall, line.day)
        act = self._books[version.pk].act(line.words)
        if act is None:
            raise ValueError(f"{UNKNOWN_WORDS}：“{line.words}”。可在“常用说法”里加上这种说法再导入一次")
        return act

    def _round(self, line: PaperLine) -> Round:
        """The walk the line belongs to: same person, same moment, same kind."""
        walker = line.officer or "纸面台账"
        same = (line.at, walker, line.kind)
        if same not in self._rounds:
            before = Round.objects.filter(
                hall=self.hall, is_imported=True, started_at=line.at, officer_name=walker, kind=line.kind
            ).first()
            self._rounds[same] = before or self._new_round(line, walker)
        return self._rounds[same]

    def _new_round(self, line: PaperLine, walker: str) -> Round:
        serial = draw_number(self.hall, f"XC-{line.day:%Y%m%d}")
        round_ = Round.objects.create(
            hall=self.hall,
            number=f"XC-{line.day:%Y%m%d}-{serial:03d}",
            kind=line.kind,
            day=line.day,
            officer_name=walker,
            started_at=line.at,
            finished_at=line.at,
            is_imported=True,
        )
        audit.record("round.imported", target=round_, by=self.by)
        return round_


class _Windows:
    """The windows of a hall by the ways a ledger writes them."""

    def __init__(self, hall: Hall) -> None:
        rows = list(Window.objects.filter(hall=hall))
        self._by_code = {_plain(window.code): window for window in rows}
        self._by_name: dict[str, list[Window]] = defaultdict(list)
        for window in rows:
            self._by_name[_plain(window.name)].append(window)

    def find(self, words: str, day: date) -> Window:
        """The window these words mean. Raises ValueError when there is none or more than one."""
        plain = _plain(words)
        window = self._by_code.get(plain) or self._by_code.get(BEHIND_NUMBER.sub("", plain))
        if window is None:
            named = self._by_name.get(plain, [])
            if len(named) > 1:
                raise ValueError(f"叫“{words}”的窗口有 {len(named)} 个，请写窗口号")
            window = named[0] if named else None
        if window is None:
            raise ValueError(f"没有窗口“{words}”")
        if (window.opened_on and day < window.opened_on) or (window.closed_on and day > window.closed_on):
            raise ValueError(f"窗口 {window.code} 在 {day:%Y-%m-%d} 没有启用")
        return window


class _People:
    """Who sat where on the days of a ledger, by name."""

    def __init__(self, hall: Hall, first: date, last: date) -> None:
        postings = Posting.objects.of_hall(hall).overlapping(first, last).select_related("staff__department")
        self._by_name: dict[str, list[Posting]] = defaultdict(list)
        for posting in postings:
            self._by_name[_plain(posting.staff.name)].append(posting)

    def find(self, line: PaperLine, window: Window) -> Staff:
        """The person of this name at the window that day, else in the hall that day.

        Raises ValueError when nobody or more than one person answers to the name.
        """
        of_name = self._by_name.get(_plain(line.name), [])
        here = [
            p for p in of_name if p.starts_on <= line.day and (p.ends_on is None or p.ends_on >= line.day)
        ]
        at_window = _distinct(p.staff for p in here if p.window_id == window.pk)
        anywhere = _distinct(p.staff for p in here)
        if len(at_window) == 1:
            return at_window[0]
        if len(at_window) > 1 or len(anywhere) > 1:
            raise ValueError(f"那天大厅里有不止一个“{line.name}”，请核对窗口号")
        if anywhere:
            return anywhere[0]
        if SEVERAL.search(line.name):
            raise ValueError(f"“{line.name}”像是几个人，请一人写一行")
        raise ValueError(f"{line.day:%Y-%m-%d} 大厅里没有“{line.name}”")


def _holds(posting: Posting, day: date) -> bool:
    return posting.starts_on <= day and (posting.ends_on is None or posting.ends_on >= day)


def _distinct(people: Iterable[Staff]) -> list[Staff]:
    return list({staff.pk: staff for staff in people}.values())


def _plain(words: str) -> str:
    """Words without blanks and signs, in half width, as they are compared."""
    return phrase_key(words).upper()


def _keys_before(hall: Hall) -> set[str]:
    """Lines that came in before: findings by their record, windows found in order by their visit."""
    rows = ConductRecord.objects.filter(hall=hall, source=RecordSource.IMPORT)
    keys = set(rows.filter(source_key__startswith=PREFIX).values_list("source_key", flat=True))
    fine = Visit.objects.filter(hall=hall, round__is_imported=True, result=VisitResult.OK)
    return keys | {f"{PREFIX}{number.hex}" for number in fine.values_list("client_uuid", flat=True)}


def _key(line: PaperLine, window: Window) -> str:
    """The natural key of a line: date, time, window, name, words."""
    parts = (f"{line.at:%Y-%m-%d %H:%M:%S}", window.code, _plain(line.name), phrase_key(line.words))
    digest = hashlib.sha256("|".join(parts).encode()).hexdigest()
    return f"{PREFIX}{digest[:32]}"


def _uuid(key: str) -> uuid.UUID:
    return uuid.UUID(hex=key.removeprefix(PREFIX))
