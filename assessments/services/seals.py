"""校验 seals: the hash of a published month, and whether it still holds."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from assessments.models import AssessmentMonth, AwardResult, ComponentScore, GateFailure, Line, Scorecard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

CARD = (
    "id", "kind", "subject_id", "category", "group_id", "is_chief", "members", "scheme_id",
    "own", "derived", "total", "lost", "gained", "rank", "peers",
)  # fmt: skip
LINE = (
    "id", "card_id", "component_id", "clause_id", "step_id", "kind", "record_id", "at_card_id",
    "source_card_id", "award_id", "reverses_id", "day", "quantity", "hits", "points",
)  # fmt: skip
CUT = ("card_id", "component_id", "raw", "value")
GATE = ("card_id", "gate_id", "record_id", "observed")
AWARD = ("card_id", "award_id", "outcome", "place", "seats", "is_by_number", "is_by_hand")


def month_hash(month: AssessmentMonth) -> str:
    """sha256 over the canonical JSON of all cards, lines, cuts, gate failures and honours, row by row."""
    digest = hashlib.sha256()
    digest.update(_json([month.hall_id, str(month.month), month.run_id, month.version_id]))
    for rows in _rows(month):
        for row in rows.iterator():
            digest.update(_json([str(value) if hasattr(value, "year") else value for value in row]))
    return digest.hexdigest()


def broken_months() -> Iterator[str]:
    """Published months whose rows are no longer those that were published, in words."""
    for month in AssessmentMonth.objects.published().select_related("hall").iterator():
        if month_hash(month) != month.sha256:
            yield f"{month}：得分单与发布时的校验值不符"


def _rows(month: AssessmentMonth) -> list[QuerySet[Any, Any]]:
    mine = {"run": month.run_id, "hall": month.hall_id}
    through_card = {f"card__{field}": value for field, value in mine.items()}
    return [
        Scorecard.objects.filter(**mine).order_by("pk").values_list(*CARD),
        Line.objects.filter(**through_card).order_by("pk").values_list(*LINE),
        ComponentScore.objects.filter(**through_card).order_by("card", "component").values_list(*CUT),
        GateFailure.objects.filter(**through_card).order_by("card", "gate").values_list(*GATE),
        AwardResult.objects.filter(**through_card).order_by("card", "award").values_list(*AWARD),
    ]


def _json(value: list[Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
