"""撤销 undo: ten seconds without a reason, seven days with one, unless somebody has changed it since."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from accounts.models import Changed
from accounts.services.undoing import Offer
from trail.models import UndoStep
from trail.services import audit
from trail.services.notices import UNDO_WINDOW, take_back

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import Hall, User

LATEST = timedelta(days=7)
KEPT = timedelta(days=8)
"""How long a step is kept: a day longer than it can be taken back. The audit keeps the story."""
Row = dict[str, Any]
State = dict[tuple[str, str], Row]


_mend: dict[str, Callable[[Any], None]] = {}


def register_mending(action: str, mend: Callable[[Any], None]) -> None:
    """After an act of this name is taken back, `mend(target)`: rows that follow from those put back."""
    _mend[action] = mend


@contextmanager
def keep(
    action: str,
    *,
    target: models.Model,
    by: User,
    hall: Hall,
    rows: Callable[[], list[models.QuerySet[Any]]],
    notice_key: str = "",
) -> Iterator[Offer]:
    """See `accounts.services.undoing.undoable`."""
    offer = Offer()
    kind, key, label = target._meta.label_lower, str(target.pk), str(target)[:200]
    with transaction.atomic():
        before = _state(rows())
        yield offer
        changes = _changes(before, _state(rows()))
        if changes:
            step = UndoStep.objects.create(
                hall=hall,
                by=by,
                action=action,
                target_kind=kind,
                target_id=key,
                target_label=label,
                notice_key=notice_key,
                changes=changes,
            )
            offer.url = step.get_absolute_url()


@transaction.atomic
def take_step_back(*, step: UndoStep, by: User, reason: str = "") -> UndoStep:
    """Put the rows back as they were. Raises Refused when it is too late or they have changed since."""
    step = UndoStep.objects.select_for_update(of=("self",)).select_related("hall").get(pk=step.pk)
    if step.by_id != by.pk:
        raise NotPermitted("只能撤销自己做的改动。")
    if not by.can_any(step.permissions, step.hall):
        raise NotPermitted(f"你现在不能在{step.hall.name}改这些内容，不能撤销。")
    if step.undone_at is not None:
        raise Refused("已经撤销过了。", code="undone_before")
    age = timezone.now() - step.at
    if age > LATEST:
        raise Refused("已经超过 7 天，不能撤销，请直接修改。", code="undo_expired")
    if age > UNDO_WINDOW and not reason.strip():
        raise Refused("已经超过 10 秒，撤销要写理由。", code="reason_missing", status=422)
    for change in step.changes:
        _require_untouched(*change)
    for change in sorted(step.changes, key=lambda change: change[2] is not None):
        _put_back(*change)
    if step.action in _mend:
        _mend[step.action](_target(step))
    if step.notice_key:
        take_back(hall=step.hall, key=step.notice_key)
    step.undone_at, step.reason = timezone.now(), reason.strip()[:300]
    step.save(update_fields=["undone_at", "reason"])
    audit.record(
        f"{step.action}.undone",
        target=_target(step),
        by=by,
        hall=step.hall,
        before={f"{label} {key}": after for label, key, _, after in step.changes},
        after={f"{label} {key}": before for label, key, before, _ in step.changes},
        reason=reason,
    )
    return step


def recent_steps(user: User | AnonymousUser) -> models.QuerySet[UndoStep]:
    """What the person did in the days in which it may be taken back, the newest first."""
    return UndoStep.objects.visible_to(user).filter(at__gte=timezone.now() - LATEST)


def last_step(target: models.Model, *, by: User, about: str = "") -> UndoStep | None:
    """The last act on the thing that still stands, when the person may take it back; `about` narrows acts."""
    steps = UndoStep.objects.filter(
        target_kind=target._meta.label_lower,
        target_id=str(target.pk),
        action__startswith=about,
        at__gte=timezone.now() - LATEST,
        undone_at__isnull=True,
    )
    step: UndoStep | None = steps.select_related("hall").defer("changes").order_by("-pk").first()
    if step is None or step.by_id != by.pk or not by.can_any(step.permissions, step.hall):
        return None
    return step


def purge() -> int:
    """Remove steps that nobody can take back any more; returns how many went."""
    gone, _ = UndoStep.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return gone


def _state(querysets: list[models.QuerySet[Any]]) -> State:
    return {
        (rows.model._meta.label_lower, str(row[rows.model._meta.pk.name])): _plain(row)
        for rows in querysets
        for row in rows.order_by("pk").values(*_fields_of(rows.model))
    }


def _fields_of(model: type[models.Model]) -> list[str]:
    """All fields but the machine's stamp: putting back is a change of its own."""
    stamp = "changed_at" if issubclass(model, Changed) else ""
    return [field.attname for field in model._meta.concrete_fields if field.attname != stamp]


def _plain(row: Row) -> Row:
    plain: Row = json.loads(json.dumps(row, cls=_Exact))
    return plain


class _Exact(DjangoJSONEncoder):
    """Moments with all their digits."""

    def default(self, o: Any) -> Any:
        """As ISO writes them."""
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def _changes(before: State, after: State) -> list[list[Any]]:
    found: list[list[Any]] = []
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old is not None and new is not None:
            differ = [field for field in old if old[field] != new[field]]
            if not differ:
                continue
            old, new = {f: old[f] for f in differ}, {f: new[f] for f in differ}
        found.append([*name, old, new])
    return found


def _require_untouched(label: str, key: str, before: Row | None, after: Row | None) -> None:
    model = apps.get_model(label)
    now = _state([model._default_manager.select_for_update().filter(pk=key)]).get((label, key))
    known = now is not None and after is not None and all(now[field] == after[field] for field in after)
    if not known and not (now is None and after is None):
        raise Refused("这里后来又改过，不能直接撤销，请打开看现在的内容。", code="changed_since")


def _put_back(label: str, key: str, before: Row | None, after: Row | None) -> None:
    model = apps.get_model(label)
    rows = model._default_manager.filter(pk=key)
    if before is None:
        rows.delete()
    elif after is None:
        model._default_manager.bulk_create([model(**before)])
    else:
        rows.update(**before)


def _target(step: UndoStep) -> models.Model:
    """The thing itself, or a stand-in with its key when the act had removed or made it."""
    model = apps.get_model(step.target_kind)
    found = model._default_manager.filter(pk=step.target_id).first()
    return step if found is None else found
