"""备注 notes: what the last column of a paper roster says about coming, moving and leaving.

Only clauses that are understood from end to end become events; the rest is handed back to be listed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from trail.services.cells import clean_text, half_width, parse_day
from windows.enums import StaffEventKind

DAY = r"(?P<day>\d{4}[年./-]\d{1,2}[月./-]\d{1,2}[日号]?|\d{1,2}[月./-]\d{1,2}[日号]?)"
YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})[年./-]\d{1,2}[月./-]\d{1,2}")
LEFT = re.compile(
    rf"(?:已|于|自|从)*{DAY}(?P<since>起|开始)?,?(?:已|正式)?"
    r"(?:(?:由|从)[A-Za-z]{0,3}-?\d+[A-Za-z]?号?(?:窗口|窗)?)?"
    r"(?:离岗|离开|离职|离厅|调离|调出|调走|撤离|撤岗|撤回|退出|退回|辞职|退休)"
    r"(?:本?大厅|本?中心|窗口|岗位)?,?(?:并|后)?(?:退回|返回|调回|撤回|回)?(?:原|派出|派驻)*(?:工作)?(?:单位|部门|机关)?"
)
MOVED = re.compile(
    rf"(?:已|于|自|从)*{DAY}(?:起|开始)?,?(?:已)?(?:由|从)?(?:[A-Za-z]{{0,3}}-?\d+[A-Za-z]?号?(?:窗口|窗)?)?"
    r"(?:调整|调动|调换|轮换|轮岗|调|转|换|改)(?:到|至|往|去|为|派到)?"
    r"(?P<code>[A-Za-z]{0,3}-?\d+[A-Za-z]?)号?(?:窗口|窗)?(?:工作|上班)?"
)
JOINED = re.compile(
    rf"(?:已|于|自|从)*{DAY}(?:起|开始)?,?(?:已)?新?(?:进驻|入驻|到岗|上岗|进厅|进窗|报到|到任)"
    r"(?:本?大厅|本?中心|窗口)?(?:工作)?"
)


@dataclass(frozen=True)
class NotedChange:
    """人员变动 read from a note; `day` is the last one for who leaves, else the first."""

    kind: StaffEventKind
    day: date
    window_code: str = ""


def read_note(text: str, year_hint: int | None) -> tuple[list[NotedChange], list[str]]:
    """The changes a note tells, in order of days, and the clauses that tell none."""
    changes: list[NotedChange] = []
    unread: list[str] = []
    for clause in re.split(r"[;；。\n]", clean_text(text)):
        whole = _read_clause(clause, year_hint)
        parts = [clause] if whole or not clause.strip() else re.split(r"[,，、]", clause)
        for part in parts:
            change = whole or _read_clause(part, year_hint)
            if change:
                changes.append(change)
            elif part.strip():
                unread.append(part.strip())
    return sorted(changes, key=lambda change: change.day), unread


def years_named(notes: Iterable[str]) -> int | None:
    """The year most of the full dates in the notes carry; what a date without one takes."""
    years = Counter(int(found[1]) for note in notes if (found := YEAR.search(half_width(note))))
    return years.most_common(1)[0][0] if years else None


def _read_clause(clause: str, year_hint: int | None) -> NotedChange | None:
    plain = half_width(clause).replace(" ", "")
    try:
        if found := LEFT.fullmatch(plain):
            day = parse_day(found["day"], year_hint)
            kind = StaffEventKind.SENT_BACK if "退回" in plain else StaffEventKind.LEFT
            return NotedChange(kind, day - timedelta(days=1) if found["since"] else day)
        if found := MOVED.fullmatch(plain):
            return NotedChange(StaffEventKind.MOVED, parse_day(found["day"], year_hint), found["code"])
        if found := JOINED.fullmatch(plain):
            return NotedChange(StaffEventKind.JOINED, parse_day(found["day"], year_hint))
    except ValueError:
        return None
    return None
