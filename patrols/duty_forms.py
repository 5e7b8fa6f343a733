"""Forms of the rota: draft a month, set a day, change with somebody, write the log."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Hall, User
from accounts.opened import OpenedForm
from patrols.enums import DutyKind
from patrols.models import DutyDay
from patrols.services import rota, swaps
from windows.models import Department


class PeopleField(forms.ModelMultipleChoiceField):
    """Several people or units, as boxes to tick."""

    def __init__(self, label: str, model: Any, **kwargs: Any) -> None:
        widget = forms.CheckboxSelectMultiple
        super().__init__(model.objects.none(), label=label, required=False, widget=widget, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        """The name alone."""
        return str(obj.name)


class DraftForm(forms.Form):
    """生成值班表: a month, a kind, and who takes turns."""

    month = forms.CharField(
        label="月份", widget=forms.TextInput(attrs={"type": "month", "placeholder": "2026-12"}), max_length=7
    )
    kind = forms.ChoiceField(label="种类", choices=DutyKind.choices, widget=forms.RadioSelect)
    people = PeopleField(
        "轮值人员", User, help_text="管理值班、领导带班在这里选；带班只能选领导和大厅管理员。"
    )
    units = PeopleField("轮值单位", Department, help_text="单位值班在这里选，由各单位领导到场。")

    def __init__(self, *args: Any, hall: Hall, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = rota.candidates(hall, DutyKind.MANAGE)
        self.fields["units"].queryset = rota.units(hall)

    def clean(self) -> dict[str, Any]:
        """Somebody has to be chosen, where the kind asks for it."""
        data = super().clean() or {}
        place = "units" if data.get("kind") == DutyKind.UNIT else "people"
        if data.get("kind") and place not in self.errors and not data.get(place):
            self.add_error(place, f"请至少选一个{'单位' if place == 'units' else '人'}。")
        return data

    @property
    def chosen(self) -> list[Any]:
        """The people, or the units."""
        place = "units" if self.cleaned_data["kind"] == DutyKind.UNIT else "people"
        return list(self.cleaned_data[place])


class DayForm(OpenedForm):
    """改一天的值班: who is on duty, of each kind."""

    manage = PeopleField(DutyKind.MANAGE.label, User)
    lead = PeopleField(DutyKind.LEAD.label, User)
    units = PeopleField(DutyKind.UNIT.label, Department)

    def __init__(self, *args: Any, hall: Hall, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manage"].queryset = rota.candidates(hall, DutyKind.MANAGE)
        self.fields["lead"].queryset = rota.candidates(hall, DutyKind.LEAD)
        self.fields["units"].queryset = rota.units(hall)


class LogForm(OpenedForm):
    """值班日志."""

    present_name = forms.CharField(
        label="到场领导", max_length=40, error_messages={"required": "请写是哪位领导到场值班。"}
    )
    seen = forms.CharField(
        label="看到的情况",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="在岗、秩序、办事群众反映等；一切正常就写“正常”。",
        error_messages={"required": "请写看到的情况；一切正常就写“正常”。"},
    )
    done = forms.CharField(
        label="当场处理",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="提醒了谁、交办了什么、现场解决了什么。",
    )

    def __init__(self, *args: Any, duty: DutyDay, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not duty.is_unit:
            del self.fields["present_name"]


class OtherDayField(forms.ModelChoiceField):
    """A day of somebody else."""

    def label_from_instance(self, obj: DutyDay) -> str:
        """When and who."""
        return f"{obj.day.month}月{obj.day.day}日（周{'一二三四五六日'[obj.day.weekday()]}） {obj.who}"


class SwapForm(forms.Form):
    """请人换班: with which day of whom."""

    other = OtherDayField(
        DutyDay.objects.none(),
        label="换哪一天",
        empty_label="请选择",
        error_messages={"invalid_choice": "这一天不能换，请另选一天。"},
    )
    words = forms.CharField(label="原因", max_length=200, required=False)

    def __init__(self, *args: Any, duty: DutyDay, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = swaps.swappable(duty)


class AnswerForm(forms.Form):
    """答复换班."""

    verdict = forms.ChoiceField(
        label="答复", choices=[("accept", "同意换班"), ("refuse", "不换")], widget=forms.RadioSelect
    )
    words = forms.CharField(label="说明", max_length=200, required=False)


class PeriodForm(OpenedForm):
    """重点时段."""

    name = forms.CharField(label="名称", max_length=40, help_text="例如：国庆假期前后、迎检周。")
    starts_on = forms.DateField(label="从", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(label="到", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    rounds = forms.IntegerField(
        label="每天轮次",
        min_value=1,
        max_value=20,
        help_text="含每天固定的上午轮、下午轮；多出来的由系统随机通知。",
    )

    def clean(self) -> dict[str, Any]:
        """The end is not before the start."""
        data = super().clean()
        start, end = data.get("starts_on"), data.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", "结束日期不能早于开始日期。")
        return data
