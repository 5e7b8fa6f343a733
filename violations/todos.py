"""待我处理 of the ledger: each count is the length of the list its line opens."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from django.db.models import Count, DateTimeField, Min, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone

from accounts.memo import remember
from accounts.registry import Todo
from violations.enums import RecordStatus
from violations.models import Appeal, ConductRecord, Measure, Rectification
from violations.querysets import answers_for
from windows import working_days

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from accounts.models import Hall, User

OFFICE_WORK = ("record.confirm", "record.find", "attendance.verify", "appeal.review")


def records_waiting(key: str, title: str, detail: str) -> Callable[[User, Hall, datetime], Todo | None]:
    """Records the person has to answer, decide or verify; one query a page, with the appeals."""

    def find(user: User, hall: Hall, now: datetime) -> Todo | None:
        waiting = _records(user, hall, now)
        if not waiting[key]:
            return None
        url = list_url("findings", user, hall, status=key)
        return Todo(waiting[key], title, detail, url, waiting.get(f"{key}_due"), key=f"records_{key}")

    return find


def appeals_waiting(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Appeals this person may review."""
    found = _records(user, hall, now)
    if not found["review"]:
        return None
    url = list_url("appeals", user, hall, status="review")
    words = "由没有参与记录和认定的人裁定"
    return Todo(found["review"], "申诉复核", words, url, found["review_due"], key="appeals")


def rectifications_to_answer(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Orders the head of the window has to carry out."""
    found = _orders(user, hall, now)
    if not found["mend"]:
        return None
    due_at = working_days.close_of(hall, found["mend_due"].astimezone(UTC).date())
    url = list_url("rectifications", user, hall, status="answer")
    return Todo(found["mend"], "整改", "写明情况，附整改后的照片", url, due_at, key="rectify_answer")


def rectifications_to_check(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Orders handed in, to be looked at again."""
    found = _orders(user, hall, now)
    if not found["check"]:
        return None
    url = list_url("rectifications", user, hall, status="check")
    return Todo(found["check"], "整改复查", "窗口已提交，到现场看一看", url, key="rectify_check")


def extensions_to_decide(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Extensions the heads of windows have asked for."""
    found = _orders(user, hall, now)
    if not found["extend"]:
        return None
    url = list_url("rectifications", user, hall, status="extend")
    return Todo(found["extend"], "整改延期", "窗口申请延期，请答复", url, key="rectify_extend")


def papers_to_write(user: User, hall: Hall, now: datetime) -> int:
    """书面检查 the person still has to write, counted with the orders of his window."""
    return int(_orders(user, hall, now)["write"])


def measures_to_handle(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Proposals to decide on, and papers handed in."""
    found = _orders(user, hall, now)
    if not found["measures"]:
        return None
    url = list_url("measures", user, hall, status="handle")
    return Todo(found["measures"], "措施", "提议待决定，书面检查待审阅", url, key="measures_handle")


def list_url(name: str, user: User, hall: Hall, **conditions: Any) -> str:
    """The list under these conditions, naming the hall when it is not the person's own."""
    if user.home_hall is None or hall.pk != user.home_hall.pk:
        conditions["hall"] = hall.code
    query = "&".join(f"{key}={value}" for key, value in conditions.items())
    return f"{reverse(f'violations:{name}')}?{query}"


def own_records(user: User, hall: Hall) -> list[ConductRecord]:
    """Records the person answers for, of this month or still unanswered; read once a page."""
    first = timezone.localdate().replace(day=1)

    def find() -> list[ConductRecord]:
        rows = ConductRecord.objects.visible_to(user).filter(answers_for(user), hall=hall)
        rows = rows.filter(Q(day__gte=first) | Q(status=RecordStatus.NOTIFIED))
        return list(rows.for_list().order_by("-at", "-pk"))

    return remember(("own records", user.pk, hall.pk), find)


def _records(user: User, hall: Hall, now: datetime) -> dict[str, Any]:
    if not user.can_any(OFFICE_WORK, hall):
        due = [r.deadline_at for r in own_records(user, hall) if r.status == RecordStatus.NOTIFIED]
        nothing = dict.fromkeys(("decide", "verify", "review"), 0)
        return {**nothing, "answer": len(due), "answer_due": min(due, default=None)}
    return _once(user, ("records", hall.pk, now), lambda: _count_records(user, hall))


def _count_records(user: User, hall: Hall) -> dict[str, Any]:
    rows = ConductRecord.objects.filter(hall=hall)
    reviewable = Appeal.objects.filter(hall=hall).reviewable_by(user)
    return _counted(
        answer=(rows.awaiting_answer_of(user), "deadline_at"),
        decide=(rows.decidable_by(user), ""),
        verify=(rows.verifiable_by(user), ""),
        review=(reviewable, "due_at"),
        **_orders_of(user, hall),
    )


def _orders(user: User, hall: Hall, now: datetime) -> dict[str, Any]:
    if user.can_any(OFFICE_WORK, hall):
        return _records(user, hall, now)
    return _once(user, ("orders", hall.pk, now), lambda: _counted(**_orders_of(user, hall)))


def _orders_of(user: User, hall: Hall) -> dict[str, tuple[QuerySet[Any], str]]:
    rows = Rectification.objects.filter(hall=hall).unfinished()
    return {
        "mend": (rows.answerable_by(user), "due_on"),
        "check": (rows.checkable_by(user), ""),
        "extend": (rows.awaiting_extension_by(user), ""),
        "measures": (Measure.objects.filter(hall=hall).to_handle_by(user), ""),
        "write": (Measure.objects.filter(hall=hall).to_write_by(user), ""),
    }


def _counted(**kinds: tuple[QuerySet[Any], str]) -> dict[str, Any]:
    """All kinds in one statement: `key` → count, `key_due` → the earliest time limit where one is named.

    A time limit that is a day comes as its first moment in UTC.
    """
    answer = {part: None if part.endswith("_due") else 0 for key in kinds for part in (key, f"{key}_due")}
    tallies = [_tally(key, rows, due) for key, (rows, due) in kinds.items() if not rows.query.is_empty()]
    if not tallies:
        return answer
    for row in tallies[0].union(*tallies[1:], all=True):
        answer |= {row["tally_of"]: row["count"], f"{row['tally_of']}_due": row["due"]}
    return answer


def _tally(key: str, rows: QuerySet[Any], due: str) -> QuerySet[Any]:
    """One row: how many, and the earliest time limit."""
    first: Any = Min(due) if due else Value(None)
    if not due.endswith("_at"):
        first = Cast(first, DateTimeField())  # all of a union are of one type
    return rows.order_by().values(tally_of=Value(key)).annotate(count=Count("pk"), due=first)


def _once(user: User, key: tuple[Any, ...], ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """One query for all lines of one page: `now` is the same for all of them."""
    known = user.__dict__.setdefault("_ledger_waiting", {})
    if key not in known:
        known[key] = ask()
    return known[key]
