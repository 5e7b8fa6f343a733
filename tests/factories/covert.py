"""A covert task on its way: given out, reported, adopted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from patrols.enums import QuestionKind
from patrols.services.covert import Plan, Question, give_task
from patrols.services.covert_reports import Adopted, HandOver, Said, Visited, adopt_report, send_report
from violations.models import Act


def plan_of(**fields: Any) -> Plan:
    """A yes-or-no question about a person, one with points about nothing, one about the window."""
    today = timezone.localdate()
    usual: dict[str, Any] = {
        "title": "咨询房产过户",
        "script": "以市民身份问过户要带什么材料。",
        "starts_on": today - timedelta(days=1),
        "ends_on": today + timedelta(days=2),
        "questions": [
            Question("窗口人员在岗吗", act=Act.objects.filter(code="absent_from_post").first()),
            Question("态度怎么样", QuestionKind.POINTS, 5, 3),
            Question("台面整洁吗", act=Act.objects.filter(code="untidy_window").first()),
        ],
    }
    return Plan(**(usual | fields))


def given(hall: Any, *, by: Any, to: Any, **fields: Any) -> Any:
    """A task that waits for the volunteer."""
    return give_task(hall=hall, plan=plan_of(**fields), inspector=to, by=by, client_uuid=uuid4())


def seen(task: Any, window: Any, *values: int | None, **fields: Any) -> Visited:
    """What the volunteer sends; by default everything is wrong but the tone."""
    answers = dict(zip(task.questions.all(), values or (0, 4, 0), strict=True))
    usual: dict[str, Any] = {
        "client_uuid": uuid4(),
        "window": window,
        "at": timezone.now() - timedelta(minutes=17),
        "answers": {question.pk: Said(value) for question, value in answers.items()},
        "words": "等了二十分钟没人来",
    }
    return Visited(**(usual | fields))


def reported(task: Any, window: Any, *values: int | None, by: Any, **fields: Any) -> Any:
    """A task whose report waits for the supervision."""
    report = send_report(task=task, visited=seen(task, window, *values, **fields), by=by)
    task.refresh_from_db()
    return report


def adopted(task: Any, *, by: Any, staff: Any = None, **fields: Any) -> list[Any]:
    """The records handed over: of the person who should have been there, and of the window."""
    report = task.reports.last()
    failed = [answer for answer in report.answers.all() if answer.is_failed and answer.question.act]
    items = [
        HandOver(answer, staff if answer.question.act.subject == "staff" else None, "群众等候，无人应答")
        for answer in failed
    ]
    photos = [photo.file_id for photo in report.photos.all()]
    adopt_report(task=task, adopted=Adopted(items, photos, **fields), by=by)
    task.refresh_from_db()
    return [answer.record for answer in report.answers.filter(record__isnull=False)]
