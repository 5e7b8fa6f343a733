"""Who may judge what: recusal is asked here and enforced by the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from violations.enums import RecordStatus
from windows.querysets import headed_windows

if TYPE_CHECKING:
    from accounts.models import User
    from violations.models import Appeal, ConductRecord, Rectification


def is_concerned(user: User, record: ConductRecord) -> bool:
    """The person judged, or the head of the window when the whole window is judged."""
    if record.staff_id is not None:
        return record.staff is not None and record.staff.user_id == user.pk
    if record.window_id is not None:
        return headed_windows(user).filter(window=record.window_id).exists()
    return record.department is not None and record.department.contacts.filter(pk=user.pk).exists()


def may_answer(user: User, record: ConductRecord) -> bool:
    """Accept or state: the person concerned, while the record waits for the answer."""
    return record.status == RecordStatus.NOTIFIED and is_concerned(user, record)


def may_decide(user: User, record: ConductRecord) -> bool:
    """认定 and 不予认定: the manager of the hall who did not find it and is not concerned himself."""
    waits = record.status in (RecordStatus.STATED, RecordStatus.DRAFT)
    return waits and decider_objection(user, record) == ""


def decider_objection(user: User, record: ConductRecord) -> str:
    """Why this person may not decide the record, in words; empty when he may."""
    if not user.can("record.confirm", record.hall):
        return "认定由大厅管理员做。"
    if record.finder_id == user.pk:
        return "记录人回避：你记的问题要由另一位大厅管理员认定。"
    if is_concerned(user, record) or _same_department(user, record):
        return "当事人和同单位的人回避，请由另一位大厅管理员认定。"
    return ""


def may_withdraw(user: User, record: ConductRecord) -> bool:
    """The finder or a manager of the hall; officers only what they found themselves."""
    if not user.can("record.withdraw", record.hall):
        return False
    return record.finder_id == user.pk or user.can("record.confirm", record.hall)


def reviewer_objection(user: User, appeal: Appeal) -> str:
    """Why this person may not review the appeal, in words; empty when he may."""
    record = appeal.record
    if not user.can("appeal.review", record.hall):
        return "申诉由领导或大厅管理员复核。"
    if user.pk in (record.finder_id, appeal.by_id):
        return "记录人和申诉人回避，请由别人复核。"
    if record.status_changes.filter(by=user, status=RecordStatus.CONFIRMED).exists():
        return "作出认定的人回避，请由别人复核。"
    if is_concerned(user, record) or _same_department(user, record):
        return "当事人和同单位的人回避，请由别人复核。"
    return ""


def may_answer_rectification(user: User, rectification: Rectification) -> bool:
    """The head of the window."""
    return headed_windows(user).filter(window=rectification.window_id).exists()


def _same_department(user: User, record: ConductRecord) -> bool:
    if record.department_id is None:
        return False
    staff = getattr(user, "staff", None)
    if staff is not None and staff.department_id == record.department_id:
        return True
    return user.contact_of.filter(pk=record.department_id).exists()
