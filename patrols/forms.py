"""Forms of a round: one tap, and the reasons at the end."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms

from patrols.enums import VisitResult
from violations.models import Act
from violations.rule_enums import Subject
from windows.models import Staff, Window

if TYPE_CHECKING:
    from patrols.models import Round

WHOLE_WINDOW = "window"


class VisitForm(forms.Form):
    """One tap on the phone page, as a plain form sends it."""

    window = forms.ModelChoiceField(Window.objects.none())
    result = forms.ChoiceField(choices=[(r.value, r.label) for r in (VisitResult.OK, VisitResult.FINDING)])
    who = forms.CharField(label="谁", required=False)
    act = forms.ModelChoiceField(
        Act.objects.none(),
        label="发现了什么",
        required=False,
        error_messages={"invalid_choice": "请重新选一项。"},
    )
    words = forms.CharField(label="补充说明", max_length=300, required=False)
    client_uuid = forms.UUIDField(required=False)

    def __init__(self, *args: Any, round_: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["window"].queryset = Window.objects.filter(hall=round_.hall_id).open_on(round_.day)
        above = [int(part) for part in round_.hall.path.split("/") if part]
        self.fields["act"].queryset = Act.objects.filter(rulebook__hall__in=above, is_active=True)
        self._staff = Staff.objects.filter(hall=round_.hall_id)

    def clean_client_uuid(self) -> uuid.UUID:
        """A form without a number of its own gets one."""
        return self.cleaned_data["client_uuid"] or uuid.uuid4()

    def clean_who(self) -> Staff | None:
        """The person, or nobody when the whole window is meant."""
        who = self.cleaned_data["who"]
        if not who or who == WHOLE_WINDOW:
            return None
        staff = self._staff.filter(pk=who).first() if who.isdecimal() else None
        if staff is None:
            raise forms.ValidationError("没有这个人，请重新选。")
        return staff

    def clean(self) -> dict[str, Any]:
        """A finding needs its act, and the person when the act is about people."""
        data = super().clean()
        if data.get("result") != VisitResult.FINDING:
            return data
        act = data.get("act")
        if act is None:
            if "act" not in self.errors:
                self.add_error("act", "请选发现了什么；没有问题就点“无问题”。")
        elif act.subject == Subject.STAFF and data.get("who") is None and "who" not in self.errors:
            self.add_error("who", f"“{act.short_name}”是记在人身上的，请选是谁。")
        return data


class FinishForm(forms.Form):
    """结束本轮: why each window was not looked at, or one reason for all."""

    reason_all = forms.CharField(
        label="没有查的窗口，原因相同的写在这里",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "例如：设备检修停办"}),
    )

    def __init__(self, *args: Any, windows: list[Window], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.windows = windows
        for window in windows:
            self.fields[f"reason_{window.pk}"] = forms.CharField(
                label=f"{window.code} {window.name}", max_length=100, required=False
            )

    @property
    def reasons(self) -> dict[int, str]:
        """The reason of each window: its own, else the common one."""
        data = self.cleaned_data
        return {w.pk: data.get(f"reason_{w.pk}") or data.get("reason_all", "") for w in self.windows}

    def clean(self) -> dict[str, Any]:
        """Each window needs a reason."""
        data = super().clean()
        silent = [w for w in self.windows if not (data.get(f"reason_{w.pk}") or data.get("reason_all"))]
        for window in silent:
            self.add_error(f"reason_{window.pk}", f"{window.code} 没有查，请写原因。")
        return data
