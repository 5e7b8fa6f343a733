"""`manage.py demo`: the demo hall, for looking around and for screenshots. Only with DEBUG=1."""

import json
import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Hall
from config.demo.builder import DEMO, build_demo


@contextmanager
def without_query_log() -> Iterator[None]:
    """DEBUG keeps the text of each query, which takes a query of its own on SQLite: a third of the time."""
    settings.DEBUG = False
    try:
        yield
    finally:
        settings.DEBUG = True


class Command(BaseCommand):
    """演示大厅: three full months and the current one of a believable hall."""

    help = "装入演示大厅（代码 demo）：一个区中心、两个乡镇中心，三个整月加本月。只在 DEBUG=1 时可用。"

    def add_arguments(self, parser: CommandParser) -> None:
        """The day to build for, and the form of the answer."""
        parser.add_argument("--date", help="当作今天的日期 YYYY-MM-DD，默认今天", default="")
        parser.add_argument("--json", action="store_true", help="在标准输出打印一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build once; a second call says that it is there."""
        if not settings.DEBUG:
            raise CommandError("演示数据只能在 DEBUG=1 时装入，正式环境不允许。")
        if Hall.objects.filter(code=DEMO).exists():
            self._say({"created": False, "hall": DEMO}, "演示大厅已经在了。", options)
            return
        password = settings.DEMO_PASSWORD or secrets.token_urlsafe(9)
        logging.getLogger("trail").setLevel(logging.WARNING)  # months of jobs in a minute
        with without_query_log():
            built = build_demo(now=self._now(options["date"]), password=password)
        facts = {
            "created": True,
            "hall": DEMO,
            "halls": [hall.code for hall in built.halls],
            "logins": built.logins,
            "password": password,
        }
        logins = "、".join(name for name in built.logins if "-" not in name)
        self._say(facts, f"演示大厅装好了。账号：{logins}；密码都是 {password}", options)

    def _now(self, text: str) -> datetime:
        if not text:
            return timezone.now()
        try:
            day = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - made aware in the next line
        except ValueError:
            raise CommandError(f"--date {text!r} 不是日期，请写成 2026-11-25 这样。") from None
        moment = timezone.make_aware(day.replace(hour=15))
        if moment > timezone.now():
            raise CommandError("--date 不能在将来。")
        return moment

    def _say(self, facts: dict[str, Any], words: str, options: dict[str, Any]) -> None:
        if options["json"]:
            json.dump(facts, sys.stdout, ensure_ascii=False)
            self.stdout.write("")
        else:
            self.stdout.write(words)
