"""Punches, leaves and results as JSON."""

from datetime import date
from typing import Any

from rest_framework import serializers

from accounts.errors import Refused
from attendance.enums import Presence
from attendance.models import DayResult, Leave, Punch
from attendance.services.counts import COUNTS
from attendance.services.months import month_of


class PunchSerializer(serializers.ModelSerializer):
    """打卡: one instant, with its line as it came."""

    hall = serializers.SlugRelatedField("code", read_only=True)
    staff = serializers.SlugRelatedField("no", read_only=True)

    class Meta:
        model = Punch
        fields = ["id", "hall", "staff", "attendance_no", "at", "source", "source_id", "raw", "received_at"]


class PunchInput(serializers.Serializer[Any]):
    """A punch as a machine or another system reports it."""

    number = serializers.CharField(required=False, max_length=30, help_text="考勤号；和工号至少有一个")
    no = serializers.CharField(required=False, max_length=40, help_text="工号")
    at = serializers.DateTimeField(help_text="带时区；不带的按北京时间，取到秒")
    device = serializers.CharField(required=False, max_length=40, help_text="考勤机的名称或编号")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Somebody must be meant."""
        if not attrs.get("number") and not attrs.get("no"):
            raise serializers.ValidationError({"number": ["请给出考勤号或工号。"]})
        return attrs


class MonthInput(serializers.Serializer[Any]):
    """A month."""

    month = serializers.RegexField(r"^[0-9]{4}-[0-9]{2}$", help_text="写成 2026-10")

    def validate_month(self, value: str) -> date:
        """Its first day."""
        try:
            return month_of(value)
        except Refused as refused:
            raise serializers.ValidationError(refused.message) from None


class LeaveSerializer(serializers.ModelSerializer):
    """请假外出: half a day."""

    hall = serializers.SlugRelatedField("code", read_only=True)
    staff = serializers.SlugRelatedField("no", read_only=True)

    class Meta:
        model = Leave
        fields = ["id", "hall", "staff", "day", "half", "kind", "is_outing", "approver", "note"]


class DayResultSerializer(serializers.ModelSerializer):
    """考勤结果: what half a day was, and why."""

    hall = serializers.SlugRelatedField("code", read_only=True)
    staff = serializers.SlugRelatedField("no", read_only=True)

    class Meta:
        model = DayResult
        fields = [
            "id",
            "hall",
            "staff",
            "day",
            "half",
            "outcome",
            "late",
            "early",
            "late_seconds",
            "early_seconds",
            "is_missed",
            "arrival",
            "departure",
            "reason",
            "record",
        ]


class BoardSerializer(serializers.Serializer[Any]):
    """One person of today's board."""

    no = serializers.CharField()
    name = serializers.CharField()
    department = serializers.CharField(source="department.name")
    window = serializers.CharField(source="window_code", allow_null=True)
    first_punch = serializers.DateTimeField(allow_null=True)
    last_punch = serializers.DateTimeField(allow_null=True)
    presence = serializers.ChoiceField(choices=Presence.choices)


class SheetSerializer(serializers.Serializer[Any]):
    """One person's month: the counts of `attendance.services.counts`."""

    no = serializers.CharField()
    name = serializers.CharField()
    department = serializers.CharField(source="department.name")
    window = serializers.CharField(source="window_code", allow_null=True)
    counts = serializers.SerializerMethodField()

    def get_counts(self, person: Any) -> dict[str, int]:
        """By name, zeros left out."""
        return {name: getattr(person, name) for name in COUNTS if getattr(person, name)}
