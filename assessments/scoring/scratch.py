"""The scratch tables of one run, and the door through which its statements go.

Scratch tables belong to the connection, so a run is one connection and one transaction.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

from violations.enums import COUNTING, RecordStatus
from violations.rule_enums import Period

if TYPE_CHECKING:
    from types import TracebackType

    from assessments.models import Run
    from assessments.scoring.in_play import InPlay
    from violations.models import RulebookVersion

BLOCK = 10_000_000
"""Card ids of run n lie in n × BLOCK and up, so runs of other halls never wait for each other."""
FIRST_CARD = {"unit": 0, "window": 1_000_000, "staff": 2_000_000}
FAR = date(9999, 12, 31)
REVERSED = (RecordStatus.DISMISSED, RecordStatus.APPEAL_ALLOWED, RecordStatus.WITHDRAWN)
"""States in which a record that once counted has been taken back for good."""

COUNT = (
    "stage integer, clause_id bigint, fact_id bigint, phase integer, kind varchar(8), record_id bigint,"
    " card_id bigint, at_card_id bigint, finder_id bigint, day date, quantity bigint, unit bigint"
)
TABLES = {
    "sc_price": (
        "version_id bigint, act_id bigint, severity varchar(8), scheme_id bigint, component_id bigint,"
        " clause_id bigint, step_id bigint, by_quantity boolean, points bigint"
    ),
    "sc_loss": ("component_id bigint, clause_id bigint, span varchar(10), points bigint, for_group integer"),
    "sc_hall": "hall_id bigint PRIMARY KEY, takes_late integer",
    "sc_reign": "hall_id bigint, version_id bigint, first_day date, next_day date",
    "sc_card": (
        "id bigint, kind varchar(6), subject_id bigint, hall_id bigint, staff_id bigint,"
        " window_id bigint, department_id bigint, category varchar(20), group_id bigint,"
        " is_chief boolean, scheme_id bigint, members bigint, days bigint"
    ),
    "sc_late": "record_id bigint PRIMARY KEY",
    "sc_fact": (
        "id bigint PRIMARY KEY, record_id bigint, kind varchar(8), phase integer, card_id bigint,"
        " at_card_id bigint, act_id bigint, severity varchar(8), found_by varchar(12), finder_id bigint,"
        " status varchar(16), judged bigint, quantity bigint, day date, incident varchar(60),"
        " version_id bigint, made integer"
    ),
    "sc_claim": (
        "level integer, clause_id bigint, fact_id bigint, phase integer, kind varchar(8), record_id bigint,"
        " card_id bigint, at_card_id bigint, finder_id bigint, day date, quantity bigint, unit bigint,"
        " amount bigint, span varchar(10), days bigint, count_card bigint, stay bigint, ord_day date,"
        " wd bigint, day_no bigint, week_no bigint, month_no bigint, quarter_no bigint, half_no bigint,"
        " year_no bigint"
    ),
    "sc_count": f"{COUNT}, c0 bigint, c1 bigint",
    "sc_hit": f"{COUNT}, step_id bigint, nth bigint, hits bigint, points bigint, is_then integer,"
    " taken bigint, per bigint",
    "sc_figure": "card_id bigint, origin varchar(8), code varchar(40), value bigint",
    "sc_source": "card_id bigint, component_id bigint, amount bigint",
    "sc_sum": "card_id bigint, component_id bigint, points bigint, lost bigint, gained bigint",
    "sc_value": (
        "card_id bigint, component_id bigint, raw bigint, value bigint, is_in integer, lost bigint,"
        " gained bigint"
    ),
    "sc_clip": "card_id bigint, component_id bigint, excess bigint, low bigint, high bigint",
    "sc_scheme": (
        "scheme_id bigint, code varchar(40), ranking varchar(8), floor bigint, cap bigint,"
        " own_share bigint, round_to bigint, rounding varchar(8), own_id bigint, own0 bigint,"
        " derived_id bigint, derived0 bigint"
    ),
    "sc_date": (
        "day date PRIMARY KEY, weekday integer, day_no bigint, week_no bigint, month_no bigint,"
        " quarter_no bigint, half_no bigint, year_no bigint"
    ),
    "sc_day": "hall_id bigint, day date, wd bigint",
    "sc_seen": (
        "gate_id bigint, card_id bigint, record_id bigint, day date, wd bigint, day_no bigint,"
        " week_no bigint, month_no bigint, quarter_no bigint, half_no bigint, year_no bigint,"
        " amount bigint, in_run integer"
    ),
    "sc_barred": "card_id bigint, award_id bigint",
    "sc_decided": "card_id bigint, award_code varchar(40), is_in boolean",
}
INDEXES = {
    "sc_card": ("id", "kind, subject_id", "group_id"),
    "sc_fact": ("card_id", "record_id"),
    "sc_claim": ("clause_id, count_card",),
    "sc_count": ("clause_id",),
    "sc_value": ("card_id, component_id",),
    "sc_source": ("card_id",),
    "sc_figure": ("card_id",),
    "sc_day": ("hall_id, day",),
    "sc_seen": ("gate_id, card_id",),
    "sc_barred": ("card_id, award_id",),
    "sc_decided": ("card_id",),
}
INDEXED_LATE = {"sc_card", "sc_value"}
"""Filled in a few large statements, and indexed when that is done."""
SETTINGS = ("jit = off", "work_mem = '64MB'", "default_statistics_target = 10")
"""For the run's own transaction. To compile a statement took longer than to run it; sorts and hashes of a
run of 100,000 people stay in memory; a small sample tells the planner enough."""


class Reckoning:
    """One run under way: its month, its block of card ids, its cursor, and what its rules ask for.

    `filled`: the tables this run has written to; what reads only others has nothing to do.
    """

    rules: InPlay

    def __init__(self, run: Run, version: RulebookVersion | None = None) -> None:
        self.run = run
        self.version = version
        self.first = run.month
        self.last = last_of_period(run.month, run.period)
        self._grown: set[str] = set()
        self._indexed: set[str] = set()
        self.filled: set[str] = set()
        self.statements = 0
        self.params: dict[str, Any] = {
            "run": run.pk,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "far": FAR.isoformat(),
            "base": run.pk * BLOCK,
            "next": (run.pk + 1) * BLOCK,
            "new_year": self.first.replace(month=1).isoformat(),
            "period": run.period,
            "months": Period(run.period).months,
            "before": (self.first - timedelta(days=1)).isoformat(),
            "first_no": self.first.toordinal(),
            "last_no": self.last.toordinal(),
            "month_no": self.first.year * 12 + self.first.month,
            "quarter": self.last.year * 4 + (self.last.month - 1) // 3,
            "half": self.last.year * 2 + (self.last.month - 1) // 6,
            "year": self.last.year,
            "draft": version.pk if version else None,
        }

    def __enter__(self) -> Reckoning:
        if not connection.in_atomic_block:
            raise RuntimeError("a run is one transaction")
        self._cursor = connection.cursor()
        for setting in SETTINGS if connection.vendor == "postgresql" else ():
            self._cursor.execute(f"SET LOCAL {setting}")
        self._drop()
        for table, columns in TABLES.items():
            self._cursor.execute(f"CREATE TEMP TABLE {table} ({columns})")
            if table not in INDEXED_LATE:
                self.index(table)
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
        rows: int = self._cursor.rowcount
        if rows > 0 and "INTO" in sql:
            table = sql.split("INTO", 1)[1].split(None, 1)[0]
            self._grown.add(table)
            self.filled.add(table)
        return rows

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A few rows of rules, or of what the scratch tables come to."""
        self._cursor.execute(sql, self.params)
        self.statements += 1
        return list(self._cursor.fetchall())

    def ask(self, sql: str) -> Any:
        """One value out of the scratch tables."""
        rows = self.rows(sql)
        return rows[0][0] if rows else None

    def index(self, table: str) -> None:
        """The indexes of a scratch table, once."""
        if table in self._indexed:
            return
        self._indexed.add(table)
        for number, fields in enumerate(INDEXES.get(table, ())):
            self._cursor.execute(f"CREATE INDEX {table}_{number} ON {table} ({fields})")

    def analyze(self, table: str) -> None:
        """Tell the planner what a table filled in this transaction holds, if anything came in."""
        if connection.vendor == "postgresql" and table in self._grown:
            self._grown.discard(table)
            self._cursor.execute(f"ANALYZE {table}")
            self.statements += 1

    def _drop(self) -> None:
        at_once = [", ".join(TABLES)] if connection.vendor == "postgresql" else TABLES
        for tables in at_once:
            self._cursor.execute(f"DROP TABLE IF EXISTS {tables}")


