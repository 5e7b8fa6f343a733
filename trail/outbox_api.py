"""The second door to the outbox: channels of a hall, and what left by them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.etags import IF_MATCH, if_match, with_etag
from accounts.halls import current_hall
from accounts.models import Hall
from accounts.rest import ScopedViewSet, checked_form
from trail.lists import DELIVERIES, DeliveryFilters
from trail.models import Channel, Delivery
from trail.outbox_forms import EditChannelForm, NewChannelForm
from trail.serializers import (
    ChannelInput,
    ChannelSerializer,
    DeliverySerializer,
    NewChannelInput,
    NewChannelSerializer,
)
from trail.services import channels as services
from trail.services import outbox
from trail.tasks import send_out

KEEPER = "hall.settings"
HALL = OpenApiParameter("hall", OpenApiTypes.STR, description="大厅代码，默认自己的大厅")


class DeliveryApiFilters(DeliveryFilters):
    """Filters of what was sent: those of the page and fields."""

    class Meta:
        model = Delivery
        fields = ["event", "channel", "hall__code"]


@extend_schema_view(list=extend_schema(summary="外发渠道"), retrieve=extend_schema(summary="一个外发渠道"))
class ChannelViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """发送渠道: address and secret are never told; one the system makes is told once."""

    room = "trail"
    permissions_by_action = {"*": KEEPER}
    shown_once = ("secret",)
    serializer_class = ChannelSerializer
    filterset_fields = ["kind", "is_active", "hall__code"]
    ordering_fields = ["created_at"]

    def get_queryset(self) -> QuerySet[Channel]:
        """Channels of halls whose settings the caller keeps."""
        return Channel.objects.visible_to(self.request.user).select_related("hall")

    @extend_schema(
        summary="添加外发渠道",
        parameters=[HALL],
        request=NewChannelInput,
        responses={201: NewChannelSerializer},
    )
    def create(self, request: Request) -> Response:
        """In the hall of `?hall=`, else the own one; of a webhook, `secret` is told this once."""
        hall = get_object_or_404(Hall.objects.where(request.user, KEEPER), pk=current_hall(request).pk)
        data = checked_form(NewChannelForm(request.data))
        channel, secret = services.open_channel(hall=hall, by=request.user, **data)
        return self._told(channel, secret, status=201)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With its version as ETag."""
        return self._told(self.get_object())

    @extend_schema(
        summary="修改外发渠道", request=ChannelInput, responses=ChannelSerializer, parameters=[IF_MATCH]
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Only what is sent; the address stays: another address is another channel."""
        channel = self.get_object()
        data = checked_form(EditChannelForm({**services.channel_facts(channel), **request.data}))
        seen = if_match(request)
        return self._told(services.change_channel(channel=channel, by=request.user, seen=seen, **data))

    @extend_schema(summary="停用外发渠道", request=None, responses=ChannelSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Nothing leaves by it any more; what left stays in the log."""
        channel = self.get_object()
        kept = {"name": channel.name, "events": channel.events, "with_title": channel.with_title}
        return self._told(services.change_channel(channel=channel, by=request.user, is_active=False, **kept))

    @extend_schema(summary="换新签名密钥", request=None, responses=NewChannelSerializer)
    @action(detail=True, methods=["post"], url_path="renew-secret")
    def renew_secret(self, request: Request, pk: str) -> Response:
        """Of a webhook; told this once, the old one is void at once."""
        channel = self.get_object()
        return self._told(channel, services.renew_secret(channel=channel, by=request.user))

    @extend_schema(summary="发一条测试消息", request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Ask `deliveries` what became of it."""
        delivery = services.order_test(channel=self.get_object(), by=request.user)
        send_out.delay()
        return Response(DeliverySerializer(delivery).data, status=202)

    def _told(self, channel: Channel, secret: str = "", status: int = 200) -> Response:
        told: dict[str, Any] = dict(ChannelSerializer(channel).data)
        response = Response({**told, "secret": secret} if secret else told, status=status)
        response = with_etag(response, services.channel_facts(channel))
        if secret:
            response["Cache-Control"] = "no-store"
        return response


@extend_schema_view(list=extend_schema(summary="外发消息"), retrieve=extend_schema(summary="一条外发消息"))
class DeliveryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """外发: what left by which channel, and what became of it."""

    room = "trail"
    permissions_by_action = {"*": KEEPER}
    kinds = (DELIVERIES,)
    serializer_class = DeliverySerializer
    filterset_class = DeliveryApiFilters
    ordering_fields = ["created_at", "sent_at"]
    ordering = ["-created_at", "-pk"]

    def get_queryset(self) -> QuerySet[Delivery]:
        """Messages of halls whose settings the caller keeps."""
        return Delivery.objects.visible_to(self.request.user).select_related("hall")

    @extend_schema(summary="重发", request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: str) -> Response:
        """Try again from the start, under the same number; 409 while it is being sent."""
        row = outbox.resend(delivery=self.get_object(), by=request.user)
        send_out.delay()
        return Response(DeliverySerializer(row).data, status=202)


outbox_routes = [
    ("channels", ChannelViewSet, "channel"),
    ("deliveries", DeliveryViewSet, "delivery"),
]
