"""Pages of the API."""

from rest_framework.pagination import CursorPagination


class RowCursor(CursorPagination):
    """Cursor pages that stay right while rows are added; `?page_size=` up to 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = "-pk"
