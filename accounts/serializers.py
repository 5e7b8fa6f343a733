"""Accounts as programs read them."""

from typing import Any

from rest_framework import serializers

from accounts.models import ApiToken, Hall, RoleGrant, SignInSession, User


class HallSerializer(serializers.ModelSerializer[Hall]):
    """A hall and the one above it."""

    parent = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)
    level_name = serializers.CharField(source="get_level_display", read_only=True)

    class Meta:
        model = Hall
        fields = ["code", "name", "short_name", "level", "level_name", "parent", "is_active"]


class GrantSerializer(serializers.ModelSerializer[RoleGrant]):
    """A role held in a hall."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    role_name = serializers.CharField(source="get_role_display", read_only=True)

    class Meta:
        model = RoleGrant
        fields = ["hall", "role", "role_name", "starts_on", "ends_on"]


class MeSerializer(serializers.ModelSerializer[User]):
    """Who the caller is, and as what."""

    grants = GrantSerializer(many=True, read_only=True)

    class Meta:
        model = User
        fields = ["username", "name", "title", "grants"]


class AccountSerializer(serializers.ModelSerializer[User]):
    """An account with all its roles."""

    grants = GrantSerializer(source="role_grants", many=True, read_only=True)

    class Meta:
        model = User
        fields = ["id", "username", "name", "title", "phone", "is_active", "grants"]


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token without its secret."""

    user = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = ApiToken
        fields = [
            "id",
            "user",
            "name",
            "prefix",
            "scopes",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        ]


class ProblemKindSerializer(serializers.Serializer[Any]):
    """A kind of answer that says no."""

    code = serializers.CharField(read_only=True)
    status = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    title = serializers.CharField(read_only=True)


class ProblemSerializer(serializers.Serializer[Any]):
    """问题详情（RFC 9457）."""

    type = serializers.CharField(help_text="错误种类的地址")
    title = serializers.CharField(help_text="错误种类，给人看")
    status = serializers.IntegerField(help_text="HTTP 状态码")
    detail = serializers.CharField(help_text="这一次错在哪里")
    code = serializers.CharField(help_text="错误代码，给程序用，不会改变")
    instance = serializers.CharField(help_text="请求的地址")
    errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="各字段的错误；不属于某个字段的在 non_field_errors",
    )
    request_id = serializers.CharField(required=False, help_text="请求编号，报修时请提供")


class FoundSerializer(serializers.Serializer[Any]):
    """One result of the search."""

    label = serializers.CharField()
    detail = serializers.CharField()
    url = serializers.CharField()
    is_exact = serializers.BooleanField()


class GroupSerializer(serializers.Serializer[Any]):
    """What one source has found."""

    key = serializers.CharField()
    title = serializers.CharField()
    total = serializers.IntegerField()
    more_url = serializers.CharField()
    found = FoundSerializer(many=True)


class SearchSerializer(serializers.Serializer[Any]):
    """The words as they were understood, and the groups of results."""

    words = serializers.CharField()
    total = serializers.IntegerField()
    jump = serializers.CharField()
    groups = GroupSerializer(many=True)


class SessionSerializer(serializers.ModelSerializer[SignInSession]):
    """A browser in which an account is signed in; the session's key is never told."""

    id = serializers.UUIDField(source="uid", read_only=True)
    account = serializers.SlugRelatedField(source="user", slug_field="username", read_only=True)
    is_this = serializers.SerializerMethodField(help_text="就是发这个请求的浏览器")
    ends_at = serializers.DateTimeField(source="expire_date", read_only=True)

    class Meta:
        model = SignInSession
        fields = [
            "id",
            "account",
            "device",
            "address",
            "is_remembered",
            "is_this",
            "first_seen_at",
            "last_seen_at",
            "ends_at",
        ]

    def get_is_this(self, row: SignInSession) -> bool:
        """Whether the request came with this session."""
        request = self.context.get("request")
        return bool(request) and row.session_key == request.session.session_key
