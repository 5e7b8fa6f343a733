"""窗口查看 and 巡查发现: one tap, one row; the same tap sent twice is the same row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from patrols.enums import RoundKind, VisitResult
from patrols.models import Finding, FindingPhoto, Round, Visit
from patrols.permissions import is_own_unit, may_note, may_undo
from trail.enums import FileKind
from trail.services import audit
from trail.services.files import store_photo
from trail.services.notices import UNDO_WINDOW
from violations.enums import RecordSource
from violations.models import ConductRecord
from violations.services.ledger import Found, find_record, undo_last_step
from windows.models import BackupPair, Posting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import User
    from violations.models import Act
    from windows.models import Staff, Window

CLOCK_TOLERANCE = timedelta(minutes=2)
"""A device's clock may differ this much from the server's before both times are kept."""
MOST_PHOTOS = 9


@dataclass(frozen=True)
class Tap:
    """One tap on the phone: where, when by the device, and the number the device gave it.

    `device_now` is the device's clock at the moment of sending; it tells how far that clock is off.
    """

    window: Window
    client_uuid: UUID
    at: datetime
    device_now: datetime | None = None


@dataclass(frozen=True)
class Seen:
    """What was seen: the act, the person unless the whole window is meant, and optional words."""

    act: Act
    staff: Staff | None = None
    words: str = ""


def settled_time(tap: Tap, now: datetime) -> tuple[datetime, datetime | None]:
    """When the tap happened by our clock, and the device's own time when its clock is off.

    Raises Refused for a time in the future.
    """
    ahead = tap.device_now - now if tap.device_now else timedelta(0)
    is_off = abs(ahead) > CLOCK_TOLERANCE
    at = tap.at - ahead if is_off else tap.at
    if at > now + CLOCK_TOLERANCE:
        raise Refused("时间在将来，请检查设备的日期和时间。", code="future", status=422)
    return min(at, now), tap.at if is_off else None


@transaction.atomic
def note_no_problem(*, round_: Round, tap: Tap, by: User) -> Visit:
    """无问题: the window was looked at and all was well."""
    visit, _is_new = _visit(round_, tap, VisitResult.OK, by)
    return visit


@transaction.atomic
def note_finding(
    *, round_: Round, tap: Tap, seen: Seen, by: User, uploads: Sequence[UploadedFile[Any]] = ()
) -> Visit:
    """记下: the finding becomes a conduct record at once, with the photos that came along.

    Raises Refused for a future time, a person who does not sit there that day, one's own unit, or a
    round that somebody has finished before the tap.
    """
    visit, is_new = _visit(round_, tap, VisitResult.FINDING, by)
    if not is_new:
        return visit
    _check_seen(seen, tap.window, round_.day)
    found = Found(
        act=seen.act,
        at=visit.at,
        window=tap.window,
        staff=seen.staff,
        note=seen.words,
        source=RecordSource.LEADER if round_.kind == RoundKind.LEADER else RecordSource.PATROL,
        source_key=str(tap.client_uuid),
    )
    _refuse_number_of_another(found, visit)
    record = find_record(found, hall=visit.hall, by=by)
    finding = Finding.objects.create(
        hall=visit.hall,
        visit=visit,
        staff=seen.staff,
        act=seen.act,
        words=seen.words.strip()[:300],
        record=record,
    )
    for upload in uploads:
        _keep_photo(finding, upload, by=by)
    return visit


@transaction.atomic
def add_photo(
    *,
    visit: Visit,
    upload: UploadedFile[Any],
    by: User,
    client_uuid: UUID | None = None,
    taken_at: datetime | None = None,
) -> FindingPhoto:
    """A photo that arrives after its finding; the same number from the device is the same photo."""
    if not may_undo(by, visit):
        raise NotPermitted("只有记录人可以补传照片。")
    finding = Finding.objects.select_for_update(of=("self",)).filter(visit=visit).first()
    if finding is None or visit.undone_at is not None:
        raise Refused("这一条已经撤销，照片没有保存。", code="undone")
    if client_uuid:
        same: FindingPhoto | None = finding.photos.filter(client_uuid=client_uuid).first()
        if same is not None:
            return same
    return _keep_photo(finding, upload, by=by, client_uuid=client_uuid, taken_at=taken_at)


@transaction.atomic
def undo_visit(*, visit: Visit, by: User) -> Visit:
    """撤销: within ten seconds one's own tap is taken back; a finding's record is withdrawn with it."""
    visit = Visit.objects.select_for_update(of=("self",)).select_related("hall").get(pk=visit.pk)
    if not may_undo(by, visit):
        raise NotPermitted("只能撤销自己刚记下的一条。")
    if visit.undone_at is not None:
        return visit
    now = timezone.now()
    if now - visit.received_at > UNDO_WINDOW + timedelta(seconds=2):
        raise Refused("已经超过 10 秒，不能直接撤销，请到台账里撤回并写明理由。", code="undo_expired")
    finding = Finding.objects.select_related("record").filter(visit=visit).first()
    if finding is not None:
        undo_last_step(record=finding.record, by=by)
    visit.undone_at = now
    visit.save(update_fields=["undone_at"])
    audit.record("visit.undone", target=visit, by=by)
    return visit


def _visit(round_: Round, tap: Tap, result: str, by: User) -> tuple[Visit, bool]:
    """The row of this tap and whether it is new."""
    before = _same_tap(tap, by)
    if before is not None:
        return _confirmed_same(before, round_, tap, result), False
    round_ = Round.objects.select_for_update(of=("self",)).select_related("hall").get(pk=round_.pk)
    at, device_at = settled_time(tap, timezone.now())
    _check_visit(round_, tap.window, at, by)
    visit = Visit(
        hall=round_.hall,
        round=round_,
        window=tap.window,
        by=by,
        result=result,
        at=at,
        device_at=device_at,
        client_uuid=tap.client_uuid,
    )
    try:
        with transaction.atomic():
            visit.save(force_insert=True)
    except IntegrityError:
        before = _same_tap(tap, by)
        if before is None:
            raise
        return _confirmed_same(before, round_, tap, result), False
    after = {"result": result, "device_at": str(device_at or "")}
    audit.record("visit.noted", target=visit, by=by, after=after)
    return visit, True


def _same_tap(tap: Tap, by: User) -> Visit | None:
    return Visit.objects.filter(by=by, client_uuid=tap.client_uuid).first()


def _confirmed_same(visit: Visit, round_: Round, tap: Tap, result: str) -> Visit:
    if (visit.round_id, visit.window_id, visit.result) != (round_.pk, tap.window.pk, result):
        raise Refused("这个编号已经用在另一条记录上。", code="uuid_reused")
    return visit


def _check_visit(round_: Round, window: Window, at: datetime, by: User) -> None:
    if not may_note(by, round_):
        raise NotPermitted("这一轮不是你在巡查。")
    if window.hall_id != round_.hall_id:
        raise Refused("这个窗口不在本大厅。", code="other_hall", status=422)
    if timezone.localdate(at) != round_.day:
        raise Refused("这一轮不是当天的，请结束它，再开始新的一轮。", code="other_day")
    if round_.finished_at is not None and at > round_.finished_at:
        raise Refused("这一轮已经结束，请开始新的一轮再记。", code="round_finished")
    if is_own_unit(by, window):
        raise NotPermitted("这是你本单位的窗口，请由别人巡查。")


def _check_seen(seen: Seen, window: Window, day: date) -> None:
    if not seen.act.is_active:
        raise Refused(f"“{seen.act}”已经停用，请另选一项。", code="act_inactive", status=422)
    if seen.staff is not None and not _sits_at(seen.staff, window, day):
        raise Refused(
            f"{seen.staff.name}今天不在 {window.code}，人员安排可能刚刚变动，请核对后重选。",
            code="posting_changed",
        )


def _sits_at(staff: Staff, window: Window, day: date) -> bool:
    if Posting.objects.on(day).filter(staff=staff, window=window).exists():
        return True
    pairs = BackupPair.objects.on(day).filter(window=window)
    return pairs.filter(Q(backup=staff) | Q(primary=staff)).exists()


def _refuse_number_of_another(found: Found, visit: Visit) -> None:
    """A number another officer's device has used must not open his record."""
    same = ConductRecord.objects.filter(hall=visit.hall, source=found.source, source_key=found.source_key)
    if same.exists():
        raise Refused("这个编号已经用在另一条记录上。", code="uuid_reused")


def _keep_photo(
    finding: Finding,
    upload: UploadedFile[Any],
    *,
    by: User,
    client_uuid: UUID | None = None,
    taken_at: datetime | None = None,
) -> FindingPhoto:
    if finding.photos.count() >= MOST_PHOTOS:
        raise Refused(f"一个问题最多 {MOST_PHOTOS} 张照片。", code="too_many_photos", status=422)
    file = store_photo(upload, hall=finding.hall, by=by, kind=FileKind.FINDING_PHOTO, taken_at=taken_at)
    photo = FindingPhoto(finding=finding, file=file)
    if client_uuid:
        photo.client_uuid = client_uuid
    photo.save(force_insert=True)
    audit.record("finding.photo_added", target=finding, by=by, after={"file": str(file.pk)})
    return photo
