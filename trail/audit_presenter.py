"""An audit row as a page shows it: action, target and changed values in the hall's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.dateparse import parse_datetime

from accounts import words
from accounts.options import all_options
from trail.audit_words import action_words, command_words, field_words, value_words
from trail.models import AuditEntry
from trail.services.jobs import all_jobs

if TYPE_CHECKING:
    from accounts.models import User

NOTHING = "—"
LONGEST = 300
NO_LABELS: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Changed:
    """One value before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Shown:
    """A row in words."""

    entry: AuditEntry
    action: str
    actor: str
    kind: str
    changes: list[Changed]


def shown(entry: AuditEntry) -> Shown:
    """The row for a page; asks the database nothing when `by` and `hall` came with it."""
    model = _model(entry.target_kind)
    actor = entry.by.name or entry.by.username if entry.by else f"系统作业 {_job_words(entry.job)}"
    kind = str(model._meta.verbose_name) if model else entry.target_kind
    return Shown(entry, action_words(entry.action), actor, kind, changes_of(entry))


def _job_words(name: str) -> str:
    """The title of a job, the words of a command."""
    return next((job.title for job in all_jobs() if job.name == name), "") or command_words(name)


def changes_of(entry: AuditEntry) -> list[Changed]:
    """Each value of before and after under its name, in the order they were written."""
    model = _model(entry.target_kind)
    before, after = _dict(entry.before), _dict(entry.after)
    return [
        Changed(
            _label(model, entry.action, key),
            _words(model, entry.action, key, before.get(key)) if key in before else "",
            _words(model, entry.action, key, after.get(key)) if key in after else "",
        )
        for key in dict.fromkeys([*before, *after])
    ]


def values_in_words(action: str, kind: str, values: Any) -> str:
    """Before or after on one line."""
    model, facts = _model(kind), _dict(values)
    return "；".join(
        f"{_label(model, action, key)}：{_words(model, action, key, value)}" for key, value in facts.items()
    )


def target_url(entry: AuditEntry, user: User) -> str:
    """Where the target can be looked at, for one who may see it; empty when it has no page or is gone."""
    model = _model(entry.target_kind)
    manager = getattr(model, "objects", None)
    if model is None or manager is None or not hasattr(model, "get_absolute_url"):
        return ""
    rows = manager.visible_to(user) if hasattr(manager, "visible_to") else manager.none()
    try:
        target = rows.filter(pk=entry.target_id).first()
    except (ValueError, TypeError):
        return ""
    return str(target.get_absolute_url()) if target else ""


def _model(kind: str) -> type[Model] | None:
    try:
        return apps.get_model(kind)
    except (LookupError, ValueError):
        return None


def _dict(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"": value}


def _label(model: type[Model] | None, action: str, key: str) -> str:
    field = _field(model, key)
    option = next((o.label for o in all_options() if o.key == key), "") if "." in key else ""
    named = field_words(action, key) or option
    return named or (str(field.verbose_name) if field is not None else key)


def _field(model: type[Model] | None, key: str) -> Any:
    try:
        field = model._meta.get_field(key) if model else None
    except FieldDoesNotExist:
        return None
    return field if hasattr(field, "verbose_name") else None


def _words(model: type[Model] | None, action: str, key: str, value: Any) -> str:
    labels = value_words(action, key) or dict(getattr(_field(model, key), "flatchoices", ()) or ())
    if isinstance(value, str) and value in labels:
        return str(labels[value])
    return plain(value, labels)


def plain(value: Any, labels: Mapping[str, Any] = NO_LABELS) -> str:
    """A value as one reads it: 是, 2026年11月22日, 甲、乙; long text is cut."""
    if value is None or value == "" or value == [] or value == "None":
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return "、".join(str(labels.get(one, one)) if isinstance(one, str) else plain(one) for one in value)
    if isinstance(value, dict):
        return "；".join(f"{labels.get(key, key)}：{plain(one)}" for key, one in value.items())
    return json.dumps(value, ensure_ascii=False)


def _text(value: str) -> str:
    moment = _moment(value)
    if isinstance(moment, datetime):
        return f"{words.day_words(moment)} {words.time_words(moment)}"
    if moment is not None:
        return words.day_words(moment)
    return f"{value[:LONGEST]}……" if len(value) > LONGEST else value


def _moment(value: str) -> date | datetime | None:
    """A day or moment written as text; None for any other text."""
    if not (10 <= len(value) <= 32 and value[:4].isdigit() and value[4] == "-"):
        return None
    try:
        return date.fromisoformat(value) if len(value) == 10 else parse_datetime(value)
    except ValueError:
        return None
