"""The second door to accounts."""

from __future__ import annotations

from functools import partial
from typing import Any

import django_filters
from django.contrib.auth import update_session_auth_hash
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view, inline_serializer
from rest_framework import mixins, permissions, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import searching
from accounts.etags import IF_MATCH, if_match, with_etag
from accounts.forms import AccountForm, GrantForm, PasswordForm, TokenForm
from accounts.halls import current_hall
from accounts.models import ApiToken, Hall, SignInSession, User
from accounts.options import all_options
from accounts.own_lists import ACCOUNTS, TOKENS, AccountFilters, TokenFilters
from accounts.problems import catalogue
from accounts.recent import require_recent
from accounts.registry import SearchSource
from accounts.rest import ScopedViewSet, checked_form
from accounts.roles import ROLE_CHOICES, ROLES
from accounts.serializers import (
    AccountSerializer,
    HallSerializer,
    MeSerializer,
    ProblemKindSerializer,
    SearchSerializer,
    SessionSerializer,
    TokenSerializer,
)
from accounts.services import people, second_factor, sessions, signing_in, tokens, undo_rows
from accounts.services.halls import option_facts, set_options
from accounts.services.passwords import change_own_password
from accounts.services.undoing import undoable

ANYONE = tuple(dict.fromkeys(p for role in ROLES.values() for p in role.permissions))

KEEPER = "hall.settings"
OPTIONS = OpenApiTypes.OBJECT
COUNTED = inline_serializer("Lifted", {"lifted": serializers.IntegerField(help_text="解除或退出了几个")})


@extend_schema_view(list=extend_schema(summary="能看的大厅"), retrieve=extend_schema(summary="一个大厅"))
class HallViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """大厅: those in which the caller has a role, and the ones below."""

    room = "accounts"
    permissions_by_action = {"*": "hall.read", "read_options": KEEPER, "change_options": KEEPER}
    serializer_class = HallSerializer
    lookup_field = "code"
    filterset_fields = ["level", "is_active"]
    ordering_fields = ["code", "path"]

    def get_queryset(self) -> QuerySet[Hall]:
        """Visible halls."""
        return Hall.objects.visible_to(self.request.user).select_related("parent")

    @extend_schema(summary="大厅的期限与参数", responses=OPTIONS)
    @action(detail=True, methods=["get"], url_path="options")
    def read_options(self, request: Request, code: str) -> Response:
        """Every number a hall may change, by its key; `ETag` is the version."""
        return self._options(self._kept_hall())

    @extend_schema(summary="修改大厅的期限与参数", parameters=[IF_MATCH], request=OPTIONS, responses=OPTIONS)
    @read_options.mapping.patch
    def change_options(self, request: Request, code: str) -> Response:
        """Only what is sent, each by the rule of the page."""
        hall, seen = self._kept_hall(), if_match(request)
        unknown = sorted(set(request.data) - {option.key for option in all_options()})
        if unknown:
            raise serializers.ValidationError({key: ["没有这个参数。"] for key in unknown})
        rows = partial(undo_rows.of_options, hall)
        with undoable("hall.options", target=hall, by=request.user, hall=hall, rows=rows):
            set_options(hall=hall, values=dict(request.data), by=request.user, seen=seen)
        return self._options(hall)

    def _kept_hall(self) -> Hall:
        kept = Hall.objects.where(self.request.user, "hall.settings")
        return get_object_or_404(kept, code=self.kwargs["code"])

    def _options(self, hall: Hall) -> Response:
        values = {option.key: hall.option(option.key) for option in all_options()}
        return with_etag(Response(values), option_facts(hall))


