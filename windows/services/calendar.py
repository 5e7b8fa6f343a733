"""工作日历 calendar: the state's yearly notice comes in from a file, a hall's own days by hand.

A notice is JSON as `windows/data/calendar/2026.json`: {"year", "source", "days": [{"date", "name",
"is_off"}]}; the spelling of the public holiday-cn files ("isOffDay", "papers") is read too.
Its rows replace the year's rows after a diff was seen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, transaction

from accounts.errors import Refused
from accounts.models import Hall
from accounts.versions import ChangedMeanwhile, Facts, require_unchanged, version_of
from trail.services import audit
from trail.services.tables import parse_day
from windows.enums import DayKind, YearStatus
from windows.models import CalendarDay, CalendarYear

if TYPE_CHECKING:
    from accounts.models import User
    from trail.actors import Robot

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "calendar"
STATE_KINDS = (DayKind.OFF, DayKind.MAKE_UP)
LOCAL_KINDS = (DayKind.LOCAL_OFF, DayKind.LOCAL_ON)
Entry = tuple[str, str]
"""(kind, name) of a day."""


class BadNotice(Refused):
    """The text is no holiday notice that can be read."""

    status = 422
    code = "bad_notice"


class DayDecided(Refused):
    """The hall has decided otherwise about the day, and the caller does not say that he knows it."""

    status = 409
    code = "day_decided"

    def __init__(self, changed: ChangedMeanwhile) -> None:
        super().__init__("这一天已有别的安排，没有替换。要改请带 If-Match，写明读到的版本。")
        self.extra = changed.extra


@dataclass(frozen=True)
class Notice:
    """放假通知: the days of one year that are not what their weekday says."""

    year: int
    source: str
    days: dict[date, Entry]


@dataclass(frozen=True)
class DayChange:
    """One line of a diff: what the day was and what it becomes; None where there is no entry."""

    day: date
    before: Entry | None
    after: Entry | None

    @property
    def before_words(self) -> str:
        """What the day was, in words."""
        return _words(self.before, self.day)

    @property
    def after_words(self) -> str:
        """What the day becomes, in words."""
        return _words(self.after, self.day)


@dataclass(frozen=True)
class CalendarDiff:
    """What a notice would change; empty when all of it is known already."""

    notice: Notice
    changes: list[DayChange] = field(default_factory=list)
    unchanged: int = 0
    is_new_year: bool = False

    @property
    def is_empty(self) -> bool:
        """Nothing would change."""
        return not self.changes and not self.is_new_year


def read_notice(text: str) -> Notice:
    """The notice in a text; raises BadNotice with the line that is wrong."""
    try:
        data = json.loads(text.lstrip("\ufeff"))
        year, rows = int(data["year"]), data["days"]
    except (ValueError, KeyError, TypeError):
        raise BadNotice("内容不是放假安排：应是含 year、source 和 days 的 JSON。") from None
    if not isinstance(rows, list) or not rows or len(rows) > 366:
        raise BadNotice("days 应列出放假和调休上班的每一天。")
    days: dict[date, Entry] = {}
    for number, row in enumerate(rows, 1):
        day, entry = _notice_day(row, number, year)
        if days.setdefault(day, entry) != entry:
            raise BadNotice(f"第 {number} 条：{day} 前后写得不一样。")
    source = data.get("source") or "；".join(map(str, data.get("papers", []))) or "手工导入"
    return Notice(year, str(source)[:120], dict(sorted(days.items())))


def _notice_day(row: Any, number: int, year: int) -> tuple[date, Entry]:
    try:
        day = parse_day(row["date"])
        is_off = row["is_off"] if "is_off" in row else row["isOffDay"]
        name = str(row.get("name", "")).strip()[:40]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadNotice(f"第 {number} 条看不懂：{error}。每条要有 date、name 和 is_off。") from None
    if day.year != year:
        raise BadNotice(f"第 {number} 条：{day} 不在 {year} 年。")
    if not isinstance(is_off, bool):
        raise BadNotice(f"第 {number} 条：is_off 只能是 true 或 false。")
    if not is_off and day.weekday() < 5:
        raise BadNotice(f"第 {number} 条：{day} 本来就是工作日，不能是调休上班。")
    return day, (DayKind.OFF if is_off else DayKind.MAKE_UP, name or ("放假" if is_off else "调休上班"))


def diff_notice(notice: Notice) -> CalendarDiff:
    """What applying the notice would change among the state's days of its year."""
    before = _state_days(notice.year)
    changes = [
        DayChange(day, before.get(day), notice.days.get(day))
        for day in sorted({*before, *notice.days})
        if before.get(day) != notice.days.get(day)
    ]
    published = CalendarYear.objects.filter(year=notice.year, status=YearStatus.PUBLISHED)
    unchanged = sum(before.get(day) == entry for day, entry in notice.days.items())
    return CalendarDiff(notice, changes, unchanged, not published.exists())


