"""What covert inspection shows of itself elsewhere: to the supervision, and to nobody of the hall."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from accounts.options import Option, register_option
from accounts.registry import (
    Found,
    Hits,
    MenuEntry,
    SearchSource,
    Todo,
    TodoSource,
    register_menu,
    register_search,
    register_todo,
)
from accounts.searching import as_number, hits, list_of
from patrols.covert_lists import EXPORTS
from patrols.covert_presenters import may_open_covert_photo, show_evidence
from patrols.covert_querysets import ASSIGN
from patrols.models import CovertTask
from patrols.services import covert_reminders
from patrols.services.covert import EVENT
from trail.audit_words import register_audit_words
from trail.enums import FileKind
from trail.services.exports import register_export
from trail.services.files import register_file_access
from trail.services.jobs import register_job
from trail.services.outbox import keep_inside
from violations.enums import RecordSource
from violations.evidence import register_evidence

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Hall, User

GROUP = "暗访"
NUMBER = r"AF-?[\d-]*"
ACTIONS = {
    "covert.given": "派发暗访任务",
    "covert.reported": "收到暗访报告",
    "covert.returned": "退回暗访报告",
    "covert.adopted": "采用暗访报告",
    "covert.dismissed": "不采用暗访报告",
    "covert.withdrawn": "收回暗访任务",
    "covert.undone": "撤销暗访的一步",
    "covert.reminded": "提醒暗访到期",
    "covert.identity_opened": "查看监督员身份",
}
FIELDS = {
    "questions": "题数",
    "covert.identity_opened:appeal": "因申诉",
    "covert.reminded:late": "已过截止日",
}


def reports_waiting(user: User, hall: Hall, now: datetime) -> Todo | None:
    """Reports to review. Without a deadline: a reminder would leave by channels the hall reads."""
    count = CovertTask.objects.overseen_by(user).filter(hall=hall).to_review().count()
    if not count:
        return None
    return Todo(
        count, "暗访报告审阅", "采用、退回补充或不采用", "/covert/?status=reported", key="covert_review"
    )


def find_tasks(user: User, words: str, limit: int) -> Hits:
    """Tasks by number: AF-…; nothing is asked for other words."""
    number = as_number(words)
    if not re.fullmatch(NUMBER, number):
        return Hits()
    rows = CovertTask.objects.overseen_by(user).filter(number__icontains=number).order_by("-pk")

    def shown(row: CovertTask) -> Found:
        return Found(
            f"{row.number} {row.title}",
            row.state.label,
            row.get_absolute_url(),
            is_exact=row.number == number,
        )

    return hits(rows, limit, shown)


def register() -> None:
    """Called once at start."""
    register_menu(
        MenuEntry("covert", "暗访", "/covert/", "eye", "督办", 44, (ASSIGN,), todos=("covert_review",))
    )
    register_todo(TodoSource("covert_review", (ASSIGN,), reports_waiting))
    register_search(
        SearchSource(
            "covert",
            "暗访任务",
            (ASSIGN,),
            find_tasks,
            number=NUMBER,
            more=list_of("/covert/"),
            room="patrols",
            order=36,
        )
    )
    register_evidence(RecordSource.COVERT, show_evidence)
    register_file_access(FileKind.COVERT_PHOTO, may_open_covert_photo, mask=ASSIGN, original=ASSIGN)
    register_option(
        Option(
            covert_reminders.REMIND_DAYS,
            "暗访任务到期前提醒",
            1,
            group=GROUP,
            unit="工作日",
            minimum=1,
            maximum=10,
            help="只提醒监督员本人；过了截止日，同时告诉纪检监察。",
        )
    )
    register_job(covert_reminders.JOB)
    register_export(*EXPORTS)
    register_audit_words(
        "暗访", ACTIONS, fields=FIELDS, commands={"covert_inspector": "义务监督员（不具名）"}
    )
    keep_inside(EVENT)
