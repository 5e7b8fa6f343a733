"""暗访任务: give out, take back, and the steps of a task; who was sent is sealed the moment it is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from accounts.models import User
from accounts.sealed import SealBroken, blind, seal, unseal
from patrols.covert_querysets import ASSIGN, INSPECTOR_PLACE, OWN, marks_of
from patrols.enums import COVERT_NEXT, CovertStatus, QuestionKind
from patrols.models import CovertQuestion, CovertStep, CovertTask
from trail import origin
from trail.actors import Robot, person
from trail.services import audit
from trail.services.notices import UNDO_WINDOW, take_back, tell
from trail.services.numbers import draw_number
from windows import working_days

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, time
    from uuid import UUID

    from django.db.models import QuerySet

    from accounts.models import Hall
    from violations.models import Act
    from windows.models import Window

EVENT = "covert"
VOLUNTEER = Robot("covert_inspector")
"""Stands in the trace for the volunteer: a row that names him, or his address, would give him away."""
TASKS_URL = "/t/"
MOST_QUESTIONS = 30


@dataclass(frozen=True)
class Question:
    """A line of the score sheet as it is asked for."""

    words: str
    kind: str = QuestionKind.YES_NO
    most: int | None = None
    passed_from: int | None = None
    act: Act | None = None


@dataclass(frozen=True)
class Plan:
    """What is asked: script, places, time frame and score sheet. No windows means any."""

    title: str
    script: str
    starts_on: date
    ends_on: date
    questions: Sequence[Question]
    windows: Sequence[Window] = ()
    opens: time | None = None
    closes: time | None = None


@transaction.atomic
def give_task(*, hall: Hall, plan: Plan, inspector: User, by: User, client_uuid: UUID) -> CovertTask:
    """派发: a secret task for one volunteer; the same form sent twice is one task."""
    if not by.can(ASSIGN, hall):
        raise NotPermitted("暗访任务由纪检监察派发。")
    before = CovertTask.objects.filter(created_by=by, client_uuid=client_uuid).first()
    if before is not None:
        return before
    _check(plan, hall)
    if not inspectors_of(hall).filter(pk=inspector.pk).exists():
        raise Refused("请选本大厅的义务监督员。", code="bad_choice", status=422)
    try:
        with transaction.atomic():
            task = _insert(hall, plan, inspector, by=by, client_uuid=client_uuid)
    except IntegrityError:  # the same form came in by another door at the same moment
        return CovertTask.objects.get(created_by=by, client_uuid=client_uuid)
    leave_step(task, by=by)
    audit.record("covert.given", target=task, by=by, after={"questions": len(plan.questions)})
    tell_inspector(task, "有一项新任务，请查看")
    return task


@transaction.atomic
def withdraw_task(*, task: CovertTask, by: User, reason: str) -> CovertTask:
    """收回: the visit is no longer wanted; possible until it was reported."""
    require_overseer(by, task)
    require_words(reason, "请写收回的理由。")
    task = locked(task)
    take_step(task, CovertStatus.WITHDRAWN, by=by, words=reason)
    tell_inspector(task, "一项任务已收回，不用再去")
    return task


def inspectors_of(hall: Hall) -> QuerySet[User]:
    """The volunteers of the hall today."""
    people: QuerySet[User] = User.objects.with_permission(OWN, hall).order_by("name", "pk")
    return people


def is_given_to(task: CovertTask, user: User) -> bool:
    """Whether this person was asked, and still is an inspector of the hall."""
    return user.can(OWN, task.hall) and task.inspector_mark in marks_of(user)


def inspector_of(task: CovertTask) -> User | None:
    """Who was sent: for telling him, and for `covert_identity`, which logs each look. No page asks this."""
    try:
        key = unseal(task.inspector_sealed, place=INSPECTOR_PLACE)
    except SealBroken:
        return None
    found: User | None = User.objects.filter(pk=int(key)).first()
    return found


def tell_inspector(task: CovertTask, title: str) -> None:
    """A line in the volunteer's inbox; neither its address nor its key says which task it is about."""
    found = inspector_of(task)
    if found is not None:
        due = working_days.close_of(task.hall, task.ends_on) if task.awaits_visit else None
        tell([found], title=title, url=TASKS_URL, hall=task.hall, due_at=due, key=inspector_key(task))


def tell_supervision(task: CovertTask, title: str) -> None:
    """A line for everybody of the supervision of the hall."""
    people = User.objects.with_permission(ASSIGN, task.hall)
    tell(people, title=title, url=task.get_absolute_url(), hall=task.hall, key=overseer_key(task))


def inspector_key(task: CovertTask) -> str:
    """Names the cause of the volunteer's notices; nobody without the key of the house can match it."""
    return f"{EVENT}:{blind(f'notice {task.pk}', place=INSPECTOR_PLACE)[:32]}"


def overseer_key(task: CovertTask) -> str:
    """Names the cause of the supervision's notices."""
    return f"{EVENT}:{task.pk}:{task.status}"


# --- steps ---------------------------------------------------------------------------------------


def locked(task: CovertTask) -> CovertTask:
    """The task as it is now, held to the end of the transaction."""
    held: CovertTask = (
        CovertTask.objects.select_for_update(of=("self",)).select_related("hall").get(pk=task.pk)
    )
    return held


