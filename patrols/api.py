"""The second door to patrols; the phone page itself sends through it."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.halls import current_hall
from accounts.rest import ScopedViewSet
from patrols.coverage_api import coverage_routes
from patrols.covert_api import covert_routes
from patrols.duty_api import duty_routes
from patrols.enums import VisitResult
from patrols.filters import RoundFilters
from patrols.lists import ROUNDS
from patrols.models import Round, Visit
from patrols.note_api import note_routes
from patrols.serializers import (
    FinishSerializer,
    NewPhotoSerializer,
    NewRoundSerializer,
    NewVisitSerializer,
    PhotoSerializer,
    RoundSerializer,
    VisitSerializer,
)
from patrols.services.rounds import finish_round, start_round
from patrols.services.visits import Seen, Tap, add_photo, note_finding, note_no_problem, undo_visit


class RoundApiFilters(RoundFilters):
    """Filters of rounds."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")
    day_from = django_filters.DateFilter(field_name="day", lookup_expr="gte")
    day_to = django_filters.DateFilter(field_name="day", lookup_expr="lte")
    is_open = django_filters.BooleanFilter(field_name="finished_at", lookup_expr="isnull")

    class Meta:
        model = Round
        fields = ["day", "officer", "is_imported"]


class VisitApiFilters(django_filters.FilterSet):
    """Filters of visits."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")
    window = django_filters.CharFilter(field_name="window__code", label="窗口号")
    is_undone = django_filters.BooleanFilter(
        field_name="undone_at", lookup_expr="isnull", exclude=True, label="已撤销"
    )

    class Meta:
        model = Visit
        fields = ["round", "result", "client_uuid"]


def checked(serializer: Any) -> dict[str, Any]:
    """The clean values; raises the API's error of bad input."""
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


@extend_schema_view(list=extend_schema(summary="巡查轮次"), retrieve=extend_schema(summary="一轮巡查"))
class RoundViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """巡查轮次."""

    room = "patrols"
    permissions_by_action = {"create": "patrol.walk", "finish": "patrol.walk", "*": "patrol.read"}
    kinds = (ROUNDS,)
    serializer_class = RoundSerializer
    filterset_class = RoundApiFilters
    ordering_fields = ["day", "started_at", "id"]

    def get_queryset(self) -> QuerySet[Round]:
        """Visible rounds."""
        rows = Round.objects.visible_to(self.request.user).select_related("hall", "officer").with_counts()
        return rows.order_by("-pk")

    @extend_schema(summary="开始一轮", request=NewRoundSerializer, responses={201: RoundSerializer})
    def create(self, request: Request) -> Response:
        """As the page; the same client_uuid gives the same round. `?hall=` picks the hall."""
        data = checked(NewRoundSerializer(data=request.data))
        round_ = start_round(hall=current_hall(request), by=request.user, **data)
        return Response(self._shown(round_), status=201)

    @extend_schema(summary="结束一轮", request=FinishSerializer, responses=RoundSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """Each window not visited needs a reason, else 422."""
        serializer = FinishSerializer(data=request.data)
        checked(serializer)
        round_ = finish_round(round_=self.get_object(), by=request.user, reasons=serializer.by_window())
        return Response(self._shown(round_))

    def _shown(self, round_: Round) -> dict[str, Any]:
        return RoundSerializer(self.get_queryset().get(pk=round_.pk)).data


@extend_schema_view(list=extend_schema(summary="窗口查看和发现"), retrieve=extend_schema(summary="一次查看"))
class VisitViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """窗口查看: no problem, a finding, or skipped."""

    room = "patrols"
    permissions_by_action = {
        "list": "patrol.read",
        "retrieve": "patrol.read",
        "*": "patrol.walk",
    }
    parser_classes = [JSONParser, FormParser, MultiPartParser]
    serializer_class = VisitSerializer
    filterset_class = VisitApiFilters
    ordering_fields = ["at", "id"]

    def get_queryset(self) -> QuerySet[Visit]:
        """Visible visits."""
        rows = Visit.objects.visible_to(self.request.user).with_finding()
        return rows.select_related("round").prefetch_related("finding__photos__file").order_by("-pk")

    @extend_schema(summary="记一次查看", request=NewVisitSerializer, responses={200: VisitSerializer})
    def create(self, request: Request) -> Response:
        """One tap. Photos may come along as `photos`; the same client_uuid twice is the same row."""
        data = checked(NewVisitSerializer(data=request.data, context={"request": request}))
        tap = Tap(data["window"], data["client_uuid"], data["at"], data.get("device_now"))
        if data["result"] == VisitResult.OK:
            visit = note_no_problem(round_=data["round"], tap=tap, by=request.user)
        else:
            seen = Seen(data["act"], data.get("staff"), data["words"])
            uploads = request.FILES.getlist("photos")
            visit = note_finding(round_=data["round"], tap=tap, seen=seen, by=request.user, uploads=uploads)
        return Response(self._shown(visit))

    @extend_schema(summary="补传照片", request=NewPhotoSerializer, responses=PhotoSerializer)
    @action(detail=True, methods=["post"])
    def photos(self, request: Request, pk: str) -> Response:
        """One photo a request, known again by its client_uuid."""
        data = checked(NewPhotoSerializer(data=request.data))
        photo = add_photo(
            visit=self.get_object(),
            upload=data["photo"],
            by=request.user,
            client_uuid=data.get("client_uuid"),
            taken_at=data.get("taken_at"),
        )
        return Response(PhotoSerializer(photo).data)

    @extend_schema(summary="撤销（10 秒内）", request=None, responses=VisitSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Take one's own tap back."""
        visit = undo_visit(visit=self.get_object(), by=request.user)
        return Response(self._shown(visit))

    def _shown(self, visit: Visit) -> dict[str, Any]:
        return VisitSerializer(self.get_queryset().get(pk=visit.pk)).data


routes = [
    ("rounds", RoundViewSet, "round"),
    ("visits", VisitViewSet, "visit"),
    *note_routes,
    *covert_routes,
    *duty_routes,
    *coverage_routes,
]
