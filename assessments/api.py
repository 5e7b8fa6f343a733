"""The second door to assessments: months, cards, lines and honours; scoring and publishing."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotPermitted
from accounts.halls import current_hall
from accounts.rest import ScopedViewSet
from assessments import serializers as shapes
from assessments.models import AssessmentMonth, Award, AwardResult, Line, Scorecard
from assessments.services import months as services


class MonthApiFilters(django_filters.FilterSet):
    """Filters of months."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")
    month_from = django_filters.DateFilter(field_name="month", lookup_expr="gte")
    month_to = django_filters.DateFilter(field_name="month", lookup_expr="lte")

    class Meta:
        model = AssessmentMonth
        fields = ["status"]


class CardApiFilters(django_filters.FilterSet):
    """Filters of cards; `month` is the id of an assessment month and gives its current result."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")
    month = django_filters.NumberFilter(field_name="run__months", label="考核月编号")
    window = django_filters.CharFilter(field_name="window__code", label="窗口号")
    no = django_filters.CharFilter(field_name="staff__no", label="工号")

    class Meta:
        model = Scorecard
        fields = ["kind", "category"]


class LineApiFilters(django_filters.FilterSet):
    """Filters of lines."""

    card = django_filters.NumberFilter(label="得分单编号")
    record = django_filters.NumberFilter(label="操行记录编号")
    clause = django_filters.CharFilter(field_name="clause__code", label="条款")
    month = django_filters.NumberFilter(field_name="run__months", label="考核月编号")

    class Meta:
        model = Line
        fields = ["kind"]


class AwardApiFilters(django_filters.FilterSet):
    """Filters of honours."""

    hall = django_filters.CharFilter(field_name="card__hall__code", label="大厅代码")
    month = django_filters.NumberFilter(field_name="card__run__months", label="考核月编号")
    award = django_filters.CharFilter(field_name="award__code", label="评选代码")

    class Meta:
        model = AwardResult
        fields = ["outcome"]


def checked(serializer: Any) -> dict[str, Any]:
    """The clean values; raises the API's error of bad input."""
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


@extend_schema_view(list=extend_schema(summary="考核月"), retrieve=extend_schema(summary="一个考核月"))
class MonthViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """考核月: score, decide, publish."""

    room = "assessments"
    permissions_by_action = {
        "list": "assess.read",
        "retrieve": "assess.read",
        "create": "assess.score",
        "publish": "assess.publish",
        "decide": "assess.publish",
    }
    serializer_class = shapes.MonthSerializer
    filterset_class = MonthApiFilters
    ordering_fields = ["month", "id"]
    ordering = ["-month", "-pk"]

    def get_queryset(self) -> QuerySet[AssessmentMonth]:
        """Published months; drafts for who reads all of the hall."""
        return AssessmentMonth.objects.visible_to(self.request.user).select_related("hall", "version")

    @extend_schema(
        summary="计算（重算）一个月", request=shapes.NewMonthInput, responses={201: shapes.MonthSerializer}
    )
    def create(self, request: Request) -> Response:
        """A draft of the current hall; a published month is refused with 409."""
        data = checked(shapes.NewMonthInput(data=request.data))
        hall = current_hall(request)
        if not request.user.can("assess.score", hall):
            raise NotPermitted("月度考核由大厅管理员计算。")
        month = services.score_month(hall=hall, month=data["month"], by=request.user)
        return Response(shapes.MonthSerializer(month).data, status=201)

    @extend_schema(summary="发布", request=None, responses=shapes.MonthSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Final; refused while an earlier month waits or when the ledger changed after scoring."""
        month = services.publish_month(month=self.get_object(), by=request.user)
        return Response(shapes.MonthSerializer(month).data)

    @extend_schema(summary="评选人工决定", request=shapes.DecisionInput, responses=shapes.MonthSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        """Put a candidate in or out with a reason; the draft is scored again."""
        month = self.get_object()
        data = checked(shapes.DecisionInput(data=request.data))
        cards = Scorecard.objects.visible_to(request.user).filter(run=month.run_id, hall=month.hall)
        card = get_object_or_404(cards, pk=data["card"])
        awards = Award.objects.visible_to(request.user).filter(scheme=card.scheme_id).distinct()
        award = get_object_or_404(awards, code=data["award"])
        month = services.decide_award(
            month=month, award=award, card=card, is_in=data["is_in"], reason=data["reason"], by=request.user
        )
        return Response(shapes.MonthSerializer(month).data)


@extend_schema_view(list=extend_schema(summary="得分和名次"), retrieve=extend_schema(summary="一张得分单"))
class ScorecardViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """得分单: the ranking; lines are another list, open to fewer people."""

    room = "assessments"
    permissions_by_action = {"*": "assess.read"}
    serializer_class = shapes.ScorecardSerializer
    filterset_class = CardApiFilters
    ordering_fields = ["total", "rank", "id"]
    ordering = ["-pk"]

    def get_queryset(self) -> QuerySet[Scorecard]:
        """Current results only: what a later run of the draft replaced is history."""
        cards = Scorecard.objects.visible_to(self.request.user).current()
        return cards.with_subject()


@extend_schema_view(list=extend_schema(summary="得分项"), retrieve=extend_schema(summary="一个得分项"))
class LineViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """得分项: of sheets the person may open."""

    room = "assessments"
    permissions_by_action = {
        "*": ("sheet.read_all", "sheet.read_own", "sheet.read_window", "sheet.read_unit")
    }
    serializer_class = shapes.LineSerializer
    filterset_class = LineApiFilters
    ordering_fields = ["day", "points", "id"]
    ordering = ["-pk"]

    def get_queryset(self) -> QuerySet[Line]:
        """Lines of open sheets."""
        return Line.objects.visible_to(self.request.user).select_related("clause", "record", "award")


@extend_schema_view(list=extend_schema(summary="评选结果"), retrieve=extend_schema(summary="一个评选结果"))
class AwardViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """评选结果: public in the hall once the month is published."""

    room = "assessments"
    permissions_by_action = {"*": "assess.read"}
    serializer_class = shapes.AwardResultSerializer
    filterset_class = AwardApiFilters
    ordering_fields = ["place", "id"]
    ordering = ["-pk"]

    def get_queryset(self) -> QuerySet[AwardResult]:
        """Honours in sight."""
        rows = AwardResult.objects.visible_to(self.request.user)
        related = ("award", "card__run", "card__staff", "card__window", "card__department")
        return rows.select_related(*related)


routes = [
    ("assessment-months", MonthViewSet, "assessment-month"),
    ("scorecards", ScorecardViewSet, "scorecard"),
    ("lines", LineViewSet, "line"),
    ("awards", AwardViewSet, "award"),
]
