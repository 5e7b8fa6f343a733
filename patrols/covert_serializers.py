"""Covert tasks as JSON; nothing here knows who was sent, and of a visit no more than its day is told."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from patrols.covert_forms import MOST_POINTS
from patrols.covert_presenters import frame_words
from patrols.enums import QuestionKind
from patrols.models import CovertAnswer, CovertQuestion, CovertReport, CovertTask
from patrols.services.covert import MOST_QUESTIONS


class CovertQuestionSerializer(serializers.ModelSerializer[CovertQuestion]):
    """评分题."""

    act = serializers.CharField(source="act.code", read_only=True, default=None, allow_null=True)

    class Meta:
        model = CovertQuestion
        fields = ["id", "sort", "words", "kind", "most", "passed_from", "act"]
        read_only_fields = fields


class CovertTaskSerializer(serializers.ModelSerializer[CovertTask]):
    """暗访任务: a line of the list."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    status_name = serializers.CharField(source="state.label", read_only=True)
    frame = serializers.SerializerMethodField(help_text="时间，写成一句话")

    class Meta:
        model = CovertTask
        fields = [
            *("id", "number", "hall", "title", "starts_on", "ends_on", "opens", "closes"),
            *("frame", "status", "status_name"),
        ]
        read_only_fields = fields

    def get_frame(self, task: CovertTask) -> str:
        """As the page says it."""
        return frame_words(task)


class CovertAnswerSerializer(serializers.ModelSerializer[CovertAnswer]):
    """评分: value is null when it could not be seen; record is the finding it became."""

    is_failed = serializers.BooleanField(read_only=True)
    record = serializers.IntegerField(source="record_id", read_only=True, allow_null=True)

    class Meta:
        model = CovertAnswer
        fields = ["id", "question", "value", "words", "is_failed", "record"]
        read_only_fields = fields


class CovertPhotoSerializer(serializers.Serializer[Any]):
    """暗访照片."""

    file = serializers.UUIDField(source="file_id", read_only=True)
    url = serializers.CharField(source="file.get_absolute_url", read_only=True)
    is_shown = serializers.BooleanField(read_only=True)


class CovertReportSerializer(serializers.ModelSerializer[CovertReport]):
    """暗访报告."""

    window = serializers.CharField(source="window.code", read_only=True)
    answers = CovertAnswerSerializer(many=True, read_only=True)
    photos = CovertPhotoSerializer(many=True, read_only=True)

    class Meta:
        model = CovertReport
        fields = ["id", "receipt", "window", "visited_on", "words", "answers", "photos"]
        read_only_fields = fields


class CovertTaskDetailSerializer(CovertTaskSerializer):
    """暗访任务: with script and score sheet; reports for the supervision only."""

    windows = serializers.SerializerMethodField(help_text="窗口号；空为任意窗口")
    questions = CovertQuestionSerializer(many=True, read_only=True)
    receipt = serializers.SerializerMethodField(help_text="最近一份报告的回执码；没有报告时为 null")
    reports = serializers.SerializerMethodField(help_text="只给纪检监察，监督员得到空表")

    class Meta(CovertTaskSerializer.Meta):
        fields = [*CovertTaskSerializer.Meta.fields, "script", "windows", "questions", "receipt", "reports"]
        read_only_fields = fields

    def get_windows(self, task: CovertTask) -> list[str]:
        """Codes of the windows asked for."""
        return [window.code for window in task.windows.all()]

    def get_receipt(self, task: CovertTask) -> str | None:
        """Of the last report."""
        return task.reports.order_by("-pk").values_list("receipt", flat=True).first()

    @extend_schema_field(CovertReportSerializer(many=True))
    def get_reports(self, task: CovertTask) -> Any:
        """What came back, the last one last."""
        if not self.context["oversees"]:
            return []
        rows = task.reports.select_related("window").prefetch_related("answers__question", "photos__file")
        return CovertReportSerializer(rows, many=True).data


class CovertInspectorSerializer(serializers.Serializer[Any]):
    """义务监督员: whom a task may be given to; that he was given one is told nowhere."""

    id = serializers.IntegerField(source="pk", read_only=True)
    name = serializers.CharField(read_only=True)


class CovertQuestionInput(serializers.Serializer[Any]):
    """评分题."""

    words = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(QuestionKind.choices, default=QuestionKind.YES_NO)
    most = serializers.IntegerField(min_value=1, max_value=MOST_POINTS, required=False, allow_null=True)
    passed_from = serializers.IntegerField(
        min_value=1, max_value=MOST_POINTS, required=False, allow_null=True
    )
    act = serializers.CharField(required=False, allow_null=True, allow_blank=True, help_text="事项代码")


class NewCovertTaskInput(serializers.Serializer[Any]):
    """派发."""

    title = serializers.CharField(max_length=80)
    script = serializers.CharField(max_length=2000)
    windows = serializers.ListField(
        child=serializers.CharField(max_length=20), required=False, help_text="窗口号；不给就是任意窗口"
    )
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    opens = serializers.TimeField(required=False, allow_null=True)
    closes = serializers.TimeField(required=False, allow_null=True)
    inspector = serializers.IntegerField(help_text="监督员的 id，见 inspectors")
    questions = CovertQuestionInput(many=True, min_length=1, max_length=MOST_QUESTIONS)
    client_uuid = serializers.UUIDField(required=False)


class CovertSaidInput(serializers.Serializer[Any]):
    """一题的回答."""

    question = serializers.IntegerField()
    value = serializers.IntegerField(
        allow_null=True, min_value=0, max_value=MOST_POINTS, help_text="是 1、否 0 或分数；没有看到为 null"
    )
    words = serializers.CharField(max_length=300, required=False, allow_blank=True)


class CovertReportInput(serializers.Serializer[Any]):
    """提交报告; a form with `photos` writes the answers as `answers[0]question`, `answers[0]value`."""

    client_uuid = serializers.UUIDField()
    window = serializers.CharField(max_length=20, help_text="窗口号")
    at = serializers.DateTimeField(help_text="到访时间，封存")
    answers = CovertSaidInput(many=True)
    words = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class CovertWordsInput(serializers.Serializer[Any]):
    """说明或理由."""

    words = serializers.CharField(max_length=500)


class CovertItemInput(serializers.Serializer[Any]):
    """移交的一题."""

    answer = serializers.IntegerField()
    staff = serializers.CharField(max_length=40, required=False, allow_blank=True, help_text="工号")
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


class CovertAdoptInput(serializers.Serializer[Any]):
    """采用."""

    items = CovertItemInput(many=True, required=False)
    photos = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="随记录出示的照片"
    )
    words = serializers.CharField(max_length=500, required=False, allow_blank=True)


class CovertIdentityInput(serializers.Serializer[Any]):
    """查看身份."""

    appeal = serializers.IntegerField(help_text="申诉的 id")
    reason = serializers.CharField(max_length=200)


class CovertIdentitySerializer(serializers.Serializer[Any]):
    """监督员身份; told once and kept by nobody on the way."""

    name = serializers.CharField(read_only=True)
    username = serializers.CharField(read_only=True)
