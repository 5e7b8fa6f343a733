"""What the pages of covert inspection show; none of it says who went, and of a visit no more than the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone

from accounts import words
from patrols.covert_querysets import ASSIGN
from patrols.enums import CovertStatus
from patrols.models import CovertAnswer, CovertPhoto
from patrols.services.covert_identity import LOOKED, appeals_of
from trail.models import AuditEntry
from violations.evidence import Evidence
from violations.models import ConductRecord

if TYPE_CHECKING:
    from accounts.models import User
    from patrols.models import CovertReport, CovertTask
    from trail.models import StoredFile


def frame_words(task: CovertTask) -> str:
    """11月23日 至 11月27日，每天 9:00–11:30."""
    days = words.day_words(task.starts_on)
    if task.ends_on != task.starts_on:
        days += f" 至 {words.day_words(task.ends_on)}"
    if not task.opens and not task.closes:
        return days
    since = f"{task.opens:%H:%M}" if task.opens else "开门"
    until = f"{task.closes:%H:%M}" if task.closes else "关门"
    return f"{days}，每天 {since}–{until}"


def places_words(task: CovertTask) -> str:
    """A05 不动产登记窗口、A06 …, or any window."""
    return "、".join(f"{row.code} {row.name}" for row in task.windows.all()) or "任意窗口"


def task_page(task: CovertTask, user: User) -> dict[str, Any]:
    """Everything the page of one task shows to the supervision."""
    reports = list(
        task.reports.select_related("window").prefetch_related(
            Prefetch("answers", CovertAnswer.objects.select_related("question__act", "record__act")),
            Prefetch("photos", CovertPhoto.objects.select_related("file")),
        )
    )
    return {
        "task": task,
        "span": frame_words(task),
        "places": places_words(task),
        "questions": list(task.questions.select_related("act")),
        "report": _report(reports[-1]) if reports else None,
        "earlier": [_report(report) for report in reversed(reports[:-1])],
        "steps": _steps(task),
        "appeals": list(appeals_of(task)) if reports else [],
        "looks": _looks(task, user),
        "is_late": task.awaits_visit and task.ends_on < timezone.localdate(),
    }


def inspector_page(task: CovertTask) -> dict[str, Any]:
    """What the one who was sent sees of his own task."""
    last = task.steps.order_by("-pk").first()
    reports = list(task.reports.select_related("window").order_by("-pk"))
    return {
        "task": task,
        "span": frame_words(task),
        "places": places_words(task),
        "report": reports[0] if reports else None,
        "photo_count": reports[0].photos.count() if reports else 0,
        "asked_for": last.words if last and task.status == CovertStatus.RETURNED else "",
    }


def show_evidence(records: list[ConductRecord]) -> dict[int, Evidence]:
    """What was asked and seen behind records of covert visits, with the photos that are shown."""
    shown = Prefetch("report__photos", CovertPhoto.objects.filter(is_shown=True).select_related("file"))
    rows = CovertAnswer.objects.filter(record__in=records).select_related("question", "report")
    return {row.record_id: _evidence(row) for row in rows.prefetch_related(shown)}


def may_open_covert_photo(user: User, file: StoredFile) -> bool:
    """The supervision of the hall; others once it is shown with a record they may see."""
    if user.can(ASSIGN, file.hall):
        return True
    shown = CovertPhoto.objects.filter(file=file, is_shown=True).values("report")
    return ConductRecord.objects.visible_to(user).filter(covert_answer__report__in=shown).exists()


def _evidence(answer: CovertAnswer) -> Evidence:
    label = f"{answer.question}：{answer.value_words}"
    return Evidence(label, photos=[photo.file for photo in answer.report.photos.all()])


def _report(report: CovertReport) -> dict[str, Any]:
    answers = list(report.answers.all())
    scored = [a for a in answers if a.value is not None]
    return {
        "report": report,
        "answers": answers,
        "failed": sum(a.is_failed for a in answers),
        "points": sum(a.value or 0 for a in scored),
        "most": sum(a.question.most or 1 for a in scored),
        "photos": [
            {
                "url": photo.file.get_absolute_url(),
                "thumb_url": reverse("trail:thumb", args=[photo.file_id]),
                "caption": f"第 {number} 张{'（已出示）' if photo.is_shown else ''}",
                "mask_url": photo.file.mask_url(report.task.get_absolute_url()),
            }
            for number, photo in enumerate(report.photos.all(), start=1)
        ],
    }


def _steps(task: CovertTask) -> list[dict[str, Any]]:
    return [
        {
            "text": f"撤销，回到“{step.get_status_display()}”" if step.is_undo else step.get_status_display(),
            "at": step.at,
            "by": step.by.name if step.by else "监督员",
            "note": "" if step.is_undo else step.words,
        }
        for step in task.steps.select_related("by").order_by("-pk")
    ]


def _looks(task: CovertTask, user: User) -> list[AuditEntry]:
    rows = AuditEntry.objects.visible_to(user).filter(
        action=LOOKED, target_kind=task._meta.label_lower, target_id=str(task.pk)
    )
    return list(rows.select_related("by"))
