"""整改: order, answer of the window, recheck of the office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from accounts.models import User
from trail.actors import Robot, job_name, person
from trail.enums import FileKind
from trail.services import audit
from trail.services.files import store_photo
from trail.services.notices import UNDO_WINDOW, take_back, tell
from trail.services.numbers import draw_number
from violations.enums import COUNTING, RECTIFICATION_NEXT, VOID, RecordStatus, RectificationStatus, StepKind
from violations.models import Rectification, RectificationStep
from violations.permissions import may_answer_rectification, may_order_rectification, recheck_objection
from windows import working_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.core.files.uploadedfile import UploadedFile

    from violations.models import ConductRecord
    from windows.models import Window

RECTIFY_DAYS = "violations.rectify_days"
ARRANGED = ("plan", "asked_until", "due_on", "recheck_on")
ENDED = (RectificationStatus.DONE, RectificationStatus.WITHDRAWN)


@transaction.atomic
def order_rectification(*, record: ConductRecord, by: User | Robot) -> Rectification:
    """下整改: ask the window to put the finding right within the hall's days; once a record."""
    if record.window is None:
        raise Refused("没有窗口的记录不能下整改。", code="window_missing", status=422)
    existing = _order_of(record)
    if existing is not None:
        return existing
    if isinstance(by, User) and not may_order_rectification(by, record):
        raise NotPermitted("这条记录不能由你下整改。")
    return _order(record, record.window, by=by)


@transaction.atomic
def submit_rectification(
    *, rectification: Rectification, by: User, words: str, uploads: Sequence[UploadedFile[Any]] = ()
) -> Rectification:
    """提交整改: the head says and shows what was done."""
    if not may_answer_rectification(by, rectification):
        raise NotPermitted("整改由窗口负责人提交。")
    if not words.strip():
        raise Refused("请写整改情况。", code="words_missing", status=422)
    order = _step(rectification, RectificationStatus.SUBMITTED, by=by, words=words, uploads=uploads)
    checkers = User.objects.with_permission("rectify.check", order.hall)
    tell_of_order(order, [user for user in checkers if user != by], "已提交，请复查")
    return order


@transaction.atomic
def recheck_rectification(
    *,
    rectification: Rectification,
    by: User,
    is_done: bool,
    words: str = "",
    uploads: Sequence[UploadedFile[Any]] = (),
) -> Rectification:
    """复查: the office finds it done, or sends it back with a reason."""
    objection = recheck_objection(by, rectification)
    if objection:
        raise NotPermitted(objection)
    if not is_done and not words.strip():
        raise Refused("退回重改请写明理由。", code="words_missing", status=422)
    new = RectificationStatus.DONE if is_done else RectificationStatus.RETURNED
    order = _step(rectification, new, by=by, words=words, uploads=uploads)
    tell_of_order(order, heads_of(order.window), order.get_status_display())
    return order


@transaction.atomic
def undo_rectification_step(*, rectification: Rectification, by: User) -> Rectification:
    """撤销: within ten seconds, the same person takes the last order, answer or recheck back."""
    order = locked_order(rectification)
    steps = list(order.steps.order_by("-pk")[:2])
    if steps[0].by_id != by.pk or steps[0].is_undo:
        raise NotPermitted("只能撤销自己刚做的一步。")
    if len(steps) == 1 and not by.can("rectify.check", order.hall):
        raise NotPermitted("下达整改的人才能撤销它。")
    if timezone.now() - steps[0].at > UNDO_WINDOW:
        raise Refused("已经超过 10 秒，不能直接撤销。", code="undo_expired")
    take_back(hall=order.hall, key=order_key(order, steps[0].kind))
    before = order.status
    if steps[0].kind == StepKind.STATUS:
        order.status = steps[1].status if len(steps) > 1 else RectificationStatus.WITHDRAWN
        order.done_at = None
    else:
        _take_back_arrangement(order, steps[0])
    order.save(update_fields=["status", "done_at", *ARRANGED])
    leave_step(order, by=by, words="撤销", is_undo=True, kind=steps[0].kind)
    audit.record("rectification.undone", target=order, by=by, before={"status": before})
    return order


def _take_back_arrangement(order: Rectification, step: RectificationStep) -> None:
    """The plan, the asked or granted day, the day of the recheck: as they were before the step."""
    if step.kind == StepKind.PLAN:
        order.plan = _plan_before(order, step)
    elif step.kind == StepKind.RECHECK:
        order.recheck_on = step.day_before
    else:
        order.asked_until = None if step.kind == StepKind.ASKED else step.day
    if step.kind == StepKind.GRANTED and step.day_before is not None:
        order.due_on = step.day_before


def _plan_before(order: Rectification, step: RectificationStep) -> str:
    """The plan that stood before the step; what was taken back itself does not stand."""
    standing: list[str] = []
    for row in order.steps.filter(kind=StepKind.PLAN, pk__lt=step.pk).order_by("pk"):
        if row.is_undo:
            standing.pop()
        else:
            standing.append(row.words)
    return standing[-1] if standing else ""


