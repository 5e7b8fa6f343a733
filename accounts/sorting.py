"""`?sort=` of an API list: the orders of the page under the same names, and fields of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from accounts.lists import Sort


class SortFilter(OrderingFilter):
    """Asks the view's `kinds` (the lists it is the twin of) and its `ordering_fields`."""

    ordering_description = "排序：页面上的排序名，或本接口的字段名；前面加 - 为倒序"

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        """The order_by of what is asked, the view's own without it; 400 for an unknown one."""
        asked = request.query_params.get(self.ordering_param, "").strip()
        if not asked:
            return self.get_default_ordering(view)
        key, descending = asked.removeprefix("-"), asked.startswith("-")
        last = "-pk" if descending else "pk"
        if sort := sorts_of(view).get(key):
            return [*sort.order(descending=descending), last]
        if key in getattr(view, "ordering_fields", ()):
            return [asked, last]
        names = "、".join(names_of(view))
        raise ValidationError({self.ordering_param: [f"没有“{asked[:20]}”这种排序。可用：{names}。"]})


def sorts_of(view: Any) -> dict[str, Sort]:
    """The orders of the pages the view is the twin of."""
    return {key: sort for kind in getattr(view, "kinds", ()) for key, sort in kind.sorts.items()}


def names_of(view: Any) -> list[str]:
    """Every name the view sorts by."""
    return list(dict.fromkeys([*sorts_of(view), *getattr(view, "ordering_fields", ())]))
