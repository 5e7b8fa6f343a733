"""经过: the record's life told in sentences: steps, rectification, duplicates, reminders, papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.words import day_words
from violations.enums import (
    EscalationLevel,
    OverdueStep,
    RecordSource,
    RecordStatus,
    RectificationStatus,
    StepKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from violations.models import ConductRecord, Rectification, RectificationStep, StatusChange
    from violations.uses import Use

COVERT_FINDER = "督查（暗访）"
SENTENCES = {
    RecordStatus.NOTIFIED: "核实了这条草稿，请当事人答复",
    RecordStatus.STATED: "作了陈述，等待认定，认定前不计入",
    RecordStatus.CONFIRMED: "认定成立，开始计入",
    RecordStatus.LAPSED: "期满没有答复，按“逾期未提异议”计入",
    RecordStatus.DISMISSED: "不予认定，不计入",
    RecordStatus.APPEALED: "提出申诉，裁定前不计入",
    RecordStatus.APPEAL_REJECTED: "裁定申诉不成立，维持原来的认定",
    RecordStatus.APPEAL_ALLOWED: "裁定申诉成立，撤销这条记录",
    RecordStatus.WITHDRAWN: "撤回了这条记录",
}
BEGINNINGS = {
    RecordStatus.DRAFT: "记下“{act}”，是草稿，等待核对",
    RecordStatus.NOTIFIED: "记下“{act}”，请当事人答复",
    RecordStatus.CONFIRMED: "登记“{act}”，纸面上已经认定",
}
ORDER_SENTENCES = {
    RectificationStatus.SUBMITTED: "窗口提交了整改，等待复查",
    RectificationStatus.DONE: "复查通过，整改完成",
    RectificationStatus.RETURNED: "复查没有通过，退回重改",
    RectificationStatus.WITHDRAWN: "撤回了整改",
}


ARRANGED_SENTENCES = {
    StepKind.PLAN: "窗口写了整改计划",
    StepKind.ASKED: "窗口申请延期到{day}",
    StepKind.GRANTED: "同意延期，期限改为{day}",
    StepKind.REFUSED: "不同意延期到{day}",
    StepKind.RECHECK: "安排{day}起巡查时回头看",
}


def story_of(record: ConductRecord, uses: Iterable[Use] = ()) -> list[dict[str, Any]]:
    """All that has happened to the record; a fixed number of queries."""
    events = [
        *_steps(record),
        *_order_steps(record),
        *_reminders(record),
        *_duplicates(record),
        *(_paper(use) for use in uses if use.at),
    ]
    events.sort(key=lambda event: event["at"])  # stable: what happened at once stays in its order
    return events[::-1]


def _steps(record: ConductRecord) -> Iterator[dict[str, Any]]:
    for change in record.status_changes.select_related("by").order_by("pk"):
        yield {
            "text": _step_words(record, change),
            "at": change.at,
            "by": _actor(record, change),
            "note": "" if change.is_undo else change.note,
        }


def _step_words(record: ConductRecord, change: StatusChange) -> str:
    status = RecordStatus(change.status)
    if change.is_undo:
        return f"撤销上一步，回到“{status.label}”"
    if not change.old_status:
        return BEGINNINGS.get(status, status.label).format(act=record.act)
    if (change.old_status, status) == (RecordStatus.NOTIFIED, RecordStatus.CONFIRMED):
        return "确认，无异议，开始计入"
    return SENTENCES.get(status, status.label)


def _actor(record: ConductRecord, change: Any) -> str:
    if record.source == RecordSource.COVERT and change.by_id == record.finder_id and change.by_id:
        return COVERT_FINDER
    return change.by.name if change.by else "系统"


def _order_steps(record: ConductRecord) -> Iterator[dict[str, Any]]:
    order: Rectification | None = getattr(record, "rectification", None)
    if order is None:
        return
    for step in order.steps.select_related("by").order_by("pk"):
        yield {
            "text": order_step_words(order, step),
            "at": step.at,
            "by": _actor(record, step),
            "note": "" if step.is_undo else step.words,
            "url": order.get_absolute_url(),
        }


def order_step_words(order: Rectification, step: RectificationStep) -> str:
    """One step of an order as a sentence."""
    status, kind = RectificationStatus(step.status), StepKind(step.kind)
    if step.is_undo:
        back = f"回到“{status.label}”" if kind == StepKind.STATUS else f"撤回“{kind.label}”"
        return f"撤销整改的上一步，{back}"
    if kind != StepKind.STATUS:
        day = day_words(step.day) if step.day else ""
        return ARRANGED_SENTENCES[kind].format(day=day)
    if status == RectificationStatus.OPEN:
        return "重新要求整改" if step.words else f"要求整改，编号 {order.number}"
    return ORDER_SENTENCES[status]


def _reminders(record: ConductRecord) -> Iterator[dict[str, Any]]:
    for row in record.escalations.prefetch_related("told"):
        yield {"text": escalation_words(row), "at": row.at, "by": "系统", "note": ""}


def escalation_words(row: Any) -> str:
    """认定逾期（期限 11月27日），已升级给陈国平."""
    names = "、".join(person.name for person in row.told.all())
    late = f"{OverdueStep(row.step).label}逾期（期限 {day_words(timezone.localtime(row.due_at))}）"
    if not names:
        return f"{late}，没有可以告知的人"
    verb = "已升级给" if row.level == EscalationLevel.RAISED else "已提醒"
    return f"{late}，{verb}{names}"


def raised_words(record: ConductRecord, *steps: OverdueStep) -> list[str]:
    """What is overdue now and above whom it has gone: the last word on each of these steps."""
    rows = record.escalations.filter(step__in=steps).prefetch_related("told").order_by("pk")
    last = {row.step: row for row in rows}
    return [escalation_words(row) for row in last.values()]


def _duplicates(record: ConductRecord) -> Iterator[dict[str, Any]]:
    for other in record.duplicates.order_by("pk"):
        yield {
            "text": f"{other.number} 是同一件事，作为重复并入这条",
            "at": other.status_at,
            "by": "",
            "note": "",
            "url": other.get_absolute_url(),
        }


def _paper(use: Use) -> dict[str, Any]:
    return {"text": f"进入{use.label}", "at": use.at, "by": "", "note": "", "url": use.url}
