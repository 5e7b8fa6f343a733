"""Forms of the ledger: what is wrong is said in the person's words; the services keep the rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.errors import Refused
from accounts.opened import OpenedForm
from accounts.words import signed
from violations.enums import StatementReason
from violations.filters import acts_with
from violations.models import Act
from violations.rule_enums import Severity, Subject
from violations.services.ledger import Found
from violations.tariff import tariff_for
from windows.models import Posting, Window

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import Hall, User
    from violations.pricing import Range

MOST_FILES = 6
LONGEST = 500


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, none of them required."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", f"最多 {MOST_FILES} 个，每个不超过 15 MB。")
        accept = kwargs.pop("accept", "image/*,.pdf,.docx,.xlsx")
        kwargs["widget"] = FilesInput(attrs={"accept": accept})
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each file as a single one is cleaned."""
        files = [data] if data and not isinstance(data, list | tuple) else list(data or [])
        if len(files) > MOST_FILES:
            raise ValidationError(f"一次最多 {MOST_FILES} 个文件。")
        return [super(FilesField, self).clean(file, initial) for file in files]


def words_field(label: str, *, missing: str, longest: int = LONGEST, **kwargs: Any) -> forms.CharField:
    """A field for some sentences."""
    kwargs.setdefault("help_text", f"最多 {longest} 字。")
    return forms.CharField(
        label=label,
        max_length=longest,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": missing, "max_length": f"最多 {longest} 字，请删减。"},
        **kwargs,
    )


def sent(request: HttpRequest) -> tuple[Any, Any]:
    """What a form is bound to: the data and files of a POST, or what was put back; nothing for a look."""
    return (request.POST, request.FILES) if request.method == "POST" or request.POST else (None, None)


class GuardedForm(forms.Form):
    """A form whose service may refuse the input: the refusal stands beside the field it is about."""

    refused_at: dict[str, str] = {}

    def carried_out(self, act: Callable[[], Any]) -> bool:
        """Do it; False when the input was refused. Refusals of the state or the person go their way."""
        try:
            self.outcome = act()
        except Refused as refusal:
            if refusal.status != 422:
                raise
            self.add_error(self.refused_at.get(refusal.code), refusal.message)
            return False
        return True


