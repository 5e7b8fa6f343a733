"""措施: proposed, heard, decided, carried out and closed; nobody decides on the own case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from accounts.models import User
from trail.actors import Robot, job_name, person
from trail.services import audit
from trail.services.notices import tell
from trail.services.numbers import draw_number
from violations.enums import COUNTING
from violations.measure_enums import MEASURE_NEXT, MeasureEvent, MeasureStatus
from violations.measure_permissions import PROPOSE, handle_objection, is_about
from violations.models import Measure, MeasureStep
from violations.rule_enums import MeasureKind
from violations.services.rectify import heads_of
from windows import working_days

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from accounts.models import Hall
    from violations.models import ConductRecord, MeasureRule
    from windows.models import Staff, Window

HEARING_DAYS = "violations.measure_hearing_days"
DUE_DAYS = "violations.measure_due_days"
S, E = MeasureStatus, MeasureEvent


@transaction.atomic
def propose_measure(
    *,
    hall: Hall,
    kind: str,
    reason: str,
    by: User | Robot,
    staff: Staff | None = None,
    window: Window | None = None,
    records: Iterable[ConductRecord] = (),
    rule: MeasureRule | None = None,
    key: str = "",
) -> Measure:
    """提出: the person concerned is told at once and may speak until the hearing is over."""
    if isinstance(by, User) and not by.can(PROPOSE, hall):
        raise NotPermitted("措施由值班员、大厅管理员或领导提出。")
    if staff is not None and staff.hall_id != hall.pk:
        raise Refused("请选本大厅的人员。", code="bad_choice", status=422)
    today = timezone.localdate()
    serial = draw_number(hall, f"CS-{today:%Y%m%d}")
    measure: Measure = Measure.objects.create(
        hall=hall,
        number=f"CS-{today:%Y%m%d}-{serial:03d}",
        kind=kind,
        staff=staff,
        window=window,
        rule=rule,
        key=key,
        reason=reason.strip()[:500],
        proposed_by=person(by),
        heard_until=working_days.add_working_days(hall, today, hall.option(HEARING_DAYS)),
    )
    measure.records.set(records)
    _leave(measure, E.PROPOSED, by=by, words=measure.reason)
    audit.record("measure.proposed", target=measure, by=by, after={"kind": kind}, reason=measure.reason)
    _tell(measure, f"拟对你采取：{measure.get_kind_display()}，可在期限内陈述")
    return measure


@transaction.atomic
def say_on_measure(*, measure: Measure, by: User, words: str) -> Measure:
    """陈述: the person concerned, before the decision and within the time."""
    row = _locked(measure)
    if not is_about(by, row):
        raise NotPermitted("只有当事人可以陈述。")
    if row.status != S.PROPOSED or timezone.localdate() > row.heard_until:
        raise TransitionNotAllowed("陈述的期限已过，或已经作出决定。")
    _leave(row, E.SAID, by=by, words=words)
    row.save(update_fields=["status"])
    audit.record("measure.said", target=row, by=by, reason=words)
    return row


@transaction.atomic
def decide_measure(*, measure: Measure, by: User, words: str = "") -> Measure:
    """决定采取: after the person was heard, or the time to speak is over; the basis must still count."""
    row = _handled(measure, by)
    heard = row.steps.filter(event=E.SAID).exists()
    if row.status == S.PROPOSED and not heard and timezone.localdate() <= row.heard_until:
        raise Refused(
            f"当事人还没有陈述，陈述期限到 {row.heard_until:%m月%d日}，过后再决定。", code="too_early"
        )
    if row.rule_id and row.records.exclude(status__in=COUNTING).exists():
        raise TransitionNotAllowed("依据的记录有的已不计入，请改为“不采取”，或等系统今晚重新核对。")
    today = timezone.localdate()
    row.decided_by, row.decided_at = by, timezone.now()
    row.due_on = working_days.add_working_days(row.hall, today, row.hall.option(DUE_DAYS))
    return _move(row, S.DECIDED, E.DECIDED, by=by, words=words, told=f"已决定：{row.get_kind_display()}")


@transaction.atomic
def decline_measure(*, measure: Measure, by: User, words: str) -> Measure:
    """不采取: with the reason."""
    row = _handled(measure, by)
    row.decided_by, row.decided_at = by, timezone.now()
    return _move(row, S.DECLINED, E.DECLINED, by=by, words=words, told="决定不采取")


@transaction.atomic
def hand_in_review(*, measure: Measure, by: User, words: str) -> Measure:
    """提交书面检查: the person concerned writes it here."""
    row = _locked(measure)
    if not is_about(by, row):
        raise NotPermitted("书面检查由当事人本人提交。")
    if row.kind != MeasureKind.SELF_REVIEW:
        raise TransitionNotAllowed("这项措施不需要交书面检查。")
    return _move(row, S.HANDED_IN, E.HANDED_IN, by=by, words=words)


@transaction.atomic
def return_review(*, measure: Measure, by: User, words: str) -> Measure:
    """退回书面检查: with what is missing."""
    row = _handled(measure, by)
    if row.status != S.HANDED_IN:
        raise TransitionNotAllowed("还没有提交书面检查。")
    return _move(row, S.DECIDED, E.RETURNED, by=by, words=words, told="书面检查已退回，请重写")


@transaction.atomic
def close_measure(
    *,
    measure: Measure,
    by: User,
    words: str,
    minutes: str = "",
    body: str = "",
    document_number: str = "",
    document_on: date | None = None,
) -> Measure:
    """办结: with the minutes of a talk; of a 移送 with the decision of the body that has the right."""
    row = _handled(measure, by)
    if row.kind == MeasureKind.SELF_REVIEW and row.status == S.DECIDED:
        raise TransitionNotAllowed("当事人还没有提交书面检查。")
    if row.kind == MeasureKind.TRANSFER and not (body and document_number and document_on):
        raise Refused("移送办结要写明有权机关、决定文号和日期。", code="words_missing", status=422)
    if row.kind in (MeasureKind.TALK, MeasureKind.REMIND_TALK) and not minutes.strip():
        raise Refused("请写谈话记录。", code="words_missing", status=422)
    row.minutes, row.body, row.document_number, row.document_on = minutes, body, document_number, document_on
    row.closed_at = timezone.now()
    return _move(row, S.CLOSED, E.CLOSED, by=by, words=words, told="已办结")


def drop_measure(*, measure: Measure, by: Robot) -> Measure:
    """An undecided proposal falls when its records no longer reach the threshold."""
    return _move(_locked(measure), S.WITHDRAWN, E.WITHDRAWN, by=by, words="", told="提议已撤销")


def _handled(measure: Measure, by: User) -> Measure:
    row = _locked(measure)
    objection = handle_objection(by, row)
    if objection:
        raise NotPermitted(objection)
    return row


def _locked(measure: Measure) -> Measure:
    rows = Measure.objects.select_related("hall", "staff__user", "window").select_for_update(of=("self",))
    return cast("Measure", rows.get(pk=measure.pk))


def _move(row: Measure, new: str, event: str, *, by: User | Robot, words: str, told: str = "") -> Measure:
    if new not in MEASURE_NEXT[row.status]:
        label = MeasureStatus(new).label
        raise TransitionNotAllowed(f"这项措施现在是“{row.get_status_display()}”，不能变为“{label}”。")
    old, row.status = row.status, new
    row.save()
    _leave(row, event, by=by, words=words)
    audit.record(
        f"measure.{event}", target=row, by=by, before={"status": old}, after={"status": new}, reason=words
    )
    if told:
        _tell(row, told)
    return row


def _leave(row: Measure, event: str, *, by: User | Robot, words: str) -> None:
    MeasureStep.objects.create(measure=row, event=event, by=person(by), job=job_name(by), words=words.strip())


def _tell(row: Measure, words: str) -> None:
    people: list[Any] = [row.staff.user] if row.staff and row.staff.user else []
    if not people and row.window:
        people = heads_of(row.window)
    tell(
        people,
        title=f"{row.number} {words}",
        url=row.get_absolute_url(),
        hall=row.hall,
        key=f"measure:{row.pk}:{row.status}",
    )
