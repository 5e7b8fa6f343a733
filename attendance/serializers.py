"""Punches, leaves and results as JSON."""

from rest_framework import serializers

from attendance.models import DayResult, Leave, Punch


class PunchSerializer(serializers.ModelSerializer):
    """打卡: one instant, with its line as it came."""

    hall = serializers.SlugRelatedField("code", read_only=True)
    staff = serializers.SlugRelatedField("no", read_only=True)

    class Meta:
        model = Punch
        fields = ["id", "hall", "staff", "attendance_no", "at", "source", "source_id", "raw", "received_at"]


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
