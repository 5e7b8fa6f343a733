"""Accounts as programs read them."""

from rest_framework import serializers

from accounts.models import ApiToken, Hall, RoleGrant, User


class HallSerializer(serializers.ModelSerializer[Hall]):
    """A hall and the one above it."""

    parent = serializers.SlugRelatedField(slug_field="code", read_only=True)
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
