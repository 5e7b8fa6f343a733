"""Months, cards, lines and honours as programs read them: points as plain numbers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assessments.enums import Order
from assessments.models import AssessmentMonth, AwardResult, Line, Scorecard, TrialRow
from assessments.services.months import month_of_words
from violations.models import RulebookVersion
from violations.serializers import HundredthsField


@extend_schema_field({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "example": "2026-10"})
class MonthField(serializers.DateField):
    """月份: `2026-10`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%Y-%m", **options)


class MonthSerializer(serializers.ModelSerializer[AssessmentMonth]):
    """考核月."""

    hall = serializers.CharField(source="hall.code", read_only=True)
    month = serializers.CharField(source="slug", read_only=True, help_text="如 2026-10")
    status_label = serializers.CharField(source="get_status_display", read_only=True)
    rulebook_version = serializers.PrimaryKeyRelatedField[RulebookVersion](source="version", read_only=True)

    class Meta:
        model = AssessmentMonth
        fields = [
            "id",
            "hall",
            "month",
            "status",
            "status_label",
            "run",
            "rulebook_version",
            "scored_at",
            "published_at",
            "sha256",
        ]


class ScorecardSerializer(serializers.ModelSerializer[Scorecard]):
    """得分单: score and rank; the lines stand at /score-lines/?card=."""

    hall = serializers.CharField(source="hall.code", read_only=True)
    month = MonthField(source="run.month", read_only=True)
    code = serializers.SerializerMethodField(help_text="工号、窗口号或单位名")
    name = serializers.CharField(source="subject", read_only=True)
    score = HundredthsField(source="total", read_only=True)
    own = HundredthsField(read_only=True)
    derived = HundredthsField(read_only=True)
    lost = HundredthsField(read_only=True)
    gained = HundredthsField(read_only=True)

    class Meta:
        model = Scorecard
        fields = [
            "id",
            "run",
            "hall",
            "month",
            "kind",
            "code",
            "name",
            "category",
            "score",
            "own",
            "derived",
            "lost",
            "gained",
            "rank",
            "peers",
        ]

    def get_code(self, card: Scorecard) -> str:
        """Number of the person, code of the window, name of the unit."""
        if card.kind == "staff":
            return str(card.staff.no)
        return str(card.window.code if card.kind == "window" else card.department.name)


class LineSerializer(serializers.ModelSerializer[Line]):
    """得分项: clause, points and the record behind them."""

    clause = serializers.CharField(source="clause.code", read_only=True)
    article = serializers.CharField(source="clause.article", read_only=True)
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    record_number = serializers.CharField(source="record.number", read_only=True, default="")
    award = serializers.CharField(source="award.name", read_only=True, default="")
    points = HundredthsField(read_only=True)
    quantity = HundredthsField(read_only=True)

    class Meta:
        model = Line
        fields = [
            "id",
            "card",
            "kind",
            "kind_label",
            "clause",
            "article",
            "points",
            "quantity",
            "hits",
            "day",
            "record",
            "record_number",
            "source_card",
            "award",
            "reverses",
        ]


class AwardResultSerializer(serializers.ModelSerializer[AwardResult]):
    """评选结果: who reached a seat."""

    award = serializers.CharField(source="award.code", read_only=True)
    name = serializers.CharField(source="award.name", read_only=True)
    order = serializers.ChoiceField(
        source="award.order", choices=Order.choices, read_only=True, help_text="highest 荣誉，lowest 末位名单"
    )
    month = MonthField(source="card.run.month", read_only=True)
    subject = serializers.CharField(source="card.subject", read_only=True)
    outcome_label = serializers.CharField(source="get_outcome_display", read_only=True)
    revoked_on = serializers.SerializerMethodField(help_text="撤销日期；没有撤销的为 null")

    class Meta:
        model = AwardResult
        fields = [
            "id",
            "award",
            "name",
            "order",
            "month",
            "card",
            "subject",
            "outcome",
            "outcome_label",
            "place",
            "seats",
            "revoked_on",
        ]

    @extend_schema_field({"type": "string", "format": "date", "nullable": True})
    def get_revoked_on(self, result: AwardResult) -> Any:
        """The day it was taken back."""
        return next((row.revoked_on for row in result.revocations.all()), None)


