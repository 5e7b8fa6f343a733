"""The second door to coverage, special periods and the random rounds that were called."""

from __future__ import annotations

from functools import partial
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.etags import IF_MATCH, if_match, with_etag
from accounts.halls import current_hall
from accounts.models import Hall
from accounts.querysets import in_halls
from accounts.rest import ScopedViewSet, checked_form
from accounts.services.undoing import undoable
from patrols.coverage_lists import (
    COVERAGE,
    PATROL_DAYS,
    PERIOD_READERS,
    SPECIAL_PERIODS,
    PatrolDayFilters,
    SpecialPeriodFilters,
)
from patrols.duty_cards import month_figures
from patrols.duty_forms import PeriodForm
from patrols.duty_permissions import EDIT
from patrols.models import PatrolDay, RandomRound, SpecialPeriod
from patrols.months import last_day, month_of
from patrols.services import periods
from patrols.services.coverage import week_coverage
from patrols.services.evenness import officer_shares

HALL = OpenApiParameter("hall", OpenApiTypes.STR, description="大厅代码，默认自己的大厅")
MONTH = OpenApiParameter("month", OpenApiTypes.STR, description="月份，如 2026-12，默认本月")


class PatrolDayApiFilters(PatrolDayFilters):
    """Filters of days."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")

    class Meta:
        model = PatrolDay
        fields = ["day"]


class SpecialPeriodApiFilters(SpecialPeriodFilters):
    """Filters of special periods."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")

    class Meta:
        model = SpecialPeriod
        fields: list[str] = []


class RandomRoundApiFilters(django_filters.FilterSet):
    """Filters of calls."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")
    is_answered = django_filters.BooleanFilter(
        field_name="round", lookup_expr="isnull", exclude=True, label="已巡"
    )

    class Meta:
        model = RandomRound
        fields = ["day"]


class PatrolDaySerializer(serializers.ModelSerializer[PatrolDay]):
    """巡查日结."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True, label="大厅代码")

    class Meta:
        model = PatrolDay
        fields = [
            "id",
            "hall",
            "day",
            "due",
            "missed",
            "missed_words",
            "windows",
            "visited",
            "on_duty",
            "closed_at",
        ]
        read_only_fields = fields


class RandomRoundSerializer(serializers.ModelSerializer[RandomRound]):
    """随机轮, called; one whose time has not come is not there."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True, label="大厅代码")

    class Meta:
        model = RandomRound
        fields = ["id", "hall", "day", "serial", "called_at", "due_until", "round"]
        read_only_fields = fields


class SpecialPeriodSerializer(serializers.ModelSerializer[SpecialPeriod]):
    """重点时段."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True, label="大厅代码")

    class Meta:
        model = SpecialPeriod
        fields = ["id", "hall", "name", "starts_on", "ends_on", "rounds"]
        read_only_fields = fields


class SpecialPeriodInput(serializers.Serializer[Any]):
    """重点时段, as it is sent."""

    name = serializers.CharField(max_length=40)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    rounds = serializers.IntegerField(min_value=1, max_value=20, help_text="每天轮次，含固定的")


class OfficerShareSerializer(serializers.Serializer[Any]):
    """各人巡查和发现."""

    who = serializers.CharField()
    rounds = serializers.IntegerField()
    visits = serializers.IntegerField(help_text="查过的窗次")
    found = serializers.IntegerField(help_text="发现的问题")
    rate = serializers.FloatField(allow_null=True, help_text="每百窗次发现")
    own = serializers.IntegerField(help_text="本单位窗口回避的窗次")
    verdict = serializers.CharField(help_text="明显偏多、明显偏少，或空")


class CoverageSerializer(serializers.Serializer[Any]):
    """巡查覆盖 of a month."""

    month = serializers.CharField()
    days = serializers.IntegerField(help_text="已日结的天数")
    due = serializers.IntegerField(help_text="应巡轮次")
    missed = serializers.IntegerField(help_text="未巡轮次")
    bad_days = serializers.IntegerField(help_text="有未巡的天数")
    unvisited = serializers.ListField(child=serializers.CharField(), help_text="本周没有查过的窗口号")
    officers = OfficerShareSerializer(many=True)


@extend_schema_view(list=extend_schema(summary="巡查日结"), retrieve=extend_schema(summary="一天的巡查日结"))
class PatrolDayViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """巡查日结: what each day asked for and what was walked."""

    room = "patrols"
    permissions_by_action = {"*": COVERAGE}
    kinds = (PATROL_DAYS,)
    serializer_class = PatrolDaySerializer
    filterset_class = PatrolDayApiFilters
    ordering_fields = ["day", "missed", "id"]

    def get_queryset(self) -> QuerySet[PatrolDay]:
        """Visible days."""
        return PatrolDay.objects.visible_to(self.request.user).select_related("hall").order_by("-day", "-pk")

    @extend_schema(summary="一个月的巡查覆盖", parameters=[HALL, MONTH], responses=CoverageSerializer)
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def coverage(self, request: Request) -> Response:
        """As on the page."""
        hall, today = current_hall(request), timezone.localdate()
        first = month_of(request.GET.get("month", ""), today)
        answer = {
            "month": f"{first:%Y-%m}",
            **month_figures(self.get_queryset().order_by().filter(hall=hall), first),
            "unvisited": [window.code for window in week_coverage(hall, today).unvisited],
            "officers": officer_shares(hall, first, last_day(first)),
        }
        return Response(CoverageSerializer(answer).data)


