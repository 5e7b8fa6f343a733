"""Forms of the assessment room."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from assessments.models import Award, Scorecard
from assessments.services.months import month_of_words


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


class DecisionForm(forms.Form):
    """A person's decision about an honour."""

    award = forms.ModelChoiceField(label="评选", queryset=Award.objects.none(), empty_label=None)
    decision = forms.ChoiceField(
        label="决定", choices=[("in", "评上"), ("out", "不评")], widget=forms.RadioSelect
    )
    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, card: Scorecard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["award"].queryset = Award.objects.filter(scheme=card.scheme_id)
