"""The second door to the rota: the same services, forms and ways back as the pages."""

from __future__ import annotations

from functools import partial
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.etags import IF_MATCH, if_match, with_etag
from accounts.halls import current_hall
from accounts.rest import ScopedViewSet, checked_form
from accounts.services.undoing import undoable
from patrols import duty_serializers as io
from patrols.duty_filters import DutyDayFilters, DutySwapFilters
from patrols.duty_forms import DayForm, DraftForm, LogForm
from patrols.duty_lists import DUTY_DAYS, DUTY_SWAPS, SWAP_READERS
from patrols.duty_permissions import EDIT, READERS, SWAP
from patrols.models import DutyDay, DutySwap
from patrols.months import last_day, month_after, month_of
from patrols.services import duty_log, rota, swaps
from patrols.services.duty_share import shares

HALL = OpenApiParameter("hall", OpenApiTypes.STR, description="大厅代码，默认自己的大厅")
MONTH = OpenApiParameter("month", OpenApiTypes.STR, description="月份，如 2026-12，默认本月")


class DutyDayApiFilters(DutyDayFilters):
    """Filters of duty days."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")

    class Meta:
        model = DutyDay
        fields = ["day", "user", "department"]


class DutySwapApiFilters(DutySwapFilters):
    """Filters of requests to change."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")

    class Meta:
        model = DutySwap
        fields: list[str] = []


def _checked(serializer: type[Any], request: Request) -> dict[str, Any]:
    found = serializer(data=request.data, context={"request": request})
    found.is_valid(raise_exception=True)
    data: dict[str, Any] = found.validated_data
    return data


