"""The ledger as programs read and write it: points and amounts as plain numbers, people by number.

Input is checked by the forms of the pages; the input serializers only say its shape.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from violations.enums import RecordSource, StatementReason
from violations.models import Act, Appeal, ConductRecord, Rectification, RectificationStep, Statement
from violations.presenters import finder_words
from violations.rule_enums import Severity
from violations.story import story_of
from violations.uses import uses_of

APPEAL_VERDICTS = [("allow", "申诉成立"), ("reject", "申诉不成立")]
EXTENSION_ANSWERS = [("grant", "同意延期"), ("refuse", "不同意延期")]
RECHECK_VERDICTS = [("done", "已整改"), ("returned", "退回重改")]


class HundredthsField(serializers.FloatField):
    """Hundredths as the number people say: −200 → −2.0."""

    def to_representation(self, value: int) -> float:
        """A hundredth is exact enough as a float to print back unchanged."""
        return value / 100


class EvidenceFileSerializer(serializers.Serializer[Any]):
    """文件: opened under the same protection as on the page."""

    name = serializers.CharField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    content_type = serializers.CharField(read_only=True)


class ActSerializer(serializers.ModelSerializer[Act]):
    """事项: what may be recorded, and what it costs today."""

    points = HundredthsField(read_only=True, allow_null=True, help_text="今天的分值，没有条款时为空")
    per = serializers.CharField(read_only=True, help_text="每次、每人次、每半天等")
    clause = serializers.CharField(read_only=True, help_text="条款编号")

    class Meta:
        model = Act
        fields = [
            "code",
            "name",
            "short_name",
            "subject",
            "is_bonus",
            "meter",
            "asks_rectification",
            "points",
            "per",
            "clause",
        ]


class QuotedClauseSerializer(serializers.Serializer[Any]):
    """条款: by which the record costs."""

    code = serializers.CharField(source="clause_code", read_only=True)
    article = serializers.CharField(read_only=True)
    wording = serializers.CharField(read_only=True)


class FindingSerializer(serializers.ModelSerializer[ConductRecord]):
    """操行记录: one row of the ledger."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    act = serializers.SlugRelatedField(slug_field="code", read_only=True)
    act_name = serializers.CharField(source="act.name", read_only=True)
    is_bonus = serializers.BooleanField(source="act.is_bonus", read_only=True)
    staff = serializers.SlugRelatedField(slug_field="no", read_only=True, allow_null=True, help_text="工号")
    staff_name = serializers.CharField(source="staff.name", read_only=True, default=None, allow_null=True)
    window = serializers.SlugRelatedField(
        slug_field="code", read_only=True, allow_null=True, help_text="窗口号"
    )
    window_name = serializers.CharField(source="window.name", read_only=True, default=None, allow_null=True)
    unit = serializers.CharField(source="department.name", read_only=True, default=None, allow_null=True)
    quantity = HundredthsField(read_only=True)
    points = HundredthsField(read_only=True, allow_null=True, help_text="名义分值；没有条款时为空")
    clause = QuotedClauseSerializer(source="quote", read_only=True, allow_null=True)
    source_name = serializers.SerializerMethodField()
    status_name = serializers.CharField(source="state.label", read_only=True)
    counts = serializers.BooleanField(read_only=True, help_text="现在是否计入得分和通报")
    finder = serializers.SerializerMethodField(help_text="记录人；暗访只写“督查（暗访）”")
    url = serializers.SerializerMethodField()

    class Meta:
        model = ConductRecord
        fields = [
            "id",
            "number",
            "hall",
            "act",
            "act_name",
            "is_bonus",
            "subject",
            "staff",
            "staff_name",
            "window",
            "window_name",
            "unit",
            "day",
            "at",
            "quantity",
            "severity",
            "points",
            "clause",
            "note",
            "source",
            "source_name",
            "finder",
            "status",
            "status_name",
            "status_at",
            "counts",
            "countable_at",
            "deadline_at",
            "appeal_until",
            "url",
        ]

    def get_finder(self, record: ConductRecord) -> str:
        """As the page names him."""
        return finder_words(record)

    def get_source_name(self, record: ConductRecord) -> str:
        """Asked directly: the framework would look at the signature of a method for every row."""
        return RecordSource(record.source).label

    def get_url(self, record: ConductRecord) -> str:
        """Its page."""
        return record.get_absolute_url()


class StatementSerializer(serializers.ModelSerializer[Statement]):
    """陈述."""

    by = serializers.CharField(source="by.name", read_only=True)
    reason_name = serializers.CharField(source="get_reason_display", read_only=True)
    files = EvidenceFileSerializer(many=True, read_only=True)

    class Meta:
        model = Statement
        fields = ["at", "by", "reason", "reason_name", "words", "files"]


