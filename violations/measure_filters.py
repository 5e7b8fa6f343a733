"""措施: the conditions of the list of measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django.utils import timezone

from accounts.list_filters import ListFilters
from violations.measure_enums import MeasureStatus
from violations.rule_enums import MeasureKind

if TYPE_CHECKING:
    from django.db.models import QuerySet

GROUPS = [("open_all", "未办结"), ("overdue", "超期"), ("handle", "等我处理"), ("write", "等我写书面检查")]


class MeasureFilters(ListFilters):
    """措施."""

    search = ("number", "staff__name", "window__code", "window__name", "reason")
    kind = django_filters.ChoiceFilter(label="措施", choices=MeasureKind.choices)
    status = django_filters.ChoiceFilter(
        label="状态", choices=[*GROUPS, *MeasureStatus.choices], method="in_state"
    )

    def in_state(self, rows: Any, name: str, value: str) -> QuerySet[Any]:
        """One state, or a group of states."""
        user = self.request.user
        groups = {
            "open_all": rows.unfinished,
            "overdue": lambda: rows.overdue(timezone.localdate()),
            "handle": lambda: rows.to_handle_by(user),
            "write": lambda: rows.to_write_by(user),
        }
        return groups[value]() if value in groups else rows.filter(status=value)
