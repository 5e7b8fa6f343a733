"""申诉: somebody who neither found nor decided looks again; the result is never worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from violations.services.ledger import REVIEW_DAYS, change_status
from windows import working_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.files.uploadedfile import UploadedFile

    from violations.models import ConductRecord


@transaction.atomic
def file_appeal(
    *, record: ConductRecord, by: User, words: str, uploads: Sequence[UploadedFile] = ()
) -> Appeal:
    """申诉 within five working days of the decision or of publication; the record stops counting.

    Raises Refused after the time is over, or when the record was appealed before.
    """
    if not is_concerned(by, record):
        raise NotPermitted("只有当事人（整窗问题由窗口负责人）可以申诉。")
    if not words.strip():
        raise Refused("请写申诉理由。", code="reason_missing", status=422)
    now = timezone.now()
    if record.appeal_until is not None and now > record.appeal_until:
        raise Refused("申诉期已过，不能再提申诉。", code="too_late")
    if record.appeals.exists():
        raise Refused("这条记录已经申诉过一次。", code="appealed_before")
    record = change_status(record, RecordStatus.APPEALED, by=by, note=words)
    day = timezone.localdate(now)
    number = f"SS-{day:%Y%m%d}-{draw_number(record.hall, f'SS-{day:%Y%m%d}'):03d}"
    due_at = working_days.deadline(record.hall, now, record.hall.option(REVIEW_DAYS))
    appeal = Appeal.objects.create(
        record=record, hall=record.hall, number=number, by=by, due_at=due_at, words=words.strip()[:1000]
    )
    appeal.files.set(store_attachment(u, hall=record.hall, by=by, kind=FileKind.STATEMENT) for u in uploads)
    audit.record("appeal.filed", target=appeal, by=by, reason=words)
    reviewers = User.objects.with_permission("appeal.review", record.hall)
    free = [user for user in reviewers if not reviewer_objection(user, appeal)]
    tell(free, title=f"{number} 申诉等待复核", url=appeal.get_absolute_url(), hall=record.hall, due_at=due_at)
    return appeal


@transaction.atomic
def decide_appeal(*, appeal: Appeal, by: User, is_allowed: bool, opinion: str) -> Appeal:
    """裁定: allowed corrects score, bulletin and honour by erratum; rejected leaves all as it was."""
    appeal = Appeal.objects.select_for_update(of=("self",)).select_related("record", "hall").get(pk=appeal.pk)
    if appeal.decided_at is not None:
        raise Refused("这件申诉已经裁定过了。", code="decided_before")
    objection = reviewer_objection(by, appeal)
    if objection:
        raise NotPermitted(objection)
    if not opinion.strip():
        raise Refused("请写裁定意见。", code="reason_missing", status=422)
    new = RecordStatus.APPEAL_ALLOWED if is_allowed else RecordStatus.APPEAL_REJECTED
    appeal.reviewer, appeal.decided_at, appeal.is_allowed = by, timezone.now(), is_allowed
    appeal.opinion = opinion.strip()[:1000]
    appeal.save(update_fields=["reviewer", "decided_at", "is_allowed", "opinion"])
    audit.record("appeal.decided", target=appeal, by=by, after={"allowed": is_allowed}, reason=opinion)
    change_status(appeal.record, new, by=by, note=opinion)
    return appeal
