"""How a record begins: what was found, by whom, and the state it begins in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from trail.actors import Robot, person
from trail.enums import FileKind
from trail.services import audit
from trail.services.files import store_photo
from trail.services.numbers import draw_number
from violations.enums import COUNTING, RecordSource, RecordStatus
from violations.models import ConductRecord
from violations.permissions import ENTER_DECIDED, FIND, HAND_OVER, PROPOSE
from violations.rule_enums import Subject
from violations.services.steps import APPEAL_DAYS, STATEMENT_DAYS, after_days, leave_row, tell_concerned
from violations.signals import record_settled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import Hall, User
    from violations.models import Act
    from windows.models import Staff, Window

CLOCK_SKEW = timedelta(minutes=5)
"""A phone's clock may run this far ahead of ours."""


@dataclass(frozen=True)
class Found:
    """What was found: the act, who it concerns, when, and by which inlet.

    `staff` is judged for acts about staff, `window` (where it happened) for acts about windows, the
    department of either for acts about units. Without a window the person's posting of the day is
    taken. `source_key` makes an inlet's second try harmless.
    """

    act: Act
    at: datetime
    window: Window | None = None
    staff: Staff | None = None
    note: str = ""
    quantity: int = 100
    severity: str = ""
    source: str = RecordSource.MANUAL
    source_key: str = ""
    incident: str = ""
    finder_name: str = ""
    seen_by: User | None = None
    """Who saw it, where somebody else enters it: neither of the two may decide or review it."""

    @property
    def day(self) -> date:
        """The business day, in the hall's time zone."""
        return timezone.localdate(self.at)


@transaction.atomic
def find_record(
    found: Found, *, hall: Hall, by: User | Robot, uploads: Sequence[UploadedFile[Any]] = ()
) -> ConductRecord:
    """Record what a person found: a deduction waits for the one concerned, a bonus for the manager.

    Returns the first record when the same source key comes again. Raises Refused for a future time,
    a missing subject or a rulebook of another hall.
    """
    _require_one_of(FIND, by, hall)
    status = RecordStatus.DRAFT if found.act.is_bonus else RecordStatus.NOTIFIED
    return _open(found, status, hall=hall, by=by, uploads=uploads)


@transaction.atomic
def hand_over_record(found: Found, *, hall: Hall, by: User | Robot) -> ConductRecord:
    """Record what a covert visit found, of no more than a day, for the one concerned to answer.

    Who went is no part of it. Raises Refused for an act that is no deduction.
    """
    _require_one_of(HAND_OVER, by, hall)
    if found.act.is_bonus:
        raise Refused("暗访移交的只能是扣分事项。", code="bad_choice", status=422)
    start = timezone.localtime(found.at).replace(hour=0, minute=0, second=0, microsecond=0)
    told = replace(found, at=start, source=RecordSource.COVERT, finder_name="")
    return _open(told, RecordStatus.NOTIFIED, hall=hall, by=by)


@transaction.atomic
def propose_record(found: Found, *, hall: Hall, by: User | Robot) -> ConductRecord:
    """Leave what a machine found as a draft that counts nowhere until a person verifies it."""
    _require_one_of(PROPOSE, by, hall)
    return _open(found, RecordStatus.DRAFT, hall=hall, by=by)


@transaction.atomic
def enter_decided_record(
    found: Found, *, hall: Hall, by: User | Robot, decided_at: datetime | None = None
) -> ConductRecord:
    """Bring in a matter that was decided on paper, as confirmed at `decided_at` (default: its own time)."""
    _require_one_of(ENTER_DECIDED, by, hall)
    return _open(found, RecordStatus.CONFIRMED, hall=hall, by=by, decided_at=decided_at or found.at)


def _open(found: Found, status: str, *, hall: Hall, by: User | Robot, **more: Any) -> ConductRecord:
    before = _seen_before(found, hall)
    if before is not None:
        return before
    _check(found, hall)
    try:
        with transaction.atomic():
            return _insert(found, status, hall=hall, by=by, **more)
    except IntegrityError:  # the same source key came in by another door at the same moment
        before = _seen_before(found, hall)
        if before is None:
            raise
        return before


def _insert(
    found: Found,
    status: str,
    *,
    hall: Hall,
    by: User | Robot,
    decided_at: datetime | None = None,
    uploads: Sequence[UploadedFile[Any]] = (),
) -> ConductRecord:
    now = timezone.now()
    record = ConductRecord(hall=hall, **_facts(found, by), status=status, status_at=decided_at or now)
    if status == RecordStatus.NOTIFIED:
        record.deadline_at = after_days(record, STATEMENT_DAYS, now)
    if status in COUNTING:
        record.countable_at = record.status_at
        record.appeal_until = after_days(record, APPEAL_DAYS, now)
    serial = draw_number(hall, f"WT-{found.day:%Y%m%d}")
    record.number = f"WT-{found.day:%Y%m%d}-{serial:03d}"
    record.save(force_insert=True)
    record.photos.set(
        store_photo(upload, hall=hall, by=person(by), kind=FileKind.RECORD_PHOTO) for upload in uploads
    )
    leave_row(record, "", by=by, note=found.note)
    audit.record("record.found", target=record, by=by, after={"status": status, "act": found.act.name})
    record_settled.send(ConductRecord, record=record, old="", new=status, by=by)
    if status == RecordStatus.NOTIFIED:
        tell_concerned(record)
    return record


def _seen_before(found: Found, hall: Hall) -> ConductRecord | None:
    if not found.source_key:
        return None
    same = ConductRecord.objects.filter(hall=hall, source=found.source, source_key=found.source_key)
    return same.select_for_update(of=("self",)).first()


def _facts(found: Found, by: User | Robot) -> dict[str, Any]:
    window = found.window or _window_of_day(found)
    department = found.staff.department if found.staff else window.department if window else None
    return {
        "act": found.act,
        "subject": found.act.subject,
        "staff": found.staff if found.act.subject == Subject.STAFF else None,
        "window": window,
        "department": department,
        "day": found.day,
        "at": found.at,
        "quantity": found.quantity,
        "severity": found.severity,
        "note": found.note.strip()[:500],
        "source": found.source,
        "source_key": found.source_key,
        "incident": found.incident,
        "finder": found.seen_by or person(by),
        "finder_name": found.finder_name,
    }


def _window_of_day(found: Found) -> Window | None:
    if found.staff is None:
        return None
    posting = found.staff.postings.on(found.day).select_related("window__department").first()
    return posting.window if posting else None


def _check(found: Found, hall: Hall) -> None:
    if found.at > timezone.now() + CLOCK_SKEW:
        raise Refused("发生时间在将来，请检查日期和时间。", code="future", status=422)
    if found.quantity <= 0:
        raise Refused("数量要大于 0。", code="quantity", status=422)
    if found.act.subject == Subject.STAFF and found.staff is None:
        raise Refused(f"“{found.act}”是记在人身上的，请选是谁。", code="who_missing", status=422)
    if found.act.subject != Subject.STAFF and found.window is None:
        raise Refused(f"“{found.act}”是记在窗口上的，请选窗口。", code="window_missing", status=422)
    halls = {thing.hall_id for thing in (found.staff, found.window) if thing}
    if halls - {hall.pk} or not hall.path.startswith(found.act.rulebook.hall.path):
        raise Refused("事项、窗口或人员不属于这个大厅。", code="other_hall", status=422)


def _require_one_of(permissions: Sequence[str], by: User | Robot, hall: Hall) -> None:
    if not isinstance(by, Robot) and not by.can_any(permissions, hall):
        raise NotPermitted("你没有在这个大厅记录的权限。")
