"""What pages and API say of a record beyond its fields: points, finder, story, and what one may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone

from accounts import words
from trail.services.files import MASK, mask_permission
from violations.enums import TO_ANSWER, OverdueStep, RecordSource, RecordStatus, RectificationStatus, StepKind
from violations.evidence import evidence_for
from violations.permissions import (
    decider_objection,
    extension_objection,
    may_answer,
    may_answer_rectification,
    may_appeal,
    may_confirm,
    may_dismiss,
    may_order_rectification,
    may_recheck,
    may_verify,
    may_withdraw,
    merge_objection,
    reviewer_objection,
    waits_for_decision,
)
from violations.repeats import NOTHING_NEAR, nearby, nth_time, repeat_days
from violations.services.arranging import may_ask_extension
from violations.services.steps import APPEAL_DAYS, REVIEW_DAYS
from violations.story import COVERT_FINDER, order_step_words, raised_words, story_of
from violations.tariff import tariffs_for
from violations.uses import uses_of

MERGED_WITH = ("hall", "act", "staff", "window", "department", "finder")

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Hall, User
    from trail.models import StoredFile
    from violations.models import Appeal, ConductRecord, Rectification
    from violations.tariff import Quote


def price(records: Iterable[ConductRecord]) -> list[ConductRecord]:
    """Give each record its `quote` and `points` (hundredths, None where no clause judges it): two queries.

    Records that have them already are left as they are.
    """
    rows = list(records)
    without = [record for record in rows if not hasattr(record, "points")]
    tariffs = tariffs_for((record.hall, record.day) for record in without)
    for record in without:
        quote = tariffs[record.hall_id, record.day].quote(record.act_id, record.severity)
        record.quote = quote
        record.points = quote.cost(record.quantity) if quote else None
    return rows


def rule_url(quote: Quote | None) -> str:
    """The clause in the version that ruled the day."""
    if quote is None:
        return ""
    return f"{reverse('violations:rulebook_version', args=[quote.version_id])}#{quote.clause_code}"


def finder_words(record: ConductRecord) -> str:
    """Who recorded: the name on paper, the person, or the job; covert inspectors stay unnamed."""
    if record.source == RecordSource.COVERT:
        return COVERT_FINDER
    return record.finder_name or (record.finder.name if record.finder else "系统")


def files_of(files: Iterable[StoredFile], caption: str = "") -> list[dict[str, Any]]:
    """Stored files as the templates show them."""
    return [
        {
            "url": file.get_absolute_url(),
            "thumb_url": reverse("trail:thumb", args=[file.pk]),
            "name": file.name,
            "caption": caption or file.name,
            "is_photo": file.is_photo,
            "mask_url": file.mask_url() if file.is_photo and mask_permission(file.kind) == MASK else "",
        }
        for file in files
    ]


def photo_caption(record: ConductRecord) -> str:
    """A05 11月25日 14:31; of a covert visit no more than the day."""
    place = f"{record.window.code} " if record.window else ""
    return f"{place}{record.when}"


@dataclass(frozen=True)
class Actions:
    """What this person may do to the record now; what he may not is not shown."""

    answer: bool
    verify: bool
    confirm: bool
    dismiss: bool
    withdraw: bool
    appeal: bool
    order: bool
    recusal: str = ""

    @property
    def decide(self) -> bool:
        """Whether the decision form stands on the page."""
        return self.confirm or self.dismiss


def actions_of(record: ConductRecord, user: User) -> Actions:
    """Ask every predicate once."""
    recusal = ""
    if waits_for_decision(record) and user.can("record.confirm", record.hall):
        recusal = decider_objection(user, record)
    return Actions(
        answer=may_answer(user, record),
        verify=may_verify(user, record),
        confirm=may_confirm(user, record),
        dismiss=may_dismiss(user, record),
        withdraw=may_withdraw(user, record),
        appeal=may_appeal(user, record, timezone.now()),
        order=may_order_rectification(user, record) and not hasattr(record, "rectification"),
        recusal=recusal,
    )


def evidence_of_all(records: Iterable[ConductRecord]) -> list[dict[str, Any]]:
    """The card 佐证 of each record: photos, facts, and the rule by which it costs; constant queries."""
    rows = price(records)
    found = evidence_for(rows)
    return [
        {
            "record": record,
            "evidence": (evidence := found.get(record.pk)),
            "photos": files_of(evidence.photos if evidence else [], photo_caption(record)),
            "quote": record.quote,
            "points": record.points,
            "rule_url": rule_url(record.quote),
            "finder": finder_words(record),
        }
        for record in rows
    ]


def evidence_of(record: ConductRecord) -> dict[str, Any]:
    """The card 佐证 of one record."""
    return evidence_of_all([record])[0]


def repeats_page(record: ConductRecord, user: User) -> dict[str, Any]:
    """What happened at the window again, and what somebody else recorded of the same matter."""
    near = nearby([record], user).get(record.pk, NOTHING_NEAR)
    doubles = [] if record.status == RecordStatus.APPEALED else near.doubles
    merged = record.duplicates.select_related(*MERGED_WITH).order_by("pk")
    return {
        "repeats": near.repeats,
        "nth_time": nth_time(record, near.repeats),
        "repeat_days": repeat_days(record.hall),
        "doubles": [row for row in doubles if not merge_objection(user, record, row)],
        "merged": evidence_of_all(merged),
    }


def answer_days(hall: Hall) -> dict[str, int]:
    """The hall's days to appeal and to review, as the answer form names them."""
    return {"appeal": hall.option(APPEAL_DAYS), "review": hall.option(REVIEW_DAYS)}


