"""操行记录: every step in a record's life, through one door, each with a status row and an audit row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from accounts.models import User
from trail.actors import Robot, job_name, person
from trail.enums import FileKind
from trail.services import audit
from trail.services.files import store_attachment
from trail.services.notices import UNDO_WINDOW, take_back, tell
from trail.services.numbers import draw_number
from violations.enums import COUNTING, NEXT, RecordSource, RecordStatus
from violations.models import ConductRecord, Statement, StatusChange
from violations.permissions import decider_objection, is_concerned, may_withdraw
from violations.rule_enums import Subject
from violations.signals import record_settled
from windows import working_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import Hall
    from violations.models import Act
    from windows.models import Staff, Window

STATEMENT_DAYS = "violations.statement_days"
APPEAL_DAYS = "violations.appeal_days"
REVIEW_DAYS = "violations.review_days"


@dataclass(frozen=True)
class Found:
    """What was found: the act, who it concerns, when, and by which inlet.

    `staff` is judged for acts about staff, `window` (where it happened) for acts about windows, the
    department of either for acts about units. `source_key` makes an inlet's second try harmless.
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

    @property
    def day(self) -> date:
        """The business day, in the hall's time zone."""
        return timezone.localdate(self.at)


@transaction.atomic
def find_record(found: Found, *, hall: Hall, by: User | Robot) -> ConductRecord:
    """Record what a person found: a deduction waits for the one concerned, a bonus for the manager.

    Returns the first record when the same source key comes again. Raises Refused for a future time,
    a missing subject or a rulebook of another hall.
    """
    status = RecordStatus.DRAFT if found.act.is_bonus else RecordStatus.NOTIFIED
    return _open(found, status, hall=hall, by=by)


@transaction.atomic
def propose_record(found: Found, *, hall: Hall, by: User | Robot) -> ConductRecord:
    """Leave what a machine found as a draft that counts nowhere until a person verifies it."""
    return _open(found, RecordStatus.DRAFT, hall=hall, by=by)


@transaction.atomic
def enter_decided_record(
    found: Found, *, hall: Hall, by: User | Robot, decided_at: datetime | None = None
) -> ConductRecord:
    """Bring in a matter that was decided on paper, as confirmed at `decided_at` (default: its own time)."""
    return _open(found, RecordStatus.CONFIRMED, hall=hall, by=by, decided_at=decided_at or found.at)


@transaction.atomic
def verify_draft(*, record: ConductRecord, by: User, note: str = "") -> ConductRecord:
    """核实: a person stands behind a machine's proposal; from now on the one concerned is asked."""
    if record.act.is_bonus:
        raise TransitionNotAllowed("加分事项由大厅管理员认定，不用核实。")
    if not by.can_any(("record.find", "attendance.verify"), record.hall):
        raise NotPermitted("没有权限核实这条记录。")
    record = _move(record, RecordStatus.NOTIFIED, by=by, note=note)
    record.deadline_at = _answer_by(record)
    record.save(update_fields=["deadline_at"])
    _tell_concerned(record)
    return record


@transaction.atomic
def accept_record(*, record: ConductRecord, by: User) -> ConductRecord:
    """确认，无异议: the person concerned accepts."""
    _require_concerned(record, by)
    return _settle(record, RecordStatus.CONFIRMED, by=by, note="当事人确认，无异议")


@transaction.atomic
def state_on_record(
    *, record: ConductRecord, by: User, reason: str, words: str, uploads: Sequence[UploadedFile] = ()
) -> Statement:
    """陈述: the person concerned says his side; the record waits for the manager and does not count.

    Raises TransitionNotAllowed after the deadline has passed and the record has lapsed.
    """
    _require_concerned(record, by)
    moved = _move(record, RecordStatus.STATED, by=by, note=words)
    statement = Statement.objects.create(record=moved, by=by, reason=reason, words=words.strip()[:500])
    files = [store_attachment(u, hall=moved.hall, by=by, kind=FileKind.STATEMENT) for u in uploads]
    statement.files.set(files)
    deciders = User.objects.with_permission("record.confirm", moved.hall).exclude(pk=moved.finder_id)
    tell(
        deciders,
        title=f"{moved.who} 对“{moved.act}”作了陈述，请认定",
        url=moved.get_absolute_url(),
        hall=moved.hall,
        key=_key(moved, "stated"),
    )
    return statement


@transaction.atomic
def confirm_record(*, record: ConductRecord, by: User, note: str = "") -> ConductRecord:
    """认定: the manager, never the finder, decides after the statement (bonuses: after checking)."""
    _require_decider(record, by)
    if record.status == RecordStatus.DRAFT and not record.act.is_bonus:
        raise TransitionNotAllowed("扣分的草稿要先核实，听取当事人意见后才能认定。")
    if record.status == RecordStatus.NOTIFIED:
        raise TransitionNotAllowed("当事人还没有答复，答复期满前不能认定。")
    return _settle(record, RecordStatus.CONFIRMED, by=by, note=note)


