"""Who may judge what: recusal is asked here, enforced by the services and shown by the pages.

Each predicate looks at the record as it is; services ask it under a lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from violations.enums import COUNTING, VOID, RecordStatus, RectificationStatus
from violations.rule_enums import Subject
from windows.querysets import headed_windows

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User
    from violations.models import Appeal, ConductRecord, Rectification

FIND = ("record.find",)
PROPOSE = ("record.find", "attendance.verify", "imports.run")
ENTER_DECIDED = ("record.confirm", "imports.run")
HAND_OVER = ("covert.assign",)
VERIFY = ("record.find", "attendance.verify")


def is_concerned(user: User, record: ConductRecord) -> bool:
    """The person judged; the head for a whole window; the contact for a unit.

    For a person without an account the head of the window speaks, so that nobody goes unheard.
    """
    if record.subject == Subject.UNIT:
        return record.department is not None and record.department.contacts.filter(pk=user.pk).exists()
    if record.staff is not None and record.staff.user_id is not None:
        return record.staff.user_id == user.pk
    return _heads(user, record.window_id)


def answer_objection(user: User, record: ConductRecord) -> str:
    """Why this person may not accept or state, in words; empty when he may."""
    if not is_concerned(user, record):
        return "只有当事人（整窗问题由窗口负责人）可以答复。"
    return ""


def may_answer(user: User, record: ConductRecord) -> bool:
    """Accept or state: the person concerned, while the record waits for the answer."""
    return record.status == RecordStatus.NOTIFIED and not answer_objection(user, record)


def verify_objection(user: User, record: ConductRecord) -> str:
    """Why this person may not stand behind a machine's proposal; empty when he may."""
    if not user.can_any(VERIFY, record.hall):
        return "没有权限核实这条记录。"
    if is_concerned(user, record):
        return "当事人回避，请由别人核实。"
    return ""


def may_verify(user: User, record: ConductRecord) -> bool:
    """核实: a machine's proposal of a deduction."""
    is_proposal = record.status == RecordStatus.DRAFT and not record.act.is_bonus
    return is_proposal and not verify_objection(user, record)


def decider_objection(user: User, record: ConductRecord) -> str:
    """Why this person may not decide the record, in words; empty when he may."""
    if not user.can("record.confirm", record.hall):
        return "认定由大厅管理员做。"
    if record.finder_id == user.pk or _stood_behind(user, record):
        return "记录人回避：你记录或核实的问题要由另一位大厅管理员认定。"
    if is_concerned(user, record) or _same_department(user, record):
        return "当事人和同单位的人回避，请由另一位大厅管理员认定。"
    return ""


def waits_for_decision(record: ConductRecord) -> bool:
    """A stated deduction, or a bonus that nobody has checked yet."""
    return record.status == RecordStatus.STATED or (
        record.status == RecordStatus.DRAFT and record.act.is_bonus
    )


def may_confirm(user: User, record: ConductRecord) -> bool:
    """认定: after the statement; a bonus after checking."""
    return waits_for_decision(record) and not decider_objection(user, record)


def may_dismiss(user: User, record: ConductRecord) -> bool:
    """不予认定: at any time before the decision, in favour of the person."""
    undecided = (RecordStatus.DRAFT, RecordStatus.NOTIFIED, RecordStatus.STATED)
    return record.status in undecided and not decider_objection(user, record)


def withdraw_objection(user: User, record: ConductRecord) -> str:
    """Why this person may not withdraw the record; empty when he may."""
    may = user.can("record.withdraw", record.hall)
    if not may or (record.finder_id != user.pk and not user.can("record.confirm", record.hall)):
        return "只有记录人和大厅管理员可以撤回。"
    if is_concerned(user, record) or (record.finder_id != user.pk and _same_department(user, record)):
        return "当事人和同单位的人回避，请由另一位大厅管理员撤回。"
    return ""


