"""读制度 reading a rulebook: what each clause means and has cost, and what two versions differ in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Sum
from django.urls import reverse
from django.utils import timezone

from assessments.models import AssessmentMonth, Line
from assessments.pack_words import clause_words, difference, names_of
from assessments.services.drafts import may_edit
from violations.packs import known_pack
from violations.rule_parts import ClauseReading, Reading

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from violations.models import RulebookVersion

SHEETS = ("sheet.read_all", "sheet.read_own", "sheet.read_window", "sheet.read_unit")


@dataclass
class Change:
    """One item of a rulebook that differs: in which way, and what it was and is."""

    head: str
    details: list[str] = field(default_factory=list)


def read_out(request: Any, version: RulebookVersion) -> Reading:
    """For the page of a version: meaning and cost of each clause; one query."""
    year = timezone.localdate().year
    words, costs = meanings(version), costs_of(version, year)
    opens = request.user.can_any(SHEETS)
    clauses = {}
    for code in words.keys() | costs.keys():
        points, times = costs.get(code, (0, 0))
        url = reverse("assessments:clause_lines", args=[version.pk, code]) if opens else ""
        clauses[code] = ClauseReading(words.get(code, ""), points, times, url)
    return Reading(clauses, _acts(request.user, version), year)


def _acts(user: Any, version: RulebookVersion) -> list[tuple[str, str, bool]]:
    """What an editor may do with the version."""
    if not may_edit(user, version):
        return []
    if not version.is_draft:
        return [("据此另建草稿", reverse("assessments:draft_new", args=[version.pk]), False)]
    return [("修改草稿", reverse("assessments:draft", args=[version.pk]), True)]


def pack_of(version: RulebookVersion) -> dict[str, Any] | None:
    """The content of a version as it was loaded; None for one whose text is not kept."""
    text = version.source_text
    return known_pack(text).data if text else None


def meanings(version: RulebookVersion) -> dict[str, str]:
    """What each clause means, by its code."""
    data = pack_of(version)
    if data is None:
        return {}
    names = names_of(data)
    return {clause["code"]: clause_words(clause, names) for clause in data["clauses"]}


def lines_of_year(version: RulebookVersion, year: int) -> QuerySet[Line]:
    """What the clauses of this rulebook, in any of its versions, counted in the year's published months."""
    months = AssessmentMonth.objects.published().monthly()
    months = months.filter(run=OuterRef("run"), hall=OuterRef("card__hall"), month__year=year)
    months = months.filter(hall__path__startswith=version.rulebook.hall.path)
    return Line.objects.filter(Exists(months), clause__version__rulebook=version.rulebook_id)


def costs_of(version: RulebookVersion, year: int) -> dict[str, tuple[int, int]]:
    """Points and lines of each clause of the rulebook in the year, by its code."""
    rows = lines_of_year(version, year).values_list("clause__code")
    return {code: (total, times) for code, total, times in rows.annotate(Sum("points"), Count("pk"))}


def differences(version: RulebookVersion, other: RulebookVersion) -> list[Change]:
    """What `version` changes against `other`, item by item; empty when nothing but the heading differs."""
    old, new = pack_of(other), pack_of(version)
    if old is None or new is None:
        return [Change("其中一版没有保存原文，无法比较。")]
    found: list[Change] = []
    for line in difference(old, new):
        if line.startswith("  "):
            found[-1].details.append(line.strip())
        elif old != new and line.startswith(("删去", "新增", "改动")):
            found.append(Change(line))
    return found
