"""The second door to windows, people and the calendar: the same scope and the same services."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.halls import current_hall
from accounts.models import Hall
from accounts.querysets import in_halls
from accounts.rest import ScopedViewSet
from windows import serializers as io
from windows.enums import StaffEventKind
from windows.models import CalendarDay, Department, Posting, Staff, Window
from windows.services import calendar, people, places, postings

READS = ("list", "retrieve")


class HallFilters(django_filters.FilterSet):
    """Base: rows of one hall by its code."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")


class DepartmentApiFilters(HallFilters):
    """Filters of departments."""

    class Meta:
        model = Department
        fields = ["hall", "category", "is_active", "name"]


class WindowApiFilters(HallFilters):
    """Filters of windows."""

    open_on = django_filters.DateFilter(method="filter_open_on", label="那天启用的")

    class Meta:
        model = Window
        fields = ["hall", "code", "department", "category", "floor", "zone"]

    def filter_open_on(self, rows: Any, name: str, value: Any) -> Any:
        """In service on the day."""
        return rows.open_on(value)


class StaffApiFilters(HallFilters):
    """Filters of people."""

    present_on = django_filters.DateFilter(method="filter_present_on", label="那天在驻的")

    class Meta:
        model = Staff
        fields = ["hall", "no", "name", "department", "attendance_no"]

    def filter_present_on(self, rows: Any, name: str, value: Any) -> Any:
        """In the hall on the day."""
        return rows.present_on(value)


class PostingApiFilters(HallFilters):
    """Filters of postings."""

    window = django_filters.CharFilter(field_name="window__code", label="窗口号")
    on = django_filters.DateFilter(method="filter_on", label="那天有效的")

    class Meta:
        model = Posting
        fields = ["hall", "staff", "window", "is_head", "is_chief"]

    def filter_on(self, rows: Any, name: str, value: Any) -> Any:
        """In force on the day."""
        return rows.on(value)


class CalendarDayApiFilters(HallFilters):
    """Filters of calendar days."""

    year = django_filters.NumberFilter(field_name="day__year", label="年")
    is_state = django_filters.BooleanFilter(field_name="hall", lookup_expr="isnull", label="国家安排")

    class Meta:
        model = CalendarDay
        fields = ["hall", "day", "kind", "year"]


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

    def checked(self, serializer: type[Any], *, partial: bool = False) -> dict[str, Any]:
        """The clean values of the request; raises the API's error of bad input."""
        found = serializer(data=self.request.data, partial=partial, context=self.get_serializer_context())
        found.is_valid(raise_exception=True)
        data: dict[str, Any] = found.validated_data
        return data

    def shown(self, row: Any, status: int = 200) -> Response:
        """The row as a reader gets it."""
        self.action = "retrieve"
        fresh = self.get_queryset().get(pk=row.pk)
        return Response(self.get_serializer(fresh).data, status=status)


