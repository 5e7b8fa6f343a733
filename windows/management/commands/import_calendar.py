"""导入放假安排: the state's yearly notice from a JSON file, with its diff."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import Refused
from trail.actors import Robot
from windows.services.calendar import CalendarDiff, apply_notice, diff_notice, read_notice


class Command(BaseCommand):
    """`manage.py import_calendar FILE [--dry-run] [--json]`."""

    help = "导入国务院办公厅的放假安排（JSON：year、source、days），显示与现有日历的差别"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file and what to do with it."""
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="只看差别，不保存")
        parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        """Show the diff, and keep it unless `--dry-run`."""
        try:
            notice = read_notice(options["file"].read_text(encoding="utf-8-sig"))
            by = Robot("import_calendar")
            diff = diff_notice(notice) if options["dry_run"] else apply_notice(notice=notice, by=by)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"文件读不出来：{error}") from error
        except Refused as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(
            json.dumps(_body(diff), ensure_ascii=False) if options["json"] else _words(diff, options)
        )


def _body(diff: CalendarDiff) -> dict[str, Any]:
    changes = [
        {"date": str(change.day), "before": change.before_words, "after": change.after_words}
        for change in diff.changes
    ]
    return {"year": diff.notice.year, "source": diff.notice.source, "changes": changes}


def _words(diff: CalendarDiff, options: dict[str, Any]) -> str:
    if diff.is_empty:
        return f"{diff.notice.year} 年：没有变化"
    state = "（没有保存）" if options["dry_run"] else ""
    lines = [f"{diff.notice.year} 年：{len(diff.changes)} 天有变化{state}"]
    lines += [f"  {change.day}  {change.before_words} → {change.after_words}" for change in diff.changes]
    return "\n".join(lines)
