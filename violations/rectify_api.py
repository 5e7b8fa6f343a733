"""整改 for programs: read, answer, recheck and take back, by the forms and services of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.rest import ScopedViewSet, checked_form
from violations import serializers as shapes
from violations.api_calls import HALL, HallListMixin, plain
from violations.filters import RectificationFilters
from violations.forms import RecheckForm, SubmitForm
from violations.lists import RECTIFICATIONS
from violations.models import Rectification
from violations.services import rectify

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request


@extend_schema_view(list=extend_schema(summary="整改", parameters=[HALL]))
class RectificationViewSet(HallListMixin, ScopedViewSet):
    """整改: read, answer and recheck."""

    room = "violations"
    permissions_by_action = {
        "list": ("rectify.read_all", "rectify.read_window", "rectify.read_unit"),
        "retrieve": ("rectify.read_all", "rectify.read_window", "rectify.read_unit"),
        "submit": "rectify.answer",
        "recheck": "rectify.check",
        "undo": ("rectify.answer", "rectify.check"),
    }
    kinds = (RECTIFICATIONS,)
    serializer_class = shapes.RectificationSerializer
    pulls_changes = True
    filterset_class = RectificationFilters
    ordering_fields = ["due_on", "number", "ordered_at"]
    ordering = ["due_on", "pk"]

    def get_queryset(self) -> QuerySet[Rectification]:
        """Visible orders."""
        return Rectification.objects.visible_to(self.request.user).for_list()

    @extend_schema(summary="一件整改", responses=shapes.RectificationDetailSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One order with its steps."""
        return order_response(self.get_object())

    @extend_schema(
        summary="提交整改", request=shapes.SubmitInput, responses=shapes.RectificationDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """The head of the window says and shows what was done."""
        data = checked_form(SubmitForm(plain(request), request.FILES))
        return order_response(
            rectify.submit_rectification(
                rectification=self.get_object(),
                by=request.user,
                words=data["words"],
                uploads=data["photos"],
            )
        )

    @extend_schema(
        summary="复查", request=shapes.RecheckInput, responses=shapes.RectificationDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def recheck(self, request: Request, pk: str) -> Response:
        """The office finds it done, or sends it back."""
        data = checked_form(RecheckForm(plain(request), request.FILES))
        return order_response(
            rectify.recheck_rectification(
                rectification=self.get_object(),
                by=request.user,
                is_done=data["verdict"] == "done",
                words=data["words"],
                uploads=data["photos"],
            )
        )

    @extend_schema(
        summary="撤销上一步（10 秒内）", request=None, responses=shapes.RectificationDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Take the own last order, answer or recheck back within ten seconds."""
        return order_response(
            rectify.undo_rectification_step(rectification=self.get_object(), by=request.user)
        )


def order_response(order: Rectification, status: int = 200) -> Response:
    """One order with its steps."""
    return Response(shapes.RectificationDetailSerializer(order).data, status=status)


rectification_routes = [("rectifications", RectificationViewSet, "rectification")]
