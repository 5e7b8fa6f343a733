"""Forms of the windows room; what they hand over goes to a service as it is."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils import timezone

from accounts.enums import HallLevel
from accounts.forms import NewPasswordForm
from accounts.models import Hall, User
from accounts.opened import OpenedForm
from trail.services.tables import parse_time
from windows.enums import Category, DayKind, StaffEventKind
from windows.models import Department, Staff, Window

WEEKDAYS = "一二三四五六日"
STRETCH = re.compile(r"\s*(\S+?)\s*(?:-|–|—|至|到|~)\s*(\S+?)\s*")
MAX_NOTICE = 200_000


def today() -> date:
    """The usual first value of a day."""
    return timezone.localdate()


class DayField(forms.DateField):
    """A day, with the browser's own calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class Lines(forms.CharField):
    """Several lines of words."""

    widget = forms.Textarea(attrs={"rows": 4})


class PickWindow(forms.ModelChoiceField):
    """A window of the hall that is in service."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Window.objects.none(), **{"label": "窗口", **kwargs})

    def of(self, hall: Hall) -> None:
        """Offer the windows of this hall."""
        self.queryset = Window.objects.filter(hall=hall, closed_on__isnull=True).on_route()


class PickDepartment(forms.ModelChoiceField):
    """A department of the hall."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Department.objects.none(), **{"label": "派驻单位", **kwargs})

    def of(self, hall: Hall) -> None:
        """Offer the departments of this hall."""
        self.queryset = Department.objects.filter(hall=hall)


class OfHall(OpenedForm):
    """A form about one hall: its choices are the hall's own."""

    def __init__(self, *args: Any, hall: Hall, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hall = hall
        for field in self.fields.values():
            if isinstance(field, PickWindow | PickDepartment):
                field.of(hall)


class WindowForm(OfHall):
    """窗口."""

    name = forms.CharField(label="名称", max_length=60)
    department = PickDepartment()
    category = forms.ChoiceField(label="类别", choices=Category.choices)
    floor = forms.CharField(label="楼层", max_length=12, required=False)
    zone = forms.CharField(label="区域", max_length=30, required=False)
    sort = forms.IntegerField(label="巡查顺序", min_value=0, max_value=9999, initial=0)
    duty = Lines(label="职责", required=False, help_text="公示：这个窗口办什么。")
    pledge = Lines(label="服务承诺", required=False, help_text="公示：亮承诺。")
    flow = Lines(label="办事流程", required=False, help_text="公示：亮流程，一步一行。")
    services = Lines(label="事项", required=False, help_text="一行一个。不再列出的事项会停办，记录保留。")


class NewWindowForm(WindowForm):
    """新窗口, with its number."""

    code = forms.CharField(label="窗口号", max_length=12, help_text="印在窗口牌和二维码上，建好后不能改。")
    opened_on = DayField(label="启用日期", required=False)
    field_order = ["code"]


class CloseWindowForm(forms.Form):
    """停用窗口."""

    day = DayField(label="最后一天", initial=today)
    reason = forms.CharField(label="原因", max_length=200, required=False)


class DepartmentForm(OfHall):
    """派驻单位."""

    name = forms.CharField(label="名称", max_length=60)
    category = forms.ChoiceField(label="类别", choices=Category.choices)
    sort = forms.IntegerField(label="排序", min_value=0, max_value=9999, initial=0)
    contacts = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label="联系人",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="能看本单位的人员、结果和函件。名单是有“派驻单位联系人”角色的账号。",
    )
    hides_photo = forms.BooleanField(label="公示时不显示照片", required=False)
    hides_duty = forms.BooleanField(label="公示时不显示职责", required=False)
    hides_pledge = forms.BooleanField(label="公示时不显示承诺", required=False)
    is_active = forms.BooleanField(label="在驻", required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contacts"].queryset = User.objects.filter(
            role_grants__role="unit", role_grants__hall=self.hall
        ).distinct()


class StaffForm(OfHall):
    """人员."""

    name = forms.CharField(label="姓名", max_length=40)
    department = PickDepartment()
    post = forms.CharField(label="岗位", max_length=30, required=False)
    attendance_no = forms.CharField(label="考勤号", max_length=30, required=False)
    gender = forms.ChoiceField(
        label="性别", choices=[("", "未填"), ("男", "男"), ("女", "女")], required=False
    )
    phone = forms.CharField(label="联系电话", max_length=20, required=False)
    political_status = forms.CharField(label="政治面貌", max_length=20, required=False)
    note = forms.CharField(label="备注", max_length=200, required=False)
    photo = forms.FileField(
        label="工作照",
        required=False,
        help_text="JPG 或 PNG。公示页只在派驻期间显示，单位可以关闭。",
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )


class JoinForm(StaffForm):
    """登记进驻."""

    no = forms.CharField(label="工号", max_length=30)
    window = PickWindow()
    day = DayField(label="进驻日期", initial=today)
    is_chief = forms.BooleanField(label="首席代表（也是窗口负责人）", required=False)
    field_order = ["no", "name", "department", "window", "day", "is_chief"]


STAY = {"posting": "现在的派驻", "left": "在驻情况"}
"""What a conflict calls the facts of a person's stay."""


class MoveForm(OfHall):
    """调整窗口."""

    fact_labels = STAY
    window = PickWindow(label="调到")
    starts_on = DayField(label="从哪天起", initial=today, help_text="原窗口算到前一天。")
    reason = forms.CharField(label="原因", max_length=200, required=False)