class StorySerializer(serializers.Serializer[Any]):
    """经过: one step in the record's life, newest first."""

    text = serializers.CharField(read_only=True)
    at = serializers.DateTimeField(read_only=True)
    by = serializers.CharField(read_only=True)
    note = serializers.CharField(read_only=True)


class UseSerializer(serializers.Serializer[Any]):
    """用到哪里."""

    label = serializers.CharField(read_only=True)
    url = serializers.CharField(read_only=True)


class FindingDetailSerializer(FindingSerializer):
    """操行记录: with everything that stands on its page."""

    photos = serializers.SerializerMethodField()
    statements = serializers.SerializerMethodField()
    appeal = serializers.SerializerMethodField(help_text="申诉的 id")
    rectification = serializers.SerializerMethodField(help_text="整改的 id")
    duplicate_of = serializers.PrimaryKeyRelatedField(  # type: ignore[var-annotated]
        read_only=True, allow_null=True, help_text="并入的那一条的 id"
    )
    duplicates = serializers.PrimaryKeyRelatedField(  # type: ignore[var-annotated]
        read_only=True, many=True, help_text="并入这一条的记录的 id"
    )
    story = serializers.SerializerMethodField()
    uses = serializers.SerializerMethodField()

    class Meta(FindingSerializer.Meta):
        fields = [
            *FindingSerializer.Meta.fields,
            "photos",
            "statements",
            "appeal",
            "rectification",
            "duplicate_of",
            "duplicates",
            "story",
            "uses",
        ]

    @extend_schema_field(EvidenceFileSerializer(many=True))
    def get_photos(self, record: ConductRecord) -> Any:
        """Photos of the evidence, whichever room keeps them."""
        evidence = self.context["evidence"].get(record.pk)
        return EvidenceFileSerializer(evidence.photos if evidence else [], many=True).data

    @extend_schema_field(StatementSerializer(many=True))
    def get_statements(self, record: ConductRecord) -> Any:
        """Those not taken back."""
        rows = record.statements.standing().select_related("by").prefetch_related("files")
        return StatementSerializer(rows, many=True).data

    def get_appeal(self, record: ConductRecord) -> int | None:
        """The appeal that was not taken back."""
        return record.appeals.standing().values_list("pk", flat=True).first()

    def get_rectification(self, record: ConductRecord) -> int | None:
        """The order, if any."""
        order = getattr(record, "rectification", None)
        return order.pk if order else None

    @extend_schema_field(StorySerializer(many=True))
    def get_story(self, record: ConductRecord) -> Any:
        """All that has happened to it, in sentences."""
        uses = uses_of([record]).get(record.pk, [])
        return StorySerializer(story_of(record, uses), many=True).data

    @extend_schema_field(UseSerializer(many=True))
    def get_uses(self, record: ConductRecord) -> Any:
        """Bulletins and score sheets."""
        return UseSerializer(uses_of([record]).get(record.pk, []), many=True).data


class AppealSerializer(serializers.ModelSerializer[Appeal]):
    """申诉."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    record = FindingSerializer(read_only=True)
    by = serializers.CharField(source="by.name", read_only=True)
    reviewer = serializers.CharField(source="reviewer.name", read_only=True, default=None, allow_null=True)
    status = serializers.CharField(source="state.value", read_only=True)
    status_name = serializers.CharField(source="state.label", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Appeal
        fields = [
            "id",
            "number",
            "hall",
            "record",
            "by",
            "filed_at",
            "due_at",
            "words",
            "status",
            "status_name",
            "reviewer",
            "decided_at",
            "is_allowed",
            "opinion",
            "url",
        ]


class AppealDetailSerializer(AppealSerializer):
    """申诉, with what was handed in."""

    files = EvidenceFileSerializer(many=True, read_only=True)

    class Meta(AppealSerializer.Meta):
        fields = [*AppealSerializer.Meta.fields, "files"]


class RectificationStepSerializer(serializers.ModelSerializer[RectificationStep]):
    """整改过程."""

    status_name = serializers.CharField(source="get_status_display", read_only=True)
    kind_name = serializers.CharField(source="get_kind_display", read_only=True)
    by = serializers.CharField(source="by.name", read_only=True, default="系统")
    files = EvidenceFileSerializer(many=True, read_only=True)

    class Meta:
        model = RectificationStep
        fields = [
            "status",
            "status_name",
            "kind",
            "kind_name",
            "day",
            "at",
            "by",
            "words",
            "is_undo",
            "files",
        ]


class RectificationSerializer(serializers.ModelSerializer[Rectification]):
    """整改."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    record = serializers.SlugRelatedField(slug_field="number", read_only=True)
    record_id = serializers.IntegerField(read_only=True)
    act_name = serializers.CharField(source="record.act.name", read_only=True)
    window = serializers.SlugRelatedField(slug_field="code", read_only=True)
    status_name = serializers.CharField(source="get_status_display", read_only=True)
    days_overdue = serializers.IntegerField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Rectification
        fields = [
            "id",
            "number",
            "hall",
            "record",
            "record_id",
            "act_name",
            "window",
            "due_on",
            "asked_until",
            "recheck_on",
            "plan",
            "status",
            "status_name",
            "days_overdue",
            "ordered_at",
            "done_at",
            "url",
        ]


