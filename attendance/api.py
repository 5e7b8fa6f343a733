"""Attendance to read: punches, leaves and results of half days. Filters are those of the pages."""

from typing import Any

import django_filters
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.bulk_api import BulkAnswerSerializer, Known, answer_each, bulk_input
from accounts.halls import current_hall
from accounts.models import Hall
from accounts.rest import ScopedViewSet
from accounts.words import month_words
from attendance.enums import Outcome, PunchSource
from attendance.filters import BoardFilters, LeaveFilters, ResultFilters, SheetFilters
from attendance.lists import BOARD, LEAVES, MY_LEAVES, RESULTS, SHEET, board_rows, sheet_rows
from attendance.models import DayResult, Leave, Punch
from attendance.serializers import (
    BoardSerializer,
    DayResultSerializer,
    LeaveSerializer,
    MonthInput,
    PunchInput,
    PunchSerializer,
    SheetSerializer,
)
from attendance.services import derive_run
from attendance.services.punches import PunchInbox
from trail.run_answers import run_started
from trail.serializers import LongRunSerializer
from trail.tasks import start_run
from windows.models import Staff

HALL = OpenApiParameter("hall", OpenApiTypes.STR, description="大厅代码，默认自己的大厅")
MONTH = OpenApiParameter("month", OpenApiTypes.STR, description="月份，写成 2026-10，默认本月")
RECEIVE = "imports.run"
READ = ("attendance.read_all", "attendance.read_own", "attendance.read_unit")
READ_LEAVE = ("leave.read_all", "leave.first_step", "leave.unit_step", "leave.ask")


class _OfPerson(django_filters.FilterSet):
    hall = django_filters.CharFilter(field_name="hall__code")
    staff = django_filters.CharFilter(field_name="staff__no")


class PunchFilter(_OfPerson):
    """Conditions on punches."""

    at_from = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte", label="从这一刻")
    at_to = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt", label="到这一刻以前")
    source = django_filters.ChoiceFilter(choices=PunchSource.choices)


class _OfDay(_OfPerson):
    first = django_filters.DateFilter(field_name="day", lookup_expr="gte")
    last = django_filters.DateFilter(field_name="day", lookup_expr="lte")


class LeaveFilter(_OfDay, LeaveFilters):
    """Conditions on leaves: those of the page and fields."""


class DayResultFilter(_OfDay, ResultFilters):
    """Conditions on results: those of the page and fields."""

    outcome = django_filters.ChoiceFilter(choices=Outcome.choices)


@extend_schema_view(list=extend_schema(summary="打卡"), retrieve=extend_schema(summary="一次打卡"))
class PunchViewSet(ListModelMixin, RetrieveModelMixin, ScopedViewSet):
    """打卡记录，只增，不能改。"""

    room = "attendance"
    permissions_by_action = {"list": READ, "retrieve": READ, "bulk": RECEIVE}
    serializer_class = PunchSerializer
    filterset_class = PunchFilter
    queryset = Punch.objects.none()

    def get_queryset(self):
        """What the person may read."""
        return Punch.objects.visible_to(self.request.user).select_related("hall", "staff")

    @extend_schema(
        summary="批量写入打卡",
        parameters=[HALL],
        request=bulk_input("BulkPunches", PunchInput),
        responses=BulkAnswerSerializer,
    )
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """By the rules of the files; a number at a moment is one punch, however it came."""
        hall = get_object_or_404(Hall.objects.where(request.user, RECEIVE), pk=current_hall(request).pk)
        inbox = PunchInbox(hall)

        def take(item: dict[str, Any]) -> Punch | Known:
            form = PunchInput(data=item)
            form.is_valid(raise_exception=True)
            punch, is_new = inbox.take(**form.validated_data)
            return punch if is_new else Known(punch.pk)

        with transaction.atomic():
            answer = answer_each(request, take)
            inbox.close(by=request.user)
        return answer


@extend_schema_view(list=extend_schema(summary="请假和因公外出"), retrieve=extend_schema(summary="一次请假"))
class LeaveViewSet(ListModelMixin, RetrieveModelMixin, ScopedViewSet):
    """请假和因公外出，按半天。"""

    room = "attendance"
    permissions_by_action = {"list": READ_LEAVE, "retrieve": READ_LEAVE}
    kinds = (LEAVES, MY_LEAVES)
    serializer_class = LeaveSerializer
    filterset_class = LeaveFilter
    queryset = Leave.objects.none()

    def get_queryset(self):
        """What the person may read."""
        return Leave.objects.visible_to(self.request.user).select_related("hall", "staff")


@extend_schema_view(list=extend_schema(summary="半天考勤结果"), retrieve=extend_schema(summary="半天的结果"))
class DayResultViewSet(ListModelMixin, RetrieveModelMixin, ScopedViewSet):
    """每人每半天的考勤结果和依据。"""

    room = "attendance"
    permissions_by_action = {"list": READ, "retrieve": READ}
    kinds = (RESULTS,)
    serializer_class = DayResultSerializer
    filterset_class = DayResultFilter
    queryset = DayResult.objects.none()

    def get_queryset(self):
        """What the person may read."""
        return DayResult.objects.visible_to(self.request.user).select_related("hall", "staff")


@extend_schema_view(list=extend_schema(summary="今日到岗", parameters=[HALL]))
class BoardViewSet(ListModelMixin, ScopedViewSet):
    """今日到岗: who is here now, as on the page."""

    room = "attendance"
    permissions_by_action = {"list": READ}
    kinds = (BOARD,)
    serializer_class = BoardSerializer
    filterset_class = BoardFilters
    queryset = Staff.objects.none()

    def get_queryset(self):
        """Whom the person may see in the hall."""
        return board_rows(self.request)


@extend_schema_view(list=extend_schema(summary="考勤月度汇总", parameters=[HALL, MONTH]))
class SheetViewSet(ListModelMixin, ScopedViewSet):
    """考勤月度汇总: the month of each person, as on the page."""

    room = "attendance"
    permissions_by_action = {"list": READ, "derive": "attendance.verify"}
    kinds = (SHEET,)
    serializer_class = SheetSerializer
    filterset_class = SheetFilters
    queryset = Staff.objects.none()

    def get_queryset(self):
        """People of the month `?month=`, this month by default."""
        month = self.request.query_params.get("month") or f"{timezone.localdate():%Y-%m}"
        return sheet_rows(self.request, month)

    @extend_schema(
        summary="重新计算一个月的考勤",
        parameters=[HALL],
        request=MonthInput,
        responses={202: LongRunSerializer},
    )
    @action(detail=False, methods=["post"])
    def derive(self, request: Request) -> Response:
        """202 with the run's address; its `detail` has what changed at the end."""
        form = MonthInput(data=request.data)
        form.is_valid(raise_exception=True)
        kept = Hall.objects.where(request.user, "attendance.verify")
        hall = get_object_or_404(kept, pk=current_hall(request).pk)
        month = form.validated_data["month"]
        params, title = {"month": f"{month:%Y-%m}"}, f"重新计算{month_words(month)}考勤"
        return run_started(start_run(derive_run.NAME, hall=hall, by=request.user, params=params, title=title))


routes = [
    ("punches", PunchViewSet, "punch"),
    ("leaves", LeaveViewSet, "leave"),
    ("day-results", DayResultViewSet, "day-result"),
    ("attendance-board", BoardViewSet, "attendance-board"),
    ("attendance-sheet", SheetViewSet, "attendance-sheet"),
]
