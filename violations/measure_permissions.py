"""Who may do what with a measure: nobody decides on the own case or one of the own unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from violations.rule_enums import MeasureKind
from windows.querysets import ties

if TYPE_CHECKING:
    from accounts.models import User
    from violations.models import Measure

PROPOSE = "record.find"
DECIDE = "record.confirm"
DECIDE_GRAVE = "letter.sign"
GRAVE = (
    MeasureKind.TALK,
    MeasureKind.CIRCULAR,
    MeasureKind.LETTER,
    MeasureKind.REASSIGN,
    MeasureKind.RETURN,
    MeasureKind.TRANSFER,
)
"""Decided by the leader (who signs); the manager decides the rest."""


def is_about(user: User, measure: Measure) -> bool:
    """The person; the head for a whole window, or for somebody without an account."""
    bound = ties(user)
    if measure.staff is None:
        return measure.window_id in bound.headed
    if measure.staff.user_id is not None:
        return measure.staff.user_id == user.pk
    return measure.window_id is not None and measure.window_id in bound.headed


def handle_objection(user: User, measure: Measure) -> str:
    """Why this person may not decide on, accept or close it, in words; empty when he may."""
    grave = measure.kind in GRAVE
    if not user.can(DECIDE_GRAVE if grave else DECIDE, measure.hall):
        return f"{measure.get_kind_display()}由{'领导' if grave else '大厅管理员'}决定和办结。"
    bound = ties(user)
    units = {measure.staff and measure.staff.department_id, measure.window and measure.window.department_id}
    own_unit = units & {*bound.contact_of, *bound.departments}
    if is_about(user, measure) or measure.staff_id in bound.staff or measure.window_id in bound.headed:
        return "当事人回避，请由别人决定。"
    if own_unit:
        return "同单位的人回避，请由别人决定。"
    return ""