def may_withdraw(user: User, record: ConductRecord) -> bool:
    """The finder, or a manager of the hall who is not concerned; never while an appeal is open."""
    open_to_it = record.status not in (*VOID, RecordStatus.APPEALED)
    return open_to_it and not withdraw_objection(user, record)


def merge_objection(user: User, record: ConductRecord, into: ConductRecord) -> str:
    """Why this person may not merge two records of the same matter; empty for either finder and a manager."""
    if user.pk == into.finder_id and user.can("record.withdraw", record.hall):
        return "当事人回避，请由别人合并。" if is_concerned(user, record) else ""
    return withdraw_objection(user, record)


def may_appeal(user: User, record: ConductRecord, now: datetime) -> bool:
    """The person concerned, once, within the time; not after the reviewer has spoken."""
    in_time = record.appeal_until is None or now <= record.appeal_until
    open_to_it = record.status in (RecordStatus.CONFIRMED, RecordStatus.LAPSED)
    return open_to_it and in_time and is_concerned(user, record) and not record.appeals.standing().exists()


def reviewer_objection(user: User, appeal: Appeal) -> str:
    """Why this person may not review the appeal, in words; empty when he may."""
    record = appeal.record
    if not user.can("appeal.review", record.hall):
        return "申诉由领导或大厅管理员复核。"
    if user.pk in (record.finder_id, appeal.by_id) or _stood_behind(user, record):
        return "记录人和申诉人回避，请由别人复核。"
    if record.status_changes.filter(by=user, status=RecordStatus.CONFIRMED, is_undo=False).exists():
        return "作出认定的人回避，请由别人复核。"
    if is_concerned(user, record) or _same_department(user, record):
        return "当事人和同单位的人回避，请由别人复核。"
    return ""


def may_order_rectification(user: User, record: ConductRecord) -> bool:
    """The office, for a deduction that stands or is still open and that happened at a window."""
    if record.act.is_bonus or record.window_id is None:
        return False
    alive = record.status in (*COUNTING, RecordStatus.NOTIFIED, RecordStatus.STATED, RecordStatus.APPEALED)
    return alive and user.can("rectify.check", record.hall)


def may_answer_rectification(user: User, rectification: Rectification) -> bool:
    """The head of the window."""
    return _heads(user, rectification.window_id)


def extension_objection(user: User, rectification: Rectification) -> str:
    """Why this person may not decide on an extension; empty when he may."""
    if not user.can("record.confirm", rectification.hall):
        return "延期由大厅管理员答复。"
    if may_answer_rectification(user, rectification) or _of_department(
        user, rectification.window.department_id
    ):
        return "本窗口和同单位的人回避，请由另一位大厅管理员答复。"
    return ""


def recheck_objection(user: User, rectification: Rectification) -> str:
    """Why this person may not recheck; empty when he may."""
    if not user.can("rectify.check", rectification.hall) or may_answer_rectification(user, rectification):
        return "复查由值班员或大厅管理员做，本窗口的人回避。"
    return ""


def may_recheck(user: User, rectification: Rectification) -> bool:
    """复查: while the order is neither done nor withdrawn."""
    over = (RectificationStatus.DONE, RectificationStatus.WITHDRAWN)
    return rectification.status not in over and not recheck_objection(user, rectification)


def _heads(user: User, window_id: int | None) -> bool:
    return window_id is not None and window_id in headed_windows(user)


def _stood_behind(user: User, record: ConductRecord) -> bool:
    """Recorded it, or verified what a machine had proposed."""
    return record.status_changes.filter(by=user, status=RecordStatus.NOTIFIED, is_undo=False).exists()


def _same_department(user: User, record: ConductRecord) -> bool:
    return record.department_id is not None and _of_department(user, record.department_id)


def _of_department(user: User, department_id: int) -> bool:
    staff = getattr(user, "staff", None)
    if staff is not None and staff.department_id == department_id:
        return True
    return user.contact_of.filter(pk=department_id).exists()