class AnswerForm(GuardedForm):
    """确认或陈述: the person concerned accepts, or says his side."""

    refused_at = {"bad_photo": "files", "bad_file": "files", "file_too_large": "files"}

    reply = forms.ChoiceField(
        label="你的意见",
        choices=[("accept", "确认，无异议"), ("state", "我要陈述")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选“确认，无异议”或“我要陈述”。"},
    )
    reason = forms.ChoiceField(
        label="陈述理由", choices=StatementReason.choices, widget=forms.RadioSelect, required=False
    )
    words = words_field("说明情况", missing="", required=False)
    files = FilesField(label="附件")

    def clean(self) -> dict[str, Any]:
        """A statement needs a reason and words; an acceptance needs neither."""
        data = super().clean() or {}
        if data.get("reply") == "state":
            if not data.get("reason"):
                self.add_error("reason", "请选陈述理由。")
            if not data.get("words") and "words" not in self.errors:
                self.add_error("words", "请写明情况。")
        return data

    @property
    def is_acceptance(self) -> bool:
        """Whether the person accepts."""
        return self.cleaned_data["reply"] == "accept"


class DecisionForm(GuardedForm):
    """认定: confirm, or dismiss with a reason."""

    verdict = forms.ChoiceField(
        label="认定意见",
        choices=[("confirm", "认定成立"), ("dismiss", "不予认定")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选认定意见。"},
    )
    judged = forms.DecimalField(
        label="酌情分值",
        required=False,
        max_digits=7,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    reason = words_field("理由", missing="", required=False, help_text="不予认定必须写理由，最多 500 字。")

    def __init__(
        self, *args: Any, may_confirm: bool = True, choice: Range | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.choice = choice
        if choice is None or not may_confirm:
            del self.fields["judged"]
        else:
            usual = signed(choice.usual)
            self.fields["judged"].help_text = f"每次 {choice.words}；不填按 {usual} 分。扣分写负数"
        if not may_confirm:
            self.fields["verdict"].choices = [("dismiss", "不予认定")]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Dismissing asks for a reason; chosen points lie within the clause's range."""
        data = super().clean() or {}
        points = data.get("judged")
        data["judged"] = None if points is None else int(points * 100)
        if points is not None and self.choice and not self.choice.holds(data["judged"]):
            self.add_error("judged", f"要在 {self.choice.words}之间。")
        if data.get("verdict") == "dismiss" and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "请写不予认定的理由。")
        return data


class ReasonForm(GuardedForm):
    """撤回: a step that asks for a reason and nothing else."""

    reason = words_field("理由", missing="请写撤回的理由。")


class MergeForm(forms.Form):
    """并入: the record of the same matter that stays."""

    into = forms.IntegerField(label="并入", min_value=1, error_messages={"required": "请说明并入哪一条。"})


class AppealForm(GuardedForm):
    """申诉: why the decision should be looked at again."""

    refused_at = {"bad_photo": "files", "bad_file": "files", "file_too_large": "files"}

    words = words_field("申诉理由", missing="请写申诉理由。", longest=1000)
    files = FilesField(label="附件")


class AppealDecisionForm(GuardedForm):
    """裁定: allowed or rejected, with an opinion."""

    verdict = forms.ChoiceField(
        label="裁定",
        choices=[("allow", "申诉成立，撤销"), ("reject", "申诉不成立")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选裁定。"},
    )
    opinion = words_field("裁定意见", missing="请写裁定意见。", longest=1000)


class SubmitForm(GuardedForm):
    """提交整改: what was done, with photos."""

    refused_at = {"words_missing": "words", "bad_photo": "photos", "file_too_large": "photos"}

    words = words_field("整改情况", missing="请写整改情况。")
    photos = FilesField(label="整改后的照片", accept="image/*")


class PlanForm(GuardedForm):
    """整改计划: what will be done."""

    refused_at = {"words_missing": "plan"}

    plan = words_field("整改计划", missing="请写整改计划。", help_text="谁、做什么、哪天做完，最多 500 字。")


class ExtensionForm(GuardedForm):
    """申请延期: how many more working days, and why."""

    refused_at = {"words_missing": "reason", "out_of_bounds": "days"}

    days = forms.IntegerField(
        label="延长几个工作日",
        min_value=1,
        max_value=60,
        error_messages={"required": "请写延长几个工作日。", "invalid": "请写整数。"},
    )
    reason = words_field("延期理由", missing="请写延期的理由。")


class ExtensionDecisionForm(GuardedForm):
    """答复延期: granted, or refused with a reason."""

    refused_at = {"words_missing": "opinion"}

    answer = forms.ChoiceField(
        label="答复",
        choices=[("grant", "同意延期"), ("refuse", "不同意延期")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选是否同意延期。"},
    )
    opinion = words_field("说明", missing="", required=False, help_text="不同意必须写理由，最多 500 字。")


class PlanRecheckForm(GuardedForm):
    """安排回头看: on which day the rounds look again."""

    refused_at = {"day_passed": "day", "day_off": "day"}

    day = forms.DateField(
        label="回头看的日子",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="从这天起，巡查到这个窗口时会提示。",
        error_messages={"required": "请选日期。", "invalid": "日期看不懂，请写成 2026-11-25。"},
    )


class RecheckForm(GuardedForm):
    """复查: done, or back to the window with a reason."""

    refused_at = {"words_missing": "words", "bad_photo": "photos", "file_too_large": "photos"}

    verdict = forms.ChoiceField(
        label="复查结果",
        choices=[("done", "已整改"), ("returned", "退回重改")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选复查结果。"},
    )
    words = words_field("说明", missing="", required=False, help_text="退回重改必须写理由，最多 500 字。")
    photos = FilesField(label="复查照片", accept="image/*")


class FindingForm(GuardedForm):
    """记问题: a finding or a bonus outside a round; people and acts are those of the day."""

    refused_at = {
        "future": "time",
        "who_missing": "staff",
        "window_missing": "window",
        "quantity": "quantity",
        "bad_photo": "photos",
        "photo_too_large": "photos",
        "file_too_large": "photos",
    }

    day = forms.DateField(
        label="日期",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "请选日期。", "invalid": "日期看不懂，请写成 2026-11-25。"},
    )
    time = forms.TimeField(
        label="时间",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": "请写时间。", "invalid": "时间看不懂，请写成 14:31。"},
    )
    act = forms.ChoiceField(label="什么事", error_messages={"required": "请选事项。"})
    staff = forms.ChoiceField(label="谁", required=False, help_text="当天在岗的人；记窗口的问题不用选人。")
    window = forms.ChoiceField(label="窗口", required=False, help_text="选了人可以不选，按当天的派驻。")
    quantity = forms.DecimalField(
        label="数量",
        initial=1,
        min_value=0,
        max_digits=8,
        decimal_places=2,
        help_text="单位按细则：次、人次、件、半天、分钟等。",
    )
    severity = forms.ChoiceField(label="情节", choices=Severity.choices, required=False)
    note = words_field("说明", missing="", required=False)
    photos = FilesField(label="照片", accept="image/*")
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, hall: Hall, user: User, day: date, words: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hall, self.user, self.on = hall, user, day
        self.fields["day"].initial = day
        self.fields["time"].initial = timezone.localtime().replace(second=0, microsecond=0)
        self.acts = self._acts(words)
        self.people = self._people()
        self.windows = self._windows()
        self._offer("act", self._act_choices(), "—— 请选事项 ——")
        self._offer("staff", self._staff_choices(), "—— 不选人 ——")
        self._offer("window", [(str(w.pk), str(w)) for w in self.windows.values()], "—— 不选窗口 ——")

    def found(self) -> Found:
        """The cleaned input as the service takes it."""
        data = self.cleaned_data
        moment = timezone.make_aware(datetime.combine(data["day"], data["time"]))
        posting = self.people.get(int(data["staff"] or 0))
        return Found(
            act=self.acts[int(data["act"])],
            at=moment,
            staff=posting.staff if posting else None,
            window=self.windows.get(int(data["window"] or 0)),
            note=data["note"],
            quantity=int(data["quantity"] * 100),
            severity=data["severity"],
            source_key=str(data["key"]),
        )

    def _offer(self, name: str, choices: list[Any], nothing: str) -> None:
        self.fields[name].choices = [("", nothing), *choices]  # type: ignore[attr-defined]

    def _acts(self, words: str) -> dict[int, Act]:
        self.tariff = tariff_for(self.hall, self.on)
        acts = Act.objects.visible_to(self.user).usable().filter(pk__in=self.tariff.act_ids)
        return {act.pk: act for act in acts_with(acts.select_related("rulebook__hall"), words)}

    def _people(self) -> dict[int, Posting]:
        rows = Posting.objects.visible_to(self.user).of_hall(self.hall).on(self.on)
        rows = rows.select_related("staff__department", "window__department")
        return {row.staff_id: row for row in rows.order_by("window__floor", "window__sort", "window__code")}

    def _windows(self) -> dict[int, Window]:
        rows = Window.objects.visible_to(self.user).filter(hall=self.hall).open_on(self.on)
        return {row.pk: row for row in rows.select_related("department").on_route()}

    def _act_choices(self) -> list[Any]:
        groups: dict[str, list[tuple[str, str]]] = {}
        for act in self.acts.values():
            kind = "加分" if act.is_bonus else "扣分"
            groups.setdefault(f"{Subject(act.subject).label} · {kind}", []).append(
                (str(act.pk), self._act_words(act))
            )
        return list(groups.items())

    def _act_words(self, act: Act) -> str:
        quote = self.tariff.quote(act.pk)
        return f"{act.name}（{quote.per} {signed(quote.points)}）" if quote else act.name

    def _staff_choices(self) -> list[tuple[str, str]]:
        return [(str(pk), f"{row.window.code} {row.staff.name}") for pk, row in self.people.items()]


class PhraseForm(OpenedForm):
    """常用说法: words and the act they mean."""

    pattern = forms.CharField(
        label="说法", max_length=120, help_text="照台账上的写法；数字用 {} 代替，例如：无故离岗，{}分钟后返回"
    )
    act = forms.ModelChoiceField(label="对应事项", queryset=Act.objects.none(), empty_label="请选择")

    def __init__(self, *args: Any, acts: list[Act], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["act"].queryset = Act.objects.filter(pk__in=[act.pk for act in acts])
