"""Parts of the assembled pages that the ledger fills: 我的得分, 今日, 本窗口, 本单位."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from accounts.charts import Series, bar_chart
from accounts.words import WEEKDAYS, month_words
from violations.enums import RecordStatus
from violations.forms import AnswerForm
from violations.models import ConductRecord, Rectification
from violations.presenters import answer_days, evidence_of_all, finder_words, price
from violations.todos import list_url, own_records
from windows.models import Posting
from windows.querysets import headed_windows

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import Hall, User

SHOWN = 3
FEED_DAYS = timedelta(days=14)
FEED_LENGTH = 6
JUST_FOUND = (RecordStatus.DRAFT, RecordStatus.NOTIFIED)


def pending(request: HttpRequest, hall: Hall) -> dict[str, Any] | None:
    """Records that wait for the person's answer, with evidence and the form, the first due first."""
    waiting = [r for r in _mine(request, hall) if r.status == RecordStatus.NOTIFIED]
    if not waiting:
        return None
    waiting.sort(key=lambda record: (record.deadline_at, record.pk))
    shown = evidence_of_all(waiting[:SHOWN])
    for part in shown:
        part["form"] = AnswerForm(auto_id=f"record{part['record'].pk}_%s")
    return {
        "pending": shown,
        "pending_total": len(waiting),
        "pending_rest": len(waiting) - len(shown),
        "pending_url": list_url("findings", request.user, hall, status="answer"),
        "days": answer_days(hall),
    }


def month(request: HttpRequest, hall: Hall) -> dict[str, Any] | None:
    """The records of this month that the person answers for."""
    first = timezone.localdate().replace(day=1)
    lines = [record for record in _mine(request, hall) if record.day >= first]
    if not lines:
        return None
    url = list_url("findings", request.user, hall, **{"from": first.isoformat()})
    return {"month_title": f"{month_words(first)}操行记录", "month_lines": lines, "month_url": url}


def week(request: HttpRequest, hall: Hall) -> dict[str, Any]:
    """本周问题: deductions of each day of this week beside those of the last."""
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    rows = ConductRecord.objects.visible_to(request.user).filter(hall=hall)
    found = rows.standing().deductions().in_days(monday - timedelta(days=7), monday + timedelta(days=6))
    by_day = Counter(dict(found.order_by().values_list("day").annotate(Count("pk"))))
    days = [monday + timedelta(days=n) for n in range(7)]
    busy = {day.weekday() for day in by_day}
    shown = [day for day in days if day.weekday() < 5 or day.weekday() in busy]
    last = [by_day[day - timedelta(days=7)] for day in shown]
    this = [by_day[day] if day <= today else None for day in shown]
    so_far = sum(by_day[day] for day in days if day <= today)
    before = sum(by_day[day - timedelta(days=7)] for day in days if day <= today)
    title = f"本周到今天共 {so_far} 个问题；上周同期 {before} 个，上周全周 {sum(last)} 个"
    labels = [f"周{WEEKDAYS[day.weekday()]}" for day in shown]
    conditions = {"from": monday.isoformat(), "to": today.isoformat(), "kind": "deduction"}
    return {
        "week_total": so_far,
        "week_before": before,
        "week_chart": bar_chart("week", title, labels, [Series("上周", last), Series("本周", this)]),
        "week_url": list_url("findings", request.user, hall, **conditions, status="standing"),
    }


def live_feed(request: HttpRequest, hall: Hall) -> dict[str, Any]:
    """刚刚发生: asks for itself when it comes into view, and each minute it stays there; no query here."""
    return {"feed_url": f"{reverse('violations:recent')}?hall={hall.code}"}


def feed(user: User, hall: Hall) -> list[dict[str, Any]]:
    """The records that moved last."""
    rows = ConductRecord.objects.visible_to(user).filter(hall=hall)
    recent = rows.filter(day__gte=timezone.localdate() - FEED_DAYS).for_lines().order_by("-status_at", "-pk")
    return [
        {
            "text": f"{record.who} {record.act.short_name}：{record.get_status_display()}",
            "url": record.get_absolute_url(),
            "at": record.status_at,
            "by": finder_words(record) if record.status in JUST_FOUND else "",
        }
        for record in recent[:FEED_LENGTH]
    ]


def log_button(request: HttpRequest, hall: Hall) -> dict[str, Any] | None:
    """The way to log something outside a round."""
    return {} if request.user.can("record.find", hall) else None


def people(request: HttpRequest, hall: Hall) -> dict[str, Any] | None:
    """本窗口人员: who sits there today, and what counts against each this month."""
    today = timezone.localdate()
    first = today.replace(day=1)
    rows = Posting.objects.visible_to(request.user).of_hall(hall).on(today)
    rows = rows.filter(window__in=headed_windows(request.user)).select_related("staff", "window")
    within = Q(staff__records__day__gte=first, staff__records__act__is_bonus=False)
    standing = within & Q(staff__records__in=ConductRecord.objects.standing().values("pk"))
    here = list(rows.annotate(deductions=Count("staff__records", filter=standing)))
    if not here:
        return None
    conditions = {"from": first.isoformat(), "kind": "deduction", "status": "standing"}
    for posting in here:
        posting.url = list_url("findings", request.user, hall, person=posting.staff.no, **conditions)
    return {"window_people": here}


def orders(request: HttpRequest, hall: Hall) -> dict[str, Any] | None:
    """待整改: what the person's windows or units have not finished."""
    rows = Rectification.objects.visible_to(request.user).filter(hall=hall).unfinished()
    open_orders = list(rows.for_list().order_by("due_on", "pk")[:10])
    if not open_orders:
        return None
    url = list_url("rectifications", request.user, hall, status="open_all")
    return {"open_orders": open_orders, "orders_url": url}


def unit_records(request: HttpRequest, hall: Hall) -> dict[str, Any] | None:
    """本单位记录: this month's records about the unit's people and windows."""
    first = timezone.localdate().replace(day=1)
    rows = ConductRecord.objects.visible_to(request.user).filter(hall=hall, day__gte=first).for_list()
    lines = price(rows.order_by("-at", "-pk")[:20])
    if not lines:
        return None
    url = list_url("findings", request.user, hall, **{"from": first.isoformat()})
    return {"month_title": f"{month_words(first)}本单位记录", "month_lines": lines, "month_url": url}


def _mine(request: HttpRequest, hall: Hall) -> list[ConductRecord]:
    """Records the person answers for, of this month or still open; read once a page."""
    known = getattr(request, "_own_records", None)
    if known is None:
        known = request._own_records = price(own_records(request.user, hall))  # type: ignore[attr-defined]
    return known
