"""Conditions of an API list: what is not understood is refused, never left out in silence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import django_filters
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
YES_NO = ("true", "false")


class StrictFilterBackend(DjangoFilterBackend):
    """The room's filters; an empty value is no condition, as in the address of a page.

    The forms behind them take `maybe` for "no condition" and 0.5 for a number: a program that mistypes
    would get every row and not notice.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """The rows under the conditions; 400 with the field for one that makes no sense."""
        filterset_class = self.get_filterset_class(view, queryset)
        if filterset_class is not None:
            wrong = {
                name: [words]
                for name, one in filterset_class.base_filters.items()
                if (words := _wrong(one, request.query_params.get(name, "")))
            }
            if wrong:
                raise ValidationError(wrong)
        return super().filter_queryset(request, queryset, view)


def _wrong(one: Any, value: str) -> str:
    if not value:
        return ""
    if isinstance(one, django_filters.BooleanFilter):
        return "" if value in YES_NO else "请用 true 或 false。"
    is_by_code = bool(one.extra.get("to_field_name"))
    if isinstance(one, django_filters.NumberFilter | django_filters.ModelChoiceFilter) and not is_by_code:
        return "" if WHOLE_NUMBER.fullmatch(value) else "请用整数。"
    return ""
