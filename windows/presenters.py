"""What the pages of windows and people show: who sits there, the public roster, a person's story."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone

from windows.absences import away_at
from windows.models import Posting, ServiceHours, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Hall, User
    from windows.models import Staff

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class PublicPerson:
    """亮身份: what the roster shows of one person."""

    name: str
    unit: str
    title: str
    photo_url: str
    away: str


@dataclass
class PublicWindow:
    """One window of the public roster; empty texts are not shown."""

    window: Window
    duty: str
    pledge: str
    flow: list[str]
    people: list[PublicPerson] = field(default_factory=list)


def public_roster(hall: Hall) -> list[tuple[str, list[PublicWindow]]]:
    """Who sits where now, by floor: derived from the postings alone, so it cannot disagree with them."""
    now = timezone.now()
    today = timezone.localdate(now)
    windows = Window.objects.filter(hall=hall).open_on(today).on_route().select_related("department")
    shown = {window.pk: _public_window(window) for window in windows}
    away = away_at(hall, now)
    for posting in roster_postings(hall, today).select_related("staff__department"):
        if posting.window_id in shown:
            shown[posting.window_id].people.append(_public_person(hall, posting, away))
    return [(floor, list(rows)) for floor, rows in groupby(shown.values(), key=lambda row: row.window.floor)]


def roster_postings(hall: Hall, day: date) -> Any:
    """The postings behind the public roster on a day, the chief representative first."""
    return Posting.objects.filter(hall=hall).on(day).order_by("window", "-is_chief", "-is_head", "staff__no")


def _public_window(window: Window) -> PublicWindow:
    hidden = window.department
    return PublicWindow(
        window,
        duty="" if hidden.hides_duty else window.duty,
        pledge="" if hidden.hides_pledge else window.pledge,
        flow=[line.strip() for line in window.flow.splitlines() if line.strip()],
    )


def _public_person(hall: Hall, posting: Posting, away: dict[int, str]) -> PublicPerson:
    staff = posting.staff
    shows_photo = staff.photo_id is not None and not staff.department.hides_photo
    return PublicPerson(
        name=staff.name,
        unit=staff.department.name,
        title="首席代表" if posting.is_chief else ("窗口负责人" if posting.is_head else ""),
        photo_url=reverse("windows:roster_photo", args=[hall.code, staff.pk]) if shows_photo else "",
        away="暂不在岗" if staff.pk in away else "",
    )


def sitting_today(staff: Iterable[Staff]) -> None:
    """Hang today's posting on each person as `posting`, in one query."""
    people = list(staff)
    sitting = Posting.objects.on(timezone.localdate()).filter(staff__in=people)
    rows = sitting.select_related("window").only("staff", "window__code", "window__name")
    postings = {row.staff_id: row for row in rows}
    for person in people:
        person.posting = postings.get(person.pk)  # type: ignore[attr-defined]


def people_at(windows: Iterable[Window], day: date) -> None:
    """Hang on each window, as `people`, the postings of the day; in one query."""
    shown = list(windows)
    rows: dict[int, list[Posting]] = {}
    for posting in Posting.objects.on(day).filter(window__in=shown).select_related("staff"):
        rows.setdefault(posting.window_id, []).append(posting)
    for window in shown:
        window.people = rows.get(window.pk, [])  # type: ignore[attr-defined]


def story_of(staff: Staff) -> list[dict[str, Any]]:
    """The person's events for the feed component, newest first."""
    return [
        {
            "text": event.get_kind_display() + (f"：{event.window}" if event.window else ""),
            "url": event.window.get_absolute_url() if event.window else "",
            "at": _noon(event.day),
            "by": event.by.name if event.by else "导入",
            "note": event.reason,
        }
        for event in staff.events.select_related("window", "by")
    ]


def facts_of(staff: Staff) -> list[tuple[str, Any]]:
    """What is on record about a person, for the kv component."""
    return [
        ("工号", staff.no),
        ("单位", staff.department.name),
        ("岗位", staff.post),
        ("考勤号", staff.attendance_no),
        ("性别", staff.gender),
        ("联系电话", staff.phone),
        ("政治面貌", staff.political_status),
        ("备注", staff.note),
    ]


def hours_of(hall: Hall, day: date, window: Window | None = None) -> list[tuple[str, str]]:
    """The week's hours in force on the day: [("周一", "08:30-12:00 13:30-17:30"), …]."""
    rows = list(ServiceHours.objects.on(day).filter(hall=hall, window=window))
    week = {
        n: " ".join(f"{r.opens:%H:%M}-{r.closes:%H:%M}" for r in rows if r.weekday == n) for n in range(7)
    }
    return [(f"周{WEEKDAYS[n]}", words) for n, words in week.items()]


def may_edit_people(user: User, staff: Staff) -> bool:
    """Whether the controls of a person's page are shown."""
    return user.can("people.edit", staff.hall)


def _noon(day: date) -> Any:
    return timezone.make_aware(timezone.datetime(day.year, day.month, day.day))