@transaction.atomic
def dismiss_record(*, record: ConductRecord, by: User, reason: str) -> ConductRecord:
    """不予认定: the manager's decision in favour of the person, with a reason."""
    _require_reason(reason, "请写不予认定的理由。")
    _require_decider(record, by)
    return _settle(record, RecordStatus.DISMISSED, by=by, note=reason)


@transaction.atomic
def withdraw_record(*, record: ConductRecord, by: User, reason: str) -> ConductRecord:
    """撤回: the finder or a manager takes the record back; the row stays readable."""
    _require_reason(reason, "请写撤回的理由。")
    if not may_withdraw(by, record):
        raise NotPermitted("只有记录人和大厅管理员可以撤回。")
    return _settle(record, RecordStatus.WITHDRAWN, by=by, note=reason)


@transaction.atomic
def undo_last_step(*, record: ConductRecord, by: User) -> ConductRecord:
    """撤销: within ten seconds, the same person takes the last step back without a reason.

    The step stays on record; a further status row says it was undone. Undoing the very first step
    withdraws the record.
    """
    record = _locked(record)
    last = record.status_changes.order_by("-pk").first()
    if last is None or last.by_id != by.pk or last.is_undo:
        raise NotPermitted("只能撤销自己刚做的一步。")
    if timezone.now() - last.at > UNDO_WINDOW + timedelta(seconds=2):
        raise Refused("已经超过 10 秒，不能直接撤销，请用撤回并写明理由。", code="undo_expired")
    back_to = last.old_status or RecordStatus.WITHDRAWN
    take_back(hall=record.hall, key=_key(record, last.status))
    _write_status(record, back_to, by=by, note="撤销", is_undo=True)
    return record


@transaction.atomic
def lapse_overdue(*, hall: Hall, moment: datetime, by: User | Robot) -> list[ConductRecord]:
    """逾期未提异议: records whose time to answer ended at or before `moment` begin to count."""
    overdue = ConductRecord.objects.filter(hall=hall).answer_overdue(moment).select_related("hall", "act")
    return [
        _settle(r, RecordStatus.LAPSED, by=by, note="答复期满") for r in overdue.order_by("deadline_at", "pk")
    ]


@transaction.atomic
def note_publication(*, records: Iterable[ConductRecord], at: datetime) -> None:
    """Publication opens the time to appeal again: five working days from it."""
    for record in records:
        record.appeal_until = _after(record, APPEAL_DAYS, at)
        record.save(update_fields=["appeal_until"])


def change_status(record: ConductRecord, new: str, *, by: User | Robot, note: str = "") -> ConductRecord:
    """One step along the table of `enums.NEXT`, for the sibling services of this room."""
    return _settle(record, new, by=by, note=note)


def _open(
    found: Found, status: str, *, hall: Hall, by: User | Robot, decided_at: datetime | None = None
) -> ConductRecord:
    before = _seen_before(found, hall)
    if before is not None:
        return before
    _check(found, hall)
    record = ConductRecord(hall=hall, **_facts(found, by), status=RecordStatus.DRAFT)
    serial = draw_number(hall, f"WT-{found.day:%Y%m%d}")
    record.number = f"WT-{found.day:%Y%m%d}-{serial:03d}"
    if status == RecordStatus.NOTIFIED:
        record.deadline_at = _answer_by(record)
    record.status = status
    if status in COUNTING:
        record.countable_at = record.status_at = decided_at or timezone.now()
        record.appeal_until = _after(record, APPEAL_DAYS, timezone.now())
    record.save()
    _leave_row(record, "", by=by, note=found.note, at=decided_at)
    audit.record("record.found", target=record, by=by, after={"status": status, "act": found.act.code})
    record_settled.send(ConductRecord, record=record, old="", new=status, by=by)
    if status == RecordStatus.NOTIFIED:
        _tell_concerned(record)
    return record


def _seen_before(found: Found, hall: Hall) -> ConductRecord | None:
    if not found.source_key:
        return None
    same = ConductRecord.objects.filter(hall=hall, source=found.source, source_key=found.source_key)
    return same.select_for_update(of=("self",)).first()


def _facts(found: Found, by: User | Robot) -> dict[str, Any]:
    department = None
    if found.staff is not None:
        department = found.staff.department
    elif found.window is not None:
        department = found.window.department
    return {
        "act": found.act,
        "subject": found.act.subject,
        "staff": found.staff if found.act.subject == Subject.STAFF else None,
        "window": found.window,
        "department": department,
        "day": found.day,
        "at": found.at,
        "quantity": found.quantity,
        "severity": found.severity,
        "note": found.note.strip()[:500],
        "source": found.source,
        "source_key": found.source_key,
        "incident": found.incident,
        "finder": person(by),
        "finder_name": found.finder_name,
    }


