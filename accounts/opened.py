"""打开时的内容 opened: forms that carry what they were opened with, and the page of a conflict.

A form keeps the facts it showed, signed, in a hidden field. When the service finds other facts, the
person sees field by field what was there, what the other wrote and what he wrote, and chooses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core import signing
from django.db.models import Model
from django.shortcuts import render
from django.utils import timezone

from accounts.versions import Change, ChangedMeanwhile, Facts, changes_since, plain, version_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, QueryDict

SALT = "accounts.opened"
LOST = "0"
"""The version of a form whose opened facts cannot be read any more: nothing equals it."""
SLACK = timedelta(seconds=2)
CHOICES = ("take_all", "back")


def sealed(facts: Facts) -> str:
    """The facts and the moment, as a hidden field carries them."""
    return signing.dumps({"facts": facts, "at": timezone.now().timestamp()}, salt=SALT, compress=True)


class OpenedForm(forms.Form):
    """A form that edits something: `facts` is what it is like now, by the names of the fields.

    Facts that are no fields are shown in a conflict under their words in `fact_labels`.
    """

    opened = forms.CharField(required=False, widget=forms.HiddenInput, label="打开时的内容")
    fact_labels: dict[str, str] = {}

    def __init__(self, *args: Any, facts: Facts | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {**(facts or {}), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.conflict: Conflict | None = None
        if facts is not None:
            self.initial["opened"] = sealed(facts)
        self._opened = _unsealed(self.data.get("opened", "")) if self.is_bound else None
        if self.is_bound and self.original is not None:
            self.data = self._as_chosen(self.data)

    @property
    def original(self) -> Facts | None:
        """What the person saw when he opened the form; None when that is not known."""
        return self._opened["facts"] if self._opened else None

    @property
    def opened_at(self) -> datetime:
        """When he opened it."""
        stamp = self._opened["at"] if self._opened else 0
        return datetime.fromtimestamp(stamp, UTC)

    @property
    def seen(self) -> str:
        """The version a service is given; empty for a form that carries none."""
        if not self.is_bound or not self.data.get("opened"):
            return ""
        return version_of(self.original) if self.original is not None else LOST

    def is_valid(self) -> bool:
        """Never while the person goes back to write on."""
        return "back" not in self.data and super().is_valid()

    def clean(self) -> dict[str, Any]:
        """The version is not one of the values."""
        data = super().clean() or {}
        data.pop("opened", None)
        return data

    def fact(self, name: str) -> Any:
        """What the person wrote, as a fact."""
        return plain(self.cleaned_data.get(name))

    def shown(self, name: str, fact: Any) -> str:
        """A fact in the words of its field."""
        found = self.fields.get(name)
        if isinstance(found, forms.BooleanField):
            return "是" if fact else "否"
        if isinstance(found, forms.ModelChoiceField) and fact not in (None, "", []):
            keys = fact if isinstance(fact, list) else [fact]
            return "、".join(str(row) for row in found.queryset.filter(pk__in=keys))
        if isinstance(found, forms.ChoiceField) and not isinstance(found, forms.ModelChoiceField):
            labels = dict(found.choices)
            return "、".join(
                str(labels.get(one, one)) for one in (fact if isinstance(fact, list) else [fact])
            )
        if isinstance(fact, list):
            return "\n".join(str(one) for one in fact)
        return "" if fact is None else str(fact)

    def _as_chosen(self, data: QueryDict) -> QueryDict:
        """The sent values, with the other's where the person chose them."""
        everything = data.get("take_all") == "theirs"
        theirs = [name for name in self.original if everything or data.get(f"take-{name}") == "theirs"]
        if not theirs:
            return data
        chosen = data.copy()
        for name in theirs:
            chosen.setlist(name, _sent_as(self.original[name]))
        return chosen


@dataclass(frozen=True)
class Difference:
    """One field of a conflict: what was there, what is there now, what the person wrote."""

    name: str
    label: str
    original: str
    theirs: str
    mine: str
    kind: str
    by: str
    can_choose: bool

    @property
    def suggests_theirs(self) -> bool:
        """Only the other touched it."""
        return self.kind == "theirs"


@dataclass(frozen=True)
class Conflict:
    """冲突: who saved meanwhile, and the fields that differ."""

    differences: list[Difference]
    people: list[str]
    at: datetime | None
    opened: str
    kept: list[tuple[str, str]]
    lost_files: list[str] = field(default_factory=list)

    @property
    def is_clash(self) -> bool:
        """Both wrote in the same field."""
        return any(one.kind == "both" for one in self.differences)


def saved(form: OpenedForm, act: Callable[[], Any], *, about: Model, actions: tuple[str, ...] = ()) -> bool:
    """Do `act`; False when the thing has changed since the form was opened: then `form.conflict` tells."""
    try:
        act()
    except ChangedMeanwhile as changed:
        changes = changes_since(about, form.opened_at - SLACK, actions)
        form.conflict = conflict_of(form, changed.facts, changes)
        return False
    return True


def conflict_of(form: OpenedForm, now: Facts, changes: list[Change]) -> Conflict:
    """The fields in which the three differ, with who wrote what is there now."""
    differences = [found for name in _names(form, now) if (found := _difference(form, name, now, changes))]
    return Conflict(
        differences=differences,
        people=list(dict.fromkeys(change.by for change in changes)),
        at=changes[0].at if changes else None,
        opened=sealed(now),
        kept=[
            (name, value)
            for name in form.data
            if name not in ("opened", "csrfmiddlewaretoken", *CHOICES) and not name.startswith("take-")
            for value in form.data.getlist(name)
        ],
        lost_files=[upload.name for upload in form.files.values()],
    )


def conflict_page(request: HttpRequest, form: OpenedForm, **context: Any) -> HttpResponse:
    """The page on which the person chooses; 409, nothing was saved."""
    return render(request, "accounts/conflict.html", {"form": form, **context}, status=409)


def _names(form: OpenedForm, now: Facts) -> list[str]:
    return [name for name in form.fields if name in now] + [name for name in now if name not in form.fields]


def _difference(form: OpenedForm, name: str, now: Facts, changes: list[Change]) -> Difference | None:
    is_field = name in form.fields and not isinstance(form.fields[name], forms.FileField)
    theirs, known = plain(now[name]), form.original or {}
    mine = form.fact(name) if is_field else plain(known.get(name))
    original = plain(known[name]) if name in known else None
    they, i = name not in known or theirs != original, is_field and (name not in known or mine != original)
    if not (they or i) or (is_field and mine == theirs):
        return None
    by = next((c.by for c in changes if name in c.fields), changes[0].by if changes else "")
    label = form.fields[name].label if name in form.fields else form.fact_labels.get(name, name)
    return Difference(
        name=name,
        label=str(label),
        original=form.shown(name, original),
        theirs=form.shown(name, theirs),
        mine=form.shown(name, mine) if is_field else "",
        kind="both" if they and i else "theirs" if they else "mine",
        by=by if they else "",
        can_choose=is_field,
    )


def _unsealed(text: str) -> dict[str, Any] | None:
    try:
        return signing.loads(text, salt=SALT) if text else None
    except signing.BadSignature:
        return None


def _sent_as(fact: Any) -> list[str]:
    """A fact as a browser would send it."""
    if isinstance(fact, bool):
        return ["on"] if fact else []
    if isinstance(fact, list):
        return [str(one) for one in fact]
    return [] if fact is None else [str(fact)]
