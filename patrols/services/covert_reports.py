"""暗访报告: sent once by the volunteer, then adopted, sent back or put aside by the supervision."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from accounts.sealed import seal
from patrols.enums import CovertStatus
from patrols.models import CovertAnswer, CovertPhoto, CovertReport, CovertTask
from patrols.services.covert import (
    VOLUNTEER,
    is_given_to,
    leave_step,
    locked,
    require_overseer,
    require_words,
    step_to_undo,
    take_notices_back,
    take_step,
    tell_inspector,
    tell_supervision,
    without_address,
)
from trail.enums import FileKind
from trail.services import audit
from trail.services.files import store_photo
from violations.services.ledger import Found, hand_over_record, undo_last_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import User
    from trail.models import StoredFile
    from violations.models import ConductRecord
    from windows.models import Staff, Window

VISIT_PLACE = "patrols.covert_report.visited"
LETTERS = "ACDEFHJKMNPRTUVWXY"
"""Told over the phone or copied by hand, none of these passes for another."""
GROUPS, GROUP = 2, 4
MOST_PHOTOS = 9
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Said:
    """The answer to one question: None for what could not be seen."""

    value: int | None
    words: str = ""


@dataclass(frozen=True)
class Visited:
    """What the volunteer sends: where and when, the answers by question, and the story."""

    client_uuid: UUID
    window: Window
    at: datetime
    answers: dict[int, Said]
    words: str = ""
    uploads: Sequence[UploadedFile[Any]] = ()


@dataclass(frozen=True)
class HandOver:
    """One failed answer that becomes a record: who is meant, and what the record says of it."""

    answer: CovertAnswer
    staff: Staff | None = None
    note: str = ""


@dataclass(frozen=True)
class Adopted:
    """What the supervision makes of a report: records, and the photos that are shown with them."""

    items: Sequence[HandOver] = ()
    photos: Sequence[UUID] = ()
    words: str = ""


@transaction.atomic
def send_report(*, task: CovertTask, visited: Visited, by: User) -> CovertReport:
    """提交: once; the same number from the device gives the same report and receipt."""
    task = locked(task)
    if not is_given_to(task, by):
        raise NotPermitted("这项任务不是派给你的。")
    before: CovertReport | None = task.reports.filter(client_uuid=visited.client_uuid).first()
    if before is not None:
        return before
    if not task.awaits_visit:
        raise TransitionNotAllowed(f"这项任务现在是“{task.get_status_display()}”，不用再交。")
    _check(task, visited)
    last = task.reports.order_by("-pk").first()
    report = CovertReport.objects.create(
        task=task,
        client_uuid=visited.client_uuid,
        window=visited.window,
        visited_on=timezone.localdate(visited.at),
        visited_sealed=seal(visited.at.isoformat(), place=VISIT_PLACE),
        words=visited.words.strip()[:1000],
        receipt=_new_receipt(),
    )
    for question in task.questions.all():
        said = visited.answers[question.pk]
        CovertAnswer.objects.create(
            report=report, question=question, value=said.value, words=said.words.strip()[:300]
        )
    _keep_photos(report, visited, last)
    with without_address():
        take_step(task, CovertStatus.REPORTED, by=VOLUNTEER)
    tell_supervision(task, f"{task.number} 暗访报告已交，请审阅")
    return report


@transaction.atomic
def return_report(*, task: CovertTask, by: User, words: str) -> CovertTask:
    """退回补充: the volunteer adds what is missing and sends again."""
    require_overseer(by, task)
    require_words(words, "退回补充请写明要补什么。")
    task = locked(task)
    take_step(task, CovertStatus.RETURNED, by=by, words=words)
    tell_inspector(task, "一项任务请补充，说明见任务页")
    return task


@transaction.atomic
def dismiss_report(*, task: CovertTask, by: User, words: str) -> CovertTask:
    """不采用: nothing comes of it; the reason stays on the task."""
    require_overseer(by, task)
    require_words(words, "不采用请写明理由。")
    task = locked(task)
    take_step(task, CovertStatus.DISMISSED, by=by, words=words)
    return task


@transaction.atomic
def adopt_report(*, task: CovertTask, adopted: Adopted, by: User) -> CovertTask:
    """采用: each failed answer that is handed over becomes a record of the ledger; the rest is kept here."""
    require_overseer(by, task)
    task = locked(task)
    take_step(task, CovertStatus.ADOPTED, by=by, words=adopted.words)
    report = latest_report(task)
    step = task.steps.latest("pk")
    for item in adopted.items:
        _hand_over(report, item, by=by, key=f"{item.answer.pk}:{step.pk}")
    shown = set(adopted.photos)
    for photo in report.photos.all():
        photo.is_shown = photo.file_id in shown
        photo.save(update_fields=["is_shown"])
    return task


@transaction.atomic
def undo_covert_step(*, task: CovertTask, by: User) -> CovertTask:
    """撤销: within ten seconds, the own last step; records handed over with it are withdrawn again."""
    require_overseer(by, task)
    task = locked(task)
    step, before = step_to_undo(task, by)
    take_notices_back(task)
    if step.status == CovertStatus.ADOPTED:
        _take_records_back(task, by=by)
    old, task.status = task.status, before
    task.save(update_fields=["status"])
    leave_step(task, by=by, words="撤销", is_undo=True)
    audit.record("covert.undone", target=task, by=by, before={"status": old}, after={"status": before})
    return task


def latest_report(task: CovertTask) -> CovertReport:
    """The report that is judged: after a return the later one."""
    report: CovertReport | None = task.reports.select_related("window").order_by("-pk").first()
    if report is None:
        raise TransitionNotAllowed("这项任务还没有报告。")
    return report


def _check(task: CovertTask, visited: Visited) -> None:
    if visited.window.hall_id != task.hall_id or not _is_asked(task, visited.window):
        raise Refused("请选任务里的窗口。", code="window_missing", status=422)
    local = timezone.localtime(visited.at)
    if visited.at > timezone.now() + CLOCK_SKEW:
        raise Refused("到访时间在将来，请检查。", code="future", status=422)
    within_hours = (task.opens is None or local.time() >= task.opens) and (
        task.closes is None or local.time() <= task.closes
    )
    if not (task.starts_on <= local.date() <= task.ends_on and within_hours):
        raise Refused("到访时间不在任务规定的时间里，请核对。", code="bad_time", status=422)
    for question in task.questions.all():
        if question.pk not in visited.answers:
            raise Refused(f"请回答：{question}", code="words_missing", status=422)
        value = visited.answers[question.pk].value
        most = question.most or 1
        if value is not None and not 0 <= value <= most:
            raise Refused(f"“{question}”要在 0 到 {most} 之间。", code="out_of_bounds", status=422)


def _is_asked(task: CovertTask, window: Window) -> bool:
    asked = set(task.windows.values_list("pk", flat=True))
    return not asked or window.pk in asked


def _keep_photos(report: CovertReport, visited: Visited, last: CovertReport | None) -> None:
    """Those of the report before stay; new ones lose name, time and sender before they are kept."""
    for photo in last.photos.all() if last else ():
        CovertPhoto.objects.create(report=report, file_id=photo.file_id)
    if report.photos.count() + len(visited.uploads) > MOST_PHOTOS:
        raise Refused(f"一份报告最多 {MOST_PHOTOS} 张照片。", code="too_many_photos", status=422)
    for upload in visited.uploads:
        stored = store_photo(upload, hall=report.task.hall, by=None, kind=FileKind.COVERT_PHOTO)
        CovertPhoto.objects.create(report=report, file=_nameless(stored, _start_of(report.visited_on)))


def _nameless(stored: StoredFile, day: datetime) -> StoredFile:
    """A phone names photos by the second: the name, the time of taking and of arrival go."""
    stored.name, stored.taken_at, stored.created_at = "暗访照片.jpg", None, day
    stored.save(update_fields=["name", "taken_at", "created_at"])
    return stored


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _new_receipt() -> str:
    while True:
        groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
        receipt = "-".join(groups)
        if not CovertReport.objects.filter(receipt=receipt).exists():
            return receipt


def _hand_over(report: CovertReport, item: HandOver, *, by: User, key: str) -> ConductRecord:
    answer = item.answer
    if answer.report_id != report.pk or not answer.is_failed or answer.question.act is None:
        raise Refused("只能移交这份报告里不合格、并且写明记什么的题目。", code="bad_choice", status=422)
    found = Found(
        act=answer.question.act,
        at=_start_of(report.visited_on),
        window=report.window,
        staff=item.staff,
        note=item.note,
        source_key=key,
    )
    record = hand_over_record(found, hall=report.task.hall, by=by)
    answer.record = record
    answer.save(update_fields=["record"])
    return record


def _take_records_back(task: CovertTask, *, by: User) -> None:
    report = latest_report(task)
    for answer in report.answers.filter(record__isnull=False).select_related("record"):
        if answer.record is not None:
            undo_last_step(record=answer.record, by=by)
        answer.record = None
        answer.save(update_fields=["record"])
    for photo in report.photos.filter(is_shown=True):
        photo.is_shown = False
        photo.save(update_fields=["is_shown"])
