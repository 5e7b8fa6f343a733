"""The second door to windows, people and the calendar: the same scope and the same services."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date
from functools import partial
from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.bulk_api import BulkAnswerSerializer, answer_each, answer_each_row, bulk_input
from accounts.etags import IF_MATCH, if_match
from accounts.models import Hall
from accounts.querysets import in_halls
from accounts.services.undoing import Offer, undoable
from accounts.versions import ChangedMeanwhile, Facts
from windows import serializers as io
from windows.enums import StaffEventKind
from windows.filters import DepartmentFilters, StaffFilters, WindowFilters
from windows.hours_api import hours_routes
from windows.lists import DEPARTMENTS, PEOPLE, WINDOWS
from windows.models import CalendarDay, Department, Posting, Staff, StaffEvent, Window
from windows.rest import EditedViewSet, HallFilters, RoomViewSet, SpanFilters
from windows.services import calendar, people, places, postings, taking_back


class DepartmentApiFilters(HallFilters, DepartmentFilters):
    """Filters of departments."""

    class Meta:
        model = Department
        fields = ["hall", "category", "is_active", "name"]


class WindowApiFilters(HallFilters, WindowFilters):
    """Filters of windows."""

    open_on = django_filters.DateFilter(method="filter_open_on", label="那天启用的")

    class Meta:
        model = Window
        fields = ["hall", "code", "department", "category", "floor", "zone"]

    def filter_open_on(self, rows: Any, name: str, value: Any) -> Any:
        """In service on the day."""
        return rows.open_on(value)


class StaffApiFilters(HallFilters, StaffFilters):
    """Filters of people."""

    present_on = django_filters.DateFilter(method="filter_present_on", label="那天在驻的")

    class Meta:
        model = Staff
        fields = ["hall", "no", "name", "department", "attendance_no"]

    def filter_present_on(self, rows: Any, name: str, value: Any) -> Any:
        """In the hall on the day."""
        return rows.present_on(value)


class PostingApiFilters(SpanFilters):
    """Filters of postings."""

    class Meta:
        model = Posting
        fields = ["hall", "staff", "window", "is_head", "is_chief"]


class CalendarDayApiFilters(HallFilters):
    """Filters of calendar days."""

    year = django_filters.NumberFilter(field_name="day__year", label="年", min_value=1900, max_value=2200)
    is_state = django_filters.BooleanFilter(field_name="hall", lookup_expr="isnull", label="国家安排")

    class Meta:
        model = CalendarDay
        fields = ["hall", "day", "kind", "year"]


@extend_schema_view(list=extend_schema(summary="派驻单位"), retrieve=extend_schema(summary="一个单位"))
class DepartmentViewSet(EditedViewSet):
    """派驻单位."""

    edit = "windows.edit"
    permissions_by_action = {"create": edit, "partial_update": edit, "*": "roster.read"}
    kinds = (DEPARTMENTS,)
    serializer_class = io.DepartmentSerializer
    pulls_changes = True
    filterset_class = DepartmentApiFilters
    ordering_fields = ["name", "sort", "id"]

    def get_queryset(self) -> QuerySet[Department]:
        """Visible departments."""
        return self.narrowed(Department.objects.visible_to(self.request.user).select_related("hall"))

    def facts(self, row: Any) -> Facts:
        """As on the page."""
        return places.department_facts(row)

    @extend_schema(summary="新增单位", request=io.DepartmentInput, responses={201: io.DepartmentSerializer})
    def create(self, request: Request) -> Response:
        """In the hall of `?hall=`, else the own one."""
        data = self.checked(io.DepartmentInput)
        return self.shown(places.add_department(hall=self.hall_to_edit(), by=request.user, **data), 201)

    @extend_schema(
        summary="修改单位",
        parameters=[IF_MATCH],
        request=io.DepartmentInput,
        responses=io.DepartmentSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Only what is sent."""
        data = self.checked(io.DepartmentInput, partial=True)
        row, seen = self.get_object(), if_match(request)
        with self.undoable("department.edited", row, taking_back.department_rows):
            places.edit_department(department=row, by=request.user, seen=seen, **data)
        return self.shown(row)


