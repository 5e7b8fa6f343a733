"""暗访到期 as a job: the volunteer is reminded before the last day, the supervision too once it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.models import Hall
from patrols.models import CovertTask
from patrols.services.covert import tell_inspector, tell_supervision
from trail.services import audit
from trail.services.jobs import Job
from windows import working_days

if TYPE_CHECKING:
    from datetime import datetime

    from trail.actors import Robot

REMIND_DAYS = "patrols.covert_remind_days"


def due(now: datetime) -> list[tuple[Hall, str]]:
    """Each hall in use, each day; whether there are tasks at all is not to be seen from it."""
    day = timezone.localdate(now).isoformat()
    return [(hall, day) for hall in Hall.objects.active()]


def run(*, hall: Hall, period: str, by: Robot) -> dict[str, Any]:
    """Leave the day's reminders; what the run tells of itself is the same with and without tasks."""
    today = parse_date(period) or timezone.localdate()
    waiting = CovertTask.objects.filter(hall=hall).to_do().select_related("hall")
    last_call = working_days.add_working_days(hall, today, hall.option(REMIND_DAYS))
    for task in waiting.filter(soon_told_on=None, ends_on__range=(today, last_call)):
        tell_inspector(task, "一项任务快到截止日了")
        task.soon_told_on = today
        task.save(update_fields=["soon_told_on"])
        audit.record("covert.reminded", target=task, by=by, after={"late": False})
    for task in waiting.overdue(today).filter(late_told_on=None):
        tell_inspector(task, "一项任务已过截止日，请尽快提交")
        tell_supervision(task, f"{task.number} 已过截止日，还没有收到报告")
        task.late_told_on = today
        task.save(update_fields=["late_told_on"])
        audit.record("covert.reminded", target=task, by=by, after={"late": True})
    return {"day": period}


JOB = Job("covert_due", "到期核对", due, run)
