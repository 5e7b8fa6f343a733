"""Filters of the list of rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters

from accounts.lists import ListFilters
from accounts.models import User
from patrols.enums import RoundKind
from patrols.models import Round

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


def walkers(request: HttpRequest | None) -> QuerySet[User]:
    """People who have walked a round the reader may see."""
    if request is None:
        return User.objects.none()
    seen = Round.objects.visible_to(request.user).values("officer")
    return User.objects.filter(pk__in=seen).order_by("name")


class RoundFilters(ListFilters):
    """Filters of rounds: number or window, kind, who, period."""

    search = ("number", "officer__name", "officer_name")
    period = "day"
    kind = django_filters.ChoiceFilter(label="轮次", choices=RoundKind.choices)
    person = django_filters.ModelChoiceFilter(label="巡查人", field_name="officer", queryset=walkers)

    class Meta:
        model = Round
        fields: list[str] = []
