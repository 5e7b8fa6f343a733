"""申诉: somebody who neither found nor decided looks again; the result is never worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from accounts.models import User
from trail.enums import FileKind
from trail.services import audit
from trail.services.files import store_attachment
from trail.services.notices import tell
from trail.services.numbers import draw_number
from violations.enums import RecordStatus
from violations.models import Appeal
from violations.permissions import is_concerned, reviewer_objection
from violations.services.steps import (
    REVIEW_DAYS,
    after_days,
    locked,
    notice_key,
    require_next,
    require_reason,
    take_step,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.files.uploadedfile import UploadedFile

    from violations.models import ConductRecord


@transaction.atomic
def file_appeal(
    *, record: ConductRecord, by: User, words: str, uploads: Sequence[UploadedFile[Any]] = ()
) -> Appeal:
    """申诉 within five working days of the decision or of publication; the record stops counting.

    Raises Refused after the time is over, or when the record was appealed before.
    """
    require_reason(words, "请写申诉理由。")
    record = locked(record)
    if not is_concerned(by, record):
        raise NotPermitted("只有当事人（整窗问题由窗口负责人）可以申诉。")
    now = timezone.now()
    if record.appeals.standing().exists():
        raise Refused("这条记录已经申诉过一次。", code="appealed_before")
    require_next(record, RecordStatus.APPEALED)
    if record.appeal_until is not None and now > record.appeal_until:
        raise Refused("申诉期已过，不能再提申诉。", code="too_late")
    record = take_step(record, RecordStatus.APPEALED, by=by, note=words)
    day = timezone.localdate(now)
    serial = draw_number(record.hall, f"SS-{day:%Y%m%d}")
    appeal = Appeal.objects.create(
        record=record,
        hall=record.hall,
        number=f"SS-{day:%Y%m%d}-{serial:03d}",
        by=by,
        due_at=after_days(record, REVIEW_DAYS, now),
        words=words.strip()[:1000],
    )
    appeal.files.set(store_attachment(u, hall=record.hall, by=by, kind=FileKind.STATEMENT) for u in uploads)
    audit.record("appeal.filed", target=appeal, by=by, reason=words)
    _tell_reviewers(appeal)
    return appeal


@transaction.atomic
def decide_appeal(*, appeal: Appeal, by: User, is_allowed: bool, opinion: str) -> Appeal:
    """裁定: allowed corrects score, bulletin and honour by erratum; rejected leaves all as it was."""
    require_reason(opinion, "请写裁定意见。")
    record = locked(appeal.record)
    appeal = record.appeals.select_related("hall").get(pk=appeal.pk)
    appeal.record = record
    if appeal.decided_at is not None:
        raise Refused("这件申诉已经裁定过了。", code="decided_before")
    if appeal.undone_at is not None:
        raise Refused("这件申诉已经由申诉人撤销。", code="undone_before")
    objection = reviewer_objection(by, appeal)
    if objection:
        raise NotPermitted(objection)
    appeal.reviewer, appeal.decided_at, appeal.is_allowed = by, timezone.now(), is_allowed
    appeal.opinion = opinion.strip()[:1000]
    appeal.save(update_fields=["reviewer", "decided_at", "is_allowed", "opinion"])
    audit.record("appeal.decided", target=appeal, by=by, after={"allowed": is_allowed}, reason=opinion)
    new = RecordStatus.APPEAL_ALLOWED if is_allowed else RecordStatus.APPEAL_REJECTED
    take_step(record, new, by=by, note=opinion)
    return appeal


def _tell_reviewers(appeal: Appeal) -> None:
    reviewers = User.objects.with_permission("appeal.review", appeal.hall)
    tell(
        [user for user in reviewers if not reviewer_objection(user, appeal)],
        title=f"{appeal.number} 申诉等待复核",
        url=appeal.get_absolute_url(),
        hall=appeal.hall,
        due_at=appeal.due_at,
        key=notice_key(appeal.record, RecordStatus.APPEALED),
    )
