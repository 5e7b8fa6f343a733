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
from violations.forms import (
    ExtensionDecisionForm,
    ExtensionForm,
    PlanForm,
    PlanRecheckForm,
    RecheckForm,
    SubmitForm,
)
from violations.lists import RECTIFICATIONS
from violations.models import Rectification
from violations.services import arranging, rectify

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
        "plan": "rectify.answer",
        "extend": "rectify.answer",
        "decide_extension": "record.confirm",
        "plan_recheck": "rectify.check",
        "undo": ("rectify.answer", "rectify.check", "record.confirm"),
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
        summary="整改计划", request=shapes.PlanInput, responses=shapes.RectificationDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, pk: str) -> Response:
        """The head of the window says what will be done."""
        words = checked_form(PlanForm(plain(request)))["plan"]
        return order_response(
            arranging.plan_rectification(rectification=self.get_object(), by=request.user, words=words)
        )

    @extend_schema(
        summary="申请延期", request=shapes.ExtensionInput, responses=shapes.RectificationDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: str) -> Response:
        """The head of the window asks for more working days."""
        data = checked_form(ExtensionForm(plain(request)))
        return order_response(
            arranging.ask_extension(
                rectification=self.get_object(), by=request.user, days=data["days"], reason=data["reason"]
            )
        )

    @extend_schema(
        summary="答复延期",
        request=shapes.ExtensionDecisionInput,
        responses=shapes.RectificationDetailSerializer,
    )
    @action(detail=True, methods=["post"], url_path="decide-extension")
    def decide_extension(self, request: Request, pk: str) -> Response:
        """The manager grants it, or refuses with a reason."""
        data = checked_form(ExtensionDecisionForm(plain(request)))
        return order_response(
            arranging.decide_extension(
                rectification=self.get_object(),
                by=request.user,
                is_granted=data["answer"] == "grant",
                words=data["opinion"],
            )
        )

    @extend_schema(
        summary="安排回头看", request=shapes.PlanRecheckInput, responses=shapes.RectificationDetailSerializer
    )
    @action(detail=True, methods=["post"], url_path="plan-recheck")
    def plan_recheck(self, request: Request, pk: str) -> Response:
        """From this day on the rounds show it at the window."""
        day = checked_form(PlanRecheckForm(plain(request)))["day"]
        return order_response(
            arranging.plan_recheck(rectification=self.get_object(), by=request.user, day=day)
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
