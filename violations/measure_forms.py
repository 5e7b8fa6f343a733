"""Forms of measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from violations.forms import GuardedForm, words_field
from violations.rule_enums import MeasureKind
from windows.models import Staff

if TYPE_CHECKING:
    from accounts.models import Hall, User

LONG = 2000


class ProposeForm(GuardedForm):
    """提出措施: about whom, which, and why."""

    refused_at = {"bad_choice": "staff"}

    staff = forms.ModelChoiceField(
        Staff.objects.none(),
        label="人员",
        empty_label="请选择",
        error_messages={"required": "请选人员。", "invalid_choice": "请选本大厅的人员。"},
    )
    kind = forms.ChoiceField(
        label="措施",
        choices=MeasureKind.choices,
        error_messages={"required": "请选措施。", "invalid_choice": "请选列出的措施。"},
    )
    reason = words_field("理由", missing="请写理由。")

    def __init__(self, *args: Any, hall: Hall, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["staff"]
        field.queryset = Staff.objects.visible_to(user).filter(hall=hall)
        field.label_from_instance = lambda staff: f"{staff.no} {staff.name}"


class SayForm(GuardedForm):
    """陈述."""

    words = words_field("你的陈述", missing="请写陈述。")


class DecideForm(GuardedForm):
    """决定采取."""

    words = words_field("决定说明", missing="请写说明。", required=False)


class DeclineForm(GuardedForm):
    """不采取: why."""

    words = words_field("不采取的理由", missing="请写不采取的理由。")


class HandInForm(GuardedForm):
    """书面检查."""

    words = words_field("书面检查", missing="请写书面检查。", longest=LONG)


class ReturnForm(GuardedForm):
    """退回书面检查: what is missing."""

    words = words_field("退回理由", missing="请写退回理由。")


class CloseForm(GuardedForm):
    """办结: what came of it."""

    words = words_field("办结情况", missing="请写办结情况。")
    minutes = words_field(
        "谈话记录",
        missing="请写谈话记录。",
        longest=LONG,
        required=False,
        help_text="提醒谈话、约谈必填，最多 2000 字。",
    )
    body = forms.CharField(label="有权机关", max_length=80, required=False, help_text="移送必填。")
    document_number = forms.CharField(label="决定文号", max_length=60, required=False, help_text="移送必填。")
    document_on = forms.DateField(
        label="决定日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "请填日期，如 2026-11-25。"},
    )
