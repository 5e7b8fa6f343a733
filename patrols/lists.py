"""The list of rounds: conditions, orders and rows, shared by page, API twin and export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models.functions import Coalesce

from accounts.halls import current_hall
from accounts.lists import ListKind, by_time
from patrols.enums import RoundKind
from patrols.filters import RoundFilters
from patrols.models import Round
from trail.services import exports as x
from trail.services.exports import Export

if TYPE_CHECKING:
    from django.db.models import QuerySet

ROUNDS = ListKind(
    "rounds", {"day": by_time("时间", ("day", "started_at"))}, "-day", RoundFilters, noun="轮次"
)


def round_rows(request: Any) -> QuerySet[Round]:
    """Rounds of the hall with how many windows were checked and what was found."""
    rows = Round.objects.visible_to(request.user).filter(hall=current_hall(request))
    return rows.select_related("officer").with_counts()


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
)
