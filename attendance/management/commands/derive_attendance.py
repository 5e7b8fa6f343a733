"""`manage.py derive_attendance --hall CODE --month YYYY-MM`: the half days of a month from its facts."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import Refused
from accounts.models import Hall
from attendance.services.counts import LABELS
from attendance.services.deriving import Derived, derive_month
from attendance.services.months import month_of
from attendance.services.proposals import propose_anomalies
from trail.actors import Robot

BY = Robot("derive_attendance")


class Command(BaseCommand):
    help = "按打卡、请假和服务时间计算一个月的考勤。可以重复运行，结果相同。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Hall and month."""
        parser.add_argument("--hall", required=True, metavar="CODE", help="大厅代码")
        parser.add_argument("--month", required=True, metavar="YYYY-MM", help="月份")
        parser.add_argument("--propose", action="store_true", help="把迟到、早退、旷工列为台账草稿，等人核实")
        parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        """Derive and print."""
        try:
            hall = _hall(options["hall"])
            month = month_of(options["month"])
            derived = derive_month(hall=hall, month=month, by=BY)
            proposed = propose_anomalies(hall=hall, month=month, by=BY) if options["propose"] else None
        except Refused as refused:
            raise CommandError(refused.message) from refused
        if options["json"]:
            self.stdout.write(json.dumps(derived.as_json(), ensure_ascii=False))
            return
        self._tell(derived)
        if proposed is not None:
            self.stdout.write(f"新列台账草稿 {proposed} 条，等人核实。")

    def _tell(self, derived: Derived) -> None:
        for name, count in derived.totals.items():
            self.stdout.write(f"{LABELS[name]}\t{count}")
        self.stdout.write(f"涉及 {len(derived.by_staff)} 人，有 {derived.changed} 个半天的结果有变动。")


def _hall(code: str) -> Hall:
    hall = Hall.objects.filter(code=code).first()
    if hall is None:
        known = "、".join(Hall.objects.active().values_list("code", flat=True)[:10]) or "还没有大厅"
        raise CommandError(f"没有代码为“{code}”的大厅。现有：{known}。")
    return hall
