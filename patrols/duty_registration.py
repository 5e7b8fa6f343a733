"""What the rota shows of itself elsewhere: menu, cards, to-do, settings, the reminder of the day."""

from __future__ import annotations

from accounts.options import Option, register_option
from accounts.registry import Card, MenuEntry, TodoSource, register_card, register_menu, register_todo
from patrols import coverage_lists
from patrols.duty_cards import coverage_card, logs_to_write, swaps_to_answer, today_head, unit_days
from patrols.duty_lists import EXPORTS
from patrols.duty_permissions import READERS
from patrols.services import on_duty, patrol_days, random_rounds
from patrols.services.duty_log import LOG_DAYS
from patrols.services.evenness import UNEVEN_FROM, UNEVEN_TIMES
from trail.services.exports import register_export
from trail.services.jobs import register_job

GROUP = "值班"


def register() -> None:
    """Called once at start."""
    register_menu(
        MenuEntry(
            "duty", "值班表", "/duty/", "calendar", "日常", 13, READERS, todos=("duty_log", "duty_swap")
        )
    )
    register_todo(TodoSource("duty_log", ("duty.swap", "duty.read_unit"), logs_to_write))
    register_todo(TodoSource("duty_swap", ("duty.swap",), swaps_to_answer))
    register_card(
        Card("today", "duty", 10, "patrols/_duty_head.html", today_head, ("duty.read",), column="head")
    )
    register_card(Card("unit", "duty", 25, "patrols/_duty_unit.html", unit_days, ("duty.read_unit",)))
    register_option(
        Option(
            on_duty.REMIND_AT,
            "值班当天几点提醒",
            "08:00",
            kind="time",
            group=GROUP,
            help="到点在消息里提醒当天值班的人和单位联系人。",
        ),
    )
    register_option(
        Option(
            LOG_DAYS,
            "值班日志补写期限",
            3,
            group=GROUP,
            unit="天",
            minimum=0,
            maximum=60,
            help="过了期限没有日志也没有巡查过的，记为没有到场。",
        )
    )
    _register_plan()
    for job in (on_duty.JOB, random_rounds.JOB, patrol_days.JOB):
        register_job(job)
    register_export(*EXPORTS, *coverage_lists.EXPORTS)


def _register_plan() -> None:
    """Random rounds, coverage and how it is judged."""
    register_menu(
        MenuEntry("coverage", "巡查覆盖", "/coverage/", "chart", "日常", 14, coverage_lists.COVERAGE)
    )
    register_card(
        Card(
            "today", "coverage", 20, "patrols/_coverage.html", coverage_card, coverage_lists.COVERAGE, "aside"
        )
    )
    facts = {"group": "巡查"}
    register_option(
        Option(
            random_rounds.RANDOM_ROUNDS,
            "每天随机轮次",
            0,
            unit="次",
            minimum=0,
            maximum=10,
            help="在上午轮、下午轮以外，时间由系统随机定，到时才通知当天值班的人。重点时段可以更多。",
            **facts,
        )
    )
    register_option(
        Option(
            random_rounds.RANDOM_MINUTES,
            "随机轮最迟几分钟内开始",
            30,
            unit="分钟",
            minimum=5,
            maximum=240,
            **facts,
        )
    )
    register_option(
        Option(
            UNEVEN_TIMES,
            "发现率相差几倍要提示",
            2,
            unit="倍",
            minimum=2,
            maximum=20,
            help="与全厅平均比，多或少到这个倍数，在巡查覆盖里提示。",
            **facts,
        )
    )
    register_option(
        Option(
            UNEVEN_FROM,
            "查满多少窗次才提示",
            50,
            unit="窗次",
            minimum=1,
            maximum=10000,
            help="查得少的人，比例说明不了问题。",
            **facts,
        )
    )
