"""Forms of the outbox: channels of a hall, and one's own mail."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.opened import OpenedForm
from trail.enums import ChannelKind
from trail.services.outbox import event_labels


class ChannelForm(forms.Form):
    """What a channel hears."""

    name = forms.CharField(label="名称", max_length=60, help_text="例如：大厅值班群。")
    events = forms.MultipleChoiceField(
        label="哪些事件",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="一个都不选就是全部。",
    )
    with_title = forms.BooleanField(
        label="带上消息标题",
        required=False,
        help_text="标题里可能有人名。不选时只说有哪一类新消息和链接。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["events"].choices = list(event_labels().items())


class NewChannelForm(ChannelForm):
    """A new channel, with its address."""

    kind = forms.ChoiceField(label="种类", choices=ChannelKind.choices)
    url = forms.CharField(
        label="地址",
        max_length=500,
        widget=forms.TextInput(attrs={"data-no-draft": "", "autocomplete": "off"}),
        help_text="机器人：从群设置里整条复制；接口推送：接收程序的 https 地址。保存后加密，不再显示。",
    )
    secret = forms.CharField(
        label="钉钉加签密钥",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"data-no-draft": "", "autocomplete": "off"}),
        help_text="只用于钉钉，以 SEC 开头。接口推送的密钥由系统生成，只显示一次。",
    )
    field_order = ["kind", "name", "url", "secret"]


class EditChannelForm(ChannelForm, OpenedForm):
    """A channel that is there already; it carries what it was opened with."""

    is_active = forms.BooleanField(label="启用", required=False)


class MailWishForm(forms.Form):
    """One's own mail."""

    address = forms.EmailField(
        label="我的邮箱",
        required=False,
        help_text="填了就把消息同时发到这里；清空就不再发。",
    )