@transaction.atomic
def apply_notice(*, notice: Notice, by: User | Robot) -> CalendarDiff:
    """Make the state's days of the year those of the notice; returns what changed."""
    diff = diff_notice(notice)
    if diff.is_empty:
        return diff
    year, _ = CalendarYear.objects.update_or_create(
        year=notice.year, defaults={"status": YearStatus.PUBLISHED, "source": notice.source}
    )
    changed = [change.day for change in diff.changes]
    CalendarDay.objects.filter(hall__isnull=True, day__in=changed).delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(day=change.day, kind=change.after[0], name=change.after[1], source=notice.source)
        for change in diff.changes
        if change.after
    )
    audit.record(
        "calendar.imported",
        target=year,
        by=by,
        before={str(c.day): c.before_words for c in diff.changes},
        after={str(c.day): c.after_words for c in diff.changes},
        reason=notice.source,
    )
    return diff


def ensure_calendar(using: str = DEFAULT_DB_ALIAS) -> list[int]:
    """Load the years shipped with the program that the database `using` does not know; the years loaded.

    A year that is there is left alone: a hall's office may have corrected it.
    """
    shipped = {int(path.stem): path for path in SHIPPED.glob("*.json")}
    known = set(CalendarYear.objects.using(using).filter(year__in=shipped).values_list("year", flat=True))
    missing = sorted(shipped.keys() - known)
    for year in missing:
        with transaction.atomic(using=using):
            _load_shipped(read_notice(shipped[year].read_text(encoding="utf-8")), using)
    return missing


def _load_shipped(notice: Notice, using: str) -> None:
    _, is_new = CalendarYear.objects.using(using).get_or_create(
        year=notice.year, defaults={"status": YearStatus.PUBLISHED, "source": notice.source}
    )
    if is_new:
        CalendarDay.objects.using(using).bulk_create(
            CalendarDay(day=day, kind=kind, name=name, source=notice.source)
            for day, (kind, name) in notice.days.items()
        )


def local_facts(entry: CalendarDay | None) -> Facts:
    """What a hall has decided about a day, for who is about to change it; None for nothing yet."""
    return {"kind": entry.kind, "name": entry.name} if entry else {"kind": "", "name": ""}


UNDECIDED = version_of(local_facts(None))
"""The version of a day the hall has decided nothing about."""


@transaction.atomic
def set_local_day(
    *, hall: Hall, day: date, kind: str, name: str, by: User | Robot, seen: str = ""
) -> CalendarDay:
    """The hall's own decision about a day (停电、防汛、周六开放); it wins over the state's.

    The same decision once more changes nothing. Raises ChangedMeanwhile when the day is not what `seen` says.
    """
    if kind not in LOCAL_KINDS:
        raise Refused("本地安排只能是停办或加开。", code="bad_kind", status=422)
    Hall.objects.select_for_update().get(pk=hall.pk)  # one at a time: there may be no row to lock yet
    old: CalendarDay | None = CalendarDay.objects.filter(hall=hall, day=day).first()
    facts, after = local_facts(old), {"kind": kind, "name": name}
    if old is not None and facts == after:
        return old
    require_unchanged(facts, seen)
    entry, _ = CalendarDay.objects.update_or_create(
        hall=hall, day=day, defaults={**after, "source": "本大厅决定"}
    )
    before = facts if old else None
    after = {"day": str(day), **after}
    audit.record("calendar.local_set", target=entry, by=by, hall=hall, before=before, after=after)
    return entry


@transaction.atomic
def drop_local_day(*, entry: CalendarDay, by: User | Robot, seen: str = "") -> None:
    """Take back the hall's own decision about a day; raises ChangedMeanwhile as above."""
    if entry.hall is None:
        raise Refused("国家安排的放假和调休不能在这里删，请导入更正后的通知。")
    entry = CalendarDay.objects.select_for_update(of=("self",)).select_related("hall").get(pk=entry.pk)
    require_unchanged(local_facts(entry), seen)
    before = {"day": str(entry.day), "kind": entry.kind, "name": entry.name}
    audit.record("calendar.local_dropped", target=entry, by=by, hall=entry.hall, before=before)
    entry.delete()


def _state_days(year: int) -> dict[date, Entry]:
    rows = CalendarDay.objects.filter(hall__isnull=True, day__year=year)
    return {day: (kind, name) for day, kind, name in rows.values_list("day", "kind", "name")}


def _words(entry: Entry | None, day: date) -> str:
    if entry is None:
        return "休息日" if day.weekday() >= 5 else "工作日"
    return f"{DayKind(entry[0]).label}（{entry[1]}）"
