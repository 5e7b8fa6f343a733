"""Attendance to read: punches, leaves and results of half days. Filters are those of the pages."""

import django_filters
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from accounts.rest import ScopedViewSet
from attendance.enums import Half, LeaveKind, Outcome, PunchSource
from attendance.models import DayResult, Leave, Punch
from attendance.serializers import DayResultSerializer, LeaveSerializer, PunchSerializer

READ = ("attendance.read_all", "attendance.read_own", "attendance.read_unit")
READ_LEAVE = ("leave.read_all", "leave.first_step", "leave.unit_step", "leave.ask")


class _OfPerson(django_filters.FilterSet):
    hall = django_filters.CharFilter(field_name="hall__code")
    staff = django_filters.CharFilter(field_name="staff__no")


class PunchFilter(_OfPerson):
    """Conditions on punches."""

    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")
    source = django_filters.ChoiceFilter(choices=PunchSource.choices)


class _OfDay(_OfPerson):
    first = django_filters.DateFilter(field_name="day", lookup_expr="gte")
    last = django_filters.DateFilter(field_name="day", lookup_expr="lte")
    half = django_filters.ChoiceFilter(choices=Half.choices)


class LeaveFilter(_OfDay):
    """Conditions on leaves."""

    kind = django_filters.ChoiceFilter(choices=LeaveKind.choices)


class DayResultFilter(_OfDay):
    """Conditions on results."""

    outcome = django_filters.ChoiceFilter(choices=Outcome.choices)


class PunchViewSet(ListModelMixin, RetrieveModelMixin, ScopedViewSet):
    """打卡记录，只读、只增。"""

    room = "attendance"
    permissions_by_action = {"list": READ, "retrieve": READ}
    serializer_class = PunchSerializer
    filterset_class = PunchFilter
    queryset = Punch.objects.none()

    def get_queryset(self):
        """What the person may read."""
        return Punch.objects.visible_to(self.request.user).select_related("hall", "staff")


class LeaveViewSet(ListModelMixin, RetrieveModelMixin, ScopedViewSet):
    """请假和因公外出，按半天。"""

    room = "attendance"
    permissions_by_action = {"list": READ_LEAVE, "retrieve": READ_LEAVE}
    serializer_class = LeaveSerializer
    filterset_class = LeaveFilter
    queryset = Leave.objects.none()

    def get_queryset(self):
        """What the person may read."""
        return Leave.objects.visible_to(self.request.user).select_related("hall", "staff")


class DayResultViewSet(ListModelMixin, RetrieveModelMixin, ScopedViewSet):
    """每人每半天的考勤结果和依据。"""

    room = "attendance"
    permissions_by_action = {"list": READ, "retrieve": READ}
    serializer_class = DayResultSerializer
    filterset_class = DayResultFilter
    queryset = DayResult.objects.none()

    def get_queryset(self):
        """What the person may read."""
        return DayResult.objects.visible_to(self.request.user).select_related("hall", "staff")


routes = [
    ("punches", PunchViewSet, "punch"),
    ("leaves", LeaveViewSet, "leave"),
    ("day-results", DayResultViewSet, "day-result"),
]
