"""What patrols show of themselves elsewhere: menu, to-do, today's card, evidence, photos, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse, reverse_lazy
from django.utils import timezone

from accounts.options import Option, register_option
from accounts.registry import (
    Card,
    MenuEntry,
    SearchSource,
    Todo,
    TodoSource,
    register_card,
    register_menu,
    register_search,
    register_todo,
)
from accounts.searching import list_of
from patrols import audit_words, covert_registration, duty_registration
from patrols.cards import ROUND_NUMBER, find_rounds, today_card
from patrols.enums import RoundKind
from patrols.lists import EXPORTS
from patrols.models import Finding, WalkNote
from patrols.services import paper
from patrols.services.rounds import AFTERNOON_DUE, MORNING_DUE, day_plan
from trail.enums import FileKind
from trail.services.exports import register_export
from trail.services.files import register_file_access
from trail.services.import_kinds import register_import
from violations.enums import RecordSource
from violations.evidence import Evidence, register_evidence
from violations.models import ConductRecord
from windows.scans import register_scan

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from accounts.models import Hall, User
    from trail.models import StoredFile
    from windows.models import Window

GROUP = "巡查"
ROUNDS_URL = reverse_lazy("patrols:rounds")


def rounds_due(user: User, hall: Hall, now: datetime) -> Todo | None:
    """The own open round, else rounds due today that nobody has walked."""
    plan = day_plan(hall, timezone.localdate(now))
    mine = plan.open_of(user)
    if mine is not None:
        title, detail = f"继续{mine.get_kind_display()}", f"{mine.number}，还没有结束"
        return Todo(1, title, detail, f"/patrol/{mine.pk}/", key="patrols")
    noon_passed = timezone.localtime(now).hour >= 12
    due = [kind for kind in plan.missing if kind != RoundKind.AFTERNOON or noon_passed]
    if not due:
        return None
    words = "、".join(RoundKind(kind).label for kind in due)
    until = plan.waiting_call.due_until if plan.waiting_call else None
    return Todo(len(due), "今天的巡查", f"{words}还没有人巡查", str(ROUNDS_URL), until, key="patrols")


def show_evidence(records: list[ConductRecord]) -> dict[int, Evidence]:
    """Round, walker and photos behind records that came from a round, also one on paper."""
    rows = Finding.objects.filter(record__in=records).select_related("visit__round__officer")
    return {f.record_id: _evidence(f) for f in rows.prefetch_related("photos__file")}


def show_leader_evidence(records: list[ConductRecord]) -> dict[int, Evidence]:
    """What a leader saw on a round, or in passing."""
    notes = WalkNote.objects.filter(record__in=records).select_related("writer").prefetch_related("photos")
    passing = {
        note.record_id: Evidence(f"走访随记，{note.writer.name}", photos=list(note.photos.all()))
        for note in notes
    }
    return show_evidence(records) | passing


def notes_waiting(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Notes a leader left without an act."""
    count = WalkNote.objects.visible_to(user).filter(hall=hall).waiting().count()
    if not count:
        return None
    away = user.home_hall is None or hall.pk != user.home_hall.pk
    url = reverse("patrols:notes") + "?state=waiting" + (f"&hall={hall.code}" if away else "")
    return Todo(count, "走访随记", "记入台账，或写明怎么处理的", url, key="walk_notes")


def _evidence(finding: Finding) -> Evidence:
    round_ = finding.visit.round
    paper = "（纸面台账）" if round_.is_imported else ""
    label = f"{round_.get_kind_display()}{paper} {round_.number}，{round_.walker}"
    return Evidence(label, photos=[photo.file for photo in finding.photos.all()])


def may_open_photo(user: User, file: StoredFile) -> bool:
    """Whoever may see the record, or the note it came of, may see its photos."""
    notes, seen = WalkNote.objects, ConductRecord.objects.visible_to(user)
    return (
        Finding.objects.visible_to(user).filter(photos__file=file).exists()
        or notes.visible_to(user).filter(photos=file).exists()
        or notes.filter(photos=file, record__in=seen).exists()
    )


def patrol_door(request: HttpRequest, window: Window) -> str:
    """A walker who scans the code at a window opens it in the round."""
    may_walk = request.user.is_authenticated and request.user.can("patrol.walk", window.hall)
    return reverse("patrols:window_code", args=[window.qr_token]) if may_walk else ""


register_scan("patrols", patrol_door)
register_import(paper.KIND)
register_menu(
    MenuEntry(
        key="patrol",
        label="巡查",
        url="/patrol/",
        icon="patrol",
        group="日常",
        order=11,
        permissions=("patrol.walk",),
        todos=("patrols",),
        tab=2,
        tab_roles=("manager", "officer"),
    )
)
register_search(
    SearchSource(
        "rounds",
        "巡查轮次",
        ("patrol.read",),
        find_rounds,
        number=ROUND_NUMBER,
        more=list_of("/patrol/"),
        room="patrols",
        order=35,
    )
)
register_menu(
    MenuEntry(
        key="walk_notes",
        label="走访随记",
        url="/notes/",
        icon="edit",
        group="日常",
        order=12,
        permissions=("record.confirm", "bulletin.sign"),
        todos=("walk_notes",),
    )
)
register_todo(TodoSource("walk_notes", ("record.confirm",), notes_waiting))
register_todo(TodoSource("patrols", ("patrol.walk",), rounds_due))
register_card(Card("today", "round", 10, "patrols/_today.html", today_card, ("patrol.read",)))
for source in (RecordSource.PATROL, RecordSource.IMPORT):
    register_evidence(source, show_evidence)
register_evidence(RecordSource.LEADER, show_leader_evidence)
register_file_access(FileKind.FINDING_PHOTO, may_open_photo)
for key, label in ((MORNING_DUE, "每天要有上午轮"), (AFTERNOON_DUE, "每天要有下午轮")):
    register_option(
        Option(key, label, default=True, kind="bool", group=GROUP, help="到时没有人巡查，会列入待办。")
    )
register_export(*EXPORTS)
covert_registration.register()
duty_registration.register()
audit_words.register()