@extend_schema_view(list=extend_schema(summary="值班日"))
class DutyDayViewSet(mixins.ListModelMixin, ScopedViewSet):
    """值班表: who is on duty which day, and the log of the day."""

    room = "patrols"
    permissions_by_action = {"draft": EDIT, "copy": EDIT, "set": EDIT, "*": READERS}
    kinds = (DUTY_DAYS,)
    serializer_class = io.DutyDaySerializer
    pulls_changes = True
    filterset_class = DutyDayApiFilters
    ordering_fields = ["day", "id"]

    def get_queryset(self) -> QuerySet[DutyDay]:
        """Visible days."""
        return DutyDay.objects.visible_to(self.request.user).for_list().order_by("-day", "-pk")

    @extend_schema(summary="一个值班日", responses=io.DutyDaySerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """With its version as `ETag`."""
        return self._shown(self.get_object())

    @extend_schema(
        summary="生成值班表",
        parameters=[HALL],
        request=io.DraftInput,
        responses=io.DutyDaySerializer(many=True),
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def draft(self, request: Request) -> Response:
        """In turns over the working days of the month that are free; answers the days that were made."""
        hall = current_hall(request)
        data = _checked(io.DraftInput, request)
        form = DraftForm(data, hall=hall)
        checked_form(form)
        first = month_of(data["month"], timezone.localdate())
        rows = partial(rota.month_rows, hall, first)
        with undoable("duty.drafted", target=hall, by=request.user, hall=hall, rows=rows):
            made = rota.draft_month(
                hall=hall, first=first, kind=data["kind"], chosen=form.chosen, by=request.user
            )
        return self._many(made)

    @extend_schema(
        summary="值班表复制到下月",
        parameters=[HALL],
        request=io.CopyInput,
        responses=io.DutyDaySerializer(many=True),
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def copy(self, request: Request) -> Response:
        """By the number of the working day; days that have somebody stay as they are."""
        hall = current_hall(request)
        first = month_of(_checked(io.CopyInput, request)["month"], timezone.localdate())
        rows = partial(rota.month_rows, hall, month_after(first))
        with undoable("duty.copied", target=hall, by=request.user, hall=hall, rows=rows):
            made = rota.copy_month(hall=hall, first=first, by=request.user)
        return self._many(made)

    @extend_schema(
        summary="改一天的值班",
        parameters=[HALL, IF_MATCH],
        request=io.DayInput,
        responses=io.DutyDaySerializer(many=True),
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def set(self, request: Request) -> Response:
        """Who is on duty that day, in place of whoever was. The answer's `ETag` is the day's version."""
        hall, seen = current_hall(request), if_match(request)
        data = _checked(io.DayInput, request)
        chosen = checked_form(DayForm({name: data[name] for name in ("manage", "lead", "units")}, hall=hall))
        rows = partial(rota.day_rows, hall, data["day"])
        with undoable("duty.day_set", target=hall, by=request.user, hall=hall, rows=rows):
            made = rota.set_day(hall=hall, day=data["day"], by=request.user, seen=seen, **chosen)
        return with_etag(self._many(made), rota.day_facts(hall, data["day"]))

    @extend_schema(
        summary="写值班日志", parameters=[IF_MATCH], request=io.LogInput, responses=io.DutyDaySerializer
    )
    @action(detail=True, methods=["post"])
    def log(self, request: Request, pk: str) -> Response:
        """By who was on duty, by the unit's contact, or by the office."""
        duty, seen = self.get_object(), if_match(request)
        data = checked_form(LogForm(_checked(io.LogInput, request), duty=duty))
        rows = partial(duty_log.log_rows, duty)
        with undoable("duty.logged", target=duty, by=request.user, hall=duty.hall, rows=rows):
            duty_log.write_log(
                duty=duty,
                seen_words=data["seen"],
                done=data["done"],
                present_name=data.get("present_name", ""),
                by=request.user,
                seen=seen,
            )
        return self._shown(duty)

    @extend_schema(summary="轮值和到场率", parameters=[HALL, MONTH], responses=io.ShareSerializer(many=True))
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def share(self, request: Request) -> Response:
        """How many days each has had, and on how many he was there."""
        first = month_of(request.GET.get("month", ""), timezone.localdate())
        rows = DutyDay.objects.visible_to(request.user).filter(hall=current_hall(request))
        return Response(io.ShareSerializer(shares(rows, first, last_day(first)), many=True).data)

    def _shown(self, duty: DutyDay) -> Response:
        fresh = self.get_queryset().get(pk=duty.pk)
        return with_etag(Response(io.DutyDaySerializer(fresh).data), duty_log.log_facts(fresh))

    def _many(self, made: list[DutyDay]) -> Response:
        rows = self.get_queryset().filter(pk__in=[row.pk for row in made]).order_by("day", "pk")
        return Response(io.DutyDaySerializer(rows, many=True).data)


@extend_schema_view(list=extend_schema(summary="换班"), retrieve=extend_schema(summary="一次换班"))
class DutySwapViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """换班: ask, answer, withdraw."""

    room = "patrols"
    permissions_by_action = {"list": SWAP_READERS, "retrieve": SWAP_READERS, "*": SWAP}
    kinds = (DUTY_SWAPS,)
    serializer_class = io.DutySwapSerializer
    pulls_changes = True
    filterset_class = DutySwapApiFilters
    ordering_fields = ["asked_at", "id"]

    def get_queryset(self) -> QuerySet[DutySwap]:
        """Visible requests."""
        return DutySwap.objects.visible_to(self.request.user).for_list().order_by("-pk")

    @extend_schema(summary="请人换班", request=io.SwapInput, responses={201: io.DutySwapSerializer})
    def create(self, request: Request) -> Response:
        """The other is told; nothing changes before he agrees."""
        data = _checked(io.SwapInput, request)
        duty, key = data["duty"], swaps.notice_key(data["duty"], "swap_asked")
        facts = {"target": duty, "by": request.user, "hall": duty.hall, "notice_key": key}
        with undoable("duty.swap_asked", rows=partial(swaps.asked_rows, duty), **facts):
            swap = swaps.ask_swap(
                duty=duty, other=data["other"], words=data.get("words", ""), by=request.user
            )
        return self._shown(swap, 201)

    @extend_schema(summary="答复换班", request=io.SwapAnswerInput, responses=io.DutySwapSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """With agreement the two change days."""
        swap, data = self.get_object(), _checked(io.SwapAnswerInput, request)
        accepts, key = data["verdict"] == "accept", swaps.notice_key(swap, "swap_answered")
        facts = {"target": swap, "by": request.user, "hall": swap.hall, "notice_key": key}
        with undoable("duty.swap_answered", rows=partial(swaps.swap_rows, swap), **facts):
            swaps.answer_swap(swap=swap, accepts=accepts, words=data.get("words", ""), by=request.user)
        return self._shown(swap)

    @extend_schema(summary="撤回换班", request=None, responses=io.DutySwapSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """By who asked, before it is answered."""
        swap = self.get_object()
        facts = {"target": swap, "by": request.user, "hall": swap.hall}
        with undoable("duty.swap_withdrawn", rows=partial(swaps.swap_rows, swap), **facts):
            swaps.withdraw_swap(swap=swap, by=request.user)
        return self._shown(swap)

    def _shown(self, swap: DutySwap, status: int = 200) -> Response:
        fresh = self.get_queryset().get(pk=swap.pk)
        return Response(io.DutySwapSerializer(fresh).data, status=status)


duty_routes = [("duty-days", DutyDayViewSet, "duty-day"), ("duty-swaps", DutySwapViewSet, "duty-swap")]