@extend_schema_view(list=extend_schema(summary="派驻单位"), retrieve=extend_schema(summary="一个单位"))
class DepartmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, RoomViewSet):
    """派驻单位."""

    edit = "windows.edit"
    permissions_by_action = {"create": edit, "partial_update": edit, "*": "roster.read"}
    serializer_class = io.DepartmentSerializer
    filterset_class = DepartmentApiFilters
    ordering_fields = ["name", "sort", "id"]

    def get_queryset(self) -> QuerySet[Department]:
        """Visible departments."""
        return self.narrowed(Department.objects.visible_to(self.request.user).select_related("hall"))

    @extend_schema(summary="新增单位", request=io.DepartmentInput, responses={201: io.DepartmentSerializer})
    def create(self, request: Request) -> Response:
        """In the hall of `?hall=`, else the own one."""
        data = self.checked(io.DepartmentInput)
        return self.shown(places.add_department(hall=self.hall_to_edit(), by=request.user, **data), 201)

    @extend_schema(summary="修改单位", request=io.DepartmentInput, responses=io.DepartmentSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Only what is sent."""
        data = self.checked(io.DepartmentInput, partial=True)
        return self.shown(places.edit_department(department=self.get_object(), by=request.user, **data))


@extend_schema_view(list=extend_schema(summary="窗口"), retrieve=extend_schema(summary="一个窗口"))
class WindowViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, RoomViewSet):
    """窗口, with who sits there today."""

    edit = "windows.edit"
    permissions_by_action = {"list": "roster.read", "retrieve": "roster.read", "*": edit}
    serializer_class = io.WindowSerializer
    filterset_class = WindowApiFilters
    ordering_fields = ["code", "floor", "sort", "id"]

    def get_queryset(self) -> QuerySet[Window]:
        """Visible windows."""
        today = Posting.objects.visible_to(self.request.user).on(timezone.localdate()).select_related("staff")
        rows = Window.objects.visible_to(self.request.user).select_related("hall", "department")
        sitting = Prefetch("postings", queryset=today, to_attr="today")
        return self.narrowed(rows.prefetch_related("services", sitting))

    @extend_schema(summary="新建窗口", request=io.NewWindowInput, responses={201: io.WindowSerializer})
    def create(self, request: Request) -> Response:
        """In the hall of the department."""
        data = self.checked(io.NewWindowInput)
        editable = Department.objects.visible_to(request.user).filter(in_halls(request.user, self.edit))
        get_object_or_404(editable, pk=data["department"].pk)
        return self.shown(places.open_window(by=request.user, **data), 201)

    @extend_schema(summary="修改窗口", request=io.WindowInput, responses=io.WindowSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Only what is sent; the number stays."""
        data = self.checked(io.WindowInput, partial=True)
        return self.shown(places.edit_window(window=self.get_object(), by=request.user, **data))

    @extend_schema(summary="停用窗口", request=io.CloseInput, responses=io.WindowSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """After its people have moved."""
        data = self.checked(io.CloseInput)
        return self.shown(places.close_window(window=self.get_object(), by=request.user, **data))

    @extend_schema(summary="重新启用窗口", request=None, responses=io.WindowSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Into service again."""
        return self.shown(places.reopen_window(window=self.get_object(), by=request.user))

    @extend_schema(summary="设窗口负责人", request=io.HeadInput, responses=io.WindowSerializer)
    @action(detail=True, methods=["post"])
    def head(self, request: Request, pk: str) -> Response:
        """One of the people who sit there today."""
        window = self.get_object()
        postings.set_head(window=window, staff=self.checked(io.HeadInput)["staff"], by=request.user)
        return self.shown(window)


@extend_schema_view(list=extend_schema(summary="人员"), retrieve=extend_schema(summary="一个人"))
class StaffViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, RoomViewSet):
    """窗口工作人员: whom the caller may see."""

    edit = "people.edit"
    permissions_by_action = {"list": "roster.read", "retrieve": "roster.read", "*": edit}
    serializer_class = io.StaffSerializer
    filterset_class = StaffApiFilters
    ordering_fields = ["no", "name", "joined_on", "id"]

    def get_queryset(self) -> QuerySet[Staff]:
        """Visible people."""
        today = (
            Posting.objects.visible_to(self.request.user).on(timezone.localdate()).select_related("window")
        )
        rows = Staff.objects.visible_to(self.request.user).select_related("hall", "department")
        sitting = Prefetch("postings", queryset=today, to_attr="today")
        return self.narrowed(rows.prefetch_related(sitting, "events__window"))

    @extend_schema(summary="登记进驻", request=io.JoinInput, responses={201: io.StaffSerializer})
    def create(self, request: Request) -> Response:
        """In the hall of `?hall=`, else the own one; the first posting begins on the day."""
        data = self.checked(io.JoinInput)
        return self.shown(people.join_hall(hall=self.hall_to_edit(), by=request.user, **data), 201)

    @extend_schema(summary="修改人员", request=io.StaffInput, responses=io.StaffSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Only what is sent."""
        data = self.checked(io.StaffInput, partial=True)
        return self.shown(people.edit_staff(staff=self.get_object(), by=request.user, **data))

    @extend_schema(summary="调整窗口", request=io.MoveInput, responses=io.StaffSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """From a day on; the old posting ends the day before."""
        staff = self.get_object()
        postings.post_staff(staff=staff, by=request.user, **self.checked(io.MoveInput))
        return self.shown(staff)

    @extend_schema(summary="登记离开或退回", request=io.LeaveInput, responses=io.StaffSerializer)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, pk: str) -> Response:
        """`day` is the last one; sending back asks a reason."""
        data = self.checked(io.LeaveInput)
        staff = self.get_object()
        if data.pop("kind") == StaffEventKind.SENT_BACK:
            postings.send_back(staff=staff, by=request.user, **{"reason": "", **data})
        else:
            postings.leave_hall(staff=staff, by=request.user, **data)
        return self.shown(staff)

    @extend_schema(summary="登记再次进驻", request=io.ReturnInput, responses=io.StaffSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def come_again(self, request: Request, pk: str) -> Response:
        """A person who had left."""
        staff = self.get_object()
        postings.return_to_hall(staff=staff, by=request.user, **self.checked(io.ReturnInput))
        return self.shown(staff)


@extend_schema_view(list=extend_schema(summary="派驻"), retrieve=extend_schema(summary="一段派驻"))
class PostingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, RoomViewSet):
    """派驻: `?window=A05&on=2026-10-20` answers who sat there on that day."""

    permissions_by_action = {"*": "roster.read"}
    serializer_class = io.PostingSerializer
    filterset_class = PostingApiFilters
    ordering_fields = ["starts_on", "ends_on", "id"]

    def get_queryset(self) -> QuerySet[Posting]:
        """Visible postings."""
        return Posting.objects.visible_to(self.request.user).select_related("hall", "window", "staff")


@extend_schema_view(list=extend_schema(summary="日历日"), retrieve=extend_schema(summary="一个日历日"))
class CalendarDayViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, RoomViewSet):
    """日历日: the state's days and the hall's own."""

    edit = "calendar.edit"
    permissions_by_action = {"list": "hall.read", "retrieve": "hall.read", "*": edit}
    serializer_class = io.CalendarDaySerializer
    filterset_class = CalendarDayApiFilters
    ordering_fields = ["day", "id"]

    def get_queryset(self) -> QuerySet[CalendarDay]:
        """Visible days."""
        return self.narrowed(CalendarDay.objects.visible_to(self.request.user).select_related("hall"))

    @extend_schema(summary="本地安排", request=io.LocalDayInput, responses={201: io.CalendarDaySerializer})
    def create(self, request: Request) -> Response:
        """In the hall of `?hall=`, else the own one; a second one for the day replaces the first."""
        data = self.checked(io.LocalDayInput)
        return self.shown(calendar.set_local_day(hall=self.hall_to_edit(), by=request.user, **data), 201)

    @extend_schema(summary="撤销本地安排", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Only the hall's own days."""
        calendar.drop_local_day(entry=self.get_object(), by=request.user)
        return Response(status=204)


routes = [
    ("departments", DepartmentViewSet, "department"),
    ("windows", WindowViewSet, "window"),
    ("people", StaffViewSet, "staff"),
    ("postings", PostingViewSet, "posting"),
    ("calendar-days", CalendarDayViewSet, "calendar-day"),
]
