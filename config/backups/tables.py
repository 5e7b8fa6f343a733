"""Tables out of a database and into one, row by row, never a whole table in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from config.backups import cells

CHUNK = 1000
LEFT_OUT = {"accounts_signinsession"}
WHOLE = 2**256


@dataclass(frozen=True)
class Table:
    """A table as the archive describes it; a newer program restores it without knowing the old models."""

    name: str
    columns: list[str]
    kinds: list[str]
    key: str
    serial: str = ""

    def as_json(self) -> dict[str, Any]:
        """For the manifest."""
        return asdict(self)


@dataclass
class Digest:
    """Rows and their fingerprint, whatever order they come in: databases sort words differently."""

    rows: int = 0
    total: int = field(default=0, repr=False)

    def add(self, row: list[Any]) -> None:
        """Count one row in; the order of keys inside a JSON cell does not matter either."""
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self.rows += 1
        self.total = (self.total + int.from_bytes(hashlib.sha256(text.encode()).digest())) % WHOLE

    def as_json(self) -> dict[str, Any]:
        """For the checksums."""
        return {"rows": self.rows, "digest": f"{self.total:064x}"}


def our_tables() -> list[Table]:
    """Every table of the installed models, by name."""
    found = {
        model._meta.db_table: _described(model)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in LEFT_OUT
    }
    return [found[name] for name in sorted(found)]


def _described(model: type[models.Model]) -> Table:
    fields = [f for f in model._meta.concrete_fields if f.column]
    key = model._meta.pk
    return Table(
        name=model._meta.db_table,
        columns=[f.column for f in fields],
        kinds=[cells.kind_of(f) for f in fields],
        key=key.column,
        serial=key.column if isinstance(key, models.AutoField) else "",
    )


def rows_of(connection: BaseDatabaseWrapper, table: Table) -> Iterator[list[Any]]:
    """All rows as JSON values; on PostgreSQL through a cursor of the server."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(column) for column in table.columns)
    sql = f"SELECT {columns} FROM {quote(table.name)} ORDER BY {quote(table.key)}"  # noqa: S608 quoted names
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(CHUNK):
            for row in rows:
                yield cells.written(row, table.kinds)


def insert(connection: BaseDatabaseWrapper, table: Table, rows: Iterable[list[Any]]) -> None:
    """Put rows into an empty table."""
    ways = cells.readers(connection)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(column) for column in table.columns)
    marks = f"({', '.join(['%s'] * len(table.columns))})"
    start = f"INSERT INTO {quote(table.name)} ({columns}) VALUES "  # noqa: S608 quoted names
    parameters = (cells.read(row, table.kinds, ways) for row in rows)
    with connection.cursor() as cursor:
        while chunk := list(islice(parameters, CHUNK)):
            if connection.vendor == "sqlite":
                cursor.executemany(start + marks, chunk)
            else:
                cursor.execute(start + ", ".join([marks] * len(chunk)), [v for row in chunk for v in row])


def last_number(connection: BaseDatabaseWrapper, table: Table) -> int:
    """The last number the table gave a row; a deleted row's number must not come back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table.name])
            found = cursor.fetchone()
            return int(found[0]) if found else 0
        sequence = _sequence(cursor, connection, table)
        if not sequence:
            return 0
        cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")  # noqa: S608
        return int(cursor.fetchone()[0])


def set_last_number(connection: BaseDatabaseWrapper, table: Table, number: int) -> None:
    """Go on counting after `number`."""
    if not number:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table.name])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table.name, number])
        elif sequence := _sequence(cursor, connection, table):
            cursor.execute("SELECT setval(%s::regclass, %s)", [sequence, number])


def _sequence(cursor: Any, connection: BaseDatabaseWrapper, table: Table) -> str:
    quoted = connection.ops.quote_name(table.name)
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [quoted, table.serial])
    return cursor.fetchone()[0] or ""
