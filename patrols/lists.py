"""The lists of rounds and of walk-by notes: what page, API twin and export share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models.functions import Coalesce

from accounts.halls import current_hall
from accounts.lists import ListKind, by_time
from patrols.enums import NoteState, RoundKind
from patrols.filters import RoundFilters, WalkNoteFilters
from patrols.models import Round, WalkNote
from trail.services import exports as x
from trail.services.exports import Export

if TYPE_CHECKING:
    from django.db.models import QuerySet

ROUNDS = ListKind(
    "rounds", {"day": by_time("时间", ("day", "started_at"))}, "-day", RoundFilters, noun="轮次"
)

WALK_NOTES = ListKind(
    "walk-notes",
    {"at": by_time("时间", ("at",))},
    "-at",
    WalkNoteFilters,
    noun="走访随记",
    todo={"state": ("waiting",)},
)
NOTE_READERS = ("record.find", "record.confirm")


def round_rows(request: Any) -> QuerySet[Round]:
    """Rounds of the hall with how many windows were checked and what was found."""
    rows = Round.objects.visible_to(request.user).filter(hall=current_hall(request))
    return rows.select_related("officer").with_counts()


def note_rows(request: Any) -> QuerySet[WalkNote]:
    """Notes of the hall the person wrote or decides on."""
    return WalkNote.objects.visible_to(request.user).filter(hall=current_hall(request)).for_list()


EXPORTS = (
    Export(
        ROUNDS,
        "巡查轮次",
        ("patrol.read",),
        round_rows,
        (
            x.text("编号", "number"),
            x.day("日期", "day"),
            x.choice("轮次", "kind", RoundKind.choices),
            x.text("巡查人", Coalesce("officer__name", "officer_name")),
            x.moment("开始", "started_at"),
            x.moment("结束", "finished_at"),
            x.number("看过的窗口", "checked"),
            x.number("发现问题", "found"),
            x.yes_no("由纸面导入", "is_imported"),
            x.yes_no("不在当天值班表", "off_rota"),
        ),
    ),
    Export(
        WALK_NOTES,
        "走访随记",
        NOTE_READERS,
        note_rows,
        (
            x.moment("时间", "at"),
            x.text("窗口", "window__code"),
            x.text("人员", "staff__name"),
            x.text("看到什么", "words"),
            x.text("记的人", "writer__name"),
            x.choice("状态", "state", NoteState.choices),
            x.text("记录编号", "record__number"),
            x.text("处理说明", "answer"),
            x.moment("处理时间", "settled_at"),
        ),
    ),
)