@extend_schema_view(
    list=extend_schema(summary="已通知的随机轮"), retrieve=extend_schema(summary="一次随机轮")
)
class RandomRoundViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """随机轮: those that were called; nothing tells of one whose time has not come."""

    room = "patrols"
    permissions_by_action = {"*": "patrol.read"}
    serializer_class = RandomRoundSerializer
    filterset_class = RandomRoundApiFilters
    ordering_fields = ["called_at", "id"]

    def get_queryset(self) -> QuerySet[RandomRound]:
        """Visible calls."""
        return RandomRound.objects.visible_to(self.request.user).select_related("hall").order_by("-pk")


@extend_schema_view(list=extend_schema(summary="重点时段"))
class SpecialPeriodViewSet(mixins.ListModelMixin, ScopedViewSet):
    """重点时段."""

    room = "patrols"
    permissions_by_action = {"list": PERIOD_READERS, "retrieve": PERIOD_READERS, "*": EDIT}
    kinds = (SPECIAL_PERIODS,)
    serializer_class = SpecialPeriodSerializer
    pulls_changes = True
    filterset_class = SpecialPeriodApiFilters
    ordering_fields = ["starts_on", "id"]

    def get_queryset(self) -> QuerySet[SpecialPeriod]:
        """Visible periods; for a change, those of halls whose rota the caller keeps."""
        rows = SpecialPeriod.objects.visible_to(self.request.user).select_related("hall")
        if self.action not in ("list", "retrieve"):
            rows = rows.filter(in_halls(self.request.user, EDIT))
        return rows.order_by("-starts_on", "-pk")

    @extend_schema(summary="一个重点时段", responses=SpecialPeriodSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """With its version as `ETag`."""
        return self._shown(self.get_object())

    @extend_schema(
        summary="添加重点时段",
        parameters=[HALL],
        request=SpecialPeriodInput,
        responses={201: SpecialPeriodSerializer},
    )
    def create(self, request: Request) -> Response:
        """In the hall of `?hall=`, else the own one."""
        hall = get_object_or_404(Hall.objects.where(request.user, EDIT), pk=current_hall(request).pk)
        data = self._data(request)
        rows = partial(periods.period_rows, hall)
        with undoable("duty.period_added", target=hall, by=request.user, hall=hall, rows=rows):
            made = periods.add_period(hall=hall, by=request.user, **data)
        return self._shown(made, 201)

    @extend_schema(
        summary="修改重点时段",
        parameters=[IF_MATCH],
        request=SpecialPeriodInput,
        responses=SpecialPeriodSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Only what is sent."""
        period, seen = self.get_object(), if_match(request)
        data = self._data(request, period)
        facts = {"target": period, "by": request.user, "hall": period.hall}
        rows = partial(periods.period_rows, period.hall)
        with undoable("duty.period_changed", rows=rows, **facts):
            changed = periods.change_period(period=period, by=request.user, seen=seen, **data)
        return self._shown(changed)

    @extend_schema(summary="删除重点时段", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """The days that are over keep their figures."""
        period = self.get_object()
        facts = {"target": period.hall, "by": request.user, "hall": period.hall}
        rows = partial(periods.period_rows, period.hall)
        with undoable("duty.period_removed", rows=rows, **facts):
            periods.remove_period(period=period, by=request.user)
        return Response(status=204)

    def _data(self, request: Request, period: SpecialPeriod | None = None) -> dict[str, Any]:
        sent = SpecialPeriodInput(data=request.data, partial=period is not None)
        sent.is_valid(raise_exception=True)
        known = periods.period_facts(period) if period else {}
        values = {**known, **{name: str(value) for name, value in sent.validated_data.items()}}
        return checked_form(PeriodForm(values))

    def _shown(self, period: SpecialPeriod, status: int = 200) -> Response:
        fresh = SpecialPeriod.objects.visible_to(self.request.user).select_related("hall").get(pk=period.pk)
        return with_etag(
            Response(SpecialPeriodSerializer(fresh).data, status=status), periods.period_facts(fresh)
        )


coverage_routes = [
    ("patrol-days", PatrolDayViewSet, "patrol-day"),
    ("random-rounds", RandomRoundViewSet, "random-round"),
    ("special-periods", SpecialPeriodViewSet, "special-period"),
]
