"""What the lists of this room may be narrowed by; pages and API share these."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from accounts.halls import current_hall
from accounts.list_filters import ListFilters
from violations.enums import RecordSource, RecordStatus, RectificationStatus
from violations.models import Act, ActPhrase
from windows.models import Window

KINDS = [("deduction", "扣分"), ("bonus", "加分")]
RECORD_GROUPS = [
    ("open", "未结"),
    ("counting", "计入"),
    ("standing", "有效（不含草稿、撤销）"),
    ("answer", "等我答复"),
    ("decide", "等我认定"),
    ("verify", "等我核实"),
]
APPEAL_GROUPS = [("review", "等我复核"), ("waiting", "待裁定"), ("allowed", "成立"), ("rejected", "不成立")]
RECTIFICATION_GROUPS = [
    ("open_all", "未完成"),
    ("overdue", "超期"),
    ("answer", "等我整改"),
    ("check", "等我复查"),
    ("extend", "等我答复延期"),
]


def _asked_later() -> list[Any]:
    return []


def _plain(ask: Callable[[], list[Any]]) -> Callable[[], list[Any]]:
    """A function without an owner: a form copies its fields, and with a method the whole request."""

    def choices() -> list[Any]:
        return ask()

    return choices


@extend_schema_field(OpenApiTypes.STR)
class HallChoice(django_filters.ChoiceFilter):
    """One of what the hall has; the choices are read only when they are shown or checked."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_asked_later, **kwargs)


class HallFilters(ListFilters):
    """Filters by window and unit of the hall the request is about."""

    window = HallChoice(label="窗口", field_name="window__code")
    unit = HallChoice(label="派驻单位", field_name="department")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in self.offered().items():
            self.filters[name].extra["choices"] = _plain(choices)

    def offered(self) -> dict[str, Any]:
        """Choices by the name of the filter."""
        return {"window": self._window_choices, "unit": self._unit_choices}

    @cached_property
    def _windows(self) -> list[tuple[Any, ...]]:
        rows = Window.objects.visible_to(self.request.user).filter(hall=current_hall(self.request))
        unit = ("department__sort", "department_id", "department__name")
        return list(rows.on_route().values_list("code", "name", *unit))

    def _window_choices(self) -> list[tuple[str, str]]:
        return [(code, f"{code} {name}") for code, name, *_ in self._windows]

    def _unit_choices(self) -> list[tuple[str, str]]:
        units = {(sort, str(pk), name) for _, _, sort, pk, name in self._windows}
        return [(pk, name) for _, pk, name in sorted(units)]


class FindingFilters(HallFilters):
    """问题台账: the conditions of the list of records."""

    search = ("number", "staff__name", "window__code", "window__name", "act__name", "note")
    period = "day"
    person = django_filters.CharFilter(label="工号", field_name="staff__no", max_length=30)
    kind = HallChoice(label="事项", method="of_kind")
    status = django_filters.ChoiceFilter(
        label="状态", choices=[*RECORD_GROUPS, *RecordStatus.choices], method="in_state"
    )
    source = django_filters.ChoiceFilter(label="来源", choices=RecordSource.choices)

    def offered(self) -> dict[str, Any]:
        """Also the acts of the rulebooks that rule the hall."""
        return {**super().offered(), "kind": self._act_choices}

    def of_kind(self, records: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Deductions, bonuses, or one act by its code."""
        if value in dict(KINDS):
            return records.filter(act__is_bonus=value == "bonus")
        return records.filter(act__code=value)

    def in_state(self, records: Any, name: str, value: str) -> QuerySet[Any]:
        """One state, or a group of states; 等我…: exactly what this person may act on."""
        user = self.request.user
        groups = {
            "open": records.open,
            "counting": records.counting,
            "standing": records.standing,
            "answer": lambda: records.awaiting_answer_of(user),
            "decide": lambda: records.decidable_by(user),
            "verify": lambda: records.verifiable_by(user),
        }
        return groups[value]() if value in groups else records.filter(status=value)

    def _act_choices(self) -> list[Any]:
        above = [int(part) for part in current_hall(self.request).path.split("/") if part]
        acts = Act.objects.visible_to(self.request.user).filter(rulebook__hall__in=above)
        return [*KINDS, ("事项", list(dict(acts.values_list("code", "name")).items()))]


class AppealFilters(ListFilters):
    """申诉: the conditions of the list of appeals."""

    search = ("number", "record__number", "record__staff__name", "record__window__code", "words")
    period = "filed_at"
    status = django_filters.ChoiceFilter(label="结果", choices=APPEAL_GROUPS, method="in_state")

    def in_state(self, appeals: Any, name: str, value: str) -> QuerySet[Any]:
        """Waiting or decided; 等我复核: exactly what this person may review."""
        if value == "review":
            return appeals.reviewable_by(self.request.user)
        if value == "waiting":
            return appeals.undecided()
        return appeals.filter(is_allowed=value == "allowed")


class RectificationFilters(HallFilters):
    """整改: the conditions of the list of rectifications."""

    search = ("number", "record__number", "window__code", "window__name", "record__act__name")
    period = "due_on"
    unit = HallChoice(label="派驻单位", field_name="window__department")
    status = django_filters.ChoiceFilter(
        label="状态", choices=[*RECTIFICATION_GROUPS, *RectificationStatus.choices], method="in_state"
    )

    def in_state(self, orders: Any, name: str, value: str) -> QuerySet[Any]:
        """One state, or a group of states."""
        user = self.request.user
        groups = {
            "open_all": orders.unfinished,
            "overdue": lambda: orders.overdue(timezone.localdate()),
            "answer": lambda: orders.answerable_by(user),
            "check": lambda: orders.checkable_by(user),
            "extend": lambda: orders.awaiting_extension_by(user),
        }
        return groups[value]() if value in groups else orders.filter(status=value)


class ActFilters(django_filters.FilterSet):
    """事项: search for what is to be recorded."""

    q = django_filters.CharFilter(label="关键词", method="with_words", max_length=50)
    subject = django_filters.CharFilter(label="主体", max_length=6)
    is_bonus = django_filters.BooleanFilter(label="加分事项")

    def with_words(self, acts: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Acts whose name, short name or clause has every word."""
        return acts_with(acts, value)


def acts_with(acts: QuerySet[Any], words: str) -> QuerySet[Any]:
    """Acts in whose name, short name, article or wording each of the words occurs."""
    for word in words.split():
        anywhere = Q(name__icontains=word) | Q(short_name__icontains=word)
        anywhere |= Q(prices__clause__wording__icontains=word) | Q(prices__clause__article__icontains=word)
        acts = acts.filter(anywhere)
    return acts.distinct()


class PhraseFilters(ListFilters):
    """常用说法."""

    search = ("pattern", "act__name", "act__short_name")

    class Meta:
        model = ActPhrase
        fields: list[str] = []
