"""Take audit rows older than twelve months out of the database, into a file."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refused
from accounts.models import Hall
from trail.actors import Robot
from trail.services.archiving import archive_hall


class Command(BaseCommand):
    """`archive_audit --before YYYY-MM [--hall CODE] [--json]`."""

    help = (
        "把早于某月的操作留痕（须满 12 个月）写成 JSONL 文件和清单，核对无误后从数据库移出；"
        "每日封印留在库里，verify_audit 仍可核对。文件在 DATA_DIR/audit/archive/，请另行备份。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--before", required=True, metavar="YYYY-MM", help="归档这个月以前的")
        parser.add_argument("--hall", metavar="CODE", help="只归档一个大厅，默认全部")
        parser.add_argument("--json", action="store_true", help="在标准输出给出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            before = date.fromisoformat(f"{options['before']}-01")
        except ValueError as error:
            raise CommandError("--before 要写成 YYYY-MM，例如 2025-10。") from error
        halls = Hall.objects.all()
        if options["hall"]:
            halls = halls.filter(code=options["hall"])
            if not halls:
                raise CommandError(f"没有代码为 {options['hall']} 的大厅。")
        done = []
        for hall in halls:
            try:
                result = archive_hall(hall=hall, before=before, by=Robot("archive_audit"))
            except Refused as refusal:
                raise CommandError(f"{hall.code}：{refusal.message}") from refusal
            if result is not None:
                done.append(result)
        if options["json"]:
            self.stdout.write(json.dumps({"archived": done}, ensure_ascii=False))
            return
        for one in done:
            self.stdout.write(f"{one['hall']}：{one['days']} 天 {one['rows']} 条，{one['file']}")
        if not done:
            self.stdout.write("没有可归档的留痕。")
