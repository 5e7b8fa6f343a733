"""撤销荣誉 services: take back a title of a published period, with what was given because of it.

The published result stays as it was sealed. From then on the title is no win any more: not on the board,
not in a year's count, not for a gate or a tie that asks for earlier titles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from accounts.errors import NotPermitted, Refused
from assessments.enums import Outcome
from assessments.models import AssessmentMonth, AwardResult, AwardRevocation
from trail.services import audit

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import User


def followers_of(result: AwardResult) -> list[AwardResult]:
    """Titles of the period given because of this one: members with their window, and next rounds."""
    found: list[AwardResult] = []
    waiting = [result]
    while waiting:
        one = waiting.pop()
        later = Q(award__winners_of=one.award.code, card=one.card_id)
        later |= Q(award__follows=one.award.code, card__group=one.card_id)
        rows = AwardResult.objects.filter(later, card__run=one.card.run_id, outcome=Outcome.WON)
        rows = rows.select_related("award", "card__staff", "card__window", "card__department", "card__run")
        new = [row for row in rows.filter(revocations=None) if row.pk not in {r.pk for r in found}]
        found += new
        waiting += new
    return found


@transaction.atomic
def revoke_award(*, result: AwardResult, reason: str, revoked_on: date, by: User) -> list[AwardRevocation]:
    """Take a title back, and those that hang on it; returns one row each.

    Refused before publication (decide instead), twice, or without a reason.
    """
    row = (
        AwardResult.objects.select_for_update(of=("self",))
        .select_related("award", "card__hall")
        .get(pk=result.pk)
    )
    hall = row.card.hall
    if not by.can("assess.publish", hall):
        raise NotPermitted("荣誉由大厅管理员撤销。")
    if not reason.strip():
        raise Refused("请写理由。", code="reason_missing", status=422)
    if row.outcome != Outcome.WON:
        raise Refused("没有评上，不用撤销。", code="not_won")
    month = AssessmentMonth.objects.published().filter(hall=hall, run=row.card.run_id).first()
    if month is None:
        raise Refused("还没有发布，请在得分单上作人工决定。", code="not_published")
    if AwardRevocation.objects.filter(result=row).exists():
        raise Refused("已经撤销过了。", code="revoked_before")
    if revoked_on < month.month:
        raise Refused("撤销日期不能早于获评的月份。", code="too_early", status=422)
    rows = [(row, reason.strip()[:200])]
    rows += [(one, f"随“{row.award.name}”撤销：{reason.strip()}"[:200]) for one in followers_of(row)]
    made = [
        AwardRevocation.objects.create(result=one, hall=hall, revoked_on=revoked_on, reason=words, by=by)
        for one, words in rows
    ]
    audit.record(
        "award.revoked",
        target=month,
        by=by,
        hall=hall,
        after={"titles": [f"{one.card.subject} {one.award.name}" for one, _ in rows]},
        reason=reason,
    )
    return made
