"""The CSV export of the ledger against the database's own way out: COPY, or on SQLite a bare cursor."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.http import QueryDict

from accounts.models import User
from config.benchmarks.result import Result, Size
from trail.services.exporting import Asking
from trail.services.exports import Export, csv_stream, export_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

GOAL = 2.5
"""How many times as long as COPY an export may take on PostgreSQL."""
ROUNDS = 5

Tell = Callable[[str], object]


class Sink(io.RawIOBase):
    """Takes everything, keeps nothing but its length."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)


def run(size: Size, tell: Tell) -> Result:
    """Rounds in turn, ours and the yardstick's: a busy minute strikes both. `ratio` is against COPY."""
    export = export_of("findings")
    user = User.objects.filter(role_grants__role="manager").order_by("role_grants__hall", "pk").first()
    if export is None or user is None:
        raise LookupError("数据库里没有大厅管理员：先载入演示大厅，或用 --rows 在临时数据库上测。")
    rows = export.chosen(Asking(user, QueryDict(""))).rows
    count = rows.count()
    if not count:
        raise LookupError("台账是空的，没有可导出的记录。")
    ours, firsts, bare = [], [], []
    export_once(export, rows)  # warm
    for number in range(ROUNDS):
        tell(f"第 {number + 1}/{ROUNDS} 轮，{count} 行")
        seconds, first, written = export_once(export, rows)
        ours.append(seconds)
        firsts.append(first)
        bare.append(copy_once(export, rows))
    small, large = _peak(export, rows[: max(count // 10, 1)]), _peak(export, rows)
    return Result(
        seconds=median(ours),
        limit_seconds=median(bare),
        peak_mb=large,
        rows=count,
        details={
            "goal": GOAL,
            "database": connection.vendor,
            "rows_per_second": round(count / median(ours)),
            "reference_rows_per_second": round(count / median(bare)),
            "first_byte_ms": round(median(firsts) * 1000, 1),
            "megabytes": round(written / 1e6, 1),
            "peak_mb_of_a_tenth": None if small is None else round(small, 1),
            "memory_growth": None if not small or not large else round(large / small, 3),
        },
    )


def export_once(export: Export, rows: QuerySet[Any]) -> tuple[float, float, int]:
    """Seconds, seconds to the first byte, and bytes of our file."""
    begun, first, written = perf_counter(), 0.0, 0
    for piece in csv_stream(export, rows):
        first = first or perf_counter() - begun
        written += len(piece)
    return perf_counter() - begun, first, written


def copy_once(export: Export, rows: QuerySet[Any]) -> float:
    """Seconds of the same query with the same columns by the shortest way out of the database."""
    sql, params = export.values(rows).query.sql_with_params()
    begun = perf_counter()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            inner = cursor.cursor.mogrify(sql, params).decode()
            cursor.cursor.copy_expert(f"COPY ({inner}) TO STDOUT WITH (FORMAT csv)", Sink())
        else:
            # The driver's own cursor: Django's would turn dates and moments into objects.
            bare = connection.connection.cursor().execute(sql.replace("%s", "?"), params)
            csv.writer(io.TextIOWrapper(io.BufferedWriter(Sink()))).writerows(bare)
    return perf_counter() - begun


def _peak(export: Export, rows: QuerySet[Any]) -> float | None:
    """The most memory this process has held during an export, in MB; None where it cannot be asked."""
    try:
        Path("/proc/self/clear_refs").write_text("5")  # begin the high-water mark anew
        export_once(export, rows)
        found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    except OSError:
        return None
    return int(found[1]) / 1024 if found else None
