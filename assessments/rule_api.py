"""The second door to rulebooks: reading them clause by clause, drafts and their items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.errors import NotPermitted
from accounts.etags import IF_MATCH, if_match, with_etag
from accounts.rest import ScopedViewSet, checked_form
from assessments.forms import ItemForm
from assessments.pack_edits import items_of
from assessments.services import drafts as services
from assessments.services.reading import costs_of, differences, meanings
from assessments.services.results import points_number
from violations.models import RulebookVersion
from violations.packs import known_pack
from violations.rule_enums import VersionStatus

if TYPE_CHECKING:
    from rest_framework.request import Request

    from assessments.pack_edits import Item


class ClauseReadingSerializer(serializers.Serializer[Any]):
    """What a clause means, and what it has cost this year."""

    code = serializers.CharField()
    meaning = serializers.CharField(help_text="系统怎样计这一条")
    points = serializers.FloatField(help_text="今年已发布的月份里按这一条计的分")
    times = serializers.IntegerField(help_text="笔数")


class ChangeSerializer(serializers.Serializer[Any]):
    """One item in which two versions differ."""

    head = serializers.CharField()
    details = serializers.ListField(child=serializers.CharField())


class DraftSerializer(serializers.ModelSerializer[RulebookVersion]):
    """制度草稿."""

    hall = serializers.CharField(source="rulebook.hall.code", read_only=True)
    rulebook = serializers.CharField(source="rulebook.code", read_only=True)
    number = serializers.CharField(source="version", read_only=True)

    class Meta:
        model = RulebookVersion
        fields = [
            "id",
            "hall",
            "rulebook",
            "number",
            "title",
            "effective_on",
            "status",
            "based_on",
            "revision",
        ]


class NewDraftInput(serializers.Serializer[Any]):
    """Which version a draft is made from, its number and its first day."""

    version = serializers.IntegerField(help_text="据哪一版（编号）")
    number = serializers.CharField(max_length=20, help_text="新版本号")
    effective_on = serializers.DateField(help_text="施行日期")


class EnforceInput(serializers.Serializer[Any]):
    """From which day the draft rules."""

    effective_on = serializers.DateField(help_text="施行日期")


class LeafSerializer(serializers.Serializer[Any]):
    """One value of an item."""

    name = serializers.CharField()
    label = serializers.CharField()
    value = serializers.CharField(allow_blank=True)
    is_number = serializers.BooleanField()


class PackItemSerializer(serializers.Serializer[Any]):
    """One item of a draft that can be changed; `version` is what `If-Match` names."""

    section = serializers.CharField()
    number = serializers.IntegerField()
    title = serializers.CharField()
    values = LeafSerializer(many=True)


class ItemInput(serializers.Serializer[Any]):
    """New values of one item; what is not named stays."""

    section = serializers.CharField(max_length=20)
    number = serializers.IntegerField(min_value=1, max_value=100_000)
    values = serializers.DictField(child=serializers.CharField(allow_blank=True), help_text="名称: 新的值")


def item_json(item: Item) -> dict[str, Any]:
    """An item as programs read it."""
    values = [
        {"name": leaf.name, "label": leaf.label, "value": leaf.value, "is_number": leaf.is_number}
        for leaf in item.leaves
    ]
    return {"section": item.section, "number": item.number, "title": item.title, "values": values}


def checked(serializer: Any) -> dict[str, Any]:
    """The clean values; raises the API's error of bad input."""
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


PLACE = [
    OpenApiParameter("section", str, required=True, description="哪一部分，如 clauses"),
    OpenApiParameter("number", int, required=True, description="第几项，从 1 数"),
]


class ReadingViewSet(ScopedViewSet):
    """读制度: what a version means, clause by clause."""

    room = "assessments"
    permissions_by_action = {"*": "rules.read"}
    serializer_class = ClauseReadingSerializer

    def get_queryset(self) -> QuerySet[RulebookVersion]:
        """Versions in sight."""
        return (
            RulebookVersion.objects.visible_to(self.request.user).select_related("rulebook__hall").distinct()
        )

    @extend_schema(summary="一版制度逐条的意思和今年计了多少", responses=ClauseReadingSerializer(many=True))
    def retrieve(self, request: Request, pk: str) -> Response:
        """In the order of the rulebook."""
        version = self.get_object()
        costs = costs_of(version, timezone.localdate().year)
        rows = []
        for code, words in meanings(version).items():
            points, times = costs.get(code, (0, 0))
            rows.append({"code": code, "meaning": words, "points": points_number(points), "times": times})
        return Response(ClauseReadingSerializer(rows, many=True).data)

    @extend_schema(
        summary="与另一版的差别",
        parameters=[OpenApiParameter("other", int, required=True, description="与哪一版比（编号）")],
        responses=ChangeSerializer(many=True),
    )
    @action(detail=True, methods=["get"])
    def differences(self, request: Request, pk: str) -> Response:
        """What this version changes against the other one of the same rulebook."""
        version = self.get_object()
        other = request.query_params.get("other", "")
        if not other.isascii() or not other.isdigit() or len(other) > 18:
            raise serializers.ValidationError({"other": ["请给一个版本编号。"]})
        base = get_object_or_404(self.get_queryset().filter(rulebook=version.rulebook_id), pk=other)
        return Response(ChangeSerializer(differences(version, base), many=True).data)