class RevokeInput(serializers.Serializer[Any]):
    """Why and from when a title is taken back."""

    revoked_on = serializers.DateField(help_text="撤销日期")
    reason = serializers.CharField(max_length=200, help_text="理由")


class NewMonthInput(serializers.Serializer[Any]):
    """Which month to score."""

    month = serializers.CharField(help_text="如 2026-10")

    def validate_month(self, value: str) -> Any:
        """The first day of the month."""
        try:
            return month_of_words(value)
        except ValueError:
            raise serializers.ValidationError("月份要写成 2026-10。") from None


class DecisionInput(serializers.Serializer[Any]):
    """A person's decision about an honour."""

    card = serializers.IntegerField(help_text="得分单编号")
    award = serializers.CharField(help_text="评选代码")
    is_in = serializers.BooleanField(help_text="评上")
    reason = serializers.CharField(max_length=200)


class NodeSerializer(serializers.Serializer[Any]):
    """A component of a score and what lies below it."""

    code = serializers.CharField()
    name = serializers.CharField()
    raw = serializers.FloatField(help_text="限制前")
    value = serializers.FloatField(help_text="限制后")
    children = serializers.ListField(child=serializers.DictField(), help_text="下级构成，同样的形式")


class ExplanationSerializer(serializers.Serializer[Any]):
    """得分说明."""

    total = serializers.FloatField()
    tree = NodeSerializer(many=True)
    sentences = serializers.ListField(child=serializers.CharField())


class TrialInput(serializers.Serializer[Any]):
    """Which version to try on which months."""

    version = serializers.IntegerField(help_text="制度版本编号，草稿也可以")
    months = serializers.ListField(child=serializers.CharField(), min_length=1, max_length=12)

    def validate_months(self, value: list[str]) -> list[Any]:
        """First days of the months."""
        try:
            return [month_of_words(words) for words in value]
        except ValueError:
            raise serializers.ValidationError("月份要写成 2026-10。") from None


class TrialRowSerializer(serializers.ModelSerializer[TrialRow]):
    """What the version on trial changes for one subject in one month."""

    hall = serializers.CharField(source="hall.code", read_only=True)
    month = MonthField(read_only=True)
    name = serializers.CharField(read_only=True)
    before = HundredthsField(read_only=True)
    after = HundredthsField(read_only=True)
    change = HundredthsField(read_only=True)

    class Meta:
        model = TrialRow
        fields = ["id", "run", "hall", "month", "period", "kind", "subject_id", "name"]
        fields += ["before", "after", "change", "rank_before", "rank_after", "won", "lost", "why"]


class LineChangeSerializer(serializers.Serializer[Any]):
    """Points of one record that one of two reckonings did not have."""

    clause = serializers.CharField()
    record = serializers.CharField(help_text="操行记录编号；按次数累计得来的为空")
    before = serializers.FloatField()
    after = serializers.FloatField()


class CardChangeSerializer(serializers.Serializer[Any]):
    """重算变化: one subject whose score, rank or titles differ from the reckoning before."""

    kind = serializers.CharField()
    subject_id = serializers.IntegerField()
    name = serializers.CharField()
    before = serializers.FloatField(allow_null=True)
    after = serializers.FloatField(allow_null=True)
    change = serializers.FloatField()
    rank_before = serializers.IntegerField(allow_null=True)
    rank_after = serializers.IntegerField(allow_null=True)
    won = serializers.ListField(child=serializers.CharField())
    lost = serializers.ListField(child=serializers.CharField())
    lines = LineChangeSerializer(many=True)
