"""列表 lists: one machinery for every list page. The address is the filter (`?q= &from= &sort= &page=`).

A room writes a `ListFilters`, names its sorts, calls `list_page`; its template extends `layouts/list.html`.
Values that make no sense are left out with a note, so an old link still opens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import DateTimeField, Q, QuerySet
from django.utils import timezone

from accounts import words

if TYPE_CHECKING:
    from django.http import HttpRequest, QueryDict

PAGE_SIZES = (20, 50, 100)
FRAME_KEYS = ("hall",)
"""Parameters of the address that are no conditions of the list: they stay when conditions are cleared."""


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


@dataclass(frozen=True)
class Sort:
    """An order one may choose: `fields` as for order_by, `up` and `down` in words."""

    label: str
    fields: str | tuple[str, ...]
    up: str = "从低到高"
    down: str = "从高到低"

    def order(self, *, descending: bool) -> list[str]:
        """The order_by of one direction."""
        names = (self.fields,) if isinstance(self.fields, str) else self.fields
        return [_flipped(name) for name in names] if descending else list(names)


def by_time(label: str, fields: str | tuple[str, ...]) -> Sort:
    """A sort by day or moment."""
    return Sort(label, fields, up="从旧到新", down="从新到旧")


@dataclass(frozen=True)
class SortLink:
    """A sortable head of a column."""

    label: str
    url: str
    direction: str


@dataclass(frozen=True)
class Chip:
    """A condition in force and the address without it."""

    text: str
    remove_url: str


@dataclass(frozen=True)
class PageLink:
    """A number in the pager; `gap` stands for the numbers left out."""

    number: int
    url: str
    current: bool = False
    gap: bool = False


@dataclass
class ListPage:
    """What a list template shows."""

    query: QueryDict
    page: Page[Any]
    form: forms.Form | None
    conditions: dict[str, str]
    sorts: dict[str, SortLink]
    sort_words: str
    ignored: list[str]
    noun: str
    is_todo: bool
    fixed: tuple[str, ...] = ()
    export_path: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def rows(self) -> list[Any]:
        """The rows of this page."""
        return list(self.page.object_list)

    @property
    def total(self) -> int:
        """How many rows fulfil the conditions."""
        return self.page.paginator.count

    @property
    def summary(self) -> str:
        """共 12 条，按时间从新到旧."""
        return f"共 {self.total:,} 条，{self.sort_words}" if self.sort_words else f"共 {self.total:,} 条"

    @property
    def empty_kind(self) -> str:
        """Why there is nothing: "filtered" out, all "done", or "nothing" yet."""
        if self.conditions:
            return "filtered"
        return "done" if self.is_todo else "nothing"

    @property
    def chips(self) -> list[Chip]:
        """The conditions in force."""
        return [Chip(text, self._url(**{name: None})) for name, text in self.conditions.items()]

    @property
    def clear_url(self) -> str:
        """The list without conditions."""
        return self._url(**dict.fromkeys(self.conditions))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Parameters the filter form passes on: order, page size, hall, and what the page itself fixed."""
        names = ("sort", "size", *FRAME_KEYS, *self.fixed)
        return [(name, value) for name in names for value in self.query.getlist(name)]

    @property
    def query_string(self) -> str:
        """The conditions and the order, for an export of the same rows."""
        query = self.query.copy()
        query.pop("page", None)
        return query.urlencode()

    @property
    def export_url(self) -> str:
        """The export of the same rows, if the page has one."""
        return f"{self.export_path}?{self.query_string}" if self.export_path else ""

    @property
    def previous_url(self) -> str:
        """The page before."""
        return self._page_url(self.page.number - 1) if self.page.has_previous() else ""

    @property
    def next_url(self) -> str:
        """The page after."""
        return self._page_url(self.page.number + 1) if self.page.has_next() else ""

    @property
    def pages(self) -> list[PageLink]:
        """Numbers around this page, with gaps."""
        links = []
        for number in self.page.paginator.get_elided_page_range(self.page.number, on_each_side=1, on_ends=1):
            if isinstance(number, int):
                links.append(PageLink(number, self._page_url(number), current=number == self.page.number))
            else:
                links.append(PageLink(0, "", gap=True))
        return links

    @property
    def sizes(self) -> list[PageLink]:
        """The choice of rows per page."""
        now = self.page.paginator.per_page
        return [PageLink(n, self._url(size=str(n)), current=n == now) for n in PAGE_SIZES]

    def _page_url(self, number: int) -> str:
        return self._url(page=str(number) if number > 1 else None)

    def _url(self, **changes: str | None) -> str:
        return changed_url(self.query, **changes)


def changed_url(query: QueryDict, **changes: str | None) -> str:
    """The address with some parameters set or (None) removed; a change starts again at page one."""
    changed = query.copy()
    changed.pop("page", None)
    for name, value in changes.items():
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = value
    return f"?{changed.urlencode()}"


