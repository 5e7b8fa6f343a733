"""The rulebook as programs read it, and the phrases a hall may edit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.response import Response

from accounts.errors import NotPermitted
from accounts.etags import IF_MATCH, if_match
from accounts.halls import current_hall
from accounts.rest import ScopedViewSet
from accounts.services.undoing import undoable
from violations.filters import PhraseFilters
from violations.lists import PHRASES
from violations.models import ActPhrase, Clause, RulebookVersion
from violations.serializers import HundredthsField
from violations.services import rulebook as services
from violations.tariff import acts_for

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

EDITORS = ("phrases.edit", "rules.edit")


class VersionSerializer(serializers.ModelSerializer[RulebookVersion]):
    """制度版本."""

    hall = serializers.CharField(source="rulebook.hall.code", read_only=True)
    rulebook = serializers.CharField(source="rulebook.code", read_only=True)
    status_label = serializers.CharField(source="get_status_display", read_only=True)

    class Meta:
        model = RulebookVersion
        fields = [
            "id",
            "hall",
            "rulebook",
            "version",
            "title",
            "basis",
            "effective_on",
            "status",
            "status_label",
            "sha256",
        ]


class RulebookClauseSerializer(serializers.ModelSerializer[Clause]):
    """条款: code, wording, points, and the acts it judges."""

    category = serializers.CharField(source="category.name", read_only=True, default="")
    points = HundredthsField(read_only=True)
    acts = serializers.SerializerMethodField(help_text="事项代码")

    class Meta:
        model = Clause
        fields = [
            "id",
            "version",
            "code",
            "article",
            "category",
            "wording",
            "needs",
            "note",
            "subject",
            "source",
            "points",
            "per",
            "acts",
        ]

    def get_acts(self, clause: Clause) -> list[str]:
        """Codes of the acts."""
        return [row.act.code for row in clause.clause_acts.all()]


class PhraseSerializer(serializers.ModelSerializer[ActPhrase]):
    """常用说法."""

    hall = serializers.CharField(source="hall.code", read_only=True)
    act = serializers.CharField(source="act.code", help_text="事项代码")

    class Meta:
        model = ActPhrase
        fields = ["id", "hall", "pattern", "act", "changed_at"]
        read_only_fields = ["changed_at"]


class VersionApiFilters(django_filters.FilterSet):
    """Filters of versions."""

    hall = django_filters.CharFilter(field_name="rulebook__hall__code", label="大厅代码")

    class Meta:
        model = RulebookVersion
        fields = ["status"]


class ClauseApiFilters(django_filters.FilterSet):
    """Filters of clauses."""

    version = django_filters.NumberFilter(label="版本编号")
    act = django_filters.CharFilter(field_name="clause_acts__act__code", label="事项代码")

    class Meta:
        model = Clause
        fields = ["code", "subject", "source"]


class PhraseApiFilters(PhraseFilters):
    """Filters of phrases."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")
    act = django_filters.CharFilter(field_name="act__code", label="事项代码")

    class Meta:
        model = ActPhrase
        fields: list[str] = []


@extend_schema_view(list=extend_schema(summary="制度版本"), retrieve=extend_schema(summary="一个制度版本"))
class VersionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """制度版本."""

    room = "violations"
    permissions_by_action = {"*": "rules.read"}
    serializer_class = VersionSerializer
    filterset_class = VersionApiFilters
    ordering_fields = ["effective_on", "id"]
    ordering = ["-effective_on", "-pk"]

    def get_queryset(self) -> QuerySet[RulebookVersion]:
        """Versions in sight."""
        rows = RulebookVersion.objects.visible_to(self.request.user).defer("source_text")
        return rows.select_related("rulebook__hall")


@extend_schema_view(list=extend_schema(summary="条款"), retrieve=extend_schema(summary="一条条款"))
class ClauseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """条款."""

    room = "violations"
    permissions_by_action = {"*": "rules.read"}
    serializer_class = RulebookClauseSerializer
    filterset_class = ClauseApiFilters
    ordering_fields = ["sort", "id"]
    ordering = ["pk"]

    def get_queryset(self) -> QuerySet[Clause]:
        """Clauses of versions in sight."""
        rows = Clause.objects.visible_to(self.request.user).select_related("category")
        return rows.prefetch_related("clause_acts__act").distinct()


@extend_schema_view(list=extend_schema(summary="常用说法"), retrieve=extend_schema(summary="一个常用说法"))
class PhraseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """常用说法: read, teach, change, forget."""

    room = "violations"
    permissions_by_action = {"*": EDITORS}
    kinds = (PHRASES,)
    serializer_class = PhraseSerializer
    filterset_class = PhraseApiFilters
    ordering_fields = ["changed_at", "id"]
    ordering = ["-pk"]

    def get_queryset(self) -> QuerySet[ActPhrase]:
        """Phrases in sight."""
        return ActPhrase.objects.visible_to(self.request.user).select_related("hall", "act__rulebook__hall")

    @extend_schema(summary="添加说法", responses={201: PhraseSerializer})
    def create(self, request: Request) -> Response:
        """For the current hall."""
        hall = current_hall(request)
        self._require_editor(hall)
        data = self._checked(request)
        with self._undoable("phrase.added", hall, hall):
            phrase = services.add_phrase(hall=hall, by=request.user, **data)
        return Response(PhraseSerializer(phrase).data, status=201)

    @extend_schema(summary="修改说法", parameters=[IF_MATCH])
    def update(self, request: Request, pk: str) -> Response:
        """Words and act."""
        phrase = self.get_object()
        self._require_editor(phrase.hall)
        data, seen = self._checked(request), if_match(request)
        with self._undoable("phrase.changed", phrase, phrase.hall):
            phrase = services.change_phrase(phrase=phrase, by=request.user, seen=seen, **data)
        return Response(PhraseSerializer(phrase).data)

    @extend_schema(summary="删除说法")
    def destroy(self, request: Request, pk: str) -> Response:
        """What was imported with it stays."""
        phrase = self.get_object()
        self._require_editor(phrase.hall)
        with self._undoable("phrase.removed", phrase.hall, phrase.hall):
            services.remove_phrase(phrase=phrase, by=request.user)
        return Response(status=204)

    def _undoable(self, action: str, target: Any, hall: Any) -> Any:
        rows = partial(services.phrases_of, hall)
        return undoable(action, target=target, by=self.request.user, hall=hall, rows=rows)

    def _checked(self, request: Request) -> dict[str, Any]:
        form = PhraseSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        code = form.validated_data["act"]["code"]
        act = next((act for act in acts_for(current_hall(request)) if act.code == code), None)
        if act is None:
            raise serializers.ValidationError({"act": [f"没有事项“{code}”。"]})
        return {"pattern": form.validated_data["pattern"], "act": act}

    def _require_editor(self, hall: Any) -> None:
        if not self.request.user.can_any(EDITORS, hall):
            raise NotPermitted("常用说法由大厅管理员和系统管理员维护。")


rule_routes = [
    ("versions", VersionViewSet, "rulebook-version"),
    ("clauses", ClauseViewSet, "clause"),
    ("phrases", PhraseViewSet, "phrase"),
]
