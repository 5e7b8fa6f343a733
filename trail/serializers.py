"""Traces as programs read them."""

from rest_framework import serializers

from trail.models import AuditEntry, JobRun, Notice


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """A line of the inbox."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)

    class Meta:
        model = Notice
        fields = ["id", "hall", "title", "url", "due_at", "created_at", "read_at"]


class JobRunSerializer(serializers.ModelSerializer[JobRun]):
    """A run of a job."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    status_name = serializers.CharField(source="get_status_display", read_only=True)

    class Meta:
        model = JobRun
        fields = [
            "id",
            "job",
            "hall",
            "period",
            "status",
            "status_name",
            "attempts",
            "started_at",
            "finished_at",
            "result",
            "error",
        ]


class AuditSerializer(serializers.ModelSerializer[AuditEntry]):
    """An audit row."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    by = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = AuditEntry
        fields = [
            "id",
            "hall",
            "at",
            "by",
            "job",
            "address",
            "action",
            "target_kind",
            "target_id",
            "target_label",
            "before",
            "after",
            "reason",
        ]
