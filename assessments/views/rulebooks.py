"""制度 pages that need the scoring half: differences of two versions, what a clause has counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import allow
from assessments.lists import CLAUSE_LINES, clause_line_rows, find_version
from assessments.services.reading import SHEETS, differences, meanings
from violations.models import RulebookVersion

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@allow("rules.read")
def compare(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """What one version changes against another of the same rulebook, in words."""
    version = find_version(request, pk)
    versions = RulebookVersion.objects.visible_to(request.user).filter(rulebook=version.rulebook_id)
    base = get_object_or_404(versions.select_related("rulebook"), pk=other)
    context = {"version": version, "other": base, "changes": differences(version, base)}
    return render(request, "assessments/differences.html", context)


@require_safe
@allow(*SHEETS)
def clause_lines(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """What a clause has counted this year: line by line, each with its record and its score sheet."""
    version = find_version(request, pk)
    listing = CLAUSE_LINES.page(request, clause_line_rows(request, pk, code), pk=str(pk), code=code)
    context = {
        "version": version,
        "clause": version.clauses.filter(code=code).first(),
        "code": code,
        "meaning": meanings(version).get(code, ""),
        "year": timezone.localdate().year,
        "listing": listing,
    }
    return render(request, "assessments/clause_lines.html", context)
