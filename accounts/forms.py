"""Forms of the accounts room: what is wrong is said in the person's words."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts import passwords
from accounts.addresses import client_address
from accounts.devices import device_of
from accounts.models import Hall, User
from accounts.opened import OpenedForm
from accounts.options import Option
from accounts.roles import ROLE_CHOICES
from accounts.services import signing_in
from accounts.services.throttle import Blocked
from accounts.services.tokens import SCOPES


class LoginForm(forms.Form):
    """登录: account and password; a wrong pair is told as one."""

    username = forms.CharField(label="账号", max_length=60, error_messages={"required": "请输入账号。"})
    password = forms.CharField(
        label="密码", widget=forms.PasswordInput, strip=False, error_messages={"required": "请输入密码。"}
    )
    remember = forms.BooleanField(label="记住这台手机", required=False)

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.user = request, None
        self.blocked: Blocked | None = None

    def clean(self) -> dict[str, Any]:
        """Find the person; a person without a role today is told whom to ask."""
        data = super().clean() or {}
        if not data.get("username") or not data.get("password"):
            return data
        try:
            self.user = signing_in.check_password(
                username=data["username"],
                password=data["password"],
                request=self.request,
                **place_of(self.request),
            )
        except Blocked as refusal:
            self.blocked = refusal
            raise forms.ValidationError(refusal.message) from refusal
        if self.user is None:
            raise forms.ValidationError("账号或密码不对。连续输错 5 次会锁定 30 分钟。")
        if not self.user.grants:
            raise forms.ValidationError("这个账号今天没有任何角色，请联系系统管理员。")
        return data


def place_of(request: Any) -> dict[str, Any]:
    """Where an attempt comes from: the client's address and what the browser remembers."""
    return {"address": client_address(request), "device": device_of(request)}


def password_field(label: str, *, is_new: bool = False, **options: Any) -> forms.CharField:
    """A field for a password, which is never shown again."""
    told = {"autocomplete": "new-password" if is_new else "current-password"}
    return forms.CharField(
        label=label, widget=forms.PasswordInput(attrs=told), strip=False, max_length=200, **options
    )


class NewPasswordForm(forms.Form):
    """新密码: twice the same."""

    new = password_field("新密码", is_new=True, help_text=passwords.WORDS)
    again = password_field("再输一遍新密码", is_new=True)

    def clean(self) -> dict[str, Any]:
        """Both entries of the new password agree."""
        data = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", "两次输入的新密码不一样。")
        return data


class ProofForm(forms.Form):
    """确认是本人: the password again, and the code of the phone where two steps are on."""

    old = password_field("现在的密码")
    otp = forms.CharField(
        label="手机上的验证码",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        help_text="验证器里的 6 位数字，或一个恢复码",
    )

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.user = request, request.user
        self.blocked: Blocked | None = None
        if self.user.second_factor_since is None:
            del self.fields["otp"]

    def clean_old(self) -> str:
        """The old password proves that the person is at the keyboard."""
        old = self.cleaned_data["old"]
        if not self._asked(signing_in.check_own_password, password=old):
            raise forms.ValidationError("现在的密码不对。")
        return old

    def clean_otp(self) -> str:
        """Asked only behind a right password."""
        code = self.cleaned_data["otp"]
        if "old" in self.cleaned_data and not self._asked(signing_in.check_code, code=code):
            raise forms.ValidationError("验证码不对，或已经用过。")
        return code

    def _asked(self, check: Any, **secret: str) -> bool:
        try:
            return bool(check(user=self.user, **secret, **place_of(self.request)))
        except Blocked as refusal:
            self.blocked = refusal
            raise forms.ValidationError(refusal.message) from refusal


class PasswordForm(NewPasswordForm, ProofForm):
    """修改密码: the old one, and the new one twice."""

    field_order = ["old", "new", "again"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("otp", None)


class CodeForm(forms.Form):
    """验证码: the six digits of the phone, or a recovery code."""

    otp = forms.CharField(
        label="验证码",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"required": "请输入验证码。"},
    )


class GrantForm(OpenedForm):
    """授权: a role in a hall for some days."""

    fact_labels = {"roles": "现有的角色"}
    role = forms.ChoiceField(label="角色", choices=ROLE_CHOICES)
    hall = forms.ModelChoiceField(label="大厅", queryset=Hall.objects.none(), empty_label=None)
    starts_on = forms.DateField(
        label="起", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="不填为即日起"
    )
    ends_on = forms.DateField(
        label="止", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="不填为长期"
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hall"].queryset = Hall.objects.where(by, "accounts.edit")

    def clean(self) -> dict[str, Any]:
        """The end is not before the start."""
        data = super().clean() or {}
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", "止日要不早于起日。")
        return data


class AccountForm(GrantForm):
    """新建账号: who, and the first role."""

    username = forms.CharField(label="账号", max_length=60, help_text="工号或手机号")
    name = forms.CharField(label="姓名", max_length=40)
    title = forms.CharField(label="职务", max_length=40, required=False)
    phone = forms.CharField(label="手机", max_length=20, required=False)
    field_order = ["username", "name", "title", "phone", "role", "hall", "starts_on", "ends_on"]

    def clean_username(self) -> str:
        """Not yet in use."""
        username = self.cleaned_data["username"].strip()
        if User.objects.filter(username=username).exists():
            raise forms.ValidationError("这个账号已经有人用了，请换一个。")
        return username


class TokenForm(forms.Form):
    """新建令牌: what for, what it may do, until when."""

    name = forms.CharField(label="用途", max_length=60, help_text="例如：市级数据平台取数")
    scopes = forms.MultipleChoiceField(
        label="范围", choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    expires_on = forms.DateField(
        label="到期日", widget=forms.DateInput(attrs={"type": "date"}), help_text="最长一年"
    )

    def clean_expires_on(self) -> datetime:
        """The end of that day; after today and within a year."""
        day = self.cleaned_data["expires_on"]
        today = timezone.localdate()
        if not today < day <= today + timedelta(days=365):
            raise forms.ValidationError("到期日要在今天以后、一年以内。")
        return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def option_field(option: Option, value: Any) -> forms.Field:
    """The form field of a hall's setting."""
    common = {"label": option.label, "initial": value, "help_text": option.help or option.unit}
    if option.kind == "bool":
        return forms.BooleanField(required=False, **common)
    if option.kind == "int":
        return forms.IntegerField(min_value=option.minimum, max_value=option.maximum, **common)
    if option.kind == "choice":
        return forms.ChoiceField(choices=option.choices, **common)
    if option.kind == "choices":
        widget = forms.CheckboxSelectMultiple
        return forms.MultipleChoiceField(choices=option.choices, widget=widget, required=False, **common)
    if option.kind == "time":
        return forms.RegexField(r"^([01]?\d|2[0-3]):[0-5]\d$", **common)
    return forms.CharField(max_length=200, required=False, **common)
