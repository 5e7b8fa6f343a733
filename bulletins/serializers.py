"""Issues and letters as JSON; a serializer adds no rule that the form lacks."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bulletins.enums import ReplyOutcome
from bulletins.models import Bulletin, BulletinItem, Letter
from bulletins.services.drafting import EDITABLE, LONGEST_WORDS


class BulletinSerializer(serializers.ModelSerializer[Bulletin]):
    """周通报, as in a list."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True, label="大厅代码")
    name = serializers.CharField(read_only=True, label="期名")
    status_label = serializers.CharField(source="get_status_display", read_only=True)
    asked = serializers.IntegerField(read_only=True, label="应签阅人数", default=0)
    read = serializers.IntegerField(read_only=True, label="已签阅人数", default=0)

    class Meta:
        model = Bulletin
        fields = [
            "id",
            "hall",
            "iso_week",
            "year",
            "number",
            "name",
            "title",
            "since",
            "until",
            "status",
            "status_label",
            "problem_count",
            "praise_count",
            "points",
            "sha256",
            "drafted_at",
            "submitted_at",
            "signed_at",
            "asked",
            "read",
        ]
        read_only_fields = fields


class BulletinDetailSerializer(BulletinSerializer):
    """周通报 with its text: what was printed, or how the draft reads now."""

    content = serializers.SerializerMethodField(label="内容")

    class Meta(BulletinSerializer.Meta):
        fields = [*BulletinSerializer.Meta.fields, "content"]

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_content(self, bulletin: Bulletin) -> dict[str, Any]:
        """As the page and the document."""
        content: dict[str, Any] = self.context["content_of"](bulletin)
        return content


class ItemSerializer(serializers.ModelSerializer[BulletinItem]):
    """通报事项."""

    section_label = serializers.CharField(source="get_section_display", read_only=True)
    shown = serializers.DictField(read_only=True, label="刊登内容")

    class Meta:
        model = BulletinItem
        fields = ["id", "bulletin", "record", "section", "section_label", "position", "shown", "held_reason"]
        read_only_fields = fields


class NewBulletinSerializer(serializers.Serializer[Any]):
    """起草一期."""

    week = serializers.CharField(max_length=8, help_text="ISO 周次，例如 2026-W47")


class WordsSerializer(serializers.Serializer[Any]):
    """编写的文字，按栏目."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """One text a section; what is left out stays as it is."""
        return {
            key: serializers.CharField(max_length=LONGEST_WORDS, required=False, allow_blank=True)
            for key in EDITABLE
        }


class ReasonSerializer(serializers.Serializer[Any]):
    """理由."""

    reason = serializers.CharField(max_length=300)


class InstructionSerializer(serializers.Serializer[Any]):
    """批示."""

    words = serializers.CharField(max_length=500)


class LetterSerializer(serializers.ModelSerializer[Letter]):
    """反馈函, as in a list."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True, label="大厅代码")
    staff_name = serializers.CharField(source="staff.name", read_only=True, label="姓名")
    department_name = serializers.CharField(source="department.name", read_only=True, label="派出单位")
    reference = serializers.CharField(read_only=True, label="文号")
    status_label = serializers.CharField(source="get_status_display", read_only=True)
    outcome = serializers.ChoiceField(ReplyOutcome.choices, read_only=True, allow_blank=True)
    outcome_label = serializers.CharField(source="get_outcome_display", read_only=True)

    class Meta:
        model = Letter
        fields = [
            "id",
            "hall",
            "staff",
            "staff_name",
            "department",
            "department_name",
            "year",
            "threshold",
            "article",
            "status",
            "status_label",
            "reference",
            "raised_at",
            "submitted_at",
            "signed_at",
            "reply_due_at",
            "opened_at",
            "outcome",
            "outcome_label",
            "reply_words",
            "replied_at",
        ]
        read_only_fields = fields


class LetterDetailSerializer(LetterSerializer):
    """反馈函 with its text and the issues it rests on."""

    content = serializers.SerializerMethodField(label="内容")

    class Meta(LetterSerializer.Meta):
        fields = [*LetterSerializer.Meta.fields, "content"]

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_content(self, letter: Letter) -> dict[str, Any]:
        """As the page and the document."""
        content: dict[str, Any] = self.context["content_of"](letter)
        return content


class LetterWordsSerializer(serializers.Serializer[Any]):
    """反馈函正文；空的用系统拟的."""

    words = serializers.CharField(max_length=3000, allow_blank=True)


class ReplySerializer(serializers.Serializer[Any]):
    """回函."""

    outcome = serializers.ChoiceField(ReplyOutcome.choices)
    words = serializers.CharField(max_length=2000)
    upload = serializers.FileField(required=False)
