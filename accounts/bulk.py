"""批量 bulk: one act on many rows, a result for each; the page and the API share this runner.

    results = run_each(keys, rows_by_key(keys, ConductRecord.objects.visible_to(user)), confirm)

Each row goes through the same service as singly, in a transaction of its own: what one row is refused
does not stop the others, and nothing of a refused row stays. Keys come from a form (`pk=3&pk=5`) or a
JSON body; a key out of sight is `not_found`, like a single row out of sight. A caller that has no
rows to fetch (many new rows in one body) calls `run_each(positions, dict(enumerate(bodies)), create)`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework import exceptions as rest

from accounts.errors import Refused

logger = logging.getLogger(__name__)

MOST_ITEMS = 200
NOT_FOUND = "没有这一条，或者你无权查看。"


@dataclass(frozen=True)
class ItemResult:
    """What became of one item: `outcome` is what the act returned; else `code`, `message`, `status` say why.

    `row` is what the act was done to (None when out of sight); `fields` are errors by field name.
    """

    key: Any
    row: Any = None
    ok: bool = True
    outcome: Any = None
    code: str = ""
    message: str = ""
    status: int = 200
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BulkResult:
    """The results in the order of the keys."""

    items: Sequence[ItemResult]

    @property
    def done(self) -> list[ItemResult]:
        """Those that went through."""
        return [item for item in self.items if item.ok]

    @property
    def refused(self) -> list[ItemResult]:
        """Those that did not."""
        return [item for item in self.items if not item.ok]

    @property
    def words(self) -> str:
        """成功 3 条，未办 1 条."""
        if not self.refused:
            return f"成功 {len(self.done)} 条"
        return f"成功 {len(self.done)} 条，未办 {len(self.refused)} 条"


def run_each(keys: Iterable[Any], rows: Mapping[Any, Any], act: Callable[[Any], Any]) -> BulkResult:
    """Do `act(row)` for the row of each key, in order, a key named twice once.

    Raises Refused for no key at all and for more than MOST_ITEMS.
    """
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        raise Refused("请先选择要办的条目。", code="no_items", status=422)
    if len(wanted) > MOST_ITEMS:
        raise Refused(f"一次最多办 {MOST_ITEMS} 条。", code="too_many_items", status=422)
    return BulkResult([_tried(key, rows.get(key), act) for key in wanted])


def rows_by_key(keys: Iterable[Any], rows: QuerySet[Any]) -> dict[Any, Model]:
    """The rows under the keys as they were sent (text or number), in one query; nonsense finds nothing."""
    by_pk = {str(key): key for key in keys if str(key).isdecimal() and len(str(key)) < 19}
    return {by_pk[str(row.pk)]: row for row in rows.filter(pk__in=[int(pk) for pk in by_pk])}


def _tried(key: Any, row: Any, act: Callable[[Any], Any]) -> ItemResult:
    if row is None:
        return ItemResult(key, ok=False, code="not_found", message=NOT_FOUND, status=404)
    try:
        with transaction.atomic():
            return ItemResult(key, row, outcome=act(row))
    except Exception as exc:  # noqa: BLE001 - rows before it are done: the person must learn which, whatever broke
        return ItemResult(key, row, ok=False, **_why(exc))


def _why(exc: Exception) -> dict[str, Any]:
    """Code, words and status of what went wrong with one row, as singly."""
    if isinstance(exc, Refused):
        return {"code": exc.code, "message": exc.message, "status": exc.status}
    if isinstance(exc, Http404 | ObjectDoesNotExist):
        return {"code": "not_found", "message": NOT_FOUND, "status": 404}
    if isinstance(exc, PermissionDenied | rest.PermissionDenied):
        return {"code": "permission_denied", "message": str(exc) or "没有权限做这件事。", "status": 403}
    if isinstance(exc, ValidationError):
        fields = exc.message_dict if hasattr(exc, "error_dict") else {}
        return {"code": "invalid", "message": "；".join(exc.messages), "status": 422, "fields": fields}
    if isinstance(exc, rest.ValidationError):
        fields = exc.detail if isinstance(exc.detail, dict) else {"non_field_errors": exc.detail}
        return {"code": "invalid", "message": _plain(exc.detail), "status": 400, "fields": fields}
    logger.error("a row of a bulk act failed", exc_info=exc)
    return {"code": "error", "message": "系统出错，这一条没有办成，请稍后单独再试。", "status": 500}


def _plain(detail: Any) -> str:
    if isinstance(detail, Mapping):
        return "；".join(_plain(one) for one in detail.values())
    if isinstance(detail, list | tuple):
        return "；".join(_plain(one) for one in detail)
    return str(detail)