class MeViewSet(ScopedViewSet):
    """我: the caller and the roles held today."""

    room = "accounts"
    permissions_by_action = {"*": ANYONE}
    serializer_class = MeSerializer
    pagination_class = None
    filter_backends = []

    @extend_schema(summary="我是谁，有哪些角色", responses=forced_singular_serializer(MeSerializer))
    def list(self, request: Request) -> Response:
        """One object, not a list."""
        return Response(MeSerializer(request.user).data)

    @extend_schema(
        summary="修改自己的密码",
        request=inline_serializer(
            "NewPassword", {"old": serializers.CharField(), "new": serializers.CharField()}
        ),
        responses={204: None},
    )
    @action(detail=False, methods=["post"])
    def password(self, request: Request) -> Response:
        """as the page: same rules, wrong old ones count as failed sign-ins, other devices are signed out."""
        typed = {**dict(request.data.items()), "again": request.data.get("new", "")}
        form = PasswordForm(typed, request=request)
        try:
            data = checked_form(form)
        except serializers.ValidationError:
            if form.blocked is not None:
                raise form.blocked from None
            raise
        key = request.session.session_key
        user = change_own_password(user=request.user, password=data["new"], session_key=key)
        if key and request.auth is None:
            update_session_auth_hash(request, user)
        return Response(status=204)


class AccountApiFilters(AccountFilters):
    """Filters of accounts: those of the page and fields."""

    class Meta:
        model = User
        fields = ["username", "is_active"]