class RectificationDetailSerializer(RectificationSerializer):
    """整改, with its steps."""

    steps = RectificationStepSerializer(many=True, read_only=True)

    class Meta(RectificationSerializer.Meta):
        fields = [*RectificationSerializer.Meta.fields, "steps"]


# --- the shape of what is sent --------------------------------------------------------------------


class NewFindingInput(serializers.Serializer[Any]):
    """记问题、记表扬."""

    hall = serializers.CharField(required=False, help_text="大厅代码，默认自己的大厅")
    act = serializers.CharField(help_text="事项代码，见 /api/v1/acts/")
    day = serializers.DateField(help_text="发生日，不能是将来")
    time = serializers.TimeField(help_text="发生时间，大厅当地时间")
    staff = serializers.CharField(required=False, help_text="工号；记在人身上的事项必填")
    window = serializers.CharField(required=False, help_text="窗口号；记在窗口上的事项必填")
    quantity = serializers.FloatField(required=False, default=1)
    severity = serializers.ChoiceField(Severity.choices, required=False, default="")
    note = serializers.CharField(required=False, max_length=500)
    key = serializers.UUIDField(required=False, help_text="客户端编号，重复发送只记一次")
    photos = serializers.ListField(child=serializers.FileField(), required=False)


class StatementInput(serializers.Serializer[Any]):
    """陈述."""

    reason = serializers.ChoiceField(StatementReason.choices)
    words = serializers.CharField(max_length=500)
    files = serializers.ListField(child=serializers.FileField(), required=False)


class NoteInput(serializers.Serializer[Any]):
    """认定、核实时的说明."""

    note = serializers.CharField(required=False, max_length=500)


class ConfirmInput(NoteInput):
    """认定时的说明和酌情分值."""

    judged = serializers.DecimalField(
        max_digits=7,
        decimal_places=2,
        required=False,
        allow_null=True,
        help_text="酌情分值，扣分写负数；条款没有范围的不写",
    )


class MergeInput(serializers.Serializer[Any]):
    """并入重复登记的另一条."""

    into = serializers.IntegerField(min_value=1, help_text="留下的那一条的 id")


class ReasonInput(serializers.Serializer[Any]):
    """不予认定、撤回的理由."""

    reason = serializers.CharField(max_length=500)


class AppealInput(serializers.Serializer[Any]):
    """申诉."""

    words = serializers.CharField(max_length=1000)
    files = serializers.ListField(child=serializers.FileField(), required=False)


class AppealDecisionInput(serializers.Serializer[Any]):
    """裁定."""

    verdict = serializers.ChoiceField(APPEAL_VERDICTS)
    opinion = serializers.CharField(max_length=1000)


class SubmitInput(serializers.Serializer[Any]):
    """提交整改."""

    words = serializers.CharField(max_length=500)
    photos = serializers.ListField(child=serializers.FileField(), required=False)


class PlanInput(serializers.Serializer[Any]):
    """整改计划."""

    plan = serializers.CharField(max_length=500)


class ExtensionInput(serializers.Serializer[Any]):
    """申请延期."""

    days = serializers.IntegerField(min_value=1, max_value=60, help_text="延长几个工作日")
    reason = serializers.CharField(max_length=500)


class ExtensionDecisionInput(serializers.Serializer[Any]):
    """答复延期."""

    answer = serializers.ChoiceField(EXTENSION_ANSWERS)
    opinion = serializers.CharField(required=False, max_length=500, help_text="不同意必须写理由")


class PlanRecheckInput(serializers.Serializer[Any]):
    """安排回头看."""

    day = serializers.DateField(help_text="大厅上班的日子，不能是过去")


class RecheckInput(serializers.Serializer[Any]):
    """复查."""

    verdict = serializers.ChoiceField(RECHECK_VERDICTS)
    words = serializers.CharField(required=False, max_length=500)
    photos = serializers.ListField(child=serializers.FileField(), required=False)
