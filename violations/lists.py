"""The lists of this room: conditions, orders and rows, shared by page, API twin and export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce

from accounts.halls import current_hall
from accounts.lists import ListKind, Sort, by_time
from accounts.models import Hall
from trail.services import exports as x
from trail.services.exports import Export
from violations.enums import RecordSource, RecordStatus, RectificationStatus
from violations.filters import AppealFilters, FindingFilters, PhraseFilters, RectificationFilters
from violations.models import ActPhrase, Appeal, ConductRecord, Rectification
from violations.presenters import COVERT_FINDER
from violations.rule_enums import Severity, Subject
from violations.tariff import tariffs_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from trail.services.exports import Cells

READERS = ("record.read_all", "record.read_own", "record.read_window", "record.read_unit")
RECTIFY_READERS = ("rectify.read_all", "rectify.read_window", "rectify.read_unit")
PHRASE_EDITORS = ("phrases.edit", "rules.edit")
MOST_PRICES = 20_000
RECORD_OF_APPEAL = ("record__hall", "record__act", "record__staff", "record__window", "record__department")

FINDINGS = ListKind(
    "findings",
    {
        "at": by_time("时间", "at"),
        "number": Sort("编号", "number"),
        "window": Sort("窗口、人员", ("window__floor", "window__code", "at"), up="从前到后", down="从后到前"),
        "deadline": by_time("期限", "deadline_at"),
    },
    "-at",
    FindingFilters,
    noun="问题",
    todo={"status": ("answer", "decide", "verify")},
)
APPEALS = ListKind(
    "appeals",
    {
        "filed": by_time("提交", "filed_at"),
        "due": by_time("期限", "due_at"),
        "number": Sort("编号", "number"),
    },
    "-filed",
    AppealFilters,
    noun="申诉",
    todo={"status": ("review", "waiting")},
)
RECTIFICATIONS = ListKind(
    "rectifications",
    {
        "due": by_time("期限", "due_on"),
        "number": Sort("编号", "number"),
        "window": Sort("窗口", ("window__floor", "window__code"), up="从前到后", down="从后到前"),
    },
    "-due",
    RectificationFilters,
    noun="整改",
    todo={"status": ("open_all", "overdue", "answer", "check", "extend")},
)
PHRASES = ListKind(
    "phrases",
    {
        "act": Sort("事项", ("act__sort", "pattern"), up="按制度顺序", down="倒序"),
        "changed": by_time("修改时间", "changed_at"),
    },
    "act",
    PhraseFilters,
    noun="说法",
)


def finding_rows(request: Any) -> QuerySet[ConductRecord]:
    """Records of the hall this person may see."""
    return ConductRecord.objects.visible_to(request.user).filter(hall=current_hall(request)).for_list()


def appeal_rows(request: Any) -> QuerySet[Appeal]:
    """Appeals about such records."""
    rows = Appeal.objects.visible_to(request.user).filter(hall=current_hall(request))
    return rows.select_related("by", "reviewer", *RECORD_OF_APPEAL)


def rectification_rows(request: Any) -> QuerySet[Rectification]:
    """Orders of the hall, or of one's own windows."""
    return Rectification.objects.visible_to(request.user).filter(hall=current_hall(request)).for_list()


def phrase_rows(request: Any) -> QuerySet[ActPhrase]:
    """What free words mean in the hall."""
    rows = ActPhrase.objects.visible_to(request.user).ruling(current_hall(request))
    return rows.select_related("act", "hall", "changed_by")


def points_by_record() -> Cells:
    """Points of records by hall, day, act, severity and quantity; a price is looked up once an export.

    Two queries a chunk at most, for the days that were not met before.
    """
    known: dict[tuple[Any, ...], Any] = {}

    def cells(*columns: Sequence[Any]) -> list[Any]:
        keys = list(zip(*columns, strict=True))
        try:
            return [known[key] for key in keys]
        except KeyError:
            if len(known) > MOST_PRICES:
                known.clear()
            known.update(_points(set(keys) - known.keys()))
        return [known[key] for key in keys]

    return cells


def _points(keys: set[tuple[Any, ...]]) -> dict[tuple[Any, ...], Any]:
    halls = Hall.objects.in_bulk({key[0] for key in keys})
    tariffs = tariffs_for((halls[hall], day) for hall, day, *_ in keys)
    quotes = {key: tariffs[key[0], key[1]].quote(key[2], key[3]) for key in keys}
    costs = {key: quote.cost(key[4]) if quote else None for key, quote in quotes.items()}
    return dict(zip(costs, x.points_of(list(costs.values())), strict=True))


FINDER = Case(
    When(source=RecordSource.COVERT, then=Value(COVERT_FINDER)),
    When(finder_name="", then=Coalesce("finder__name", Value("系统"))),
    default=F("finder_name"),
)
"""As `presenters.finder_words` says it."""

EXPORTS = (
    Export(
        FINDINGS,
        "问题台账",
        READERS,
        finding_rows,
        (
            x.text("编号", "number"),
            x.moment("发生时间", "at"),
            x.choice("主体", "subject", Subject.choices),
            x.text("窗口号", "window__code"),
            x.text("窗口", "window__name"),
            x.text("工号", "staff__no"),
            x.text("人员", "staff__name"),
            x.text("派驻单位", "department__name"),
            x.text("事项", "act__name"),
            x.choice("情节", "severity", Severity.choices),
            x.computed("分值", ("hall_id", "day", "act_id", "severity", "quantity"), points_by_record),
            x.text("说明", "note"),
            x.choice("来源", "source", RecordSource.choices),
            x.text("记录人", FINDER),
            x.choice("状态", "status", RecordStatus.choices),
            x.moment("状态时间", "status_at"),
            x.moment("答复截止", "deadline_at"),
            x.moment("计入时间", "countable_at"),
        ),
    ),
    Export(
        APPEALS,
        "申诉",
        READERS,
        appeal_rows,
        (
            x.text("编号", "number"),
            x.text("问题编号", "record__number"),
            x.text("事项", "record__act__name"),
            x.text("窗口号", "record__window__code"),
            x.text("人员", "record__staff__name"),
            x.text("申诉人", "by__name"),
            x.moment("提交时间", "filed_at"),
            x.moment("答复截止", "due_at"),
            x.choice("结果", "is_allowed", [(None, "待裁定"), (True, "成立"), (False, "不成立")]),
            x.text("复核人", "reviewer__name"),
            x.moment("裁定时间", "decided_at"),
            x.text("裁定意见", "opinion"),
        ),
    ),
    Export(
        RECTIFICATIONS,
        "整改",
        RECTIFY_READERS,
        rectification_rows,
        (
            x.text("编号", "number"),
            x.text("问题编号", "record__number"),
            x.text("窗口号", "window__code"),
            x.text("窗口", "window__name"),
            x.text("事项", "record__act__name"),
            x.moment("下达时间", "ordered_at"),
            x.day("期限", "due_on"),
            x.day("申请延到", "asked_until"),
            x.day("回头看", "recheck_on"),
            x.choice("状态", "status", RectificationStatus.choices),
            x.moment("完成时间", "done_at"),
        ),
    ),
    Export(
        PHRASES,
        "常用说法",
        PHRASE_EDITORS,
        phrase_rows,
        (
            x.text("说法", "pattern"),
            x.text("事项", "act__name"),
            x.text("事项代码", "act__code"),
            x.text("大厅", "hall__name"),
            x.text("修改人", "changed_by__name"),
            x.moment("修改时间", "changed_at"),
        ),
    ),
)