def take_step(task: CovertTask, new: str, *, by: User | Robot, words: str = "") -> None:
    """Move a locked task along the table and leave the rows that tell of it."""
    if new not in COVERT_NEXT[task.status]:
        raise TransitionNotAllowed(
            f"任务现在是“{task.get_status_display()}”，不能变为“{CovertStatus(new).label}”。"
            "请刷新页面看最新状态。"
        )
    old, task.status = task.status, new
    task.save(update_fields=["status"])
    leave_step(task, by=by, words=words)
    action = f"covert.{new}"
    audit.record(action, target=task, by=by, before={"status": old}, after={"status": new}, reason=words)


def leave_step(task: CovertTask, *, by: User | Robot, words: str = "", is_undo: bool = False) -> CovertStep:
    """Add the row of a step."""
    step: CovertStep = CovertStep.objects.create(
        task=task, status=task.status, by=person(by), words=words.strip()[:500], is_undo=is_undo
    )
    return step


def step_to_undo(task: CovertTask, by: User) -> tuple[CovertStep, str]:
    """The own last step within ten seconds, and the state before it; raises Refused else."""
    steps = list(task.steps.order_by("-pk")[:2])
    if steps[0].by_id != by.pk or steps[0].is_undo:
        raise NotPermitted("只能撤销自己刚做的一步。")
    if timezone.now() - steps[0].at > UNDO_WINDOW:
        raise Refused("已经超过 10 秒，不能直接撤销。", code="undo_expired")
    return steps[0], steps[1].status if len(steps) > 1 else CovertStatus.WITHDRAWN


def take_notices_back(task: CovertTask) -> None:
    """What the last step told the volunteer, unless he has seen it."""
    take_back(hall=task.hall, key=inspector_key(task))


def require_overseer(by: User, task: CovertTask) -> None:
    """The supervision of the hall."""
    if not by.can(ASSIGN, task.hall):
        raise NotPermitted("暗访任务由纪检监察办理。")


def require_words(words: str, message: str) -> None:
    """Refuse an empty reason."""
    if not words.strip():
        raise Refused(message, code="words_missing", status=422)


@contextmanager
def without_address() -> Iterator[None]:
    """Rows written here do not say from where: the address of a volunteer's phone is his name."""
    token = origin.address.set("")
    try:
        yield
    finally:
        origin.address.reset(token)


# --- giving out ------------------------------------------------------------------------------------


def _insert(hall: Hall, plan: Plan, inspector: User, *, by: User, client_uuid: UUID) -> CovertTask:
    today, key = timezone.localdate(), str(inspector.pk)
    serial = draw_number(hall, f"AF-{today:%Y%m%d}")
    task: CovertTask = CovertTask.objects.create(
        hall=hall,
        number=f"AF-{today:%Y%m%d}-{serial:03d}",
        title=plan.title.strip()[:80],
        script=plan.script.strip()[:2000],
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        opens=plan.opens,
        closes=plan.closes,
        inspector_sealed=seal(key, place=INSPECTOR_PLACE),
        inspector_mark=blind(key, place=INSPECTOR_PLACE),
        created_by=by,
        client_uuid=client_uuid,
    )
    task.windows.set(plan.windows)
    for sort, asked in enumerate(plan.questions, start=1):
        is_scored = asked.kind == QuestionKind.POINTS
        CovertQuestion.objects.create(
            task=task,
            sort=sort,
            words=asked.words.strip()[:120],
            kind=asked.kind,
            most=asked.most if is_scored else None,
            passed_from=asked.passed_from if is_scored else None,
            act=asked.act,
        )
    return task


def _check(plan: Plan, hall: Hall) -> None:
    require_words(plan.title, "请写任务名称。")
    require_words(plan.script, "请写暗访脚本：去哪里、问什么、看什么。")
    if plan.ends_on < plan.starts_on or plan.ends_on < timezone.localdate():
        raise Refused("截止日不能早于开始日，也不能在今天以前。", code="bad_span", status=422)
    if plan.opens and plan.closes and plan.closes <= plan.opens:
        raise Refused("每天的结束时间要晚于开始时间。", code="bad_span", status=422)
    if not 0 < len(plan.questions) <= MOST_QUESTIONS:
        raise Refused(f"评分表要有 1 到 {MOST_QUESTIONS} 道题。", code="no_items", status=422)
    if any(window.hall_id != hall.pk for window in plan.windows):
        raise Refused("窗口不属于这个大厅。", code="other_hall", status=422)
    for asked in plan.questions:
        _check_question(asked, hall)


def _check_question(asked: Question, hall: Hall) -> None:
    require_words(asked.words, "每道题都要写题目。")
    if asked.kind not in QuestionKind:
        raise Refused("没有这种题型。", code="bad_kind", status=422)
    if asked.kind == QuestionKind.POINTS and not (
        asked.most and asked.passed_from and 1 <= asked.passed_from <= asked.most
    ):
        raise Refused(
            f"“{asked.words}”是打分题，请写满分和合格分，合格分不超过满分。", code="bad_number", status=422
        )
    if asked.act is None:
        return
    if asked.act.is_bonus or not asked.act.is_active:
        raise Refused(f"“{asked.act}”不能用来记扣分。", code="bad_choice", status=422)
    if not hall.path.startswith(asked.act.rulebook.hall.path):
        raise Refused(f"“{asked.act}”不是本大厅细则里的事项。", code="other_hall", status=422)
