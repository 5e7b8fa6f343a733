"""花名册导入: a paper roster becomes units, windows, staff and postings; a second time nothing changes.

The natural key of a person is the 工号. People missing from a later file are listed, never removed,
and an import makes no logins. What the system knows from later days than the file's month wins.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from trail.actors import person
from trail.services import audit
from trail.services.import_kinds import ImportKind, ImportOrder
from trail.services.imports import ImportResult, run_import
from windows.enums import StaffEventKind
from windows.models import Posting, Staff, StaffEvent, Window
from windows.services.postings import end_stay
from windows.services.roster_file import BadLine, RosterFile, RosterLine, place_words, read_roster
from windows.services.roster_places import Places

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import Hall, User
    from trail.actors import Robot

DAY = timedelta(days=1)
STAFF_TEXTS = ("name", "attendance_no", "gender", "phone", "political_status", "post")
GONE = (StaffEventKind.LEFT, StaffEventKind.SENT_BACK)


def import_roster(
    *,
    path: Path,
    hall: Hall,
    by: User | Robot,
    month: date | None = None,
    dry_run: bool = False,
    all_or_nothing: bool = False,
) -> ImportResult:
    """Bring a paper roster in; see `trail.services.imports.run_import` for the two switches."""
    work = roster_work(path=path, hall=hall, by=by, month=month)
    return run_import(
        "roster", work, hall=hall, path=path, by=by, dry_run=dry_run, all_or_nothing=all_or_nothing
    )


def _begin(order: ImportOrder) -> Callable[[ImportResult], None]:
    return roster_work(path=order.path, hall=order.hall, by=order.by, month=order.month)


KIND = ImportKind(
    "roster",
    "花名册",
    10,
    _begin,
    page="/settings/people/",
    hint=(
        "工号、姓名、窗口号必须有；派驻单位、窗口类别、窗口名称、楼层、考勤号、岗位、进驻时间、备注能认出来的都会读。"
        "列的顺序和叫法不限，合并单元格、标题行、合计行不影响。花名册里没有的人不会被删除。"
    ),
    noun="人",
)


def roster_work(
    *, path: Path, hall: Hall, by: User | Robot, month: date | None = None
) -> Callable[[ImportResult], None]:
    """What `run_import` does for a roster."""

    def work(result: ImportResult) -> None:
        roster = read_roster(path, month=month, result=result)
        _Import(hall, roster, by, result).run()

    return work


class _Import:
    """One run: the hall's state in memory and the lines applied to it."""

    def __init__(self, hall: Hall, roster: RosterFile, by: User | Robot, result: ImportResult) -> None:
        self.hall, self.roster, self.by, self.result = hall, roster, by, result
        self.places = Places(hall, roster, result)
        self.staff = {s.no: s for s in Staff.objects.filter(hall=hall).select_related("department")}
        self.holders = {s.attendance_no: s.no for s in self.staff.values() if s.attendance_no}
        self.postings: dict[str, list[Posting]] = {no: [] for no in self.staff}
        postings = Posting.objects.filter(hall=hall).select_related("window", "staff")
        for posting in postings.order_by("starts_on", "pk"):
            self.postings[posting.staff.no].append(posting)
        self.events: list[StaffEvent] = []
        self.changed: set[str] = set()

    def run(self) -> None:
        """Places first, then people, then who is chief; last, one audit row for all."""
        lines = self._accepted(self._accepted(self.roster.lines, self.places.take))
        self.places.make()
        self._free_attendance_nos(lines)
        known = [line for line in lines if line.no in self.staff]
        new = [line for line in lines if line.no not in self.staff]
        self._add_people(new)
        for line in known:
            self._update_person(line)
        self.result.progress.expect(len(lines), "正在导入人员")
        for line in lines:
            self._apply_changes(line)
            self.result.progress.advance()
        self._set_chiefs(lines)
        StaffEvent.objects.bulk_create(self.events)
        self.result.created += len(new)
        self.result.updated += sum(line.no in self.changed for line in known)
        self.result.unchanged += sum(line.no not in self.changed for line in known)
        self._note_missing()
        counts = {"created": self.result.created, "updated": self.result.updated}
        after = {**counts, "month": f"{self.roster.month:%Y-%m}"}
        audit.record("roster.imported", target=self.hall, by=self.by, hall=self.hall, after=after)

    def _accepted(self, lines: list[RosterLine], *checks: Callable[[RosterLine], None]) -> list[RosterLine]:
        """The lines that pass; the second round, without checks, looks again at attendance numbers."""
        kept = []
        numbers = {line.no: line.texts["attendance_no"] for line in lines}
        for line in lines:
            try:
                self._check_attendance_no(line, numbers)
                for check in checks:
                    check(line)
            except BadLine as bad:
                self.result.reject(line.row.number, str(bad), **line.row.where)
                continue
            kept.append(line)
        return kept

    # --- people -------------------------------------------------------------------------------

    def _check_attendance_no(self, line: RosterLine, numbers: dict[str, str]) -> None:
        """The number must be free, or its holder must get another one by the same file."""
        number = line.texts["attendance_no"]
        holder = self.holders.get(number) if number else None
        if holder in (None, line.no) or numbers.get(holder or "", number) not in ("", number):
            return
        raise BadLine(f"考勤号 {number} 已是{self.staff[holder or ''].name}（{holder}）的")

    def _free_attendance_nos(self, lines: list[RosterLine]) -> None:
        """Two people may have swapped numbers: those that change hands are let go first."""
        moving = [
            staff.pk
            for line in lines
            if (staff := self.staff.get(line.no)) is not None
            and "" not in (staff.attendance_no, line.texts["attendance_no"])
            and staff.attendance_no != line.texts["attendance_no"]
        ]
        Staff.objects.filter(pk__in=moving).update(attendance_no="")

    def _add_people(self, lines: list[RosterLine]) -> None:
        people = Staff.objects.bulk_create(self._new_staff(line) for line in lines)
        self.staff.update({staff.no: staff for staff in people})
        postings = []
        for line, staff in zip(lines, people, strict=True):
            window = self.places.windows[line.window]
            postings.append(self._new_posting(staff, window, staff.joined_on or self.roster.month))
            if staff.joined_on:
                self._event(staff, StaffEventKind.JOINED, staff.joined_on, window)
        for posting in Posting.objects.bulk_create(postings):
            self.postings[posting.staff.no] = [posting]

    def _new_staff(self, line: RosterLine) -> Staff:
        noted = next((c.day for c in line.changes if c.kind == StaffEventKind.JOINED), None)
        if None not in (noted, line.joined_on) and noted != line.joined_on:
            self._note(line, f"备注写 {noted} 进驻，进驻时间列是 {line.joined_on}，按进驻时间列")
        window = self.places.windows[line.window]
        return Staff(
            hall=self.hall,
            no=line.no,
            department=self.places.departments.get(line.texts["department"], window.department),
            joined_on=line.joined_on or noted,
            note=line.texts["note"][:200],
            **{key: line.texts[key] for key in STAFF_TEXTS},
        )

    def _new_posting(
        self, staff: Staff, window: Window, starts_on: date, ends_on: date | None = None
    ) -> Posting:
        return Posting(hall=self.hall, staff=staff, window=window, starts_on=starts_on, ends_on=ends_on)

    def _update_person(self, line: RosterLine) -> None:
        staff = self.staff[line.no]
        wanted: dict[str, object] = {key: line.texts[key] for key in STAFF_TEXTS if line.texts[key]}
        if line.texts["department"]:
            wanted["department"] = self.places.departments[line.texts["department"]]
        if "note" in self.roster.columns:
            wanted["note"] = line.texts["note"][:200]
        changed = {key: value for key, value in wanted.items() if getattr(staff, key) != value}
        for key, value in changed.items():
            setattr(staff, key, value)
        if changed:
            staff.save(update_fields=list(changed))
            self.changed.add(line.no)
        self._correct_joining(line, staff)
        self._follow_file(line, staff)

    def _correct_joining(self, line: RosterLine, staff: Staff) -> None:
        """A corrected 进驻时间 also corrects the first posting, when that began on the day."""
        if line.joined_on in (None, staff.joined_on) or line.joined_on is None:
            return
        first = next(iter(self.postings[line.no]), None)
        ends = [day for day in (staff.left_on, first.ends_on if first else None) if day]
        if ends and line.joined_on > min(ends):
            self._note(line, f"进驻时间 {line.joined_on} 晚于已登记的派驻，没有改动")
            return
        if first is not None and first.starts_on == (staff.joined_on or self.roster.month):
            first.starts_on = line.joined_on
            first.save(update_fields=["starts_on"])
        staff.joined_on = line.joined_on
        staff.save(update_fields=["joined_on"])
        self.changed.add(line.no)

    # --- who sits where -----------------------------------------------------------------------

    def _follow_file(self, line: RosterLine, staff: Staff) -> None:
        """Let the person sit where the file says, from the file's month on, if the system says otherwise."""
        month = self.roster.month
        last = (month + 31 * DAY).replace(day=1) - DAY
        postings = self.postings[line.no]
        in_month = [p for p in postings if p.starts_on <= last and (p.ends_on is None or p.ends_on >= month)]
        if any(p.window.code in (line.window, line.final_window) for p in in_month):
            return
        if staff.left_on is not None:
            self._note(line, f"{staff.name}在系统里已于 {staff.left_on} 离开，没有改动")
        elif any(p.starts_on > month for p in postings):
            self._note(line, f"{staff.name}在系统里有更晚的派驻，窗口没有改动")
        else:
            self._move(staff, self.places.windows[line.window], max(month, staff.joined_on or month))

    def _apply_changes(self, line: RosterLine) -> None:
        for change in line.changes:
            if change.kind == StaffEventKind.MOVED:
                self._apply_move(line, change.window_code, change.day)
            elif change.kind in GONE:
                self._apply_leaving(line, change.day, change.kind)

    def _apply_move(self, line: RosterLine, code: str, day: date) -> None:
        window, postings = self.places.windows.get(code), self.postings[line.no]
        if window is None:
            self._note(line, f"备注里的 {code} 窗口不存在，没有调整")
        elif any(p.window_id == window.pk and _covers(p, day) for p in postings):
            return
        elif any(p.starts_on > day for p in postings) or not any(_covers(p, day) for p in postings):
            self._note(line, f"备注说 {day} 调到 {code} 窗口，与系统里的派驻不一致，没有改动")
        else:
            self._move(self.staff[line.no], window, day)

    def _apply_leaving(self, line: RosterLine, day: date, kind: StaffEventKind) -> None:
        staff, postings = self.staff[line.no], self.postings[line.no]
        if staff.left_on == day:
            return
        if staff.left_on is not None or any(p.starts_on > day for p in postings):
            self._note(line, f"备注说 {day} 离开，与系统里的记录不一致，没有改动")
            return
        last = next((p for p in postings if _covers(p, day)), None)
        end_stay(staff, day)
        if last is not None:
            last.ends_on = day
        self._event(staff, kind, day, last.window if last else None, line.texts["note"])
        self.changed.add(line.no)

    def _move(self, staff: Staff, window: Window, day: date) -> None:
        postings = self.postings[staff.no]
        old = next((p for p in postings if _covers(p, day)), None)
        ends_on = old.ends_on if old else None
        if old is not None and old.starts_on == day:
            postings.remove(old)
            old.delete()
        elif old is not None:
            old.ends_on = day - DAY
            old.save(update_fields=["ends_on"])
        posting = self._new_posting(staff, window, day, ends_on)
        posting.save()
        postings.append(posting)
        self._event(staff, StaffEventKind.MOVED, day, window)
        self.changed.add(staff.no)

    # --- chief representatives ----------------------------------------------------------------

    def _set_chiefs(self, lines: list[RosterLine]) -> None:
        """The 首席代表 heads the window until somebody else is made head; no chief any more, no head."""
        if "post" not in self.roster.columns:
            return
        chosen = [(line, p) for line in lines if (p := self._posting_of(line)) is not None]
        for line, posting in chosen:
            if posting.is_chief and not line.is_chief:
                self._mark(line, posting, is_chief=False, is_head=False)
        heads = {p.window_id for ps in self.postings.values() for p in ps if p.is_head and p.ends_on is None}
        for line, posting in chosen:
            if not line.is_chief or (posting.is_chief and posting.window_id in heads):
                continue
            is_head = posting.is_head or posting.window_id not in heads
            self._mark(line, posting, is_chief=True, is_head=is_head)
            heads.add(posting.window_id)

    def _posting_of(self, line: RosterLine) -> Posting | None:
        """The open posting at the window the row names; none when the person has moved on or left."""
        last = next(reversed(self.postings[line.no]), None)
        return last if last and last.ends_on is None and last.window.code == line.window else None

    def _mark(self, line: RosterLine, posting: Posting, *, is_chief: bool, is_head: bool) -> None:
        posting.is_chief, posting.is_head = is_chief, is_head
        posting.save(update_fields=["is_chief", "is_head"])
        self.changed.add(line.no)

    # --- words --------------------------------------------------------------------------------

    def _note_missing(self) -> None:
        missing = [
            f"{staff.name}（{no}）"
            for no, staff in self.staff.items()
            if no not in self.roster.named and (staff.left_on is None or staff.left_on >= self.roster.month)
        ]
        if missing:
            names = "、".join(missing)
            self.result.notes.append(f"花名册里没有、系统里在驻的 {len(missing)} 人，未作改动：{names}")

    def _note(self, line: RosterLine, words: str) -> None:
        self.result.notes.append(f"{place_words(line.row)}：{words}。")

    def _event(
        self, staff: Staff, kind: StaffEventKind, day: date, window: Window | None, reason: str = ""
    ) -> None:
        event = StaffEvent(hall=self.hall, staff=staff, kind=kind, day=day, window=window)
        event.reason, event.by = reason[:200], person(self.by)
        self.events.append(event)


def _covers(posting: Posting, day: date) -> bool:
    return posting.starts_on <= day and (posting.ends_on is None or posting.ends_on >= day)