def list_page(
    request: HttpRequest,
    queryset: QuerySet[Any],
    filters: type[ListFilters] | None = None,
    *,
    sorts: Mapping[str, Sort],
    default_sort: str,
    noun: str = "内容",
    page_size: int = PAGE_SIZES[0],
    is_todo: bool = False,
    export_path: str = "",
    fixed: tuple[str, ...] = (),
    **filter_kwargs: Any,
) -> ListPage:
    """The page of `queryset` the address asks for: one count and one query for the rows.

    `sorts` are the allowed orders, `default_sort` such as "-at". `is_todo`: an empty list means all done.
    `fixed` names parameters of the page that are not conditions (a tab, a month).
    """
    form, conditions, ignored = None, {}, []
    if filters is not None:
        filterset, ignored = _bound(filters, request, queryset, filter_kwargs)
        queryset, form = filterset.qs, filterset.form
        conditions = {name: text for name, text in _conditions(form) if name not in fixed}
    sort, note = _chosen_sort(request.GET.get("sort", ""), sorts, default_sort)
    paginator = Paginator(_ordered(queryset, sorts, sort), _size(request, page_size))
    return ListPage(
        query=request.GET,
        page=paginator.get_page(request.GET.get("page")),
        form=form,
        conditions=conditions,
        sorts={key: _sort_link(request.GET, key, sorts[key], sort) for key in sorts},
        sort_words=_sort_words(sorts, sort),
        ignored=[*ignored, *note],
        noun=noun,
        is_todo=is_todo,
        fixed=fixed,
        export_path=export_path,
    )


def filtered(request: HttpRequest, queryset: QuerySet[Any], filters: type[ListFilters]) -> QuerySet[Any]:
    """The rows under the conditions of the address, for an export."""
    return _bound(filters, request, queryset, {})[0].qs


def _bound(
    filters: type[ListFilters], request: HttpRequest, queryset: QuerySet[Any], kwargs: dict[str, Any]
) -> tuple[ListFilters, list[str]]:
    """The filters over what makes sense of the address, and a note for each value left out."""
    filterset = filters(request.GET, queryset=queryset, request=request, **kwargs)
    if filterset.form.is_valid():
        return filterset, []
    data, notes = request.GET.copy(), []
    for name in filterset.form.errors:
        value = ",".join(data.getlist(name))[:40]
        label = filterset.form.fields[name].label if name in filterset.form.fields else name
        notes.append(f"条件“{label}：{value}”看不懂，已略去。")
        data.pop(name, None)
    return filters(data, queryset=queryset, request=request, **kwargs), notes


def _conditions(form: forms.Form) -> Iterable[tuple[str, str]]:
    form.is_valid()
    for name, field_ in form.fields.items():
        value = form.cleaned_data.get(name)
        if value is None or value == "" or value == []:
            continue
        yield name, _condition_words(name, field_, value)


def _condition_words(name: str, field_: forms.Field, value: Any) -> str:
    if name in ("from", "to") and isinstance(value, date):
        return f"{words.day_words(value)}{'起' if name == 'from' else '止'}"
    values = value if isinstance(value, list | tuple | QuerySet) else [value]
    return f"{field_.label}：{'、'.join(_value_words(field_, one) for one in values)}"


def _value_words(field_: forms.Field, value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return words.day_words(value)
    if isinstance(field_, forms.ModelChoiceField):
        return field_.label_from_instance(value)
    return _choice_label(getattr(field_, "choices", ()), value)


def _choice_label(choices: Iterable[tuple[Any, Any]], value: Any) -> str:
    for key, label in choices:
        if isinstance(label, list | tuple):
            found = _choice_label(label, value)
            if found != str(value):
                return found
        elif str(key) == str(value):
            return str(label)
    return str(value)


def _chosen_sort(asked: str, sorts: Mapping[str, Sort], default: str) -> tuple[str, list[str]]:
    if not asked:
        return default, []
    if asked.removeprefix("-") in sorts:
        return asked, []
    return default, [f"没有“{asked[:20]}”这种排序，已按默认排序。"]


def _ordered(queryset: QuerySet[Any], sorts: Mapping[str, Sort], sort: str) -> QuerySet[Any]:
    order = sorts[sort.removeprefix("-")].order(descending=sort.startswith("-"))
    if not {"pk", "-pk", "id", "-id"} & set(order):
        order.append("-pk" if sort.startswith("-") else "pk")
    return queryset.order_by(*order)


def _sort_link(query: QueryDict, key: str, sort: Sort, chosen: str) -> SortLink:
    direction = ""
    if chosen.removeprefix("-") == key:
        direction = "descending" if chosen.startswith("-") else "ascending"
    following = key if direction == "descending" else f"-{key}"
    return SortLink(sort.label, changed_url(query, sort=following), direction)


def _sort_words(sorts: Mapping[str, Sort], chosen: str) -> str:
    sort = sorts[chosen.removeprefix("-")]
    return f"按{sort.label}{sort.down if chosen.startswith('-') else sort.up}"


def _size(request: HttpRequest, default: int) -> int:
    asked = request.GET.get("size", "")
    return int(asked) if asked.isdecimal() and int(asked) in PAGE_SIZES else default


def _flipped(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"
