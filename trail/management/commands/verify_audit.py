"""Recompute the hashes of everything that is frozen."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trail.seals import broken_seals


class Command(BaseCommand):
    """`verify_audit [--json]`; exit code 1 when something was changed after it was frozen."""

    help = "重新计算已印发通报、已发布得分单的校验值；有改动则列出，退出码为 1。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="在标准输出给出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        broken = broken_seals()
        problems = [problem for found in broken.values() for problem in found]
        if options["json"]:
            result = {"ok": not problems, "checked": sorted(broken), "problems": problems}
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        elif not problems:
            self.stdout.write(f"全部相符：{'、'.join(broken) or '没有封存的内容'}。")
        if problems:
            raise CommandError("以下内容与封存时不符：\n" + "\n".join(problems))
