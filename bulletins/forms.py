"""What people type into documents."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.opened import OpenedForm
from bulletins.enums import ReplyOutcome
from bulletins.services.composing import HEADINGS
from bulletins.services.drafting import LONGEST_WORDS

HINTS = {
    "overview": "写在数字后面的补充说明，例如与活动、天气有关的情况。",
    "problems": "分析主要问题；清单和“累计被通报几次”由系统生成。",
    "requirements": "留空用系统拟的整改期限和申诉期限。",
}


class StandingForm(OpenedForm):
    """A form of words in which an empty field means the text that stands of itself.

    That text is shown to be written on, so words equal to it are no words of the person's.
    """

    def __init__(self, *args: Any, standing: dict[str, str], facts: dict[str, Any], **kwargs: Any) -> None:
        shown = {name: words or standing.get(name, "") for name, words in facts.items()}
        super().__init__(*args, facts=facts, initial=shown, **kwargs)
        self.standing = {name: words.replace("\r\n", "\n").strip() for name, words in standing.items()}

    def fact(self, name: str) -> Any:
        """Empty for the standing text."""
        words = super().fact(name)
        return "" if words == self.standing.get(name) else words

    def shown(self, name: str, fact: Any) -> str:
        """The standing text where nothing was written."""
        return super().shown(name, fact) or self.standing.get(name, "")


class WordsForm(StandingForm):
    """编写通报: title and the free words of each section."""

    title = forms.CharField(
        label="标题",
        max_length=100,
        required=False,
        help_text="留空用系统拟的标题。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, heading in HEADINGS.items():
            self.fields[key] = forms.CharField(
                label=heading,
                max_length=LONGEST_WORDS,
                required=False,
                strip=True,
                help_text=HINTS.get(key, ""),
                widget=forms.Textarea(attrs={"rows": 3}),
            )


class ReasonForm(forms.Form):
    """退回、撤回、暂不刊登: a reason in words."""

    reason = forms.CharField(
        label="理由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写理由"},
    )


class InstructionForm(forms.Form):
    """批示: what the leader writes on an issue."""

    words = forms.CharField(
        label="批示内容",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "写下意见，督查科会收到并办理"}),
        error_messages={"required": "请写批示内容"},
    )


class LetterForm(StandingForm):
    """反馈函正文: paragraphs, one a line."""

    words = forms.CharField(
        label="正文",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="每行一段。收信单位、回函期限、署名和日期由系统排。",
        error_messages={"required": "请写正文"},
    )


class ReplyForm(forms.Form):
    """回函: what the home unit has done."""

    outcome = forms.ChoiceField(
        label="处理结果",
        choices=ReplyOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选处理结果"},
    )
    words = forms.CharField(
        label="处理情况",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "请写处理情况"},
    )
    upload = forms.FileField(
        label="回函原件", required=False, help_text="PDF、Word 文件或照片，不超过 15 MB。"
    )
