"""操行记录: every step in a record's life, through one door, each with a status row and an audit row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from accounts.models import User
from trail.enums import FileKind
from trail.services import audit
from trail.services.files import store_attachment
from trail.services.notices import UNDO_WINDOW, take_back, tell
from violations.enums import RecordStatus
from violations.models import ConductRecord, Statement
from violations.permissions import (
    answer_objection,
    decider_objection,
    verify_objection,
    waits_for_decision,
    withdraw_objection,
)
from violations.pricing import range_of
from violations.services import rectify
from violations.services.opening import (
    Found,
    enter_decided_record,
    find_record,
    hand_over_record,
    propose_record,
)
from violations.services.steps import (
    APPEAL_DAYS,
    STATEMENT_DAYS,
    after_days,
    concerned_people,
    locked,
    notice_key,
    require_next,
    require_reason,
    take_step,
    tell_concerned,
    write_status,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import Hall
    from trail.actors import Robot

__all__ = [
    "Found",
    "accept_record",
    "concerned_people",
    "confirm_record",
    "dismiss_record",
    "enter_decided_record",
    "find_record",
    "hand_over_record",
    "lapse_overdue",
    "note_publication",
    "propose_record",
    "state_on_record",
    "undo_last_step",
    "verify_draft",
    "withdraw_record",
]


@transaction.atomic
def verify_draft(*, record: ConductRecord, by: User, note: str = "") -> ConductRecord:
    """核实: a person stands behind a machine's proposal; from now on the one concerned is asked."""
    record = locked(record)
    if record.act.is_bonus:
        raise TransitionNotAllowed("加分事项由大厅管理员认定，不用核实。")
    _permit(verify_objection(by, record))
    record.deadline_at = after_days(record, STATEMENT_DAYS, timezone.now())
    record = take_step(record, RecordStatus.NOTIFIED, by=by, note=note)
    tell_concerned(record)
    return record


@transaction.atomic
def accept_record(*, record: ConductRecord, by: User) -> ConductRecord:
    """确认，无异议: the person concerned accepts."""
    record = locked(record)
    _permit(answer_objection(by, record))
    if record.status in (RecordStatus.STATED, RecordStatus.DRAFT):
        raise TransitionNotAllowed("这条记录现在不等你确认。请刷新页面看最新状态。")
    return take_step(record, RecordStatus.CONFIRMED, by=by, note="当事人确认，无异议")


@transaction.atomic
def state_on_record(
    *,
    record: ConductRecord,
    by: User,
    reason: str,
    words: str,
    uploads: Sequence[UploadedFile[Any]] = (),
) -> Statement:
    """陈述: the person concerned says his side; the record waits for the manager and does not count.

    Raises TransitionNotAllowed after the deadline has passed and the record has lapsed.
    """
    require_reason(words, "请写明情况。")
    record = locked(record)
    _permit(answer_objection(by, record))
    record = take_step(record, RecordStatus.STATED, by=by, note=words)
    statement = Statement.objects.create(record=record, by=by, reason=reason, words=words.strip()[:500])
    files = [store_attachment(u, hall=record.hall, by=by, kind=FileKind.STATEMENT) for u in uploads]
    statement.files.set(files)
    deciders = User.objects.with_permission("record.confirm", record.hall)
    tell(
        [user for user in deciders if not decider_objection(user, record)],
        title=f"{record.who} 对“{record.act}”作了陈述，请认定",
        url=record.get_absolute_url(),
        hall=record.hall,
        key=notice_key(record, RecordStatus.STATED),
    )
    return statement


@transaction.atomic
def confirm_record(
    *, record: ConductRecord, by: User, note: str = "", judged: int | None = None
) -> ConductRecord:
    """认定: the manager, never the finder, decides after the statement (bonuses: after checking).

    `judged` are the points chosen where the clause leaves a range; Refused outside of it.
    """
    record = locked(record)
    _permit(decider_objection(by, record))
    if record.status == RecordStatus.DRAFT and not waits_for_decision(record):
        raise TransitionNotAllowed("扣分的草稿要先核实，听取当事人意见后才能认定。")
    if record.status == RecordStatus.NOTIFIED:
        raise TransitionNotAllowed("当事人还没有答复，答复期满前不能认定。")
    if judged is not None:
        require_next(record, RecordStatus.CONFIRMED)
        _choose_points(record, judged, by=by)
    return take_step(record, RecordStatus.CONFIRMED, by=by, note=note)


