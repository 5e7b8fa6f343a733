"""Filters of the list of rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters
from django.db.models import Q

from accounts.list_filters import ListFilters
from patrols.enums import NoteState, RoundKind
from patrols.models import Round, WalkNote

if TYPE_CHECKING:
    from django.db.models import QuerySet


class RoundFilters(ListFilters):
    """Filters of rounds: number, kind, who, period."""

    search = ("number", "officer__name", "officer_name")
    period = "day"
    kind = django_filters.ChoiceFilter(label="轮次", choices=RoundKind.choices)
    person = django_filters.CharFilter(label="巡查人", method="walked_by", max_length=40)

    class Meta:
        model = Round
        fields: list[str] = []

    def walked_by(self, rounds: QuerySet[Round], name: str, value: str) -> QuerySet[Round]:
        """By account or by paper."""
        return rounds.filter(Q(officer__name__icontains=value) | Q(officer_name__icontains=value))


class WalkNoteFilters(ListFilters):
    """Filters of walk-by notes: words, state, period."""

    search = ("words", "answer", "window__code", "window__name", "staff__name", "record__number")
    period = "at"
    state = django_filters.ChoiceFilter(label="状态", choices=NoteState.choices)

    class Meta:
        model = WalkNote
        fields: list[str] = []
