"""Forms of the assessment room."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from accounts.opened import OpenedForm
from accounts.words import month_words
from assessments.models import Award, Scorecard
from assessments.pack_edits import Item, Leaf, read_number
from assessments.services.facts import Asked, Group
from assessments.services.months import month_of_words
from violations.packs import PackError, path_words


class ScoreForm(forms.Form):
    """Which month to score."""

    month = forms.CharField(
        label="月份", max_length=7, widget=forms.TextInput(attrs={"type": "month", "placeholder": "2026-10"})
    )

    def clean_month(self) -> date:
        """The first day of the month."""
        try:
            return month_of_words(self.cleaned_data["month"])
        except ValueError:
            raise forms.ValidationError("月份要写成 2026-10。") from None


class AmountField(forms.CharField):
    """A number of a rulebook, kept as the pack writes it; empty where a bound may be left open."""

    def to_python(self, value: Any) -> str:
        """With full-width digits and a long minus read as people mean them."""
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return read_number(text)
        except ValueError:
            raise forms.ValidationError("请填数字，最多两位小数。") from None


class ItemForm(OpenedForm):
    """One item of a rulebook draft: its numbers and its words."""

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        self.item = item
        super().__init__(*args, facts=item.facts, **kwargs)
        for leaf in item.leaves:
            self.fields[leaf.name] = _leaf_field(leaf)

    def show(self, errors: list[PackError]) -> None:
        """Each refusal at the field it is about; what is about no field of this item stands above."""
        place = path_words(self.item.place)
        by_path = {f"{path_words((*self.item.place, *leaf.path))}": leaf.name for leaf in self.item.leaves}
        for error in errors:
            name = by_path.get(error.path)
            outside = error.path and not error.path.startswith(place)
            self.add_error(name, f"{error.path}：{error.reason}" if outside else error.reason)


def _leaf_field(leaf: Leaf) -> forms.Field:
    if leaf.is_number:
        box = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        return AmountField(label=leaf.label, required=not leaf.may_be_empty, max_length=12, widget=box)
    if leaf.path == ("effective_on",):
        return _DayField(label=leaf.label, widget=forms.DateInput(attrs={"type": "date"}))
    long = leaf.path[-1] in ("wording", "note")
    box = forms.Textarea(attrs={"rows": 3}) if long else forms.TextInput()
    return forms.CharField(label=leaf.label, required=leaf.path[-1] != "note", max_length=2000, widget=box)


class _DayField(forms.DateField):
    """A day as the pack writes it."""

    def clean(self, value: Any) -> Any:
        """2027-01-01."""
        day = super().clean(value)
        return day.isoformat() if day else ""


class NewDraftForm(forms.Form):
    """The number and first day of a draft."""

    number = forms.CharField(label="新版本号", max_length=20, help_text="数字或字母，如 2027-1")
    effective_on = forms.DateField(
        label="施行日期",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="从这一天起按新版计；已经发布的月份不受影响，也不能选在里面",
    )


class TrialForm(forms.Form):
    """Which past months to try a version on."""

    span = forms.ChoiceField(label="试算哪一段", widget=forms.RadioSelect)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spans = trial_spans(today)
        words = {"month": "上个月", "quarter": "上个季度", "year": "今年以来"}
        self.fields["span"].choices = [
            (key, f"{words[key]}（{_span_words(months)}）") for key, months in self.spans.items()
        ]
        self.fields["span"].initial = "month"

    @property
    def months(self) -> list[str]:
        """The months chosen, "2026-10"."""
        return [f"{month:%Y-%m}" for month in self.spans[self.cleaned_data["span"]]]


def trial_spans(today: date) -> dict[str, list[date]]:
    """Past months by the name of the span: last month, last quarter, this year so far."""
    last = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    end = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1) - timedelta(days=1)
    quarter = [end.replace(month=month, day=1) for month in range(end.month - 2, end.month + 1)]
    year = [last.replace(month=month) for month in range(1, last.month + 1)]
    return {"month": [last], "quarter": quarter, "year": year}


def _span_words(months: list[date]) -> str:
    first, last = months[0], months[-1]
    return month_words(first) if first == last else f"{month_words(first)}至{last.month}月"


class FactForm(forms.Form):
    """Figures or votes of a period, as rows pasted from a spreadsheet or as a file."""

    asked = forms.ChoiceField(label="哪一项")
    month = forms.CharField(
        label="哪一期",
        max_length=7,
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "2026-10"}),
        help_text="季度、半年、年度的，选这一期里的任何一个月",
    )
    rows = forms.CharField(
        label="各行",
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 10, "placeholder": "A05\t98.5"}),
    )
    file = forms.FileField(label="或者上传表格", required=False, help_text="Excel 或 CSV，列的顺序同上")

    def __init__(self, *args: Any, asked: list[Asked], groups: list[Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_key = {one.key: one for one in asked}
        self.fields["asked"].choices = [(one.key, one.label) for one in asked]
        if groups:
            choices = [(f"{group.ballot}:{group.code}", f"{group.name} {group.label}") for group in groups]
            self.fields["group"] = forms.ChoiceField(label="投票人组", choices=choices)
            self.order_fields(["asked", "group", "month", "rows", "file"])
            self.fields["rows"].help_text = "一行一个：工号（窗口号、单位名称），选项或分值，票数（不写为 1）"
        else:
            self.fields["note"] = forms.CharField(label="说明", max_length=200, required=False)
            self.fields[
                "rows"
            ].help_text = "一行一个：工号（窗口号、单位名称），数值。从 Excel 复制两列粘贴即可"

    def clean_asked(self) -> Asked:
        """The figure itself."""
        return self.by_key[self.cleaned_data["asked"]]

    def clean_month(self) -> date:
        """The first day of the month."""
        try:
            return month_of_words(self.cleaned_data["month"])
        except ValueError:
            raise forms.ValidationError("月份要写成 2026-10。") from None

    def clean(self) -> dict[str, Any]:
        """Rows or a file, not both; a group of this ballot."""
        data = super().clean() or {}
        if bool(data.get("rows", "").strip()) == bool(data.get("file")):
            self.add_error("rows", "请粘贴各行，或者上传表格，两样只用一样。")
        ballot, _, group = data.get("group", "").partition(":")
        if group and data.get("asked") and data["asked"].code != ballot:
            self.add_error("group", "这一组不属于所选的投票。")
        return {**data, "group": group}


class RevokeForm(forms.Form):
    """Why and from when a title is taken back."""

    revoked_on = forms.DateField(label="撤销日期", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class EnforceForm(OpenedForm):
    """From which day a draft rules."""

    effective_on = forms.DateField(label="施行日期", widget=forms.DateInput(attrs={"type": "date"}))
    fact_labels = {"sha256": "草稿内容"}


class DecisionForm(forms.Form):
    """A person's decision about an honour."""

    award = forms.ModelChoiceField(label="评选", queryset=Award.objects.none(), empty_label=None)
    decision = forms.ChoiceField(
        label="决定", choices=[("in", "评上（列入）"), ("out", "不评（不列入）")], widget=forms.RadioSelect
    )
    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, card: Scorecard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["award"].queryset = Award.objects.filter(scheme=card.scheme_id)
