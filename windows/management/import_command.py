"""The ground of every `import_…` command: one set of options, one table of row errors, one JSON object."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.errors import Refused
from accounts.models import Hall
from trail.actors import Robot
from trail.services.imports import ImportResult, RowsRefused, run_import
from windows.services.halls import open_hall


@dataclass(frozen=True)
class ImportRequest:
    """What a command was asked: the file, the hall, the month (its first day) and further options."""

    path: Path
    hall: Hall
    month: date | None
    by: Robot
    options: dict[str, Any] = field(default_factory=dict)


class ImportCommand(BaseCommand):
    """Base of the import commands; a subclass sets `kind` and `noun` and gives `work`.

    `kind` names the run in the import history, `noun` is what a row is (人, 条).
    """

    kind = ""
    noun = "条"

    def work(self, request: ImportRequest) -> Callable[[ImportResult], None]:
        """What does the import inside `run_import`'s transaction."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options of every import."""
        parser.add_argument("file", metavar="FILE", type=Path, help=".xlsx、.xls 或 .csv 文件")
        parser.add_argument("--hall", required=True, metavar="CODE", help="大厅代码")
        parser.add_argument("--hall-name", metavar="NAME", default="", help="大厅不存在时，用这个名称新建")
        parser.add_argument("--month", metavar="YYYY-MM", default="", help="没有写年份的日期按这个月份取年")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不保存")
        parser.add_argument("--all-or-nothing", action="store_true", help="有一行错就全部不导入，退出码 1")
        parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")
        self.add_import_arguments(parser)

    def add_import_arguments(self, parser: ArgumentParser) -> None:
        """Further options of one import."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, tell, and exit 1 when nothing was kept because of bad rows or a bad file."""
        try:
            result = self._import(options)
        except RowsRefused as refused:
            self._tell(refused.result, options, kept=False)
            count = len(refused.result.rejected)
            raise CommandError(f"有 {count} 行不能导入，已全部取消。", returncode=1) from refused
        except Refused as refused:
            if options["json"]:
                self._print_json({**ImportResult().as_json(), "error": refused.message})
            raise CommandError(refused.message, returncode=1) from refused
        self._tell(result, options, kept=not options["dry_run"])

    def _import(self, options: dict[str, Any]) -> ImportResult:
        month = month_of(options["month"])
        by = Robot(f"import_{self.kind}")
        with transaction.atomic():
            hall = _hall(options["hall"], options["hall_name"], by)
            request = ImportRequest(options["file"], hall, month, by, options)
            result = run_import(
                self.kind,
                self.work(request),
                hall=hall,
                path=options["file"],
                by=by,
                dry_run=options["dry_run"],
                all_or_nothing=options["all_or_nothing"],
            )
            if options["dry_run"]:
                transaction.set_rollback(True)
        return result

    def _tell(self, result: ImportResult, options: dict[str, Any], *, kept: bool) -> None:
        if options["json"]:
            self._print_json(result.as_json())
            return
        state = "" if kept else "（没有保存）"
        self.stdout.write(
            f"新增 {result.created} {self.noun}，更新 {result.updated} {self.noun}，"
            f"未变 {result.unchanged} {self.noun}，退回 {len(result.rejected)} 行{state}"
        )
        for line in error_table(result.rejected):
            self.stdout.write(line)
        for note in result.notes:
            self.stdout.write(f"提示：{note}")

    def _print_json(self, body: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(body, ensure_ascii=False, default=str))


def month_of(text: str) -> date | None:
    """The first day of "2026-10"; None for no text. Raises Refused for anything else."""
    if not text:
        return None
    found = re.fullmatch(r"(\d{4})-(\d{2})", text.strip())
    if not found or not 1 <= int(found[2]) <= 12 or not 1950 <= int(found[1]) <= 2100:
        raise Refused(f"--month 要写成 2026-10 这样的年月，不是“{text}”。", code="bad_month", status=422)
    return date(int(found[1]), int(found[2]), 1)


def error_table(rejected: list[dict[str, Any]]) -> list[str]:
    """The rows refused as lines of a table: sheet, row, reason."""
    if not rejected:
        return []
    rows = [("表页", "行", "原因")]
    rows += [(str(row.get("sheet", "")), str(row["row"]), str(row["reason"])) for row in rejected]
    first, second = (max(_width(row[i]) for row in rows) for i in (0, 1))
    return [
        f"  {_padded(sheet, first)}  {_padded(number, second)}  {reason}" for sheet, number, reason in rows
    ]


def _hall(code: str, name: str, by: Robot) -> Hall:
    hall = Hall.objects.filter(code=code).first()
    if hall is not None:
        return hall
    if not name:
        raise Refused(
            f"没有代码为“{code}”的大厅；要新建请加 --hall-name 名称。", code="unknown_hall", status=422
        )
    return open_hall(code=code, name=name, by=by)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
