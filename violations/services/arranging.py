"""整改安排: the window's plan, an extension asked and decided, the day the rounds look again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from accounts.models import User
from accounts.words import day_words
from trail.services import audit
from violations.enums import TO_ANSWER, RectificationStatus, StepKind
from violations.permissions import (
    extension_objection,
    may_answer_rectification,
    recheck_objection,
)
from violations.services.rectify import ENDED, heads_of, leave_step, locked_order, tell_of_order
from windows import working_days

if TYPE_CHECKING:
    from datetime import date

    from violations.models import Rectification

EXTENSIONS = "violations.extensions"
EXTENSION_DAYS = "violations.extension_days"


@transaction.atomic
def plan_rectification(*, rectification: Rectification, by: User, words: str) -> Rectification:
    """整改计划: the head says what will be done and by whom, before it is done."""
    order = _to_answer(rectification, by)
    _require(words, "请写整改计划。")
    before, order.plan = order.plan, words.strip()[:500]
    order.save(update_fields=["plan"])
    leave_step(order, by=by, words=words, kind=StepKind.PLAN)
    audit.record(
        "rectification.plan", target=order, by=by, before={"plan": before}, after={"plan": order.plan}
    )
    return order


@transaction.atomic
def ask_extension(*, rectification: Rectification, by: User, days: int, reason: str) -> Rectification:
    """申请延期: the head asks for some more working days, before the time is over and as often as set."""
    order = _to_answer(rectification, by)
    _require(reason, "请写延期的理由。")
    if order.asked_until is not None:
        raise Refused("已经申请延期，等大厅管理员答复。", code="extension_asked")
    if timezone.localdate() > order.due_on:
        raise Refused("整改期限已过，不能再申请延期，请尽快提交整改。", code="too_late")
    if extensions_asked(order) >= order.hall.option(EXTENSIONS):
        raise Refused("这件整改不能再申请延期。", code="extensions_used")
    most = order.hall.option(EXTENSION_DAYS)
    if not 1 <= days <= most:
        raise Refused(f"延期要在 1 至 {most} 个工作日之间。", code="out_of_bounds", status=422)
    order.asked_until = working_days.add_working_days(order.hall, order.due_on, days)
    order.save(update_fields=["asked_until"])
    leave_step(
        order, by=by, words=reason, kind=StepKind.ASKED, day=order.asked_until, day_before=order.due_on
    )
    after = {"due_on": str(order.asked_until)}
    audit.record("rectification.asked", target=order, by=by, after=after, reason=reason)
    deciders = User.objects.with_permission("record.confirm", order.hall).order_by("pk")
    people = [user for user in deciders if not extension_objection(user, order)]
    tell_of_order(order, people, f"申请延期到{day_words(order.asked_until)}，请答复", kind=StepKind.ASKED)
    return order


@transaction.atomic
def decide_extension(
    *, rectification: Rectification, by: User, is_granted: bool, words: str = ""
) -> Rectification:
    """答复延期: the manager grants it, or refuses with a reason."""
    order = locked_order(rectification)
    objection = extension_objection(by, order)
    if objection:
        raise NotPermitted(objection)
    if not is_granted:
        _require(words, "不同意延期请写明理由。")
    asked = order.asked_until
    if asked is None:
        raise Refused("没有等答复的延期申请，可能已经答复或整改已经提交。", code="no_extension")
    kind = StepKind.GRANTED if is_granted else StepKind.REFUSED
    before, order.asked_until = order.due_on, None
    if is_granted:
        order.due_on = asked
    order.save(update_fields=["asked_until", "due_on"])
    leave_step(order, by=by, words=words, kind=kind, day=asked, day_before=before)
    audit.record(
        f"rectification.{kind}",
        target=order,
        by=by,
        before={"due_on": str(before)},
        after={"due_on": str(order.due_on)},
        reason=words,
    )
    tell_of_order(
        order,
        heads_of(order.window),
        f"{kind.label}，期限 {day_words(order.due_on)}",
        kind=kind,
    )
    return order


@transaction.atomic
def plan_recheck(*, rectification: Rectification, by: User, day: date) -> Rectification:
    """安排回头看: from this working day on the rounds show it at the window."""
    order = locked_order(rectification)
    objection = recheck_objection(by, order)
    if objection:
        raise NotPermitted(objection)
    if order.status in ENDED:
        raise TransitionNotAllowed(f"这件整改现在是“{order.get_status_display()}”，不用再回头看。")
    if day < timezone.localdate():
        raise Refused("回头看的日子已经过去。", code="day_passed", status=422)
    if not working_days.is_working_day(order.hall, day):
        raise Refused("那天大厅不上班，请另选一天。", code="day_off", status=422)
    before, order.recheck_on = order.recheck_on, day
    order.save(update_fields=["recheck_on"])
    leave_step(order, by=by, words="", kind=StepKind.RECHECK, day=day, day_before=before)
    audit.record("rectification.recheck", target=order, by=by, after={"day": str(day)})
    return order


def extensions_asked(order: Rectification) -> int:
    """How often an extension was asked for; what was taken back within ten seconds does not count."""
    asked = order.steps.filter(kind=StepKind.ASKED)
    return asked.filter(is_undo=False).count() - asked.filter(is_undo=True).count()


def may_ask_extension(order: Rectification, user: User) -> bool:
    """Whether the form stands on the page."""
    open_to_it = order.status in TO_ANSWER and order.asked_until is None
    in_time = open_to_it and timezone.localdate() <= order.due_on
    allowed = in_time and may_answer_rectification(user, order)
    return allowed and extensions_asked(order) < order.hall.option(EXTENSIONS)


def _to_answer(rectification: Rectification, by: User) -> Rectification:
    order = locked_order(rectification)
    if not may_answer_rectification(by, order):
        raise NotPermitted("整改由窗口负责人办理。")
    if order.status not in TO_ANSWER:
        label = RectificationStatus(order.status).label
        raise TransitionNotAllowed(f"这件整改现在是“{label}”，不等窗口办理。")
    return order


def _require(words: str, message: str) -> None:
    if not words.strip():
        raise Refused(message, code="words_missing", status=422)
