"""The second door to files: facts, masks, and what is behind a mask. There is no list of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from accounts.rest import ScopedViewSet
from accounts.roles import ROLES
from trail import serializers as shapes
from trail.file_views import MASKERS, original_response
from trail.models import PhotoMask, StoredFile
from trail.services import masking
from trail.services.files import may_open

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse
    from rest_framework.request import Request

ANYONE = tuple(dict.fromkeys(p for role in ROLES.values() for p in role.permissions))


@extend_schema_view(retrieve=extend_schema(summary="一个文件"))
class FileViewSet(mixins.RetrieveModelMixin, ScopedViewSet):
    """文件: a photo or attachment of a record the caller may see."""

    room = "trail"
    permissions_by_action = {
        "retrieve": ANYONE,
        "mask": MASKERS,
        "lift": MASKERS,
        "original": masking.ORIGINAL,
    }
    serializer_class = shapes.FileSerializer

    def get_queryset(self) -> QuerySet[StoredFile]:
        """Files of the caller's halls; the kind's own rule is asked in `get_object`."""
        rows = StoredFile.objects.visible_to(self.request.user)
        return rows.select_related("hall").prefetch_related("masks")

    def get_object(self) -> StoredFile:
        """The file, if what it belongs to may be seen."""
        stored: StoredFile = super().get_object()
        if not may_open(self.request.user, stored):
            raise NotFound
        return stored

    @extend_schema(
        summary="遮挡照片", request=shapes.MaskRequestSerializer, responses={201: shapes.MaskSerializer}
    )
    @action(detail=True, methods=["post"])
    def mask(self, request: Request, pk: str) -> Response:
        """Make parts of the photo unreadable."""
        facts = _facts(shapes.MaskRequestSerializer, request)
        made = masking.mask_photo(stored=self.get_object(), by=request.user, **facts)
        return Response(shapes.MaskSerializer(made).data, status=201)

    @extend_schema(summary="撤销遮挡", request=shapes.LiftRequestSerializer, responses=shapes.FileSerializer)
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, pk: str) -> Response:
        """Take a mask back."""
        facts = _facts(shapes.LiftRequestSerializer, request)
        masks = PhotoMask.objects.visible_to(request.user).filter(file=self.get_object())
        found = get_object_or_404(masks, pk=facts["mask"])
        masking.lift_mask(mask=found, reason=facts["reason"], by=request.user)
        return Response(shapes.FileSerializer(self.get_object()).data)

    @extend_schema(
        summary="照片原件（写明理由，记入留痕）",
        request=shapes.WhySerializer,
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["post"])
    def original(self, request: Request, pk: str) -> HttpResponse:
        """What is behind the masks."""
        facts = _facts(shapes.WhySerializer, request)
        stored = self.get_object()
        return original_response(stored, masking.open_original(stored=stored, by=request.user, **facts))


def _facts(shape: type[Any], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    facts: dict[str, Any] = given.validated_data
    return facts
