"""What every call of the ledger's API is about: one hall, and the values sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import mixins

from accounts.halls import current_hall

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

HALL = OpenApiParameter("hall", OpenApiTypes.STR, description="大厅代码，默认自己的大厅")


class HallListMixin(mixins.ListModelMixin):
    """A list is of one hall, as on the page."""

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The conditions of the address."""
        if self.action == "list":
            queryset = queryset.filter(hall=current_hall(self.request))
        return super().filter_queryset(queryset)


def plain(request: Request) -> dict[str, Any]:
    """The sent values without files, as a form takes them."""
    return {name: value for name, value in request.data.items() if name not in request.FILES}
