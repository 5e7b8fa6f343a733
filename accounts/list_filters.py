"""筛选 conditions of a list: words, a period, and what a room adds; shared by page, API twin and export."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import DateTimeField, Q, QuerySet
from django.utils import timezone


class PeriodFilter(django_filters.DateFilter):
    """One end of a period, both days inclusive, on a day or on a moment (in the hall's time)."""

    def __init__(self, *args: Any, end: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}))
        super().__init__(*args, **kwargs)
        self.end = end

    def filter(self, qs: QuerySet[Any], value: date | None) -> QuerySet[Any]:
        """Rows on or after the day, or on or before it."""
        if value is None:
            return qs
        if not self._is_moment(qs):
            return qs.filter(**{f"{self.field_name}__{'lte' if self.end else 'gte'}": value})
        day = value + timedelta(days=1) if self.end else value
        edge = timezone.make_aware(datetime.combine(day, time.min))
        return qs.filter(**{f"{self.field_name}__{'lt' if self.end else 'gte'}": edge})

    def _is_moment(self, qs: QuerySet[Any]) -> bool:
        model, found = qs.model, None
        for part in self.field_name.split("__"):
            found = model._meta.get_field(part)
            model = found.related_model or model
        return isinstance(found, DateTimeField)


class SearchFilter(django_filters.CharFilter):
    """`q`: every word must occur in one of `paths`."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(label="关键词", max_length=50, widget=forms.TextInput(attrs={"type": "search"}))
        self.paths = paths

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        """Rows in which each word of the value occurs."""
        for word in (value or "").split():
            anywhere = Q()
            for path in self.paths:
                anywhere |= Q(**{f"{path}__icontains": word})
            qs = qs.filter(anywhere)
        return qs


class ListFilters(django_filters.FilterSet):
    """Base of a room's filters: name `search` paths for `q` and a `period` field for `from` and `to`."""

    search: tuple[str, ...] = ()
    period: str = ""

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        """The room's own filters between `q` and the period (`from` is no name Python allows)."""
        filters = dict(super().get_filters())
        first = {"q": SearchFilter(cls.search)} if cls.search else {}
        last = {}
        if cls.period:
            last["from"] = PeriodFilter(field_name=cls.period, label="从")
            last["to"] = PeriodFilter(field_name=cls.period, label="到", end=True)
        return {**first, **filters, **last}
