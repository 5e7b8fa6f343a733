"""The form of an import; page and API ask the same."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms

if TYPE_CHECKING:
    from trail.services.import_kinds import ImportKind


class ImportForm(forms.Form):
    """A paper file to be checked before it is kept; page and API ask the same."""

    file = forms.FileField(label="文件", help_text="最大 20 MB。")
    month = forms.CharField(
        label="月份",
        required=False,
        help_text="没有写年份的日期按它取年；不填时从标题或同列日期读。",
        widget=forms.TextInput(attrs={"type": "month"}),
    )
    all_or_nothing = forms.BooleanField(label="有一行错就全部不导入", required=False)

    def __init__(self, *args: Any, kind: ImportKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["file"].label = kind.title
        for name, words, meaning in kind.switches:
            self.fields[name] = forms.BooleanField(label=words, help_text=meaning, required=False)

    def clean_month(self) -> date | None:
        """The first day of the month."""
        text = self.cleaned_data["month"]
        if not text:
            return None
        found = re.fullmatch(r"(\d{4})-(\d{2})", text)
        if not found or not 1 <= int(found[2]) <= 12 or not 1950 <= int(found[1]) <= 2100:
            raise forms.ValidationError("月份要写成 2026-10。")
        return date(int(found[1]), int(found[2]), 1)

    def params(self, token: str, *, dry_run: bool) -> dict[str, Any]:
        """What the long run is started with."""
        data = self.cleaned_data
        month = data["month"]
        return {
            "token": token,
            "month": month.isoformat() if month else "",
            "all_or_nothing": data["all_or_nothing"],
            "switches": [name for name, _, _ in self.kind.switches if data[name]],
            "dry_run": dry_run,
        }
