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
from accounts.pagination import SINCE
from accounts.rest import ScopedViewSet
from assessments import serializers as shapes
from assessments.enums import Order
from assessments.fact_api import fact_routes
from assessments.filters import (
    ClauseLineFilters,
    MonthFilters,
    PersonCardFilters,
    TrialFilters,
    WindowCardFilters,
)
from assessments.lists import CLAUSE_LINES, MONTHS, RANKINGS, TRIALS
from assessments.models import AssessmentMonth, Award, AwardResult, Line, Scorecard, TrialRow
from assessments.rule_api import rule_routes
from assessments.services import months as services
from assessments.services import score_run, trial
from assessments.services.changes import changes_of
from assessments.services.explaining import explain
from assessments.services.revoking import revoke_award
from trail.run_answers import run_started
from trail.serializers import LongRunSerializer
from trail.tasks import start_run
from violations.models import RulebookVersion


class MonthApiFilters(MonthFilters):
    """Filters of months."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")
    month_from = django_filters.DateFilter(field_name="month", lookup_expr="gte")
    month_to = django_filters.DateFilter(field_name="month", lookup_expr="lte")

    class Meta:
        model = AssessmentMonth
        fields = ["status"]


class CardApiFilters(WindowCardFilters, PersonCardFilters):
    """Filters of cards; `month` is the id of an assessment month and gives its current result."""

    search = tuple(dict.fromkeys((*WindowCardFilters.search, *PersonCardFilters.search)))

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")
    month = django_filters.NumberFilter(field_name="run__months", label="考核月编号")
    window = django_filters.CharFilter(field_name="window__code", label="窗口号")
    no = django_filters.CharFilter(field_name="staff__no", label="工号")

    class Meta:
        model = Scorecard
        fields = ["kind", "category"]


class LineApiFilters(ClauseLineFilters):
    """Filters of lines."""

    card = django_filters.NumberFilter(label="得分单编号")
    record = django_filters.NumberFilter(label="操行记录编号")
    clause = django_filters.CharFilter(field_name="clause__code", label="条款")
    month = django_filters.NumberFilter(field_name="run__months", label="考核月编号")

    class Meta:
        model = Line
        fields: list[str] = []


class AwardApiFilters(django_filters.FilterSet):
    """Filters of honours."""

    hall = django_filters.CharFilter(field_name="card__hall__code", label="大厅代码")
    month = django_filters.NumberFilter(field_name="card__run__months", label="考核月编号")
    award = django_filters.CharFilter(field_name="award__code", label="评选代码")
    order = django_filters.ChoiceFilter(
        field_name="award__order", choices=Order.choices, label="荣誉或末位名单"
    )

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
        "changes": "sheet.read_all",
        "publish": "assess.publish",
        "decide": "assess.publish",
    }
    kinds = (MONTHS,)
    serializer_class = shapes.MonthSerializer
    pulls_changes = True
    filterset_class = MonthApiFilters
    ordering_fields = ["month", "id"]
    ordering = ["-month", "-pk"]

    def get_queryset(self) -> QuerySet[AssessmentMonth]:
        """Published months; drafts for who reads all of the hall."""
        return AssessmentMonth.objects.visible_to(self.request.user).select_related("hall", "version")

    @extend_schema(
        summary="计算（重算）一个月", request=shapes.NewMonthInput, responses={202: LongRunSerializer}
    )
    def create(self, request: Request) -> Response:
        """A draft of the current hall: 202 with the run's address; a published month is refused with 409."""
        data = checked(shapes.NewMonthInput(data=request.data))
        hall = current_hall(request)
        if not request.user.can("assess.score", hall):
            raise NotPermitted("月度考核由大厅管理员计算。")
        services.refuse_unless_scorable(hall=hall, month=data["month"])
        params = {"month": f"{data['month']:%Y-%m}"}
        return run_started(start_run(score_run.NAME, hall=hall, by=request.user, params=params))

    @extend_schema(summary="发布", request=None, responses=shapes.MonthSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Final; refused while an earlier month waits or when the ledger changed after scoring."""
        month = services.publish_month(month=self.get_object(), by=request.user)
        return Response(shapes.MonthSerializer(month).data)

    @extend_schema(summary="重算变化", responses=shapes.CardChangeSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def changes(self, request: Request, pk: str) -> Response:
        """Who gained or lost what since the reckoning before it, and by which records."""
        month = self.get_object()
        if not request.user.can("sheet.read_all", month.hall):
            raise NotPermitted("重算变化由能看全部得分单的人查看。")
        rows = [row.as_json() for row in changes_of(month)]
        return Response(shapes.CardChangeSerializer(rows, many=True).data)

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
    permissions_by_action = {
        "*": "assess.read",
        "explain": ("sheet.read_all", "sheet.read_own", "sheet.read_window", "sheet.read_unit"),
    }
    kinds = tuple(RANKINGS.values())
    serializer_class = shapes.ScorecardSerializer
    pulls_changes = True
    filterset_class = CardApiFilters
    ordering_fields = ["total", "rank", "id"]
    ordering = ["-pk"]

    def get_queryset(self) -> QuerySet[Scorecard]:
        """Current results only: what a later run of the draft replaced is history."""
        cards = Scorecard.objects.visible_to(self.request.user).current()
        if SINCE in self.request.query_params:
            cards = cards.with_change()
        return cards.with_subject()

    @extend_schema(summary="得分说明", responses=shapes.ExplanationSerializer)
    @action(detail=True, methods=["get"])
    def explain(self, request: Request, pk: str) -> Response:
        """Why a card has its score: the tree, what a bound took, what a gate closed; open sheets only."""
        cards = Scorecard.objects.visible_to(request.user).opened_by(request.user).current()
        rows = cards.with_subject().select_related("scheme", "grade")
        card = get_object_or_404(rows, pk=self.get_object().pk)
        return Response(shapes.ExplanationSerializer(explain(card).as_json()).data)


@extend_schema_view(list=extend_schema(summary="得分项"), retrieve=extend_schema(summary="一个得分项"))
class LineViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """得分项: of sheets the person may open."""

    room = "assessments"
    permissions_by_action = {
        "*": ("sheet.read_all", "sheet.read_own", "sheet.read_window", "sheet.read_unit")
    }
    kinds = (CLAUSE_LINES,)
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
    permissions_by_action = {"*": "assess.read", "revoke": "assess.publish"}
    serializer_class = shapes.AwardResultSerializer
    filterset_class = AwardApiFilters
    ordering_fields = ["place", "id"]
    ordering = ["-pk"]

    def get_queryset(self) -> QuerySet[AwardResult]:
        """Honours in sight."""
        rows = AwardResult.objects.visible_to(self.request.user)
        related = ("award", "card__run", "card__staff", "card__window", "card__department")
        return rows.select_related(*related).prefetch_related("revocations")

    @extend_schema(
        summary="撤销荣誉", request=shapes.RevokeInput, responses=shapes.AwardResultSerializer(many=True)
    )
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def revoke(self, request: Request, pk: str) -> Response:
        """Of a published period, with those that hang on it; answers all that were taken back."""
        result, data = self.get_object(), checked(shapes.RevokeInput(data=request.data))
        made = revoke_award(result=result, by=request.user, **data)
        rows = self.get_queryset().filter(pk__in=[one.result_id for one in made])
        return Response(shapes.AwardResultSerializer(rows, many=True).data)


class TrialApiFilters(TrialFilters):
    """Filters of differences."""

    run = django_filters.NumberFilter(label="任务编号")

    class Meta:
        model = TrialRow
        fields: list[str] = []


@extend_schema_view(list=extend_schema(summary="试算差异"), retrieve=extend_schema(summary="一条试算差异"))
class TrialViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """试算: what another version would have changed; no score is stored."""

    room = "assessments"
    permissions_by_action = {"*": trial.EDITORS}
    kinds = (TRIALS,)
    serializer_class = shapes.TrialRowSerializer
    filterset_class = TrialApiFilters
    ordering_fields = ["id"]
    ordering = ["-pk"]

    def get_queryset(self) -> QuerySet[TrialRow]:
        """Of one's own runs, while their results are kept."""
        rows = TrialRow.objects.visible_to(self.request.user).distinct()
        return rows.select_related("staff", "window", "department", "hall")

    @extend_schema(summary="试算一版制度", request=shapes.TrialInput, responses={202: LongRunSerializer})
    def create(self, request: Request) -> Response:
        """Past months of the current hall against the version of the time: 202 with the run's address."""
        data = checked(shapes.TrialInput(data=request.data))
        versions = RulebookVersion.objects.visible_to(request.user).distinct()
        version = get_object_or_404(versions, pk=data["version"])
        hall = current_hall(request)
        trial.refuse_unless_triable(hall=hall, months=data["months"], by=request.user)
        months = [f"{month:%Y-%m}" for month in data["months"]]
        params = {"version": version.pk, "revision": version.revision, "months": months}
        title = f"用 {version.version} 版试算"
        return run_started(start_run(trial.NAME, hall=hall, by=request.user, params=params, title=title))


routes = [
    *rule_routes,
    *fact_routes,
    ("rulebook-trials", TrialViewSet, "rulebook-trial"),
    ("assessment-months", MonthViewSet, "assessment-month"),
    ("scorecards", ScorecardViewSet, "scorecard"),
    ("lines", LineViewSet, "line"),
    ("awards", AwardViewSet, "award"),
]
