"""The second door to accounts."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.forms import AccountForm, GrantForm, TokenForm
from accounts.models import ApiToken, Hall, User
from accounts.rest import ScopedViewSet
from accounts.roles import ROLE_CHOICES, ROLES
from accounts.serializers import AccountSerializer, HallSerializer, MeSerializer, TokenSerializer
from accounts.services import people, tokens

ANYONE = tuple(dict.fromkeys(p for role in ROLES.values() for p in role.permissions))


def checked(form: Any) -> dict[str, Any]:
    """The clean values of the same form the page uses; raises the API's error of bad input."""
    if not form.is_valid():
        raise serializers.ValidationError(form.errors)
    return form.cleaned_data


@extend_schema_view(list=extend_schema(summary="能看的大厅"), retrieve=extend_schema(summary="一个大厅"))
class HallViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """大厅: those in which the caller has a role, and the ones below."""

    room = "accounts"
    permissions_by_action = {"*": "hall.read"}
    serializer_class = HallSerializer
    lookup_field = "code"
    filterset_fields = ["level", "is_active"]
    ordering_fields = ["code", "path"]

    def get_queryset(self) -> QuerySet[Hall]:
        """Visible halls."""
        return Hall.objects.visible_to(self.request.user).select_related("parent")


class MeViewSet(ScopedViewSet):
    """我: the caller and the roles held today."""

    room = "accounts"
    permissions_by_action = {"*": ANYONE}
    serializer_class = MeSerializer
    pagination_class = None
    filter_backends = []

    @extend_schema(summary="我是谁，有哪些角色", responses=MeSerializer)
    def list(self, request: Request) -> Response:
        """One object, not a list."""
        return Response(MeSerializer(request.user).data)


class AccountApiFilters(django_filters.FilterSet):
    """Filters of accounts."""

    role = django_filters.ChoiceFilter(choices=ROLE_CHOICES, field_name="role_grants__role", distinct=True)

    class Meta:
        model = User
        fields = ["username", "is_active", "role"]


@extend_schema_view(list=extend_schema(summary="账号"), retrieve=extend_schema(summary="一个账号"))
class AccountViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """账号: kept by the administrator of the hall."""

    room = "accounts"
    permissions_by_action = {"*": "accounts.edit"}
    serializer_class = AccountSerializer
    filterset_class = AccountApiFilters
    ordering_fields = ["username", "created_at"]

    def get_queryset(self) -> QuerySet[User]:
        """Accounts of the halls kept."""
        rows = User.objects.visible_to(self.request.user).prefetch_related("role_grants__hall")
        return rows.order_by("-pk")

    @extend_schema(
        summary="新建账号",
        request=inline_serializer(
            "NewAccount",
            {
                "username": serializers.CharField(),
                "name": serializers.CharField(),
                "title": serializers.CharField(required=False),
                "phone": serializers.CharField(required=False),
                "role": serializers.ChoiceField(ROLE_CHOICES),
                "hall": serializers.CharField(help_text="大厅代码"),
                "starts_on": serializers.DateField(required=False),
                "ends_on": serializers.DateField(required=False),
            },
        ),
        responses={201: AccountSerializer},
    )
    def create(self, request: Request) -> Response:
        """As the page: the first password comes back once."""
        data = checked(AccountForm(_with_hall_id(request), by=request.user))
        days = {"starts_on": data.pop("starts_on"), "ends_on": data.pop("ends_on")}
        user, first = people.create_account(by=request.user, **data)
        if any(days.values()):
            people.grant_role(user=user, hall=data["hall"], role=data["role"], by=request.user, **days)
        return Response({**AccountSerializer(user).data, "initial_password": first}, status=201)

    @extend_schema(
        summary="授权",
        request=inline_serializer(
            "NewGrant",
            {
                "role": serializers.ChoiceField(ROLE_CHOICES),
                "hall": serializers.CharField(help_text="大厅代码"),
                "starts_on": serializers.DateField(required=False),
                "ends_on": serializers.DateField(required=False),
            },
        ),
        responses=AccountSerializer,
    )
    @action(detail=True, methods=["post"])
    def grant(self, request: Request, pk: str) -> Response:
        """Give a role."""
        user = self.get_object()
        data = checked(GrantForm(_with_hall_id(request), by=request.user))
        people.grant_role(user=user, by=request.user, **data)
        return Response(AccountSerializer(self.get_queryset().get(pk=user.pk)).data)


def _with_hall_id(request: Request) -> dict[str, Any]:
    """The request's data, the hall's code exchanged for the id the form knows."""
    data = dict(request.data.items())
    hall = Hall.objects.visible_to(request.user).filter(code=data.get("hall", "")).first()
    return {**data, "hall": hall.pk if hall else ""}


@extend_schema_view(list=extend_schema(summary="接口令牌"), retrieve=extend_schema(summary="一个令牌"))
class TokenViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """接口令牌: own ones; who keeps tokens sees those of the halls."""

    room = "accounts"
    permissions_by_action = {"*": ("tokens.edit", "bulletin.read")}
    serializer_class = TokenSerializer
    filterset_fields = ["revoked_at"]
    ordering_fields = ["created_at", "expires_at"]

    def get_queryset(self) -> QuerySet[ApiToken]:
        """Visible tokens."""
        return ApiToken.objects.visible_to(self.request.user).select_related("user").distinct()

    @extend_schema(
        summary="新建令牌",
        request=inline_serializer(
            "NewToken",
            {
                "name": serializers.CharField(),
                "scopes": serializers.ListField(child=serializers.CharField()),
                "expires_on": serializers.DateField(),
            },
        ),
        responses={201: TokenSerializer},
    )
    def create(self, request: Request) -> Response:
        """The secret comes back once, in `token`."""
        data = checked(TokenForm(request.data))
        token, secret = tokens.issue_token(
            user=request.user,
            name=data["name"],
            scopes=data["scopes"],
            expires_at=data["expires_on"],
            by=request.user,
        )
        return Response({**TokenSerializer(token).data, "token": secret}, status=201)

    @extend_schema(summary="停用令牌", request=None, responses=TokenSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Stop it for ever."""
        return Response(TokenSerializer(tokens.revoke_token(token=self.get_object(), by=request.user)).data)


routes = [
    ("halls", HallViewSet, "hall"),
    ("me", MeViewSet, "me"),
    ("accounts", AccountViewSet, "account"),
    ("tokens", TokenViewSet, "token"),
]
