"""Pages of the API: by cursor for reading a list, by change for programs that keep a copy of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response

from accounts.exceptions import BadCursor
from accounts.since import place_of, pull

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

SINCE = "since"


class RowCursor(CursorPagination):
    """Cursor pages that stay right while rows are added; `?page_size=` up to 200.

    With `?since=` the rows changed after that place, in the order of change (`accounts.since`), on views
    that set `pulls_changes`.
    """

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = "-pk"
    offset_cutoff = None  # rows with the same first value may be more than any limit
    is_keyed = True
    pulled: dict[str, Any] | None = None

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> Any:
        """The rows of the page; `pulled` is what stands beside them when they are pulled by change."""
        since = request.query_params.get(SINCE)
        if since is None:
            return super().paginate_queryset(queryset, request, view)
        if not getattr(view, "pulls_changes", False):
            raise ValidationError({SINCE: ["这个列表不能按变更取，请用 cursor 分页。"]})
        limit = self.get_page_size(request)
        rows, place, has_more = pull(queryset, place_of(since), limit)
        self.pulled = {"next_since": place.encoded(), "has_more": has_more}
        return rows

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        """The order; whether its first field is one that every row has, so that a place can be told by it."""
        ordering = super().get_ordering(request, queryset, view)
        self.is_keyed = _is_on_every_row(queryset.model, ordering[0].lstrip("-"))
        return ordering

    def _get_position_from_instance(self, instance: Any, ordering: Any) -> str | None:
        """The value a place is told by; None where places are counted, since a field may be empty."""
        if not self.is_keyed:
            return None
        value = instance
        for part in ordering[0].lstrip("-").split("__"):
            value = getattr(value, part)
        return str(value)

    def get_page_size(self, request: Request) -> int:
        """As asked, 1 to 200."""
        asked = request.query_params.get(self.page_size_query_param, "")
        if not asked:
            return self.page_size
        if not asked.isascii() or not asked.isdecimal() or not 1 <= int(asked[:9]) <= self.max_page_size:
            raise ValidationError({self.page_size_query_param: [f"请用 1 到 {self.max_page_size} 的整数。"]})
        return int(asked)

    def get_paginated_response(self, data: Any) -> Response:
        """`{next, previous, results}`, or `{next_since, has_more, results}` for a pull."""
        if self.pulled is None:
            return super().get_paginated_response(data)
        return Response({**self.pulled, "results": data})

    def decode_cursor(self, request: Request) -> Any:
        """The place the cursor names; one that was never given out is bad input, not a missing page."""
        try:
            return super().decode_cursor(request)
        except NotFound as error:
            raise BadCursor("游标无效。请原样使用上一页应答里的 next 或 previous。") from error

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Both shapes; which one, says the presence of `since` in the address."""
        answer = super().get_paginated_response_schema(schema)
        answer["properties"] |= {
            "next_since": {"type": "string", "description": "带 since 时：下一次请求的 since，请原样保存"},
            "has_more": {"type": "boolean", "description": "带 since 时：现在就还有，请接着取"},
        }
        return answer


def _is_on_every_row(model: Any, path: str) -> bool:
    """Whether the path leads over fields that are never empty; not so for what a query computes."""
    for part in path.split("__"):
        if part == "pk":
            return True
        field = next((f for f in model._meta.concrete_fields if f.name == part), None)
        if field is None or field.null:
            return False
        model = field.related_model or model
    return True
