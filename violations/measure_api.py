"""措施 for programs: read, propose and take each step, by the forms and services of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.halls import current_hall
from accounts.rest import ScopedViewSet, checked_form
from violations.api_calls import HALL, HallListMixin, plain
from violations.lists import READERS
from violations.measure_filters import MeasureFilters
from violations.measure_forms import ProposeForm
from violations.measure_lists import MEASURES
from violations.measure_permissions import DECIDE, DECIDE_GRAVE, PROPOSE
from violations.measure_presenters import ACTS
from violations.models import Measure, MeasureStep
from violations.rule_enums import MeasureKind
from violations.services import measures as service

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from rest_framework.request import Request

CONCERNED = ("record.read_own", "record.read_window")
DECIDERS = (DECIDE, DECIDE_GRAVE)


class MeasureStepSerializer(serializers.ModelSerializer[MeasureStep]):
    """措施过程."""

    event_name = serializers.CharField(source="get_event_display", read_only=True)
    by = serializers.CharField(source="by.name", read_only=True, default="系统")

    class Meta:
        model = MeasureStep
        fields = ["event", "event_name", "at", "by", "words"]


class MeasureSerializer(serializers.ModelSerializer[Measure]):
    """措施."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    kind_name = serializers.CharField(source="get_kind_display", read_only=True)
    status_name = serializers.CharField(source="get_status_display", read_only=True)
    staff = serializers.CharField(source="staff.no", read_only=True, default="")
    window = serializers.CharField(source="window.code", read_only=True, default="")
    who = serializers.CharField(read_only=True)
    days_overdue = serializers.IntegerField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Measure
        fields = [
            "id", "number", "hall", "kind", "kind_name", "staff", "window", "who", "reason", "status",
            "status_name", "proposed_at", "heard_until", "decided_at", "due_on", "closed_at", "days_overdue",
            "minutes", "body", "document_number", "document_on", "url",
        ]  # fmt: skip


class MeasureDetailSerializer(MeasureSerializer):
    """措施, with its steps."""

    steps = MeasureStepSerializer(many=True, read_only=True)

    class Meta(MeasureSerializer.Meta):
        fields = [*MeasureSerializer.Meta.fields, "steps"]


class NewMeasureInput(serializers.Serializer[Any]):
    """提出措施."""

    staff = serializers.IntegerField(help_text="人员的编号（id）")
    kind = serializers.ChoiceField(MeasureKind.choices)
    reason = serializers.CharField(max_length=500)


class MeasureWordsInput(serializers.Serializer[Any]):
    """一段说明."""

    words = serializers.CharField(max_length=500)


class MeasureDecisionInput(serializers.Serializer[Any]):
    """决定采取."""

    words = serializers.CharField(max_length=500, required=False, allow_blank=True)


class SelfReviewInput(serializers.Serializer[Any]):
    """书面检查."""

    words = serializers.CharField(max_length=2000)


class CloseMeasureInput(serializers.Serializer[Any]):
    """办结."""

    words = serializers.CharField(max_length=500)
    minutes = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    body = serializers.CharField(max_length=80, required=False, allow_blank=True)
    document_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    document_on = serializers.DateField(required=False, allow_null=True)


@extend_schema_view(list=extend_schema(summary="措施", parameters=[HALL]))
class MeasureViewSet(HallListMixin, ScopedViewSet):
    """措施: read, propose, hear, decide, close."""

    room = "violations"
    permissions_by_action = {
        "list": READERS,
        "retrieve": READERS,
        "create": PROPOSE,
        "say": CONCERNED,
        "hand_in": CONCERNED,
        "decide": DECIDERS,
        "decline": DECIDERS,
        "return_review": DECIDERS,
        "close": DECIDERS,
    }
    kinds = (MEASURES,)
    serializer_class = MeasureSerializer
    pulls_changes = True
    filterset_class = MeasureFilters
    ordering_fields = ["proposed_at", "due_on", "number"]
    ordering = ["-proposed_at", "-pk"]

    def get_queryset(self) -> QuerySet[Measure]:
        """Visible measures."""
        return Measure.objects.visible_to(self.request.user).for_list()

    @extend_schema(summary="一项措施", responses=MeasureDetailSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One measure with its steps."""
        return _answer(self.get_object())

    @extend_schema(
        summary="提出措施",
        parameters=[HALL],
        request=NewMeasureInput,
        responses={201: MeasureDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """Propose; the person concerned is told and may speak."""
        _shape(NewMeasureInput, request)
        hall = current_hall(request)
        data = checked_form(ProposeForm(plain(request), hall=hall, user=request.user))
        return _answer(service.propose_measure(hall=hall, by=request.user, **data), 201)

    @extend_schema(summary="对措施陈述", request=MeasureWordsInput, responses=MeasureDetailSerializer)
    @action(detail=True, methods=["post"])
    def say(self, request: Request, pk: str) -> Response:
        """The person concerned speaks before the decision."""
        return self._step(request, "say", MeasureWordsInput, service.say_on_measure)

    @extend_schema(summary="提交书面检查", request=SelfReviewInput, responses=MeasureDetailSerializer)
    @action(detail=True, methods=["post"], url_path="hand-in")
    def hand_in(self, request: Request, pk: str) -> Response:
        """The person concerned hands the paper in."""
        return self._step(request, "hand_in", SelfReviewInput, service.hand_in_review)

    @extend_schema(summary="决定采取措施", request=MeasureDecisionInput, responses=MeasureDetailSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        """Decide on it."""
        return self._step(request, "decide", MeasureDecisionInput, service.decide_measure)

    @extend_schema(summary="不采取措施", request=MeasureWordsInput, responses=MeasureDetailSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """Decide against it."""
        return self._step(request, "decline", MeasureWordsInput, service.decline_measure)

    @extend_schema(summary="退回书面检查", request=MeasureWordsInput, responses=MeasureDetailSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def return_review(self, request: Request, pk: str) -> Response:
        """Send the paper back."""
        return self._step(request, "return", MeasureWordsInput, service.return_review)

    @extend_schema(summary="办结措施", request=CloseMeasureInput, responses=MeasureDetailSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Close it with what came of it."""
        return self._step(request, "close", CloseMeasureInput, service.close_measure)

    def _step(self, request: Request, name: str, shape: Any, act: Callable[..., Measure]) -> Response:
        row = self.get_object()
        _shape(shape, request)
        data = checked_form(ACTS[name][1](plain(request)))
        return _answer(act(measure=row, by=request.user, **data))


def _shape(shape: Any, request: Request) -> None:
    shape(data=request.data).is_valid(raise_exception=True)


def _answer(measure: Measure, status: int = 200) -> Response:
    return Response(MeasureDetailSerializer(measure).data, status=status)


measure_routes = [("measures", MeasureViewSet, "measure")]
