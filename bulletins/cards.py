"""Cards on assembled pages, to-do lines and search results of documents; each in few queries."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from accounts.memo import remember
from accounts.querysets import holding
from accounts.registry import Found, Hits, Todo
from accounts.searching import hits
from accounts.words import day_words, time_words
from bulletins.enums import BulletinStatus, LetterStatus
from bulletins.models import Bulletin, Letter, ReadReceipt
from bulletins.services.periods import next_cutoff
from violations.models import ConductRecord

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Hall, User

WAITING = (BulletinStatus.DRAFT, BulletinStatus.SUBMITTED)
SHOWN_OF_ISSUES = ("status", "iso_week", "year", "number", "until", "problem_count", "praise_count")


def today_card(request: Any, hall: Hall) -> dict[str, Any]:
    """The issue that waits, else what the running week has collected for the next one."""
    latest = next(iter(_open_issues(request.user, hall)), None)
    if latest is not None and latest.status in WAITING:
        return {"issue": latest, "problems": latest.problem_count, "praise": latest.praise_count}
    now = timezone.now()
    since = latest.until if latest else now - timedelta(days=7)
    records = ConductRecord.objects.visible_to(request.user).filter(hall=hall)
    return {
        "issue": None,
        "next_number": latest.number + 1 if latest and latest.year == now.year else None,
        "next_cutoff": next_cutoff(hall, now),
        **records.became_countable(since, now).aggregate(
            problems=Count("pk", filter=Q(act__is_bonus=False)),
            praise=Count("pk", filter=Q(act__is_bonus=True)),
        ),
    }


def latest_card(request: Any, hall: Hall) -> dict[str, Any] | None:
    """The last printed issue, for people of the hall."""
    issues = Bulletin.objects.visible_to(request.user).filter(hall=hall).issued()
    latest = issues.for_list().order_by("-until").first()
    return {"issue": latest} if latest else None


def unit_card(request: Any, hall: Hall) -> dict[str, Any]:
    """Letters to the contact's own department."""
    letters = Letter.objects.visible_to(request.user).filter(hall=hall).for_list()
    return {"letters": list(letters[:5])}


def drafts_to_submit(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Drafts the manager has to send to be signed."""
    drafts = _issues(user, hall, BulletinStatus.DRAFT)
    if not drafts:
        return None
    detail = "、".join(draft.name for draft in drafts[:3])
    url = reverse("bulletins:edit", args=[drafts[0].pk]) if len(drafts) == 1 else _list_url("draft")
    return Todo(len(drafts), "核对通报草稿并送签", detail, url, key="bulletin_drafts")


def issues_to_sign(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Issues that wait for the leader."""
    waiting = _issues(user, hall, BulletinStatus.SUBMITTED)
    if not waiting:
        return None
    detail = "、".join(issue.name for issue in waiting[:3])
    url = waiting[0].get_absolute_url() if len(waiting) == 1 else _list_url("submitted")
    return Todo(len(waiting), "签发通报", detail, url, key="bulletin_sign")


def issues_to_read(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Printed issues the person has to read."""
    unread = ReadReceipt.objects.visible_to(user).unread().filter(user=user, bulletin__hall=hall)
    rows = list(unread.select_related("bulletin").defer("bulletin__content").order_by("bulletin__until"))
    if not rows:
        return None
    detail = "、".join(row.bulletin.name for row in rows[:3])
    return Todo(len(rows), "签阅通报", detail, rows[0].bulletin.get_absolute_url(), key="bulletin_read")


def letters_to_write(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Letters that a threshold has called for."""
    waiting = (LetterStatus.TASK, LetterStatus.DRAFT)
    return _letters(user, hall, waiting, "起草反馈函并送签", "letter_drafts")


def letters_to_sign(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Letters that wait for the leader."""
    return _letters(user, hall, (LetterStatus.SUBMITTED,), "签发反馈函", "letter_sign")


def letters_to_answer(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Letters the unit's contact has to answer."""
    return _letters(user, hall, (LetterStatus.SIGNED,), "回复反馈函", "letter_reply")


def find_bulletins(user: User, words: str, limit: int) -> Hits:
    """Issues by title, week or number: 第47期, 47, 2026-W47."""
    digits = re.fullmatch(r"第?(\d{1,5})期?(周?通报)?", words.replace(" ", ""))
    wanted = Q(title__icontains=words) | Q(iso_week__icontains=words)
    if digits:
        wanted |= Q(number=int(digits[1]))
    rows = Bulletin.objects.visible_to(user).filter(wanted).for_list()
    return hits(
        rows, limit, lambda row: Found(row.name, f"{row.title}，{row.state.label}", row.get_absolute_url())
    )


LETTER_NUMBER = r"\D*\d{4}\D*第?\d+号"


def find_letters(user: User, words: str, limit: int) -> Hits:
    """Letters by person, unit or number: 〔2026〕17号."""
    wanted = holding(words, "staff__name", "department__name")
    parts = re.fullmatch(r"\D*(\d{4})\D*?(\d+)号", words.replace(" ", ""))
    if parts:
        wanted |= Q(number_year=int(parts[1]), number=int(parts[2][:6]))
    rows = Letter.objects.visible_to(user).filter(wanted).for_list()

    def shown(row: Letter) -> Found:
        is_exact = bool(parts) and row.number is not None
        return Found(str(row), row.state.label, row.get_absolute_url(), is_exact=is_exact)

    return hits(rows, limit, shown)


def _issues(user: User, hall: Hall, status: str) -> list[Bulletin]:
    return [issue for issue in reversed(_open_issues(user, hall)) if issue.status == status]


def _open_issues(user: User, hall: Hall) -> list[Bulletin]:
    """The newest issue of the hall and all that are not printed yet, newest first."""

    def find() -> list[Bulletin]:
        rows = Bulletin.objects.visible_to(user).filter(hall=hall).exclude(status=BulletinStatus.WITHDRAWN)
        newest = rows.order_by("-until").values("pk")[:1]
        wanted = rows.filter(Q(status__in=WAITING) | Q(pk__in=newest)).only(*SHOWN_OF_ISSUES)
        return list(wanted.order_by("-until"))

    return remember(("open issues", user.pk, hall.pk), find)


def _letters(user: User, hall: Hall, statuses: tuple[str, ...], title: str, key: str) -> Todo | None:
    rows = Letter.objects.visible_to(user).filter(hall=hall, status__in=statuses)
    brief = rows.select_related("staff").only("reply_due_at", "staff__name")
    letters = list(brief.order_by("reply_due_at", "pk"))
    if not letters:
        return None
    first = letters[0]
    url = first.get_absolute_url() if len(letters) == 1 else f"{reverse('bulletins:letters')}?sort=due"
    people = "、".join(letter.staff.name for letter in letters[:3])
    due = first.reply_due_at
    detail = f"{people}，期限 {day_words(due)} {time_words(due)}" if due else people
    return Todo(len(letters), title, detail, url, due_at=due, key=key)


def _list_url(status: str) -> str:
    return f"{reverse('bulletins:bulletins')}?status={status}"
