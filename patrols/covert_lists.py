"""The list of covert tasks: conditions, orders and rows, shared by page, API twin and export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters

from accounts.halls import current_hall
from accounts.list_filters import ListFilters
from accounts.lists import ListKind, Sort, by_time
from patrols.covert_querysets import ASSIGN
from patrols.enums import CovertStatus
from patrols.models import CovertTask
from trail.services import exports as x
from trail.services.exports import Export

if TYPE_CHECKING:
    from django.db.models import QuerySet


class CovertFilters(ListFilters):
    """Filters of covert tasks: number, title, receipt, state, last day."""

    search = ("number", "title")
    period = "ends_on"
    status = django_filters.ChoiceFilter(label="状态", choices=CovertStatus.choices)
    receipt = django_filters.CharFilter(
        label="回执码", field_name="reports__receipt", lookup_expr="iexact", max_length=12
    )

    class Meta:
        model = CovertTask
        fields: list[str] = []


COVERT = ListKind(
    "covert",
    {"ends": by_time("截止日", ("ends_on", "pk")), "number": Sort("编号", "number")},
    "-ends",
    CovertFilters,
    noun="暗访任务",
    todo={"status": (CovertStatus.REPORTED,)},
)


def covert_rows(request: Any) -> QuerySet[CovertTask]:
    """Tasks of the hall, for its supervision."""
    rows = CovertTask.objects.visible_to(request.user).overseen_by(request.user)
    return rows.filter(hall=current_hall(request)).select_related("hall", "created_by")


EXPORTS = (
    Export(
        COVERT,
        "暗访任务",
        (ASSIGN,),
        covert_rows,
        (
            x.text("编号", "number"),
            x.text("任务", "title"),
            x.day("开始日", "starts_on"),
            x.day("截止日", "ends_on"),
            x.choice("状态", "status", CovertStatus.choices),
            x.text("派发人", "created_by__name"),
        ),
    ),
)
