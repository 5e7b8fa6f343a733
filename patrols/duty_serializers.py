"""The rota as JSON; a serializer adds no rule that the form lacks."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from patrols.enums import DutyKind
from patrols.models import DutyDay, DutySwap
from patrols.serializers import VisibleField

SWAP_VERDICTS = [("accept", "同意换班"), ("refuse", "不换")]


class DutyDaySerializer(serializers.ModelSerializer[DutyDay]):
    """值班日, with its log."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True, label="大厅代码")
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    who = serializers.CharField(read_only=True, label="值班人或单位")
    username = serializers.CharField(source="user.username", read_only=True, default=None, allow_null=True)
    is_present = serializers.BooleanField(read_only=True, help_text="写了日志，或当天巡查过")
    walked = serializers.BooleanField(read_only=True, help_text="当天巡查过")
    logged_by = serializers.CharField(source="logged_by.name", read_only=True, default=None, allow_null=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = DutyDay
        fields = [
            "id",
            "hall",
            "day",
            "kind",
            "kind_label",
            "who",
            "user",
            "username",
            "department",
            "is_present",
            "walked",
            "present_name",
            "seen",
            "done",
            "logged_by",
            "logged_at",
            "url",
        ]
        read_only_fields = fields


class DutySwapSerializer(serializers.ModelSerializer[DutySwap]):
    """换班."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True, label="大厅代码")
    giver = serializers.CharField(source="giver.name", read_only=True)
    taker = serializers.CharField(source="taker.name", read_only=True)
    status_label = serializers.CharField(source="get_status_display", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = DutySwap
        fields = [
            "id",
            "hall",
            "kind",
            "giver",
            "giver_day",
            "taker",
            "taker_day",
            "words",
            "status",
            "status_label",
            "answer",
            "asked_at",
            "answered_at",
            "url",
        ]
        read_only_fields = fields


class ShareSerializer(serializers.Serializer[Any]):
    """轮值和到场率: one person or unit in a month."""

    who = serializers.CharField()
    kind = serializers.ChoiceField(DutyKind.choices)
    days = serializers.IntegerField(help_text="本月值班天数")
    year_days = serializers.IntegerField(help_text="今年到这个月底的值班天数")
    over = serializers.IntegerField(help_text="本月已经过去的值班天数")
    present = serializers.IntegerField(help_text="其中到场的天数")
    percent = serializers.IntegerField(allow_null=True, help_text="到场率，百分数；还没有过去的日子时为空")


class DraftInput(serializers.Serializer[Any]):
    """生成值班表."""

    month = serializers.RegexField(r"\A\d{4}-\d{2}\Z", help_text="月份，如 2026-12")
    kind = serializers.ChoiceField(DutyKind.choices)
    people = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        max_length=500,
        required=False,
        help_text="账号的 id，管理值班、领导带班用",
    )
    units = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        max_length=500,
        required=False,
        help_text="单位的 id，单位值班用",
    )


class CopyInput(serializers.Serializer[Any]):
    """复制到下月."""

    month = serializers.RegexField(r"\A\d{4}-\d{2}\Z", help_text="从哪个月复制")


class DayInput(serializers.Serializer[Any]):
    """改一天的值班: who is on duty in place of whoever was."""

    day = serializers.DateField()
    manage = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=100, help_text="管理值班，账号的 id"
    )
    lead = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=100, help_text="领导带班，账号的 id"
    )
    units = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=100, help_text="单位值班，单位的 id"
    )


class LogInput(serializers.Serializer[Any]):
    """写值班日志."""

    present_name = serializers.CharField(max_length=40, required=False, help_text="到场领导，单位值班必填")
    seen = serializers.CharField(max_length=1000)
    done = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class SwapInput(serializers.Serializer[Any]):
    """请人换班."""

    duty = VisibleField(queryset=DutyDay.objects.all(), help_text="自己的值班日")
    other = VisibleField(queryset=DutyDay.objects.all(), help_text="对方的值班日")
    words = serializers.CharField(max_length=200, required=False, allow_blank=True)


class SwapAnswerInput(serializers.Serializer[Any]):
    """答复换班."""

    verdict = serializers.ChoiceField(SWAP_VERDICTS)
    words = serializers.CharField(max_length=200, required=False, allow_blank=True)