def follow_record(record: ConductRecord, *, old: str, by: User | Robot) -> None:
    """The order follows its record: begun when a deduction that asks for it counts, dropped when it is void.

    While an appeal is open the order stays as it is.
    """
    order = _order_of(record)
    if _asks_for_order(record, old):
        if order is None and record.window is not None:
            _order(record, record.window, by=by)
        elif order is not None and order.status == RectificationStatus.WITHDRAWN:
            _step(order, RectificationStatus.OPEN, by=by, words="记录重新计入")
        return
    lost = record.status in VOID or (old in COUNTING and record.status != RecordStatus.APPEALED)
    if order is not None and lost and order.status not in ENDED:
        take_back(hall=record.hall, key=order_key(order))
        _step(order, RectificationStatus.WITHDRAWN, by=by, words=f"记录{record.get_status_display()}")


def heads_of(window: Window) -> list[User]:
    """The window's heads of today who have an account."""
    heads = window.postings.on(timezone.localdate()).filter(is_head=True, staff__user__isnull=False)
    return [posting.staff.user for posting in heads.select_related("staff__user") if posting.staff.user]


def _asks_for_order(record: ConductRecord, old: str) -> bool:
    became_countable = record.status in COUNTING and old not in COUNTING
    return became_countable and record.act.asks_rectification and not record.act.is_bonus


def _order_of(record: ConductRecord) -> Rectification | None:
    return Rectification.objects.select_related("hall", "window").filter(record=record).first()


def _order(record: ConductRecord, window: Window, *, by: User | Robot) -> Rectification:
    today = timezone.localdate()
    due_on = working_days.add_working_days(record.hall, today, record.hall.option(RECTIFY_DAYS))
    serial = draw_number(record.hall, f"ZG-{today:%Y%m%d}")
    order: Rectification = Rectification.objects.create(
        hall=record.hall,
        number=f"ZG-{today:%Y%m%d}-{serial:03d}",
        record=record,
        window=window,
        due_on=due_on,
    )
    leave_step(order, by=by, words="")
    audit.record("rectification.ordered", target=order, by=by, after={"due_on": str(due_on)})
    tell_of_order(order, heads_of(order.window), f"请整改：{record.act}")
    return order


def _step(
    rectification: Rectification,
    new: str,
    *,
    by: User | Robot,
    words: str,
    uploads: Sequence[UploadedFile[Any]] = (),
) -> Rectification:
    order = locked_order(rectification)
    if new not in RECTIFICATION_NEXT[order.status]:
        label = RectificationStatus(new).label
        raise TransitionNotAllowed(f"这件整改现在是“{order.get_status_display()}”，不能变为“{label}”。")
    old, order.status = order.status, new
    order.done_at = timezone.now() if new == RectificationStatus.DONE else None
    order.asked_until = None
    order.save(update_fields=["status", "done_at", "asked_until"])
    step = leave_step(order, by=by, words=words)
    kind = FileKind.RECTIFICATION
    step.files.set(store_photo(upload, hall=order.hall, by=person(by), kind=kind) for upload in uploads)
    audit.record(
        f"rectification.{new}",
        target=order,
        by=by,
        before={"status": old},
        after={"status": new},
        reason=words,
    )
    return order


def locked_order(rectification: Rectification) -> Rectification:
    """The order as it is now, held until the transaction ends."""
    rows = Rectification.objects.select_related("hall", "window").select_for_update(of=("self",))
    return cast("Rectification", rows.get(pk=rectification.pk))


def leave_step(
    order: Rectification,
    *,
    by: User | Robot,
    words: str,
    is_undo: bool = False,
    kind: str = StepKind.STATUS,
    day: date | None = None,
    day_before: date | None = None,
) -> RectificationStep:
    """Add a row of the story."""
    return cast(
        "RectificationStep",
        RectificationStep.objects.create(
            rectification=order,
            status=order.status,
            kind=kind,
            day=day,
            day_before=day_before,
            by=person(by),
            job=job_name(by),
            words=words.strip()[:500],
            is_undo=is_undo,
        ),
    )


def tell_of_order(
    order: Rectification, people: list[User], words: str, *, kind: str = StepKind.STATUS
) -> None:
    """Leave a notice that leads to the order."""
    due_at = None
    if order.status in (RectificationStatus.OPEN, RectificationStatus.RETURNED):
        due_at = working_days.close_of(order.hall, order.due_on)
    tell(
        people,
        title=f"{order.number} {words}",
        url=order.get_absolute_url(),
        hall=order.hall,
        due_at=due_at,
        key=order_key(order, kind),
    )


def order_key(order: Rectification, kind: str = StepKind.STATUS) -> str:
    """Names the cause of a notice, so that undo takes it back."""
    return f"rectification:{order.pk}:{order.status if kind == StepKind.STATUS else kind}"
