"""走访随记: left by a leader in passing, turned into a record or closed with a word."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from patrols.enums import NoteState
from patrols.models import WalkNote
from patrols.permissions import may_leave_note
from trail.enums import FileKind
from trail.services import audit
from trail.services.files import store_photo
from violations.enums import RecordSource
from violations.services.ledger import Found, find_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import Hall, User
    from violations.models import Act
    from windows.models import Staff, Window


@dataclass(frozen=True)
class Glimpse:
    """What was seen in passing: with an act it is a finding, without one a matter for the manager."""

    window: Window | None
    staff: Staff | None = None
    act: Act | None = None
    words: str = ""
    key: UUID = field(default_factory=uuid4)


@transaction.atomic
def leave_note(
    glimpse: Glimpse, *, hall: Hall, by: User, uploads: Sequence[UploadedFile[Any]] = ()
) -> WalkNote:
    """Keep what a leader saw; with an act it goes into the ledger at once. The same key is the same note."""
    if not may_leave_note(by, hall):
        raise NotPermitted("走访随记由这个大厅的领导或大厅管理员来记。")
    same = WalkNote.objects.filter(writer=by, client_uuid=glimpse.key)
    if (before := same.first()) is not None:
        return before
    _check(glimpse, hall)
    try:
        with transaction.atomic():
            return _insert(glimpse, hall, by, uploads)
    except IntegrityError:  # sent twice at the same moment
        if (before := same.first()) is None:
            raise
        return before


@transaction.atomic
def record_note(*, note: WalkNote, by: User, act: Act, staff: Staff | None, words: str = "") -> WalkNote:
    """The manager names the act: the note becomes a record of the moment it was seen, found by its writer."""
    kept = _to_settle(note, by)
    found = Found(act, kept.at, kept.window, staff, note=words.strip() or kept.words, seen_by=kept.writer)
    _to_ledger(kept, found, by)
    kept.staff, kept.answer = staff, words.strip()[:500]
    return _settled(kept, NoteState.RECORDED, by)


@transaction.atomic
def close_note(*, note: WalkNote, by: User, words: str) -> WalkNote:
    """The manager closes it with a word that its writer reads."""
    kept = _to_settle(note, by)
    if not words.strip():
        raise Refused("请写明怎么处理的。", code="words_missing", status=422)
    kept.answer = words.strip()[:500]
    return _settled(kept, NoteState.CLOSED, by)


def _insert(glimpse: Glimpse, hall: Hall, by: User, uploads: Sequence[UploadedFile[Any]]) -> WalkNote:
    note = WalkNote(
        hall=hall,
        writer=by,
        window=glimpse.window,
        staff=glimpse.staff,
        words=glimpse.words.strip()[:500],
        client_uuid=glimpse.key,
    )
    if glimpse.act is not None:
        _to_ledger(note, Found(glimpse.act, note.at, note.window, note.staff, note=note.words), by)
        note.state = NoteState.RECORDED
    note.save(force_insert=True)
    note.photos.set(store_photo(one, hall=hall, by=by, kind=FileKind.FINDING_PHOTO) for one in uploads)
    after = {"window": note.window.code, "state": note.state}
    audit.record("note.left", target=note, by=by, after=after)
    return note


def _to_ledger(note: WalkNote, found: Found, by: User) -> None:
    found = replace(found, source=RecordSource.LEADER, source_key=f"note-{note.client_uuid}")
    note.record = find_record(found, hall=note.hall, by=by)


def _to_settle(note: WalkNote, by: User) -> WalkNote:
    kept = (
        WalkNote.objects.select_for_update(of=("self",))
        .select_related("hall", "window", "writer")
        .get(pk=note.pk)
    )
    if not by.can("record.confirm", kept.hall):
        raise NotPermitted("走访随记由这个大厅的大厅管理员处理。")
    if kept.state != NoteState.WAITING:
        raise TransitionNotAllowed(f"这条走访随记{kept.get_state_display()}，不用再处理。")
    return kept


def _settled(note: WalkNote, state: NoteState, by: User) -> WalkNote:
    note.state, note.settled_by, note.settled_at = state, by, timezone.now()
    note.save()
    after = {"state": state.value, "record": note.record.number if note.record else ""}
    audit.record(f"note.{state.value}", target=note, by=by, after=after, reason=note.answer)
    return note


def _check(glimpse: Glimpse, hall: Hall) -> None:
    if glimpse.window is None:
        raise Refused("请选窗口。", code="window_missing", status=422)
    if {thing.hall_id for thing in (glimpse.window, glimpse.staff) if thing} - {hall.pk}:
        raise Refused("窗口或人员不属于这个大厅。", code="other_hall", status=422)
    if glimpse.act is None and not glimpse.words.strip():
        raise Refused("请选事项，或写看到了什么。", code="words_missing", status=422)
