"""逾期升级 as a job: what is overdue reminds who has to act, and after some more days tells the next above.

A statement nobody has decided on, an appeal nobody has reviewed: manager, then leader. An order to put right:
head of the window, then the unit's contacts. A recheck: who rechecks, then leader. Each once for a deadline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.models import Hall, User
from accounts.words import near_day_words
from trail.services import audit
from trail.services.jobs import Job
from trail.services.notices import tell
from violations.enums import EscalationLevel, OverdueStep, RectificationStatus
from violations.models import Appeal, ConductRecord, Escalation, Rectification
from violations.permissions import decider_objection, recheck_objection, reviewer_objection
from violations.services.rectify import heads_of
from windows.hall_calendars import HallCalendars
from windows.services.reminders import due

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from trail.actors import Robot

DECIDE_DAYS = "violations.decide_days"
RECHECK_DAYS = "violations.recheck_days"
RAISE_DAYS = "violations.raise_days"
HELD = ("hall", "act", "staff__user", "window", "department", "finder")
INSTRUCTS = "bulletin.instruct"
"""Who may instruct (批示) is told of what the office has left undone."""


@dataclass(frozen=True)
class Overdue:
    """A step that was not taken in time, and where to take it."""

    step: OverdueStep
    record: ConductRecord
    due_at: datetime
    subject: Any
    """The record, appeal or order the notice leads to."""
    levels: tuple[EscalationLevel, ...]

    @property
    def title(self) -> str:
        """ "WT-20261125-003 认定"."""
        return f"{self.subject.number} {self.step.label}"


def run(*, hall: Hall, period: str, by: Robot) -> dict[str, Any]:
    """Tell of all that is overdue by now; what was told before is left alone."""
    told = tell_of_overdue(hall=hall, moment=timezone.now(), by=by)
    counts = {level: sum(row.level == level for row in told) for level in EscalationLevel}
    return {"day": period, **{str(level): count for level, count in counts.items()}}


def tell_of_overdue(*, hall: Hall, moment: datetime, by: Robot) -> list[Escalation]:
    """Remind and raise, each level once for each deadline."""
    late = _late(hall, moment)
    rows = Escalation.objects.filter(record__in={overdue.record.pk for overdue in late})
    known = set(rows.values_list("record", "step", "level", "due_at"))
    return [
        _tell(overdue, level, moment, by=by)
        for overdue in late
        for level in overdue.levels
        if (overdue.record.pk, overdue.step, level, overdue.due_at) not in known
    ]


def _late(hall: Hall, moment: datetime) -> list[Overdue]:
    """Every step whose time was over before the moment: three queries, and two for the calendar."""
    waiting = list(_waiting(hall))
    if not waiting:
        return []
    days = _Days(hall, min(since for _, since, _, _ in waiting), moment)
    late = []
    for step, since, count, subject in waiting:
        due_at = days.passed(since, count) if isinstance(count, int) else count if count < moment else None
        if due_at is not None:
            is_raised = days.passed(due_at, hall.option(RAISE_DAYS)) is not None
            levels = (EscalationLevel.REMINDED, EscalationLevel.RAISED)[: 1 + is_raised]
            late.append(Overdue(step, getattr(subject, "record", subject), due_at, subject, levels))
    return late


def _waiting(hall: Hall) -> Iterator[tuple[OverdueStep, datetime, int | datetime, Any]]:
    """Steps somebody has to take: since when, and the working days given for it or its deadline."""
    for record in ConductRecord.objects.filter(hall=hall).stated().select_related(*HELD):
        yield OverdueStep.DECIDE, record.status_at, hall.option(DECIDE_DAYS), record
    behind = [f"record__{name}" for name in HELD]
    for appeal in Appeal.objects.filter(hall=hall).standing().undecided().select_related("hall", *behind):
        yield OverdueStep.REVIEW, appeal.filed_at, appeal.due_at, appeal
    orders = Rectification.objects.filter(hall=hall).unfinished().with_submission()
    for order in orders.select_related("hall", "window__department", *behind):
        if order.status == RectificationStatus.SUBMITTED:
            submitted_at: datetime = order.submitted_at  # type: ignore[attr-defined]
            yield OverdueStep.RECHECK, submitted_at, hall.option(RECHECK_DAYS), order
        else:
            last_day = timezone.make_aware(datetime.combine(order.due_on, time()))
            yield OverdueStep.RECTIFY, last_day, 0, order


class _Days:
    """The hall's working days from the first thing that waits until now, read once."""

    def __init__(self, hall: Hall, first: datetime, now: datetime) -> None:
        self._hall, self._now, self._today = hall, now, timezone.localdate(now)
        self._calendars = HallCalendars([hall], timezone.localdate(first), self._today)

    def passed(self, since: datetime, count: int) -> datetime | None:
        """The close of the `count`th working day after `since` (0: of that day), None when it is to come."""
        day = timezone.localdate(since)
        while count:
            day += timedelta(days=1)
            if day > self._today:
                return None
            count -= self._calendars.works(self._hall, day)
        if day > self._today:
            return None
        close = self._calendars.close_of(self._hall, day)
        return close if close < self._now else None


def _tell(overdue: Overdue, level: EscalationLevel, moment: datetime, *, by: Robot) -> Escalation:
    hall, people = overdue.record.hall, list(dict.fromkeys(_people(overdue, level)))
    row: Escalation = Escalation.objects.create(
        hall=hall, record=overdue.record, step=overdue.step, level=level, due_at=overdue.due_at, at=moment
    )
    row.told.set(people)
    late = f"期限 {near_day_words(overdue.due_at, moment)}"
    words = "请督促" if level == EscalationLevel.RAISED else "请尽快办"
    tell(
        people,
        title=f"{overdue.title}已逾期（{late}），{words}",
        url=overdue.subject.get_absolute_url(),
        hall=hall,
        due_at=overdue.due_at,
        key=f"overdue:{row.pk}",
    )
    names = "、".join(person.name for person in people)
    after = {"step": overdue.step.label, "told": names}
    audit.record(f"record.{level}", target=overdue.record, by=by, after=after)
    return row


def _people(overdue: Overdue, level: EscalationLevel) -> Iterable[User]:
    if level == EscalationLevel.RAISED:
        return _above(overdue)
    hall, subject = overdue.record.hall, overdue.subject
    if overdue.step == OverdueStep.RECTIFY:
        return heads_of(subject.window)
    permission, objection = {
        OverdueStep.DECIDE: ("record.confirm", decider_objection),
        OverdueStep.REVIEW: ("appeal.review", reviewer_objection),
        OverdueStep.RECHECK: ("rectify.check", recheck_objection),
    }[overdue.step]
    able = User.objects.with_permission(permission, hall).order_by("pk")
    return [person for person in able if not objection(person, subject)]  # type: ignore[operator]


def _above(overdue: Overdue) -> Iterable[User]:
    people: QuerySet[User] = User.objects.with_permission(INSTRUCTS, overdue.record.hall)
    if overdue.step == OverdueStep.RECTIFY:
        people = overdue.subject.window.department.contacts.filter(is_active=True)
    return people.order_by("pk")


JOB = Job("escalate_overdue", "逾期升级", due, run)
