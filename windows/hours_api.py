"""The second door to the service hours of a hall: stretches of each season, and the week one edits."""

from __future__ import annotations

from functools import partial

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.etags import IF_MATCH, if_match, with_etag
from accounts.models import Hall
from accounts.rest import checked_form
from accounts.services.undoing import undoable
from windows import serializers as io
from windows.forms import HoursForm
from windows.models import ServiceHours
from windows.rest import RoomViewSet, SpanFilters
from windows.services import taking_back
from windows.services.hours import hours_facts, set_hours

HALL = OpenApiParameter("hall", OpenApiTypes.STR, description="大厅代码，默认自己的大厅")


class ServiceHoursApiFilters(SpanFilters):
    """Filters of stretches; of a window that has hours of its own, by its number."""

    class Meta:
        model = ServiceHours
        fields = ["hall", "window", "weekday"]


@extend_schema_view(list=extend_schema(summary="服务时间"), retrieve=extend_schema(summary="一段服务时间"))
class ServiceHoursViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, RoomViewSet):
    """服务时间: `?on=2026-11-25&hall=demo` answers when the hall serves in that week."""

    edit = "calendar.edit"
    permissions_by_action = {"list": "roster.read", "retrieve": "roster.read", "*": edit}
    serializer_class = io.ServiceHoursSerializer
    filterset_class = ServiceHoursApiFilters
    ordering_fields = ["starts_on", "weekday", "id"]

    def get_queryset(self) -> QuerySet[ServiceHours]:
        """Of halls the caller belongs to."""
        return ServiceHours.objects.visible_to(self.request.user).select_related("hall", "window")

    @extend_schema(summary="本厅一周的服务时间", parameters=[HALL], responses=io.WeekSerializer)
    @action(detail=False, methods=["get"])
    def week(self, request: Request) -> Response:
        """As the page shows it today, with its version as ETag."""
        return self._told(self.hall_to_edit())

    @extend_schema(
        summary="改服务时间", parameters=[HALL, IF_MATCH], request=io.WeekInput, responses=io.WeekSerializer
    )
    @week.mapping.post
    def set_week(self, request: Request) -> Response:
        """From a day on, or for a season: before and after, what held before goes on."""
        hall = self.hall_to_edit()
        data = checked_form(HoursForm(self.checked(io.WeekInput)))
        wanted = {name: data[name] for name in ("week", "starts_on", "ends_on")}
        rows = partial(taking_back.hours_rows, hall)
        with undoable("hours.set", target=hall, by=request.user, hall=hall, rows=rows):
            set_hours(hall=hall, by=request.user, seen=if_match(request), **wanted)
        return self._told(hall)

    def _told(self, hall: Hall) -> Response:
        facts = hours_facts(hall)
        return with_etag(Response({"hall": hall.code, **facts}), facts)


hours_routes = [("service-hours", ServiceHoursViewSet, "service-hours")]
