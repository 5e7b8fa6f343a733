"""Months, cards, lines and honours as programs read them: points as plain numbers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assessments.models import AssessmentMonth, AwardResult, Line, Scorecard
from assessments.services.months import month_of_words
from violations.models import RulebookVersion
from violations.serializers import HundredthsField


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
            "rulebook_version",
            "scored_at",
            "published_at",
            "sha256",
        ]


class ScorecardSerializer(serializers.ModelSerializer[Scorecard]):
    """得分单: score and rank; the lines stand at /score-lines/?card=."""

    hall = serializers.CharField(source="hall.code", read_only=True)
    month = serializers.DateField(source="run.month", read_only=True, format="%Y-%m")
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
    month = serializers.DateField(source="card.run.month", read_only=True, format="%Y-%m")
    subject = serializers.CharField(source="card.subject", read_only=True)
    outcome_label = serializers.CharField(source="get_outcome_display", read_only=True)

    class Meta:
        model = AwardResult
        fields = [
            "id",
            "award",
            "name",
            "month",
            "card",
            "subject",
            "outcome",
            "outcome_label",
            "place",
            "seats",
        ]


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