@extend_schema_view(list=extend_schema(summary="制度草稿"), retrieve=extend_schema(summary="一份制度草稿"))
class DraftViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """制度草稿: make, change item by item, put in force, throw away."""

    room = "assessments"
    permissions_by_action = {"*": "rules.edit"}
    serializer_class = DraftSerializer
    ordering_fields = ["id"]
    ordering = ["-pk"]

    def get_queryset(self) -> QuerySet[RulebookVersion]:
        """Drafts this person may change."""
        rows = RulebookVersion.objects.visible_to(self.request.user).filter(status=VersionStatus.DRAFT)
        return rows.select_related("rulebook__hall", "based_on").distinct()

    @extend_schema(summary="据一版另建草稿", request=NewDraftInput, responses={201: DraftSerializer})
    def create(self, request: Request) -> Response:
        """Says what the version says, until it is changed."""
        data = checked(NewDraftInput(data=request.data))
        versions = RulebookVersion.objects.visible_to(request.user).select_related("rulebook__hall")
        base = get_object_or_404(versions.distinct(), pk=data["version"])
        draft = services.make_draft(
            base=base, number=data["number"], effective_on=data["effective_on"], by=request.user
        )
        return Response(DraftSerializer(draft).data, status=201)

    @extend_schema(summary="草稿里可以改的各项", responses=PackItemSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def items(self, request: Request, pk: str) -> Response:
        """In the order of the pack, the heading first."""
        data = known_pack(self.get_object().source_text).data
        return Response(PackItemSerializer([item_json(item) for item in items_of(data)], many=True).data)

    @extend_schema(summary="草稿里的一项", parameters=PLACE, responses=PackItemSerializer)
    @action(detail=True, methods=["get"])
    def item(self, request: Request, pk: str) -> Response:
        """With its version as `ETag`."""
        draft, place = self.get_object(), checked(_Place(data=request.query_params))
        item = services.find_item(draft, place["section"], place["number"])
        return with_etag(Response(PackItemSerializer(item_json(item)).data), item.facts)

    @extend_schema(
        summary="改草稿的一项", request=ItemInput, responses=PackItemSerializer, parameters=[IF_MATCH]
    )
    @action(detail=True, methods=["post"])
    def edit(self, request: Request, pk: str) -> Response:
        """The same checks as loading a pack: 422 with `errors` when the rulebook would not hold together."""
        draft, data = self.get_object(), checked(ItemInput(data=request.data))
        item = services.find_item(draft, data["section"], data["number"])
        unknown = sorted(data["values"].keys() - item.facts.keys())
        if unknown:
            raise serializers.ValidationError({"values": [f"没有“{'、'.join(unknown)}”。"]})
        values = checked_form(ItemForm({**item.facts, **data["values"]}, item=item))
        draft = services.edit_item(
            draft=draft,
            section=item.section,
            number=item.number,
            values={name: values[name] for name in data["values"]},
            by=request.user,
            seen=if_match(request),
        )
        item = services.find_item(draft, item.section, item.number)
        return with_etag(Response(PackItemSerializer(item_json(item)).data), item.facts)

    @extend_schema(summary="让草稿生效", request=EnforceInput, responses=DraftSerializer)
    @action(detail=True, methods=["post"])
    def enforce(self, request: Request, pk: str) -> Response:
        """From this day; never into a published month. After that it does not change."""
        draft = self.get_object()
        data = checked(EnforceInput(data=request.data))
        version = services.enforce_draft(draft=draft, effective_on=data["effective_on"], by=request.user)
        return Response(DraftSerializer(version).data)

    @extend_schema(summary="删除草稿")
    def destroy(self, request: Request, pk: str) -> Response:
        """Versions in force are not touched."""
        services.discard_draft(draft=self.get_object(), by=request.user)
        return Response(status=204)

    def get_object(self) -> RulebookVersion:
        """A draft of a rulebook this person may change."""
        draft: RulebookVersion = super().get_object()
        if not services.may_edit(self.request.user, draft):
            raise NotPermitted("制度由系统管理员修改。")
        return draft


class _Place(serializers.Serializer[Any]):
    section = serializers.CharField(max_length=20)
    number = serializers.IntegerField(min_value=1, max_value=100_000)


rule_routes = [
    ("rulebook-readings", ReadingViewSet, "rulebook-reading"),
    ("rulebook-drafts", DraftViewSet, "rulebook-draft"),
]