def last_of_month(first: date) -> date:
    """The last day of the month that begins on `first`."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def last_of_period(first: date, period: str) -> date:
    """The last day of the month, quarter, half-year or year that begins on `first`."""
    last = first.month + Period(period).months - 1
    return last_of_month(first.replace(year=first.year + (last - 1) // 12, month=(last - 1) % 12 + 1))


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


OWN_SCORE = clamp("COALESCE(v.value, k.value0)", "n.floor", "n.cap")
"""A card's own score as those above read it: within the bounds of its scheme `n`."""


def reached(amount: str, start: str, end: str, every: str) -> str:
    """How many rungs of a step a running amount has passed: (min(c, end) − start) / every + 1."""
    upto = f"CASE WHEN {amount} > {end} THEN {end} ELSE {amount} END"
    return f"CASE WHEN {amount} < {start} THEN 0 ELSE ({upto} - {start}) / {every} + 1 END"


def by_bytes(column: str) -> str:
    """Text in the order of its bytes: what SQLite does by itself and PostgreSQL has to be told."""
    return f'{column} COLLATE "C"' if connection.vendor == "postgresql" else column


def round_div(number: str, by: str) -> str:
    """Half up, alike on both sides of zero; `by` is positive."""
    return (
        f"(CASE WHEN {number} < 0 THEN -((-2 * ({number}) + {by}) / (2 * {by}))"
        f" ELSE (2 * ({number}) + {by}) / (2 * {by}) END)"
    )


def between(amount: str, low: str, high: str) -> str:
    """The amount, not below `low` and not above `high`; a high of NULL does not bind."""
    return f"(CASE WHEN {amount} < {low} THEN {low} WHEN {amount} > {high} THEN {high} ELSE {amount} END)"


def is_person(rule: str, staff: str) -> str:
    """Whether a person is what a scheme or award asks for: the stripped text of the file, letter by letter.

    Not LIKE, in which a text could be a pattern; a text with a comma is none that a pack can state.
    """
    asked = {"politics": f"TRIM({staff}.political_status)", "genders": f"TRIM({staff}.gender)"}
    return " AND ".join(
        f"({rule}.{column} = '' OR ({text} NOT LIKE '%%,%%'"
        f" AND REPLACE({rule}.{column}, ',' || {text} || ',', '') <> {rule}.{column}))"
        for column, text in asked.items()
    )


def spanned(span: str, fact: str) -> str:
    """The key of the calendar span a fact belongs to; each fact is a span of its own."""
    return (
        f"CASE {span} WHEN 'each' THEN {fact} WHEN 'day' THEN day_no WHEN 'week' THEN week_no"
        " WHEN 'month' THEN month_no WHEN 'quarter' THEN quarter_no WHEN 'half_year' THEN half_no"
        " WHEN 'year' THEN year_no ELSE 0 END"
    )
