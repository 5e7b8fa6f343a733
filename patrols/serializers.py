"""Rounds and visits as JSON; a serializer adds no rule that the form lacks."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from patrols.enums import RoundKind, VisitResult
from patrols.models import Finding, FindingPhoto, Round, Visit
from violations.models import Act
from violations.rule_enums import Subject
from windows.models import Staff, Window

NEW_VISIT_RESULTS = [(r.value, r.label) for r in (VisitResult.OK, VisitResult.FINDING)]


class VisibleField(serializers.PrimaryKeyRelatedField):
    """A row by its id, among those the caller may see."""

    def get_queryset(self) -> Any:
        """Scoped to the caller."""
        return super().get_queryset().visible_to(self.context["request"].user)


class RoundSerializer(serializers.ModelSerializer[Round]):
    """巡查轮次."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True, label="大厅代码")
    officer = serializers.CharField(source="walker", read_only=True, label="巡查人")
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    checked = serializers.IntegerField(read_only=True, label="已查窗口数", default=0)
    found = serializers.IntegerField(read_only=True, label="问题数", default=0)

    class Meta:
        model = Round
        fields = [
            "id",
            "number",
            "hall",
            "kind",
            "kind_label",
            "day",
            "officer",
            "started_at",
            "finished_at",
            "client_uuid",
            "is_imported",
            "off_rota",
            "checked",
            "found",
        ]
        read_only_fields = fields


class NewRoundSerializer(serializers.Serializer[Any]):
    """开始一轮."""

    kind = serializers.ChoiceField(RoundKind.choices)
    client_uuid = serializers.UUIDField(required=False)


class SkippedSerializer(serializers.Serializer[Any]):
    """没有查的窗口和原因."""

    window = serializers.IntegerField()
    reason = serializers.CharField(max_length=100)


class FinishSerializer(serializers.Serializer[Any]):
    """结束一轮."""

    reasons = SkippedSerializer(many=True, required=False)

    def by_window(self) -> dict[int, str]:
        """Reasons by window id."""
        return {row["window"]: row["reason"] for row in self.validated_data.get("reasons", [])}


class PhotoSerializer(serializers.ModelSerializer[FindingPhoto]):
    """巡查照片."""

    url = serializers.CharField(source="file.get_absolute_url", read_only=True)

    class Meta:
        model = FindingPhoto
        fields = ["client_uuid", "url", "added_at"]
        read_only_fields = fields


class NewPhotoSerializer(serializers.Serializer[Any]):
    """补传一张照片."""

    photo = serializers.FileField()
    client_uuid = serializers.UUIDField(required=False)
    taken_at = serializers.DateTimeField(required=False)


class FindingSerializer(serializers.ModelSerializer[Finding]):
    """巡查发现, with the record it became."""

    record = serializers.IntegerField(source="record_id", read_only=True)
    number = serializers.CharField(source="record.number", read_only=True)
    status = serializers.CharField(source="record.status", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    act = serializers.CharField(source="act.code", read_only=True)
    staff = serializers.CharField(source="staff.no", read_only=True, default=None, allow_null=True)
    photos = PhotoSerializer(many=True, read_only=True)

    class Meta:
        model = Finding
        fields = ["record", "number", "status", "url", "act", "staff", "words", "photos"]
        read_only_fields = fields


class VisitSerializer(serializers.ModelSerializer[Visit]):
    """窗口查看."""

    window = serializers.CharField(source="window.code", read_only=True)
    finding = serializers.SerializerMethodField()

    class Meta:
        model = Visit
        fields = [
            "id",
            "client_uuid",
            "round",
            "window",
            "result",
            "reason",
            "at",
            "device_at",
            "received_at",
            "undone_at",
            "finding",
        ]
        read_only_fields = fields

    def get_finding(self, visit: Visit) -> dict[str, Any] | None:
        """The finding, if something was found."""
        finding = getattr(visit, "finding", None)
        return FindingSerializer(finding).data if finding else None


class NewVisitSerializer(serializers.Serializer[Any]):
    """One tap: no problem, or a finding."""

    round = VisibleField(queryset=Round.objects.all())
    window = VisibleField(queryset=Window.objects.all())
    result = serializers.ChoiceField(NEW_VISIT_RESULTS)
    client_uuid = serializers.UUIDField()
    at = serializers.DateTimeField()
    device_now = serializers.DateTimeField(required=False)
    staff = VisibleField(queryset=Staff.objects.all(), required=False, allow_null=True)
    act = VisibleField(queryset=Act.objects.all(), required=False, allow_null=True)
    words = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """As the form: a finding needs its act, an act about people its person."""
        if data["result"] != VisitResult.FINDING:
            return data
        act = data.get("act")
        if act is None:
            raise serializers.ValidationError({"act": ["请选发现了什么。"]})
        if act.subject == Subject.STAFF and data.get("staff") is None:
            raise serializers.ValidationError({"staff": [f"“{act.short_name}”是记在人身上的，请选是谁。"]})
        return data
