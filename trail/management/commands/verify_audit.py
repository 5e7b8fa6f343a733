"""Recompute the hashes of everything that is frozen, and walk the chain of audit rows."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from trail.seals import broken_seals, titles
from trail.services.verifying import Walk, as_json

MOST_TOLD = 1000
"""So many broken rows are listed one by one; the count goes on."""


class Command(BaseCommand):
    """`verify_audit [--since DAY] [--json]`; exit code 1 when something was changed after it was written."""

    help = (
        "逐条核对操作留痕的链（改动、删除、插入、调换都会指出大厅、日期和编号），"
        "并重新计算已印发通报、已发布得分单的校验值；有问题则列出，退出码为 1。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="在标准输出给出一个 JSON 对象")
        parser.add_argument(
            "--since",
            type=date.fromisoformat,
            help="只逐条核对这一天（YYYY-MM-DD）以后的留痕；封印总是全部核对",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not connection.introspection.table_names():
            raise CommandError("数据库还没有建好，请先运行 migrate（恢复备份用 restore，不用先建）。")
        broken = broken_seals()
        walk = Walk(since=options["since"])
        told, more = [], 0
        for found in walk.breaks():
            if len(told) < MOST_TOLD:
                told.append(found)
            else:
                more += 1
        problems = [problem for found in broken.values() for problem in found] + [str(b) for b in told]
        if more:
            problems.append(f"留痕：还有 {more} 处未列出。")
        if told and len(told) + more >= walk.rows > 0:
            problems.append("每一条都不符：如果更换过 SECRET_KEY，请把旧值放进 SECRET_KEY_FALLBACKS 再核对。")
        if options["json"]:
            audit = {**walk.counts(), "broken": [as_json(found) for found in told]}
            checked = sorted([*broken, "操作留痕"])
            result = {"ok": not problems, "checked": checked, "problems": problems, "audit": audit}
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        elif not problems:
            self.stdout.write(
                f"全部相符：{'、'.join([*titles(), '操作留痕'])}（{walk.rows} 条，{walk.days} 个留痕日）。"
            )
        if problems:
            raise CommandError("以下内容与封存时不符：\n" + "\n".join(problems))
