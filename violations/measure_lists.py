"""The list of measures: page, API twin and file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.halls import current_hall
from accounts.lists import ListKind, Sort, by_time
from trail.services import exports as x
from trail.services.exports import Export
from violations.lists import READERS
from violations.measure_enums import MeasureStatus
from violations.measure_filters import MeasureFilters
from violations.models import Measure
from violations.rule_enums import MeasureKind

if TYPE_CHECKING:
    from django.db.models import QuerySet

MEASURES = ListKind(
    "measures",
    {
        "proposed": by_time("提出时间", "proposed_at"),
        "due": by_time("办结期限", "due_on"),
        "number": Sort("编号", "number"),
    },
    "-proposed",
    MeasureFilters,
    noun="措施",
    todo={"status": ("open_all", "overdue", "handle", "write")},
)


def measure_rows(request: Any) -> QuerySet[Measure]:
    """Measures of the hall this person may see."""
    return Measure.objects.visible_to(request.user).filter(hall=current_hall(request)).for_list()


EXPORT = Export(
    MEASURES,
    "措施",
    READERS,
    measure_rows,
    (
        x.text("编号", "number"),
        x.choice("措施", "kind", MeasureKind.choices),
        x.text("工号", "staff__no"),
        x.text("人员", "staff__name"),
        x.text("窗口号", "window__code"),
        x.text("理由", "reason"),
        x.choice("状态", "status", MeasureStatus.choices),
        x.moment("提出时间", "proposed_at"),
        x.day("陈述期限", "heard_until"),
        x.text("决定人", "decided_by__name"),
        x.moment("决定时间", "decided_at"),
        x.day("办结期限", "due_on"),
        x.moment("办结时间", "closed_at"),
        x.text("有权机关", "body"),
        x.text("决定文号", "document_number"),
        x.day("决定日期", "document_on"),
    ),
)
