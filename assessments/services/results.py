"""A month's result as plain data, for the command's JSON."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from assessments.models import AwardResult, GateFailure, Line, Scorecard

if TYPE_CHECKING:
    from assessments.models import AssessmentMonth


def month_json(month: AssessmentMonth) -> dict[str, Any]:
    """Scores, ranks and lines of people and windows, and the honours, as the contract names them."""
    cards = list(Scorecard.objects.filter(run=month.run, hall=month.hall).with_subject().order_by("pk"))
    lines, barred = _lines(month), _barred(month)
    return {
        "hall": month.hall.code,
        "month": month.slug,
        "status": month.status,
        "staff": [
            {"no": card.staff.no, "name": card.staff.name, **_card(card, lines, barred)}
            for card in cards
            if card.kind == "staff"
        ],
        "windows": [
            {
                "code": card.window.code,
                "name": card.window.name,
                "category": card.category,
                **_card(card, lines, barred),
            }
            for card in cards
            if card.kind == "window"
        ],
        "units": [
            {"name": card.department.name, **_card(card, lines, barred)}
            for card in cards
            if card.kind == "unit"
        ],
        "awards": _awards(month),
    }


def points_number(hundredths: int) -> int | float:
    """Hundredths as a JSON number: 9800 → 98, 9350 → 93.5."""
    return hundredths // 100 if hundredths % 100 == 0 else hundredths / 100


def _card(card: Scorecard, lines: dict[int, list[Any]], barred: dict[int, list[Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "score": points_number(card.total),
        "own": points_number(card.own),
        "derived": points_number(card.derived),
        "rank": card.rank,
        "lines": lines.get(card.pk, []),
    }
    return {**result, "barred": barred[card.pk]} if card.pk in barred else result


def _lines(month: AssessmentMonth) -> dict[int, list[dict[str, Any]]]:
    rows = Line.objects.filter(run=month.run, card__hall=month.hall)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in rows.select_related("clause", "record", "award").order_by("day", "pk"):
        found[line.card_id].append(
            {
                "clause": line.clause.code if line.clause else "",
                "points": points_number(line.points),
                "evidence": line.record.number if line.record else str(line.award or ""),
                "day": str(line.day),
                "kind": line.kind,
            }
        )
    return found


def _barred(month: AssessmentMonth) -> dict[int, list[dict[str, Any]]]:
    rows = GateFailure.objects.filter(card__run=month.run, card__hall=month.hall)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for failure in rows.select_related("gate", "record"):
        evidence = failure.record.number if failure.record else ""
        found[failure.card_id].append({"gate": failure.gate.code, "evidence": evidence})
    return found


def _awards(month: AssessmentMonth) -> list[dict[str, Any]]:
    rows = AwardResult.objects.filter(card__run=month.run, card__hall=month.hall)
    rows = rows.select_related("award", "card__staff", "card__window", "card__department")
    return [
        {
            "award": result.award.code,
            "name": result.award.name,
            "order": result.award.order,
            "kind": result.card.kind,
            "subject": _subject_code(result.card),
            "place": result.place,
            "seats": result.seats,
            "outcome": result.outcome,
        }
        for result in rows.order_by("award__sort", "place", "pk")
    ]


def _subject_code(card: Scorecard) -> str:
    if card.kind == "staff":
        return str(card.staff.no)
    return str(card.window.code if card.kind == "window" else card.department.name)