class LeaveForm(OfHall):
    """离开大厅 or 退回派出单位."""

    fact_labels = STAY
    kind = forms.ChoiceField(
        label="种类",
        choices=[(kind.value, kind.label) for kind in (StaffEventKind.LEFT, StaffEventKind.SENT_BACK)],
        widget=forms.RadioSelect,
        initial=StaffEventKind.LEFT.value,
    )
    day = DayField(label="最后一天", initial=today, help_text="算到这一天；这一天过后账号不能再登录。")
    reason = forms.CharField(label="事由", max_length=200, required=False, help_text="退回派出单位必须写。")


class ReturnForm(OfHall):
    """再次进驻."""

    fact_labels = STAY
    window = PickWindow()
    day = DayField(label="再次进驻日期", initial=today)
    reason = forms.CharField(label="说明", max_length=200, required=False)


class BackupForm(OpenedForm):
    """AB岗."""

    fact_labels = {"pairs": "现在的 AB 岗"}
    primary = forms.ModelChoiceField(Staff.objects.none(), label="A 岗")
    backup = forms.ModelChoiceField(Staff.objects.none(), label="B 岗")
    starts_on = DayField(label="从哪天起", initial=today)
    ends_on = DayField(label="到哪天", required=False)

    def __init__(self, *args: Any, window: Window, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = window.postings.on(today()).values("staff")
        staff = Staff.objects.filter(hall=window.hall_id, left_on__isnull=True)
        self.fields["primary"].queryset = staff.filter(pk__in=here)
        self.fields["backup"].queryset = staff


class HoursForm(OpenedForm):
    """服务时间 of a week, from a day on or for a season."""

    fact_labels = {"coming": "已排好的"}
    starts_on = DayField(label="从哪天起", initial=today)
    ends_on = DayField(
        label="到哪天", required=False, help_text="夏令、冬令等只管一段时间的填；到期自动恢复原来的。"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, name in enumerate(WEEKDAYS):
            self.fields[f"day{weekday}"] = forms.CharField(
                label=f"周{name}",
                required=False,
                max_length=100,
                help_text="" if weekday else "如 08:30-12:00 13:30-17:30；不开放留空。",
            )

    def clean(self) -> dict[str, Any]:
        """Turn each day's words into stretches."""
        data = super().clean() or {}
        week: dict[int, list[tuple[time, time]]] = {}
        for weekday in range(7):
            try:
                stretches = read_stretches(data.get(f"day{weekday}", ""))
            except ValueError as error:
                self.add_error(f"day{weekday}", str(error))
                continue
            if stretches:
                week[weekday] = stretches
        data["week"] = week
        return data


class LocalDayForm(OpenedForm):
    """本地安排 of a day; the day of one that stands is no choice any more."""

    day = DayField(label="日期")
    kind = forms.ChoiceField(
        label="安排",
        choices=[(kind.value, kind.label) for kind in (DayKind.LOCAL_OFF, DayKind.LOCAL_ON)],
        widget=forms.RadioSelect,
        initial=DayKind.LOCAL_OFF.value,
    )
    name = forms.CharField(label="原因", max_length=40, help_text="如：停电、防汛、周六开放。")

    def __init__(self, *args: Any, stands: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if stands:
            del self.fields["day"]
        elif not self.initial.get("kind"):
            self.initial["kind"] = DayKind.LOCAL_OFF.value


class NoticeForm(forms.Form):
    """放假安排, as a file or pasted."""

    file = forms.FileField(label="文件", required=False, help_text="JSON，含 year、source、days。")
    text = forms.CharField(
        label="或者粘贴内容", required=False, max_length=MAX_NOTICE, widget=forms.Textarea(attrs={"rows": 8})
    )

    def clean(self) -> dict[str, Any]:
        """One of the two; a file becomes text."""
        data = super().clean() or {}
        upload = data.get("file")
        if upload is not None:
            data["text"] = self._read(upload)
        if not data.get("text") and not self.errors:
            raise forms.ValidationError("请选择文件，或者粘贴内容。")
        return data

    def _read(self, upload: Any) -> str:
        if upload.size > MAX_NOTICE:
            self.add_error("file", "文件太大，不像一年的放假安排。")
            return ""
        try:
            return upload.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            self.add_error("file", "文件不是 UTF-8 文本。")
            return ""


def read_stretches(text: str) -> list[tuple[time, time]]:
    """08:30-12:00 13:30-17:30 as pairs; raises ValueError in the administrator's words."""
    parts = [part for part in re.split(r"[;；,，、\s]+(?=\d)", text.strip()) if part]
    stretches = []
    for part in parts:
        found = STRETCH.fullmatch(part)
        if not found:
            raise ValueError(f"“{part}”要写成 08:30-12:00。")
        stretches.append((parse_time(found[1]), parse_time(found[2])))
    return stretches


class SetupForm(NewPasswordForm):
    """首次设置: the token from the log, the first hall, and who keeps it."""

    token = forms.CharField(
        label="设置口令",
        max_length=100,
        help_text="启动日志里“设置口令：”后面的那一串",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    name = forms.CharField(label="大厅名称", max_length=80, help_text="例如：青禾区政务服务中心")
    code = forms.CharField(
        label="大厅代码",
        max_length=40,
        help_text="小写字母、数字、连字符，例如 qinghe；出现在网址里，以后不能改",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    level = forms.ChoiceField(label="中心层级", choices=HallLevel, initial=HallLevel.DISTRICT)
    person = forms.CharField(label="系统管理员姓名", max_length=40)
    username = forms.CharField(
        label="系统管理员账号",
        max_length=60,
        help_text="工号或手机号，不要用 admin 这样好猜的",
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    field_order = ["token", "name", "code", "level", "person", "username", "new", "again"]