def _check(found: Found, hall: Hall) -> None:
    if found.at > timezone.now() + timedelta(minutes=5):
        raise Refused("发生时间在将来，请检查日期和时间。", code="future", status=422)
    if found.act.subject == Subject.STAFF and found.staff is None:
        raise Refused(f"“{found.act}”是记在人身上的，请选是谁。", code="who_missing", status=422)
    if found.act.subject != Subject.STAFF and found.window is None:
        raise Refused(f"“{found.act}”是记在窗口上的，请选窗口。", code="window_missing", status=422)
    halls = {getattr(thing, "hall_id", hall.pk) for thing in (found.staff, found.window) if thing}
    if halls - {hall.pk} or not hall.path.startswith(found.act.rulebook.hall.path):
        raise Refused("事项、窗口或人员不属于这个大厅。", code="other_hall", status=422)


def _settle(record: ConductRecord, new: str, *, by: User | Robot, note: str = "") -> ConductRecord:
    """A step that the person concerned is told about."""
    moved = _move(record, new, by=by, note=note)
    concerned = [user for user in concerned_people(moved) if user != by]
    tell(
        concerned,
        title=f"{moved.number} {moved.act}：{moved.get_status_display()}",
        url=moved.get_absolute_url(),
        hall=moved.hall,
        key=_key(moved, new),
    )
    return moved


def _move(record: ConductRecord, new: str, *, by: User | Robot, note: str) -> ConductRecord:
    """Move along the table under a row lock, and leave a trace of who and why."""
    fresh = _locked(record)
    if new not in NEXT[fresh.status]:
        raise TransitionNotAllowed(
            f"这条记录现在是“{fresh.get_status_display()}”，不能变为“{RecordStatus(new).label}”。请刷新页面看最新状态。"
        )
    _write_status(fresh, new, by=by, note=note)
    return fresh


def _locked(record: ConductRecord) -> ConductRecord:
    rows = ConductRecord.objects.select_related("hall", "act", "staff", "window", "department")
    return rows.select_for_update(of=("self",)).get(pk=record.pk)


def _write_status(
    record: ConductRecord, new: str, *, by: User | Robot, note: str, is_undo: bool = False
) -> None:
    old, now = record.status, timezone.now()
    record.status, record.status_at = new, now
    record.countable_at = now if new in COUNTING else None
    fields = ["status", "status_at", "countable_at"]
    if new in (RecordStatus.CONFIRMED, RecordStatus.LAPSED):
        record.appeal_until = _after(record, APPEAL_DAYS, now)
        fields.append("appeal_until")
    record.save(update_fields=fields)
    _leave_row(record, old, by=by, note=note, is_undo=is_undo)
    action = "record.undone" if is_undo else f"record.{new}"
    audit.record(action, target=record, by=by, before={"status": old}, after={"status": new}, reason=note)
    record_settled.send(ConductRecord, record=record, old=old, new=new, by=by)


def _leave_row(
    record: ConductRecord,
    old: str,
    *,
    by: User | Robot,
    note: str,
    is_undo: bool = False,
    at: datetime | None = None,
) -> None:
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
    """Who answers for the record: the person, else the window's heads of that day, else the unit's contacts."""
    if record.staff is not None:
        return [record.staff.user] if record.staff.user else []
    if record.subject == Subject.WINDOW and record.window is not None:
        heads = record.window.postings.on(record.day).filter(is_head=True, staff__user__isnull=False)
        return [posting.staff.user for posting in heads.select_related("staff__user")]
    return list(record.department.contacts.all()) if record.department else []


def _tell_concerned(record: ConductRecord) -> None:
    tell(
        concerned_people(record),
        title=f"有一条“{record.act}”等你确认或陈述",
        url=record.get_absolute_url(),
        hall=record.hall,
        due_at=record.deadline_at,
        key=_key(record, RecordStatus.NOTIFIED),
    )


def _key(record: ConductRecord, status: str) -> str:
    return f"record:{record.pk}:{status}"


def _answer_by(record: ConductRecord) -> datetime:
    return _after(record, STATEMENT_DAYS, timezone.now())


def _after(record: ConductRecord, option: str, moment: datetime) -> datetime:
    return working_days.deadline(record.hall, moment, record.hall.option(option))


def _require_concerned(record: ConductRecord, by: User) -> None:
    if not is_concerned(by, record):
        raise NotPermitted("只有当事人（整窗问题由窗口负责人）可以答复。")


def _require_decider(record: ConductRecord, by: User) -> None:
    objection = decider_objection(by, record)
    if objection:
        raise NotPermitted(objection)


def _require_reason(reason: str, message: str) -> None:
    if not reason.strip():
        raise Refused(message, code="reason_missing", status=422)
