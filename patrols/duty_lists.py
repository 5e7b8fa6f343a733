"""The lists of duty: days with their logs, requests to change; shared by page, API twin and export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.halls import current_hall
from accounts.lists import ListKind, Sort, by_time
from patrols.duty_filters import DutyDayFilters, DutySwapFilters
from patrols.duty_permissions import READERS
from patrols.enums import DutyKind, SwapStatus
from patrols.models import DutyDay, DutySwap
from trail.services import exports as x
from trail.services.exports import Export

if TYPE_CHECKING:
    from django.db.models import QuerySet

SWAP_READERS = ("duty.swap", "duty.edit")
DUTY_DAYS = ListKind(
    "duty-days",
    {
        "day": by_time("日期", "day"),
        "kind": Sort("种类", ("kind", "day"), up="从前到后", down="从后到前"),
    },
    "-day",
    DutyDayFilters,
    noun="值班日",
    todo={"status": ("absent",)},
)
DUTY_SWAPS = ListKind(
    "duty-swaps",
    {"asked": by_time("申请时间", "asked_at"), "day": by_time("日期", "giver_day")},
    "-asked",
    DutySwapFilters,
    noun="换班申请",
    todo={"status": ("asked",)},
)


def duty_day_rows(request: Any) -> QuerySet[DutyDay]:
    """Days of duty of the hall in sight, with whether somebody was there."""
    return DutyDay.objects.visible_to(request.user).filter(hall=current_hall(request)).for_list()


def duty_swap_rows(request: Any) -> QuerySet[DutySwap]:
    """Requests of the hall in sight."""
    return DutySwap.objects.visible_to(request.user).filter(hall=current_hall(request)).for_list()


EXPORTS = (
    Export(
        DUTY_DAYS,
        "值班台账",
        READERS,
        duty_day_rows,
        (
            x.day("日期", "day"),
            x.choice("种类", "kind", DutyKind.choices),
            x.text("值班人或单位", "who_words"),
            x.yes_no("到场", "is_present"),
            x.yes_no("当天巡查过", "walked"),
            x.text("到场领导", "present_name"),
            x.text("看到的情况", "seen"),
            x.text("当场处理", "done"),
            x.text("登记人", "logged_by__name"),
            x.moment("登记时间", "logged_at"),
        ),
    ),
    Export(
        DUTY_SWAPS,
        "换班",
        SWAP_READERS,
        duty_swap_rows,
        (
            x.choice("种类", "kind", DutyKind.choices),
            x.text("申请人", "giver__name"),
            x.day("申请人的日期", "giver_day"),
            x.text("对方", "taker__name"),
            x.day("对方的日期", "taker_day"),
            x.text("原因", "words"),
            x.choice("状态", "status", SwapStatus.choices),
            x.text("答复", "answer"),
            x.moment("申请时间", "asked_at"),
            x.moment("答复时间", "answered_at"),
        ),
    ),
)
