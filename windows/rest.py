"""What the API views of this room share: rows of one hall, and who may read and edit them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.etags import with_etag
from accounts.halls import current_hall
from accounts.list_filters import ListFilters
from accounts.models import Hall
from accounts.querysets import in_halls
from accounts.rest import ScopedViewSet
from accounts.services.undoing import Offer, undoable
from accounts.versions import Facts

READS = ("list", "retrieve")


class HallFilters(ListFilters):
    """Base: rows of one hall by its code."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")


class SpanFilters(HallFilters):
    """Base: rows with a window that hold from a day to a day."""

    window = django_filters.CharFilter(field_name="window__code", label="窗口号")
    on = django_filters.DateFilter(method="filter_on", label="那天有效的")

    def filter_on(self, rows: Any, name: str, value: Any) -> Any:
        """In force on the day."""
        return rows.on(value)


class RoomViewSet(ScopedViewSet):
    """Base of this room: reading is scoped by `visible_to`, writing also by `edit` in the row's hall."""

    room = "windows"
    edit = ""

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """For a write, only rows of halls where the caller may edit."""
        return rows if self.action in READS else rows.filter(in_halls(self.request.user, self.edit))

    def hall_to_edit(self) -> Hall:
        """The hall of `?hall=`, else the own one, if the caller may edit there."""
        hall = current_hall(self.request)
        return get_object_or_404(Hall.objects.where(self.request.user, self.edit), pk=hall.pk)

    def checked(self, serializer: type[Any], *, partial: bool = False, sent: Any = None) -> dict[str, Any]:
        """The clean values of the request, or of one item of it; raises the API's error of bad input."""
        data = self.request.data if sent is None else sent
        found = serializer(data=data, partial=partial, context=self.get_serializer_context())
        found.is_valid(raise_exception=True)
        data: dict[str, Any] = found.validated_data
        return data

    def undoable(self, action: str, row: Any, rows: Callable[[Any], Any]) -> AbstractContextManager[Offer]:
        """The act as the page does it: it can be taken back from 最近的改动 and `undo-steps`."""
        return undoable(action, target=row, by=self.request.user, hall=row.hall, rows=partial(rows, row))

    def shown(self, row: Any, status: int = 200) -> Response:
        """The row as a reader gets it."""
        self.action = "retrieve"
        fresh = self.get_queryset().get(pk=row.pk)
        return Response(self.get_serializer(fresh).data, status=status)


class EditedViewSet(mixins.ListModelMixin, RoomViewSet):
    """Rows that people edit: a single one comes with its version as `ETag`, a change may name it."""

    def facts(self, row: Any) -> Facts:
        """What the form of the row edits."""
        raise NotImplementedError

    def retrieve(self, request: Request, pk: str) -> Response:
        """One row and its version."""
        row = self.get_object()
        return with_etag(Response(self.get_serializer(row).data), self.facts(row))

    def shown(self, row: Any, status: int = 200) -> Response:
        """As above, with the new version."""
        row.refresh_from_db()
        return with_etag(super().shown(row, status), self.facts(row))