def _choose_points(record: ConductRecord, judged: int, *, by: User) -> None:
    choice = range_of(record)
    if choice is None:
        raise Refused("这一条没有酌情分值的范围。", code="out_of_bounds", status=422)
    if not choice.holds(judged):
        raise Refused(f"酌情分值要在 {choice.words}之间。", code="out_of_bounds", status=422)
    before, record.judged = record.judged, judged
    record.save(update_fields=["judged"])
    audit.record("record.judged", target=record, by=by, before={"judged": before}, after={"judged": judged})


@transaction.atomic
def dismiss_record(*, record: ConductRecord, by: User, reason: str) -> ConductRecord:
    """不予认定: the manager's decision in favour of the person, with a reason."""
    require_reason(reason, "请写不予认定的理由。")
    record = locked(record)
    _permit(decider_objection(by, record))
    return take_step(record, RecordStatus.DISMISSED, by=by, note=reason)


@transaction.atomic
def withdraw_record(*, record: ConductRecord, by: User, reason: str) -> ConductRecord:
    """撤回: the finder or a manager takes the record back; the row stays readable."""
    require_reason(reason, "请写撤回的理由。")
    record = locked(record)
    _permit(withdraw_objection(by, record))
    return take_step(record, RecordStatus.WITHDRAWN, by=by, note=reason)


@transaction.atomic
def undo_last_step(*, record: ConductRecord, by: User) -> ConductRecord:
    """撤销: within ten seconds, the same person takes the last step back without a reason.

    The step stays on record; a further status row says it was undone. Undoing the very first step
    withdraws the record. Notices of the step are taken back before anybody can have seen them.
    """
    record = locked(record)
    last = record.status_changes.order_by("-pk").first()
    if last is None or last.by_id != by.pk or last.is_undo:
        raise NotPermitted("只能撤销自己刚做的一步。")
    if timezone.now() - last.at > UNDO_WINDOW:
        raise Refused("已经超过 10 秒，不能直接撤销，请用撤回并写明理由。", code="undo_expired")
    take_back(hall=record.hall, key=notice_key(record, last.status))
    _undo_papers(record, last.status, by=by)
    _undo_fields(record, last.status)
    write_status(record, last.old_status or RecordStatus.WITHDRAWN, by=by, note="撤销", is_undo=True)
    rectify.follow_record(record, old=last.status, by=by)
    return record


@transaction.atomic
def lapse_overdue(*, hall: Hall, moment: datetime, by: User | Robot) -> list[ConductRecord]:
    """逾期未提异议: records whose time to answer ended at or before `moment` begin to count.

    The rows are held first, so that an answer given at the same moment is not overtaken.
    """
    overdue = ConductRecord.objects.filter(hall=hall).answer_overdue(moment)
    held = overdue.select_related("hall", "act", "staff__user", "window", "department")
    return [
        take_step(record, RecordStatus.LAPSED, by=by, note="答复期满")
        for record in held.select_for_update(of=("self",)).order_by("deadline_at", "pk")
    ]


@transaction.atomic
def note_publication(*, records: Iterable[ConductRecord], at: datetime) -> None:
    """Publication opens the time to appeal again: five working days from it."""
    by_hall: dict[int, list[ConductRecord]] = {}
    for record in records:
        by_hall.setdefault(record.hall_id, []).append(record)
    for some in by_hall.values():
        until = after_days(some[0], APPEAL_DAYS, at)
        for record in some:
            record.appeal_until = until
        ConductRecord.objects.filter(pk__in=[record.pk for record in some]).update(appeal_until=until)


def _undo_fields(record: ConductRecord, status: str) -> None:
    """What the step that is taken back had set: the points chosen, the record it was merged into."""
    if status == RecordStatus.CONFIRMED and record.judged is not None:
        record.judged = None
        record.save(update_fields=["judged"])
    if status == RecordStatus.WITHDRAWN and record.duplicate_of_id is not None:
        record.duplicate_of = None
        record.save(update_fields=["duplicate_of"])


def _undo_papers(record: ConductRecord, status: str, *, by: User) -> None:
    """What was handed in or written with the step that is taken back."""
    now = timezone.now()
    if status == RecordStatus.STATED:
        record.statements.standing().update(undone_at=now)
    if status == RecordStatus.APPEALED:
        record.appeals.standing().update(undone_at=now)
    if status in (RecordStatus.APPEAL_ALLOWED, RecordStatus.APPEAL_REJECTED):
        appeal = record.appeals.standing().get()
        before = {"allowed": appeal.is_allowed, "opinion": appeal.opinion}
        appeal.reviewer = appeal.decided_at = appeal.is_allowed = None
        appeal.opinion = ""
        appeal.save(update_fields=["reviewer", "decided_at", "is_allowed", "opinion"])
        audit.record("appeal.undone", target=appeal, by=by, before=before)


def _permit(objection: str) -> None:
    if objection:
        raise NotPermitted(objection)
