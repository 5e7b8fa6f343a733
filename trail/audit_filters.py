"""What the audit may be narrowed by: who, what, to what, when, where; page and API share these."""

from __future__ import annotations

from typing import Any

import django_filters
from django.apps import apps
from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.lists import ListFilters
from accounts.models import Hall
from trail.audit_words import action_choices, actions_with


class WordsFilter(django_filters.CharFilter):
    """`q`: every word occurs in the target, the reason, a name, or what the action is called."""

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        """Rows in which each word occurs."""
        for word in (value or "").split():
            found = Q(target_label__icontains=word) | Q(reason__icontains=word) | Q(by__name__icontains=word)
            qs = qs.filter(found | Q(action__in=actions_with(word)) | Q(job__icontains=word))
        return qs


def target_choices() -> list[tuple[str, str]]:
    """Kinds of things in our rooms, by what they are called."""
    ours = [m._meta for m in apps.get_models() if m._meta.app_label in settings.ROOMS]
    return sorted(((meta.label_lower, str(meta.verbose_name)) for meta in ours), key=lambda pair: pair[1])


def _halls(request: Any) -> QuerySet[Hall]:
    """Halls whose audit the reader reads."""
    return Hall.objects.where(request.user, "audit.read") if request else Hall.objects.none()


class AuditFilters(ListFilters):
    """Filters of the audit."""

    period = "at"

    q = WordsFilter(label="关键词", max_length=50)
    who = django_filters.CharFilter(label="操作人（姓名、登录名或作业）", method="done_by", max_length=40)
    action = django_filters.ChoiceFilter(label="动作", choices=action_choices, empty_label="不限")
    kind = django_filters.ChoiceFilter(
        label="对象类型", field_name="target_kind", choices=target_choices, empty_label="不限"
    )
    target = django_filters.CharFilter(label="对象编号", field_name="target_id", max_length=40)
    address = django_filters.CharFilter(label="来源地址", field_name="address", lookup_expr="startswith")
    place = django_filters.ModelChoiceFilter(
        label="大厅", field_name="hall", queryset=_halls, to_field_name="code", empty_label="不限"
    )

    def done_by(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By this person, by name or login, or by this job."""
        word = value.strip()
        return rows.filter(
            Q(by__name__icontains=word) | Q(by__username__iexact=word) | Q(job__icontains=word)
        )