def record_page(record: ConductRecord, user: User) -> dict[str, Any]:
    """Everything the page of one record shows."""
    appeal = record.appeals.standing().select_related("by", "reviewer").prefetch_related("files").first()
    uses = uses_of([record]).get(record.pk, [])
    return {
        **evidence_of(record),
        "actions": actions_of(record, user),
        "days": answer_days(record.hall),
        "statements": _statements(record),
        "appeal": appeal,
        "appeal_files": files_of(appeal.files.all()) if appeal else [],
        "rectification": getattr(record, "rectification", None),
        "uses": uses,
        "story": story_of(record, uses),
        "overdue": overdue_words(record),
        **repeats_page(record, user),
        "waits": record.status in (RecordStatus.NOTIFIED, RecordStatus.STATED, RecordStatus.APPEALED),
        "due_at": record.deadline_at if record.status == RecordStatus.NOTIFIED else None,
    }


WAITS_FOR = {RecordStatus.STATED: OverdueStep.DECIDE, RecordStatus.APPEALED: OverdueStep.REVIEW}
"""In which state which step is due."""


def overdue_words(record: ConductRecord) -> list[str]:
    """Whom the hall has told that the step the record waits for is overdue."""
    step = WAITS_FOR.get(RecordStatus(record.status))
    return raised_words(record, step) if step else []


def order_overdue_words(order: Rectification) -> list[str]:
    """The same of an order to put right."""
    if order.status in TO_ANSWER:
        return raised_words(order.record, OverdueStep.RECTIFY)
    waits = order.status == RectificationStatus.SUBMITTED
    return raised_words(order.record, OverdueStep.RECHECK) if waits else []


def appeal_page(appeal: Appeal, user: User) -> dict[str, Any]:
    """Both sides of an appeal, and whether this person may decide."""
    record = appeal.record
    may_ask = appeal.decided_at is None and user.can("appeal.review", record.hall)
    objection = reviewer_objection(user, appeal) if may_ask else ""
    return {
        **evidence_of(record),
        "appeal": appeal,
        "appeal_files": files_of(appeal.files.all()),
        "statements": _statements(record),
        "story": story_of(record),
        "overdue": overdue_words(record),
        "may_decide": may_ask and not objection,
        "recusal": objection,
    }


def rectification_page(order: Rectification, user: User) -> dict[str, Any]:
    """What was found, what was done about it, and what this person may do."""
    steps = list(order.steps.select_related("by").prefetch_related("files"))
    return {
        **evidence_of(order.record),
        "order": order,
        "overdue": order_overdue_words(order),
        "steps": [
            {
                "text": order_step_words(order, step),
                "at": step.at,
                "by": step.by.name if step.by else "系统",
                "note": "" if step.is_undo else step.words,
                "photos": files_of(step.files.all(), f"{step.title} {words.day_words(step.at)}"),
            }
            for step in reversed(steps)
        ],
        "after": [photo for step in steps for photo in files_of(step.files.all(), words.day_words(step.at))],
        "may_submit": may_answer_rectification(user, order) and order.status in ("open", "returned"),
        "may_recheck": may_recheck(user, order),
        "asked": next((step for step in reversed(steps) if step.kind == StepKind.ASKED), None),
        "may_extend": may_ask_extension(order, user),
        "may_decide_extension": order.asked_until is not None and not extension_objection(user, order),
    }


def _statements(record: ConductRecord) -> list[dict[str, Any]]:
    rows = record.statements.standing().select_related("by").prefetch_related("files")
    return [{"statement": row, "files": files_of(row.files.all())} for row in rows]
