"""The scratch tables of one run, and the door through which its statements go.

Scratch tables belong to the connection, so a run is one connection and one transaction.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

from violations.enums import COUNTING, RecordStatus

if TYPE_CHECKING:
    from types import TracebackType

    from assessments.models import Run

BLOCK = 10_000_000
"""Card ids of run n lie in n × BLOCK and up, so runs of other halls never wait for each other."""
FIRST_CARD = {"unit": 0, "window": 1_000_000, "staff": 2_000_000}
FAR = date(9999, 12, 31)
REVERSED = (RecordStatus.DISMISSED, RecordStatus.APPEAL_ALLOWED, RecordStatus.WITHDRAWN)
"""States in which a record that once counted has been taken back for good."""

TABLES = {
    "sc_hall": "hall_id bigint PRIMARY KEY, takes_late integer",
    "sc_reign": "hall_id bigint, version_id bigint, first_day date, next_day date",
    "sc_card": (
        "id bigint PRIMARY KEY, kind varchar(6), subject_id bigint, hall_id bigint, staff_id bigint,"
        " window_id bigint, department_id bigint, category varchar(20), group_id bigint,"
        " is_chief boolean, scheme_id bigint"
    ),
    "sc_fact": (
        "record_id bigint PRIMARY KEY, kind varchar(8), card_id bigint, at_card_id bigint, act_id bigint,"
        " severity varchar(8), quantity bigint, day date, incident varchar(60), version_id bigint"
    ),
    "sc_value": "card_id bigint, component_id bigint, raw bigint, value bigint",
    "sc_date": "day date PRIMARY KEY, weekday integer, month_no integer, quarter_no integer, year_no integer",
    "sc_day": "hall_id bigint, day date, wd bigint",
    "sc_seen": (
        "gate_id bigint, card_id bigint, record_id bigint, day date, wd bigint, month_no integer,"
        " quarter_no integer, year_no integer, amount bigint, in_run integer"
    ),
}
INDEXES = {
    "sc_card": ("kind, subject_id", "group_id"),
    "sc_fact": ("card_id",),
    "sc_value": ("card_id, component_id",),
    "sc_day": ("hall_id, day",),
    "sc_seen": ("gate_id, card_id",),
}


class Reckoning:
    """One run under way: its month, its block of card ids and its cursor."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.first = run.month
        self.last = last_of_month(run.month)
        self.statements = 0
        self.params: dict[str, Any] = {
            "run": run.pk,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "far": FAR.isoformat(),
            "base": run.pk * BLOCK,
            "next": (run.pk + 1) * BLOCK,
            "new_year": self.first.replace(month=1).isoformat(),
        }

    def __enter__(self) -> Reckoning:
        if not connection.in_atomic_block:
            raise RuntimeError("a run is one transaction")
        self._cursor = connection.cursor()
        self._drop()
        for table, columns in TABLES.items():
            self._cursor.execute(f"CREATE TEMP TABLE {table} ({columns})")
            for number, fields in enumerate(INDEXES.get(table, ())):
                self._cursor.execute(f"CREATE INDEX {table}_{number} ON {table} ({fields})")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._drop()
        self._cursor.close()

    def do(self, sql: str, **params: Any) -> int:
        """Run one statement with the run's own parameters and more; returns the rows it wrote."""
        self._cursor.execute(sql, {**self.params, **params})
        self.statements += 1
        return self._cursor.rowcount

    def fill(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        """Write a fixed, small number of rows (the days of a year)."""
        self._cursor.executemany(sql, rows)
        self.statements += 1

    def analyze(self, table: str) -> None:
        """Tell the planner what a table filled in this transaction holds."""
        if connection.vendor == "postgresql":
            self._cursor.execute(f"ANALYZE {table}")
            self.statements += 1

    def _drop(self) -> None:
        for table in TABLES:
            self._cursor.execute(f"DROP TABLE IF EXISTS {table}")


def last_of_month(first: date) -> date:
    """The last day of the month that begins on `first`."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


# --- fragments of SQL that have a name -------------------------------------------------------


def listed(values: tuple[str, ...]) -> str:
    """Values of our own enums as an SQL list."""
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


COUNTS = listed(tuple(status.value for status in COUNTING))
TAKEN_BACK = listed(tuple(status.value for status in REVERSED))


def of_run(alias: str = "l") -> str:
    """Lines of this run, by the range of its card ids."""
    return f"{alias}.card_id >= %(base)s AND {alias}.card_id < %(next)s"


def clamp(value: str, floor: str, cap: str) -> str:
    """A value within bounds; a missing bound does not bind (comparison with NULL is not true)."""
    return f"CASE WHEN {value} < {floor} THEN {floor} WHEN {value} > {cap} THEN {cap} ELSE {value} END"


def reached(amount: str, start: str, end: str, every: str) -> str:
    """How many rungs of a step a running amount has passed: (min(c, end) − start) / every + 1."""
    upto = f"CASE WHEN {amount} > {end} THEN {end} ELSE {amount} END"
    return f"CASE WHEN {amount} < {start} THEN 0 ELSE ({upto} - {start}) / {every} + 1 END"


def by_bytes(column: str) -> str:
    """Text in the order of its bytes: what SQLite does by itself and PostgreSQL has to be told."""
    return f'{column} COLLATE "C"' if connection.vendor == "postgresql" else column
