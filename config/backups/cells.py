"""单元值 cells: one value of a row as JSON that reads the same from SQLite and from PostgreSQL, and back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

KINDS = {
    "BooleanField": "bool",
    "DateTimeField": "moment",
    "DateField": "date",
    "TimeField": "time",
    "DecimalField": "decimal",
    "DurationField": "duration",
    "UUIDField": "uuid",
    "JSONField": "json",
    "BinaryField": "bytes",
    "FloatField": "plain",
}


def kind_of(field: models.Field[Any, Any]) -> str:
    """How a column is written; a foreign key as what it points to."""
    while field.remote_field is not None:
        field = field.target_field
    return KINDS.get(field.get_internal_type(), "plain")


# --- out of the database --------------------------------------------------------------------------


def _moment(value: Any) -> str:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    found = found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    return found.isoformat(timespec="microseconds")


def _day(value: Any) -> str:
    return value if isinstance(value, str) else value.isoformat()


def _clock(value: Any) -> str:
    found = time.fromisoformat(value) if isinstance(value, str) else value
    return found.isoformat(timespec="microseconds")


def _microseconds(value: Any) -> int:
    return value // timedelta(microseconds=1) if isinstance(value, timedelta) else int(value)


def _parsed(value: Any) -> list[Any]:
    """In a list of one, so that the JSON null differs from an empty cell."""
    text = value if isinstance(value, str) else json.dumps(value)
    return [json.loads(text)]


OUT: dict[str, Callable[[Any], Any]] = {
    "bool": bool,
    "moment": _moment,
    "date": _day,
    "time": _clock,
    "decimal": lambda value: format(Decimal(str(value)).normalize(), "f"),
    "duration": _microseconds,
    "uuid": lambda value: UUID(str(value)).hex,
    "json": _parsed,
    "bytes": lambda value: base64.b64encode(bytes(value)).decode("ascii"),
    "plain": lambda value: value,
}


def written(row: tuple[Any, ...], kinds: list[str]) -> list[Any]:
    """A row of a cursor as JSON values."""
    return [None if value is None else OUT[kind](value) for value, kind in zip(row, kinds, strict=True)]


# --- into the database ----------------------------------------------------------------------------


def readers(connection: BaseDatabaseWrapper) -> dict[str, Callable[[Any], Any]]:
    """How each kind becomes a parameter of this database."""
    ops, features = connection.ops, connection.features
    native = connection.vendor == "postgresql"
    return {
        "bool": bool,
        "moment": lambda text: ops.adapt_datetimefield_value(
            datetime.fromisoformat(text).replace(tzinfo=UTC)
        ),
        "date": lambda text: ops.adapt_datefield_value(date.fromisoformat(text)),
        "time": lambda text: ops.adapt_timefield_value(time.fromisoformat(text)),
        "decimal": Decimal if native else str,
        "duration": (lambda n: timedelta(microseconds=n)) if native else int,
        "uuid": UUID if features.has_native_uuid_field else str,
        "json": lambda cell: json.dumps(cell[0], ensure_ascii=False),
        "bytes": lambda text: connection.Database.Binary(base64.b64decode(text)),
        "plain": lambda value: value,
    }


def read(row: list[Any], kinds: list[str], ways: dict[str, Callable[[Any], Any]]) -> tuple[Any, ...]:
    """JSON values as parameters."""
    return tuple(None if value is None else ways[kind](value) for value, kind in zip(row, kinds, strict=True))