@extend_schema_view(list=extend_schema(summary="窗口"), retrieve=extend_schema(summary="一个窗口"))
class WindowViewSet(EditedViewSet):
    """窗口, with who sits there today."""

    edit = "windows.edit"
    permissions_by_action = {"list": "roster.read", "retrieve": "roster.read", "*": edit}
    kinds = (WINDOWS,)
    serializer_class = io.WindowSerializer
    pulls_changes = True
    filterset_class = WindowApiFilters
    ordering_fields = ["code", "floor", "sort", "id"]

    def get_queryset(self) -> QuerySet[Window]:
        """Visible windows."""
        today = Posting.objects.visible_to(self.request.user).on(timezone.localdate()).select_related("staff")
        rows = Window.objects.visible_to(self.request.user).select_related("hall", "department")
        sitting = Prefetch("postings", queryset=today, to_attr="today")
        return self.narrowed(rows.prefetch_related("services", sitting))

    def facts(self, row: Any) -> Facts:
        """As on the page."""
        return places.window_facts(row)

    @extend_schema(summary="新建窗口", request=io.NewWindowInput, responses={201: io.WindowSerializer})
    def create(self, request: Request) -> Response:
        """In the hall of the department."""
        return self.shown(self._open(request.data), 201)

    @extend_schema(
        summary="批量新建窗口",
        request=bulk_input("BulkWindows", io.NewWindowInput),
        responses=BulkAnswerSerializer,
    )
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Each as if sent alone."""
        return answer_each(request, self._open)

    def _open(self, sent: Any) -> Window:
        data = self.checked(io.NewWindowInput, sent=sent)
        editable = Department.objects.visible_to(self.request.user).filter(
            in_halls(self.request.user, self.edit)
        )
        get_object_or_404(editable, pk=data["department"].pk)
        return places.open_window(by=self.request.user, **data)

    @extend_schema(
        summary="修改窗口", parameters=[IF_MATCH], request=io.WindowInput, responses=io.WindowSerializer
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Only what is sent; the number stays."""
        data = self.checked(io.WindowInput, partial=True)
        row, seen = self.get_object(), if_match(request)
        with self.undoable("window.edited", row, taking_back.window_rows):
            places.edit_window(window=row, by=request.user, seen=seen, **data)
        return self.shown(row)

    @extend_schema(summary="停用窗口", request=io.CloseInput, responses=io.WindowSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """After its people have moved."""
        data, row = self.checked(io.CloseInput), self.get_object()
        with self.undoable("window.closed", row, taking_back.window_rows):
            places.close_window(window=row, by=request.user, **data)
        return self.shown(row)

    @extend_schema(summary="重新启用窗口", request=None, responses=io.WindowSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Into service again."""
        row = self.get_object()
        with self.undoable("window.reopened", row, taking_back.window_rows):
            places.reopen_window(window=row, by=request.user)
        return self.shown(row)

    @extend_schema(summary="设窗口负责人", request=io.HeadInput, responses=io.WindowSerializer)
    @action(detail=True, methods=["post"])
    def head(self, request: Request, pk: str) -> Response:
        """One of the people who sit there today."""
        window = self.get_object()
        staff = self.checked(io.HeadInput)["staff"]
        with self.undoable("window.head_set", window, taking_back.seat_rows):
            postings.set_head(window=window, staff=staff, by=request.user)
        return self.shown(window)


@extend_schema_view(list=extend_schema(summary="人员"), retrieve=extend_schema(summary="一个人"))
class StaffViewSet(EditedViewSet):
    """窗口工作人员: whom the caller may see."""

    edit = "people.edit"
    permissions_by_action = {"list": "roster.read", "retrieve": "roster.read", "*": edit}
    kinds = (PEOPLE,)
    serializer_class = io.StaffSerializer
    pulls_changes = True
    filterset_class = StaffApiFilters
    ordering_fields = ["no", "name", "joined_on", "id"]

    def get_queryset(self) -> QuerySet[Staff]:
        """Visible people."""
        user = self.request.user
        today = Posting.objects.visible_to(user).on(timezone.localdate()).select_related("window")
        rows = Staff.objects.visible_to(user).select_related("hall", "department")
        sitting = Prefetch("postings", queryset=today, to_attr="today")
        events = Prefetch("events", queryset=StaffEvent.objects.visible_to(user).select_related("window"))
        return self.narrowed(rows.prefetch_related(sitting, events))

    def facts(self, row: Any) -> Facts:
        """As on the page."""
        return people.staff_facts(row)

    @extend_schema(summary="登记进驻", request=io.JoinInput, responses={201: io.StaffSerializer})
    def create(self, request: Request) -> Response:
        """In the hall of `?hall=`, else the own one; the first posting begins on the day."""
        return self.shown(self._join(request.data), 201)

    @extend_schema(
        summary="批量登记进驻", request=bulk_input("BulkJoin", io.JoinInput), responses=BulkAnswerSerializer
    )
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """In the hall of `?hall=`, else the own one; each as if sent alone."""
        return answer_each(request, self._join)

    @extend_schema(
        summary="批量调整窗口",
        request=bulk_input("BulkMove", io.MoveInput, id=serializers.IntegerField(help_text="人员的 id")),
        responses=BulkAnswerSerializer,
    )
    @action(detail=False, methods=["post"], url_path="bulk-move")
    def bulk_move(self, request: Request) -> Response:
        """From a day on, each as if sent alone."""
        return answer_each_row(request, self.get_queryset(), self._move)

    def _join(self, sent: Any) -> Staff:
        data = self.checked(io.JoinInput, sent=sent)
        return people.join_hall(hall=self.hall_to_edit(), by=self.request.user, **data)

    def _move(self, staff: Staff, sent: Any) -> Staff:
        data = self.checked(io.MoveInput, sent=sent)
        with self.undoable("staff.stay", staff, taking_back.stay_rows):
            postings.post_staff(staff=staff, by=self.request.user, **data)
        return staff

    @extend_schema(
        summary="修改人员", parameters=[IF_MATCH], request=io.StaffInput, responses=io.StaffSerializer
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Only what is sent."""
        data = self.checked(io.StaffInput, partial=True)
        row, seen = self.get_object(), if_match(request)
        with self.undoable("staff.edited", row, taking_back.staff_rows):
            people.edit_staff(staff=row, by=request.user, seen=seen, **data)
        return self.shown(row)

    @extend_schema(summary="调整窗口", request=io.MoveInput, responses=io.StaffSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """From a day on; the old posting ends the day before."""
        return self.shown(self._move(self.get_object(), request.data))

    @extend_schema(summary="登记离开或退回", request=io.LeaveInput, responses=io.StaffSerializer)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, pk: str) -> Response:
        """`day` is the last one; sending back asks a reason."""
        data = self.checked(io.LeaveInput)
        staff = self.get_object()
        with self.undoable("staff.stay", staff, taking_back.stay_rows):
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
        data = self.checked(io.ReturnInput)
        with self.undoable("staff.stay", staff, taking_back.stay_rows):
            postings.return_to_hall(staff=staff, by=request.user, **data)
        return self.shown(staff)


@extend_schema_view(list=extend_schema(summary="派驻"), retrieve=extend_schema(summary="一段派驻"))
class PostingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, RoomViewSet):
    """派驻: `?window=A05&on=2026-10-20` answers who sat there on that day."""

    permissions_by_action = {"*": "roster.read"}
    serializer_class = io.PostingSerializer
    pulls_changes = True
    filterset_class = PostingApiFilters
    ordering_fields = ["starts_on", "ends_on", "id"]

    def get_queryset(self) -> QuerySet[Posting]:
        """Visible postings."""
        return Posting.objects.visible_to(self.request.user).select_related("hall", "window", "staff")


@extend_schema_view(list=extend_schema(summary="日历日"), retrieve=extend_schema(summary="一个日历日"))
class CalendarDayViewSet(EditedViewSet):
    """日历日: the state's days and the hall's own."""

    edit = "calendar.edit"
    permissions_by_action = {"list": "hall.read", "retrieve": "hall.read", "*": edit}
    serializer_class = io.CalendarDaySerializer
    filterset_class = CalendarDayApiFilters
    ordering_fields = ["day", "id"]

    def get_queryset(self) -> QuerySet[CalendarDay]:
        """Visible days."""
        return self.narrowed(CalendarDay.objects.visible_to(self.request.user).select_related("hall"))

    def facts(self, row: Any) -> Facts:
        """As on the page."""
        return calendar.local_facts(row)

    @extend_schema(
        summary="本地安排",
        parameters=[IF_MATCH],
        request=io.LocalDayInput,
        responses={201: io.CalendarDaySerializer},
    )
    def create(self, request: Request) -> Response:
        """In the hall of `?hall=`, else the own one.

        A day that is decided otherwise already answers 409, unless `If-Match` names that version or `*`.
        """
        data, hall = self.checked(io.LocalDayInput), self.hall_to_edit()
        if request.headers.get("If-Match"):
            return self.shown(self._decide(hall, if_match(request), **data), 201)
        try:
            return self.shown(self._decide(hall, calendar.UNDECIDED, **data), 201)
        except ChangedMeanwhile as changed:
            raise calendar.DayDecided(changed) from changed

    @extend_schema(
        summary="修改本地安排",
        parameters=[IF_MATCH],
        request=io.LocalDayChange,
        responses=io.CalendarDaySerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Only what is sent; only the hall's own days."""
        data, row, seen = self.checked(io.LocalDayChange, partial=True), self.get_object(), if_match(request)
        wanted = {**calendar.local_facts(row), **data}
        return self.shown(self._decide(row.hall, seen, day=row.day, **wanted))

    @extend_schema(summary="撤销本地安排", parameters=[IF_MATCH], responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Only the hall's own days."""
        entry, seen = self.get_object(), if_match(request)
        with self._day_undoable("calendar.local_dropped", entry.hall, entry.day):
            calendar.drop_local_day(entry=entry, by=request.user, seen=seen)
        return Response(status=204)

    def _decide(self, hall: Hall, seen: str, **data: Any) -> CalendarDay:
        with self._day_undoable("calendar.local_set", hall, data["day"]):
            return calendar.set_local_day(hall=hall, by=self.request.user, seen=seen, **data)

    def _day_undoable(self, action: str, hall: Hall, day: date) -> AbstractContextManager[Offer]:
        rows = partial(taking_back.local_rows, hall, day)
        return undoable(action, target=hall, by=self.request.user, hall=hall, rows=rows)


routes = [
    ("departments", DepartmentViewSet, "department"),
    ("windows", WindowViewSet, "window"),
    ("people", StaffViewSet, "staff"),
    ("postings", PostingViewSet, "posting"),
    ("calendar-days", CalendarDayViewSet, "calendar-day"),
    *hours_routes,
]