@extend_schema_view(list=extend_schema(summary="账号"), retrieve=extend_schema(summary="一个账号"))
class AccountViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """账号: kept by the administrator of the hall."""

    room = "accounts"
    permissions_by_action = {"*": "accounts.edit"}
    kinds = (ACCOUNTS,)
    serializer_class = AccountSerializer
    filterset_class = AccountApiFilters
    shown_once = ("initial_password",)
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
        data = checked_form(AccountForm(_with_hall_id(request), by=request.user))
        days = {"starts_on": data.pop("starts_on"), "ends_on": data.pop("ends_on")}
        user, first = people.create_account(by=request.user, **data)
        if any(days.values()):
            people.grant_role(user=user, hall=data["hall"], role=data["role"], by=request.user, **days)
        return Response({**AccountSerializer(user).data, "initial_password": first}, status=201)

    @extend_schema(summary="解锁：输错多次被锁的账号可以马上再试", request=None, responses=COUNTED)
    @action(detail=True, methods=["post"])
    def unlock(self, request: Request, pk: str) -> Response:
        """Forget the failures."""
        return Response({"lifted": signing_in.unlock_account(user=self.get_object(), by=request.user)})

    @extend_schema(summary="退出这个账号的全部设备", request=None, responses=COUNTED)
    @action(detail=True, methods=["post"])
    def sign_out(self, request: Request, pk: str) -> Response:
        """End all its sessions; of the own account, all others."""
        user = self.get_object()
        but = request.session.session_key if user == request.user else None
        return Response({"lifted": sessions.end_sessions(user=user, by=request.user, but=but)})

    @extend_schema(summary="重置两步验证（手机丢失时）", request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def reset_two_steps(self, request: Request, pk: str) -> Response:
        """Take it off; only within 15 minutes of a full sign-in in a browser."""
        user = self.get_object()
        require_recent(request)
        second_factor.reset(user=user, by=request.user)
        return Response(status=204)

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
        data = checked_form(GrantForm(_with_hall_id(request), by=request.user))
        hall, rows = data["hall"], partial(undo_rows.of_roles, user)
        with undoable("role.granted", target=user, by=request.user, hall=hall, rows=rows):
            people.grant_role(user=user, by=request.user, **data)
        return Response(AccountSerializer(self.get_queryset().get(pk=user.pk)).data)


def _with_hall_id(request: Request) -> dict[str, Any]:
    """The request's data, the hall's code exchanged for the id the form knows."""
    data = dict(request.data.items())
    hall = Hall.objects.visible_to(request.user).filter(code=data.get("hall", "")).first()
    return {**data, "hall": hall.pk if hall else ""}


class TokenApiFilters(TokenFilters):
    """Filters of tokens: those of the page and fields."""

    class Meta:
        model = ApiToken
        fields = ["revoked_at"]


@extend_schema_view(list=extend_schema(summary="接口令牌"), retrieve=extend_schema(summary="一个令牌"))
class TokenViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """接口令牌: own ones; who keeps tokens sees those of the halls."""

    room = "accounts"
    permissions_by_action = {"*": ("tokens.edit", "bulletin.read")}
    kinds = (TOKENS,)
    serializer_class = TokenSerializer
    filterset_class = TokenApiFilters
    shown_once = ("token",)
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
        """The secret comes back once, in `token`. Only within 15 minutes of a full sign-in in a browser."""
        require_recent(request)
        data = checked_form(TokenForm(request.data))
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
        token = self.get_object()
        hall, rows = current_hall(request), partial(undo_rows.of_token, token)
        with undoable("token.revoked", target=token, by=request.user, hall=hall, rows=rows):
            token = tokens.revoke_token(token=token, by=request.user)
        return Response(TokenSerializer(token).data)


class SessionApiFilters(django_filters.FilterSet):
    """Filters of devices."""

    account = django_filters.CharFilter(field_name="user__username", label="账号")

    class Meta:
        model = SignInSession
        fields = ["is_remembered"]


@extend_schema_view(list=extend_schema(summary="登录的设备"), retrieve=extend_schema(summary="一台设备"))
class SessionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """登录的设备: own ones; who keeps accounts sees those of the halls, `?account=` picks one."""

    room = "accounts"
    permissions_by_action = {"*": ANYONE}
    serializer_class = SessionSerializer
    lookup_field = "uid"
    filterset_class = SessionApiFilters
    ordering_fields = ["last_seen_at", "first_seen_at"]

    def get_queryset(self) -> QuerySet[SignInSession]:
        """Visible devices."""
        return SignInSession.objects.visible_to(self.request.user).select_related("user")

    @extend_schema(summary="退出一台设备", request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def end(self, request: Request, uid: str) -> Response:
        """Sign it out."""
        sessions.end_session(session=self.get_object(), by=request.user)
        return Response(status=204)

    @extend_schema(summary="退出自己的其他设备", request=None, responses=COUNTED)
    @action(detail=False, methods=["post"])
    def end_others(self, request: Request) -> Response:
        """All but the one that asks."""
        key = request.session.session_key
        return Response({"lifted": sessions.end_sessions(user=request.user, by=request.user, but=key)})


class ProblemViewSet(viewsets.ViewSet):
    """错误代码: what `type` and `code` of an answer that says no mean."""

    permission_classes = [permissions.IsAuthenticated]

    @extend_schema(summary="错误代码表", responses=ProblemKindSerializer(many=True))
    def list(self, request: Request) -> Response:
        """All codes; the same for everybody."""
        return Response(catalogue())


class SearchViewSet(ScopedViewSet):
    """搜索: the same sources as the field at the top of the page."""

    permissions_by_action = {"*": ANYONE}
    permission_classes = [IsAuthenticated]
    serializer_class = SearchSerializer
    pagination_class = None
    filter_backends = []

    @extend_schema(
        summary="搜索",
        parameters=[OpenApiParameter("q", str, description="窗口号、姓名、工号、编号；空格分开的词都要有")],
        responses=forced_singular_serializer(SearchSerializer),
    )
    def list(self, request: Request) -> Response:
        """What the caller may see, and what the token's scopes let it read."""
        user: Any = request.user
        token = request.auth if isinstance(request.auth, ApiToken) else None

        def may_ask(source: SearchSource) -> bool:
            return token is None or token.allows(f"{source.room}:read")

        answer = searching.search(user, request.query_params.get("q", ""), may_ask=may_ask)
        return Response(SearchSerializer(answer).data)


routes = [
    ("problems", ProblemViewSet, "problem"),
    ("halls", HallViewSet, "hall"),
    ("me", MeViewSet, "me"),
    ("search", SearchViewSet, "search"),
    ("accounts", AccountViewSet, "account"),
    ("tokens", TokenViewSet, "token"),
    ("sessions", SessionViewSet, "session"),
]
