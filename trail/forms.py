"""Forms of masking: what is wrong is said in the person's words; the service keeps the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.errors import Refused
from trail.enums import MaskStyle
from trail.services.masking import Region, clean_regions

if TYPE_CHECKING:
    from django.http import QueryDict

SIDES = ("x", "y", "w", "h")
PER_CENT = 10
"""Thousandths in a percent: people write percents, the service keeps thousandths."""


def reason_field(help_text: str) -> forms.CharField:
    """One line that says why."""
    return forms.CharField(
        label="理由", max_length=200, help_text=help_text, error_messages={"required": "请写明理由。"}
    )


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = reason_field("会记入操作留痕。")


class MaskForm(forms.Form):
    """遮挡: where, how and why. The places come as lists x, y, w, h in percent of the photo."""

    style = forms.ChoiceField(
        label="方式", choices=MaskStyle.choices, initial=MaskStyle.BLACK, widget=forms.RadioSelect
    )
    reason = reason_field("例如：遮挡办事群众的脸。会记入操作留痕。")

    def clean(self) -> dict[str, Any]:
        """The regions, as the service takes them."""
        data: dict[str, Any] = super().clean() or {}
        try:
            data["regions"] = clean_regions(regions_of(self.data))
        except Refused as refusal:
            raise ValidationError(refusal.message) from refusal
        return data


def typed_rows(data: QueryDict) -> list[dict[str, str]]:
    """The rows of numbers as they were typed, to be shown again."""
    lists = [data.getlist(side)[:50] for side in SIDES]
    return [dict(zip(SIDES, row, strict=True)) for row in zip(*lists, strict=False)]


def regions_of(data: Any) -> list[Region | dict[str, Any]]:
    """Rows with a number in them, in thousandths; what is no number is left for the service to refuse."""
    rows = [row for row in typed_rows(data) if any(value.strip() for value in row.values())]
    return [{side: _thousandths(value) for side, value in row.items()} for row in rows]


def _thousandths(value: str) -> float | None:
    try:
        return float(value) * PER_CENT
    except ValueError:
        return None
