"""What attendance shows of itself elsewhere, and the settings a hall may change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone

from accounts.options import Option, register_option
from accounts.registry import Card, MenuEntry, register_card, register_menu
from attendance import audit_words
from attendance.lists import EXPORTS
from attendance.models import Leave, Punch
from attendance.services import derive_run, paper_imports, rules
from attendance.services.presence import away_at, expected_on, headcount
from trail.services.exports import register_export
from trail.services.import_kinds import register_import
from trail.services.runs import register_run
from violations.enums import RecordSource
from violations.evidence import Evidence, register_evidence
from windows.absences import register_absences
from windows.working_days import is_working_day

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import Hall
    from violations.models import ConductRecord

GROUP = "考勤"

register_option(
    Option(
        rules.CUT,
        "上午下午分界",
        "12:45",
        kind="time",
        group=GROUP,
        help="这一刻之前的打卡算上午，之后算下午。",
    )
)
for key, label, default, words in (
    (rules.LATE_MIDDLE, "迟到较重档起点", 10, "迟到不足这个分钟数为轻微，满这个分钟数为较重。"),
    (rules.LATE_HALF_DAY, "迟到按旷工半天起点", 30, "迟到满这个分钟数按旷工半天计。"),
    (rules.EARLY_MIDDLE, "早退较重档起点", 10, "早退不足这个分钟数为轻微，满这个分钟数为较重。"),
    (rules.EARLY_HALF_DAY, "早退按旷工半天起点", 30, "早退满这个分钟数按旷工半天计。"),
):
    register_option(Option(key, label, default, group=GROUP, unit="分钟", help=words, minimum=1, maximum=240))
register_option(
    Option(
        rules.WAIT,
        "下班后等待",
        60,
        group=GROUP,
        unit="分钟",
        help="半天结束后等这么久再计算，让晚到的打卡先进来。",
        minimum=0,
        maximum=1440,
    )
)


register_run(derive_run.KIND)
register_import(paper_imports.PUNCHES)
register_import(paper_imports.LEAVE)


def today_card(request: HttpRequest, hall: Hall) -> dict[str, Any]:
    """到岗: how many have come, are away, have not been seen; two queries."""
    now = timezone.now()
    today = timezone.localdate(now)
    if not is_working_day(hall, today):
        return {"headcount": None}
    return {"headcount": headcount(expected_on(hall, today), hall, now)}


def me_card(request: HttpRequest, hall: Hall) -> dict[str, Any]:
    """今日打卡: the own punches and leaves of the day; two queries."""
    today = timezone.localdate()
    punches = Punch.objects.filter(staff__user=request.user).on(today).order_by("at")
    leaves = Leave.objects.filter(staff__user=request.user, day=today).order_by("half")
    return {"punches": list(punches.values_list("at", flat=True)), "leaves": list(leaves)}


def evidence(records: list[ConductRecord]) -> dict[int, Evidence]:
    """The day's punches behind each proposal; no query."""
    return {
        record.pk: Evidence("当天打卡记录", reverse("attendance:day", args=[record.staff_id, record.day]))
        for record in records
        if record.staff_id
    }


register_evidence(RecordSource.ATTENDANCE, evidence)
register_absences("attendance", away_at)
register_card(
    Card(
        "today", "presence", 20, "attendance/_today.html", today_card, ("attendance.read_all",), column="head"
    )
)
register_card(
    Card("me", "punches", 30, "attendance/_me.html", me_card, ("attendance.read_own",), column="aside")
)
register_menu(
    MenuEntry(
        "attendance",
        "考勤",
        "/attendance/",
        "clock",
        "日常",
        40,
        ("attendance.read_all", "attendance.read_unit"),
    ),
    MenuEntry("leave", "请假外出", "/leave/", "leave", "日常", 41, ("leave.read_all", "leave.unit_step")),
    MenuEntry(
        "my_attendance",
        "我的考勤",
        "/me/attendance/",
        "clock",
        "我的",
        2,
        ("attendance.read_own",),
        tab=2,
        tab_label="考勤",
        tab_roles=("clerk", "head"),
    ),
    MenuEntry(
        "my_leave",
        "我的请假",
        "/me/leave/",
        "leave",
        "我的",
        3,
        ("leave.ask",),
        tab=3,
        tab_label="请假",
        tab_roles=("clerk",),
    ),
    MenuEntry(
        "window_attendance",
        "本窗口考勤",
        "/attendance/",
        "people",
        "我的",
        5,
        ("leave.first_step",),
        roles=("head",),
    ),
)
register_export(*EXPORTS)
audit_words.register()
