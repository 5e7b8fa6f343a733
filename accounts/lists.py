"""列表 lists: one machinery for every list page. The address is the filter (`?q= &from= &sort= &page=`).

A room defines each list once, as a `ListKind` (conditions, orders, words); the page, its API twin and its
export share it. The page calls `KIND.page(request, rows)`; its template extends `layouts/list.html`.
Values that make no sense are left out with a note, so an old link still opens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.urls import reverse

from accounts import words
from accounts.list_filters import ListFilters

if TYPE_CHECKING:
    from django.http import HttpRequest, QueryDict

PAGE_SIZES = (20, 50, 100)
EXPORT_FORMATS = ("xlsx", "csv")
_exported: set[str] = set()
FRAME_KEYS = ("hall",)
"""Parameters of the address that are no conditions of the list: they stay when conditions are cleared."""


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
class SortChoice:
    """An order with its direction in words."""

    text: str
    url: str
    current: bool


@dataclass(frozen=True)
class ExportLink:
    """A file of the rows: "XLSX" or "CSV"."""

    label: str
    url: str


@dataclass(frozen=True)
class PageLink:
    """A number in the pager; `gap` stands for the numbers left out."""

    number: int
    url: str
    current: bool = False
    gap: bool = False


@dataclass(frozen=True)
class ListKind:
    """One list, defined once: its page, its API twin and its export share it.

    `sorts` are the allowed orders, `default_sort` such as "-at". `fixed` names parameters of the page that
    are not conditions (a tab). `todo` names values by which the list shows what waits for the reader
    ({"status": ("decide",)}): without rows these say "all done" and not "filtered out".
    A list with a `key` can be exported once its room has registered the columns.
    """

    key: str
    sorts: Mapping[str, Sort]
    default_sort: str
    filters: type[ListFilters] | None = None
    noun: str = "内容"
    page_size: int = PAGE_SIZES[0]
    fixed: tuple[str, ...] = ()
    todo: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_todo: bool = False

    def page(self, request: HttpRequest, rows: QuerySet[Any], **params: str) -> ListPage:
        """The page of `rows` the address asks for: one count and one query for the rows.

        `params` are what stands in the path of the page, not in its query (a month): the export needs it.
        """
        chosen = self.chosen(request, rows)
        paginator = Paginator(chosen.rows, _size(request, self.page_size))
        return ListPage(
            kind=self,
            query=request.GET,
            page=paginator.get_page(request.GET.get("page")),
            chosen=chosen,
            address=_address(request),
            params=params,
        )

    def chosen(self, request: Any, rows: QuerySet[Any]) -> Chosen:
        """All rows under the conditions of the address, in its order; no query yet."""
        form, conditions, notes = None, {}, {}
        if self.filters is not None:
            filterset, notes = _bound(self.filters, request, rows)
            rows, form = filterset.qs, filterset.form
            conditions = {name: text for name, text in _conditions(form) if name not in self.fixed}
        sort, note = _chosen_sort(request.GET.get("sort", ""), self.sorts, self.default_sort)
        ordered = _ordered(rows, self.sorts, sort)
        left_out = (*notes, *(["sort"] if note else []))
        return Chosen(ordered, form, conditions, sort, [*notes.values(), *note], left_out)


@dataclass(frozen=True)
class Chosen:
    """What the address asks of a list: rows, conditions in words, the order, and what made no sense."""

    rows: QuerySet[Any]
    form: forms.Form | None
    conditions: dict[str, str]
    sort: str
    ignored: list[str]
    left_out: tuple[str, ...] = ()


@dataclass
class ListPage:
    """What a list template shows."""

    kind: ListKind
    query: QueryDict
    page: Page[Any]
    chosen: Chosen
    address: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def noun(self) -> str:
        """What a row is called."""
        return self.kind.noun

    @property
    def form(self) -> forms.Form | None:
        """The conditions to choose from."""
        return self.chosen.form

    @property
    def conditions(self) -> dict[str, str]:
        """The conditions in force, in words."""
        return self.chosen.conditions

    @property
    def ignored(self) -> list[str]:
        """Notes on what made no sense."""
        return self.chosen.ignored

    @cached_property
    def sorts(self) -> dict[str, SortLink]:
        """The heads of the columns that can be sorted by."""
        sorts = self.kind.sorts
        return {key: _sort_link(self.query, key, sorts[key], self.chosen.sort) for key in sorts}

    @cached_property
    def sort_choices(self) -> list[SortChoice]:
        """Every order in both directions, for a phone, where the heads of columns are not shown."""
        choices = []
        for key in self.kind.sorts:
            for name in (key, f"-{key}"):
                words_ = _sort_words(self.kind.sorts, name)
                choices.append(SortChoice(words_, self._url(sort=name), name == self.chosen.sort))
        return choices

    @property
    def sort_words(self) -> str:
        """按时间从新到旧."""
        return _sort_words(self.kind.sorts, self.chosen.sort)

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
            return "done" if all(self._is_todo(name) for name in self.conditions) else "filtered"
        return "done" if self.kind.is_todo else "nothing"

    def _is_todo(self, name: str) -> bool:
        return self.query.get(name) in self.kind.todo.get(name, ())

    @cached_property
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
        names = ("sort", "size", *FRAME_KEYS, *self.kind.fixed)
        return [(name, value) for name in names for value in self.query.getlist(name)]

    @property
    def query_string(self) -> str:
        """The conditions and the order, for an export of the same rows; what made no sense is left out."""
        query = self.query.copy()
        for name in ("page", "size", "pick", *self.chosen.left_out):
            query.pop(name, None)
        query.update(self.params)
        return query.urlencode()

    @property
    def exports(self) -> list[ExportLink]:
        """The files of the same rows, if the room offers them."""
        if self.kind.key not in _exported:
            return []
        query = self.query_string
        made = [(form, reverse("trail:export", args=[self.kind.key, form])) for form in EXPORT_FORMATS]
        return [ExportLink(form.upper(), f"{url}?{query}" if query else url) for form, url in made]

    @property
    def is_picked(self) -> bool:
        """Whether every box of this page is ticked already (全选本页 without script)."""
        return self.query.get("pick") == "page"

    @property
    def pick_url(self) -> str:
        """This page with every box ticked."""
        return self._url(pick="page", page=str(self.page.number))

    @property
    def unpick_url(self) -> str:
        """This page with no box ticked."""
        return self._page_url(self.page.number)

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
    changed.pop("pick", None)
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
    fixed: tuple[str, ...] = (),
) -> ListPage:
    """A list that stands on one page only, without a name: it has no export and no API twin."""
    kind = ListKind("", sorts, default_sort, filters, noun, page_size, fixed, is_todo=is_todo)
    return kind.page(request, queryset)


def offer_export(key: str) -> None:
    """Show the files on the page of the list `key`; called by the room that writes them."""
    _exported.add(key)


def _bound(
    filters: type[ListFilters], request: Any, queryset: QuerySet[Any]
) -> tuple[ListFilters, dict[str, str]]:
    """The filters over what makes sense of the address, and a note for each value left out."""
    filterset = filters(request.GET, queryset=queryset, request=request)
    if filterset.form.is_valid():
        return filterset, {}
    data, notes = request.GET.copy(), {}
    for name in filterset.form.errors:
        value = ",".join(data.getlist(name))[:40]
        label = filterset.form.fields[name].label if name in filterset.form.fields else name
        notes[name] = f"条件“{label}：{value}”看不懂，已略去。"
        data.pop(name, None)
    return filters(data, queryset=queryset, request=request), notes


def _address(request: HttpRequest) -> str:
    """The whole address of this list for somebody else: his own hall may be another one, so it is named."""
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("pick", None)
    hall = getattr(request, "_hall", None)
    if hall is not None:
        query["hall"] = hall.code
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}" if query else request.path)


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
