"""One step in a record's life: under a lock, along the table, with a status row, an audit row and news."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.utils import timezone

from accounts.errors import Refused, TransitionNotAllowed
from accounts.words import near_day_words
from trail.actors import Robot, job_name, person
from trail.services import audit
from trail.services.notices import tell
from violations.enums import COUNTING, NEXT, RecordStatus
from violations.models import ConductRecord, StatusChange
from violations.rule_enums import Subject
from violations.services import rectify
from violations.signals import record_settled
from windows import working_days

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User
    from windows.models import Window

STATEMENT_DAYS = "violations.statement_days"
APPEAL_DAYS = "violations.appeal_days"
REVIEW_DAYS = "violations.review_days"
VERDICTS = (RecordStatus.CONFIRMED, RecordStatus.LAPSED)
"""What opens the time to appeal."""


def locked(record: ConductRecord) -> ConductRecord:
    """The record as it is now, held until the transaction ends; every check is made on this one."""
    rows = ConductRecord.objects.select_related(
        "hall", "act", "staff__user", "window", "department", "finder"
    )
    return cast("ConductRecord", rows.select_for_update(of=("self",)).get(pk=record.pk))


def take_step(record: ConductRecord, new: str, *, by: User | Robot, note: str = "") -> ConductRecord:
    """Move a locked record along the table of `enums.NEXT` and tell the person concerned.

    Raises TransitionNotAllowed with the name of who was quicker.
    """
    require_next(record, new)
    old = record.status
    write_status(record, new, by=by, note=note)
    if new != RecordStatus.NOTIFIED and not _was_never_told(record):
        tell_outcome(record, by=by)
    rectify.follow_record(record, old=old, by=by)
    return record


def require_next(record: ConductRecord, new: str) -> None:
    """Refuse a step the table does not know."""
    if new in NEXT[record.status]:
        return
    last = record.status_changes.select_related("by").order_by("-pk").first()
    who = (last.by or f"系统（{last.job}）") if last else "系统"
    when = near_day_words(record.status_at, timezone.now())
    raise TransitionNotAllowed(
        f"{who}在{when}已把这条记录变为“{record.get_status_display()}”，"
        f"不能再变为“{RecordStatus(new).label}”。请刷新页面看最新状态。"
    )


def write_status(
    record: ConductRecord, new: str, *, by: User | Robot, note: str, is_undo: bool = False
) -> None:
    """Set the status and what hangs on it, and leave the rows that tell of it."""
    old, now = record.status, timezone.now()
    record.status, record.status_at = new, now
    if is_undo:
        _restore(record)
    else:
        record.countable_at = now if new in COUNTING else None
        if new in VERDICTS:
            record.appeal_until = after_days(record, APPEAL_DAYS, now)
    record.save(update_fields=["status", "status_at", "countable_at", "appeal_until", "deadline_at"])
    leave_row(record, old, by=by, note=note, is_undo=is_undo)
    action = "record.undone" if is_undo else f"record.{new}"
    audit.record(action, target=record, by=by, before={"status": old}, after={"status": new}, reason=note)
    record_settled.send(ConductRecord, record=record, old=old, new=new, by=by)


def leave_row(
    record: ConductRecord,
    old: str,
    *,
    by: User | Robot,
    note: str,
    is_undo: bool = False,
    at: datetime | None = None,
) -> None:
    """Add the status row of a step."""
    StatusChange.objects.create(
        record=record,
        old_status=old,
        status=record.status,
        by=person(by),
        job=job_name(by),
        at=at or record.status_at,
        note=note[:500],
        is_undo=is_undo,
    )


def concerned_people(record: ConductRecord) -> list[User]:
    """Who speaks for the record: the person, else the window's heads of today, or the unit's contacts."""
    if record.subject == Subject.UNIT:
        return list(record.department.contacts.all()) if record.department else []
    if record.staff is not None and record.staff.user is not None:
        return [record.staff.user]
    return heads_of(record.window) if record.window else []


def heads_of(window: Window) -> list[User]:
    """The window's heads of today who have an account."""
    return rectify.heads_of(window)


def tell_concerned(record: ConductRecord) -> None:
    """Ask for the answer."""
    tell(
        concerned_people(record),
        title=f"有一条“{record.act}”等你确认或陈述",
        url=record.get_absolute_url(),
        hall=record.hall,
        due_at=record.deadline_at,
        key=notice_key(record, RecordStatus.NOTIFIED),
    )


def tell_outcome(record: ConductRecord, *, by: User | Robot) -> None:
    """Tell what became of the record, except to who did it."""
    tell(
        [user for user in concerned_people(record) if user != by],
        title=f"{record.number} {record.act}：{record.get_status_display()}",
        url=record.get_absolute_url(),
        hall=record.hall,
        key=notice_key(record, record.status),
    )


def notice_key(record: ConductRecord, status: str) -> str:
    """Names the cause of a notice, so that undo takes it back."""
    return f"record:{record.pk}:{status}"


def after_days(record: ConductRecord, option: str, moment: datetime) -> datetime:
    """The close of the Nth working day after `moment`, N as the hall has set it."""
    return working_days.deadline(record.hall, moment, record.hall.option(option))


def require_reason(reason: str, message: str) -> None:
    """Refuse an empty reason."""
    if not reason.strip():
        raise Refused(message, code="reason_missing", status=422)


def _restore(record: ConductRecord) -> None:
    """After an undo the record counts since when it did before, and waits as it did before."""
    if record.status in COUNTING:
        entered = record.status_changes.filter(status=record.status, is_undo=False).order_by("-pk").first()
        record.countable_at = entered.at if entered else record.status_at
        return
    record.countable_at = None
    if record.status != RecordStatus.APPEALED:
        record.appeal_until = None
    if record.status in (RecordStatus.DRAFT, RecordStatus.WITHDRAWN):
        record.deadline_at = None


def _was_never_told(record: ConductRecord) -> bool:
    """A proposal dropped before anybody was notified is no news to the person."""
    return record.deadline_at is None and record.appeal_until is None
