"""整改: order, answer of the window, recheck of the office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from trail.actors import Robot, job_name, person
from trail.enums import FileKind
from trail.services import audit
from trail.services.files import store_photo
from trail.services.notices import tell
from trail.services.numbers import draw_number
from violations.enums import RECTIFICATION_NEXT, RectificationStatus
from violations.models import Rectification, RectificationStep
from violations.permissions import may_answer_rectification
from windows import working_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import User
    from violations.models import ConductRecord

RECTIFY_DAYS = "violations.rectify_days"


@transaction.atomic
def order_rectification(*, record: ConductRecord, by: User | Robot) -> Rectification:
    """Ask the window to put the finding right within the hall's days; once a record."""
    if record.window is None:
        raise Refused("没有窗口的记录不能下整改。", code="window_missing", status=422)
    existing = Rectification.objects.filter(record=record).first()
    if existing is not None:
        return existing
    today = timezone.localdate()
    due_on = working_days.add_working_days(record.hall, today, record.hall.option(RECTIFY_DAYS))
    number = f"ZG-{today:%Y%m%d}-{draw_number(record.hall, f'ZG-{today:%Y%m%d}'):03d}"
    order = Rectification.objects.create(
        hall=record.hall, number=number, record=record, window=record.window, due_on=due_on
    )
    _leave_step(order, by=by, words="")
    audit.record("rectification.ordered", target=order, by=by, after={"due_on": str(due_on)})
    heads = record.window.postings.on(today).filter(is_head=True, staff__user__isnull=False)
    people = [posting.staff.user for posting in heads.select_related("staff__user")]
    due_at = working_days.close_of(record.hall, due_on)
    tell(
        people,
        title=f"{number} 请整改：{record.act}",
        url=order.get_absolute_url(),
        hall=record.hall,
        due_at=due_at,
    )
    return order


@transaction.atomic
def submit_rectification(
    *, rectification: Rectification, by: User, words: str, uploads: Sequence[UploadedFile] = ()
) -> Rectification:
    """提交整改: the head says and shows what was done."""
    if not may_answer_rectification(by, rectification):
        raise NotPermitted("整改由窗口负责人提交。")
    if not words.strip():
        raise Refused("请写整改情况。", code="words_missing", status=422)
    return _step(rectification, RectificationStatus.SUBMITTED, by=by, words=words, uploads=uploads)


@transaction.atomic
def recheck_rectification(
    *,
    rectification: Rectification,
    by: User,
    is_done: bool,
    words: str = "",
    uploads: Sequence[UploadedFile] = (),
) -> Rectification:
    """复查: the office finds it done, or sends it back with a reason."""
    if not by.can("rectify.check", rectification.hall) or may_answer_rectification(by, rectification):
        raise NotPermitted("复查由值班员或大厅管理员做，本窗口的人回避。")
    if not is_done and not words.strip():
        raise Refused("退回重改请写明理由。", code="words_missing", status=422)
    new = RectificationStatus.DONE if is_done else RectificationStatus.RETURNED
    return _step(rectification, new, by=by, words=words, uploads=uploads)


def _step(
    rectification: Rectification, new: str, *, by: User, words: str, uploads: Sequence[UploadedFile]
) -> Rectification:
    fresh = Rectification.objects.select_for_update(of=("self",)).get(pk=rectification.pk)
    if new not in RECTIFICATION_NEXT[fresh.status]:
        label = RectificationStatus(new).label
        raise TransitionNotAllowed(f"这件整改现在是“{fresh.get_status_display()}”，不能变为“{label}”。")
    old, fresh.status = fresh.status, new
    fresh.done_at = timezone.now() if new == RectificationStatus.DONE else None
    fresh.save(update_fields=["status", "done_at"])
    step = _leave_step(fresh, by=by, words=words)
    kind = FileKind.RECTIFICATION
    step.files.set(store_photo(upload, hall=fresh.hall, by=by, kind=kind) for upload in uploads)
    audit.record(
        f"rectification.{new}",
        target=fresh,
        by=by,
        before={"status": old},
        after={"status": new},
        reason=words,
    )
    return fresh


def _leave_step(order: Rectification, *, by: User | Robot, words: str) -> RectificationStep:
    return RectificationStep.objects.create(
        rectification=order, status=order.status, by=person(by), job=job_name(by), words=words.strip()[:500]
    )
