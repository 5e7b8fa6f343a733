"""The second door to figures and votes: reading them, what is asked for, and entering rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.halls import current_hall
from accounts.rest import ScopedViewSet
from assessments.filters import FigureFilters, VoteFilters
from assessments.lists import FIGURES, VOTES
from assessments.models import Figure, Vote
from assessments.services import facts as services
from assessments.services.months import month_of_words
from violations.serializers import HundredthsField

if TYPE_CHECKING:
    from datetime import date

    from rest_framework.request import Request

    from assessments.services.facts import Asked, Entry


class FigureSerializer(serializers.ModelSerializer[Figure]):
    """指标值."""

    hall = serializers.CharField(source="hall.code", read_only=True)
    subject_code = serializers.CharField(read_only=True, help_text="工号或窗口号")
    subject_name = serializers.CharField(read_only=True)
    value = HundredthsField(read_only=True)

    class Meta:
        model = Figure
        fields = ["id", "hall", "origin", "code", "month", "period", "kind", "subject_id"]
        fields += ["subject_code", "subject_name", "value", "note", "at"]


class VoteSerializer(serializers.ModelSerializer[Vote]):
    """投票."""

    hall = serializers.CharField(source="hall.code", read_only=True)
    subject_code = serializers.CharField(read_only=True, help_text="工号或窗口号")
    subject_name = serializers.CharField(read_only=True)
    value = HundredthsField(read_only=True)

    class Meta:
        model = Vote
        fields = ["id", "hall", "ballot", "group", "month", "period", "kind", "subject_id"]
        fields += ["subject_code", "subject_name", "value", "times", "at"]


class AskedSerializer(serializers.Serializer[Any]):
    """A figure or ballot the rulebook in force reads; `key` is what an entry names."""

    key = serializers.CharField()
    label = serializers.CharField()
    groups = serializers.ListField(child=serializers.CharField(), help_text="投票人组；指标为空")
    options = serializers.DictField(child=serializers.FloatField(), help_text="选项和分值；自由给分的为空")


class RowInput(serializers.Serializer[Any]):
    """One row: whose, and how much."""

    subject = serializers.CharField(max_length=80, help_text="工号、窗口号或单位名称")
    value = serializers.CharField(max_length=40, help_text="数值，或投票的选项")
    times = serializers.IntegerField(min_value=1, max_value=999_999, default=1, help_text="票数")


class FactInput(serializers.Serializer[Any]):
    """One figure of many subjects."""

    asked = serializers.CharField(max_length=200, help_text="asked/ 里的 key")
    month = serializers.CharField(max_length=7, help_text="如 2026-10；季度、年度的写其中任何一个月")
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    rows = RowInput(many=True, allow_empty=False)

    def validate_month(self, value: str) -> date:
        """The first day of the month."""
        try:
            return month_of_words(value)
        except ValueError:
            raise serializers.ValidationError("月份要写成 2026-10。") from None

    def validate_rows(self, value: list[dict[str, Any]]) -> list[Entry]:
        """As the service takes them, counted from 1."""
        return [
            services.Entry(line, row["subject"], row["value"], str(row["times"]))
            for line, row in enumerate(value, 1)
        ]


class VotesInput(FactInput):
    """The votes of one group."""

    group = serializers.CharField(max_length=40, help_text="投票人组代码")


class EnteredSerializer(serializers.Serializer[Any]):
    """How many were kept."""

    entered = serializers.IntegerField()


class FigureApiFilters(FigureFilters):
    """Filters of figures."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")
    code = django_filters.CharFilter(label="代码")

    class Meta:
        model = Figure
        fields: list[str] = []


class VoteApiFilters(VoteFilters):
    """Filters of votes."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")
    ballot = django_filters.CharFilter(label="投票代码")

    class Meta:
        model = Vote
        fields: list[str] = []


def _chosen(asked: list[Asked], key: str) -> Asked:
    found = next((one for one in asked if one.key == key), None)
    if found is None:
        raise serializers.ValidationError({"asked": ["现行制度没有这一项。"]})
    return found


def _checked(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


@extend_schema_view(list=extend_schema(summary="指标值"), retrieve=extend_schema(summary="一个指标值"))
class FigureViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """指标、自评、评审打分."""

    room = "assessments"
    permissions_by_action = {"create": "assess.score", "*": "sheet.read_all"}
    kinds = (FIGURES,)
    serializer_class = FigureSerializer
    filterset_class = FigureApiFilters
    ordering_fields = ["id"]
    ordering = ["-pk"]

    def get_queryset(self) -> QuerySet[Figure]:
        """Of halls the person reads all of."""
        return Figure.objects.visible_to(self.request.user).with_names().select_related("hall")

    @extend_schema(summary="录入指标", request=FactInput, responses={201: EnteredSerializer})
    def create(self, request: Request) -> Response:
        """For the current hall: all rows or none."""
        data, hall = _checked(FactInput(data=request.data)), current_hall(request)
        count = services.enter_figures(
            hall=hall,
            asked=_chosen(services.figures_asked(hall), data["asked"]),
            month=data["month"],
            entries=data["rows"],
            by=request.user,
            note=data["note"],
        )
        return Response({"entered": count}, status=201)

    @extend_schema(summary="要录入哪些指标", responses=AskedSerializer(many=True))
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def asked(self, request: Request) -> Response:
        """By the rulebook in force in the current hall."""
        rows = services.figures_asked(current_hall(request))
        told = [{"key": one.key, "label": one.label, "groups": [], "options": {}} for one in rows]
        return Response(AskedSerializer(told, many=True).data)


@extend_schema_view(list=extend_schema(summary="投票"), retrieve=extend_schema(summary="一条投票"))
class VoteViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """投票: marks by group of voters; who voted is not kept."""

    room = "assessments"
    permissions_by_action = {"create": "assess.score", "*": "sheet.read_all"}
    kinds = (VOTES,)
    serializer_class = VoteSerializer
    filterset_class = VoteApiFilters
    ordering_fields = ["id"]
    ordering = ["-pk"]

    def get_queryset(self) -> QuerySet[Vote]:
        """Of halls the person reads all of."""
        return Vote.objects.visible_to(self.request.user).with_names().select_related("hall")

    @extend_schema(summary="录入投票", request=VotesInput, responses={201: EnteredSerializer})
    def create(self, request: Request) -> Response:
        """For the current hall, one group: all rows or none; answers how many votes were cast."""
        data, hall = _checked(VotesInput(data=request.data)), current_hall(request)
        count = services.enter_votes(
            hall=hall,
            asked=_chosen(services.ballots_asked(hall), data["asked"]),
            group=data["group"],
            month=data["month"],
            entries=data["rows"],
            by=request.user,
        )
        return Response({"entered": count}, status=201)

    @extend_schema(summary="有哪些投票", responses=AskedSerializer(many=True))
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def asked(self, request: Request) -> Response:
        """By the rulebook in force in the current hall, with groups and options."""
        hall = current_hall(request)
        groups = services.groups_of(hall)
        told = [
            {
                "key": one.key,
                "label": one.label,
                "groups": [group.code for group in groups if group.ballot == one.code],
                "options": services.options_of(hall, one.code),
            }
            for one in services.ballots_asked(hall)
        ]
        return Response(AskedSerializer(told, many=True).data)


fact_routes = [("figures", FigureViewSet, "figure"), ("votes", VoteViewSet, "vote")]
