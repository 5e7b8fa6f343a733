"""Score a month of a hall, or show the result of a published one."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refused
from accounts.models import Hall
from assessments.enums import Order, Outcome
from assessments.models import AssessmentMonth
from assessments.services.months import period_of_words, score_month
from assessments.services.results import month_json
from trail.actors import Robot


class Command(BaseCommand):
    """`run_assessment --hall CODE --month YYYY-MM [--json]`."""

    help = "计算一个大厅一个月的考核（草稿，可重算）；已发布的月份只显示结果。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hall", required=True, help="大厅代码")
        parser.add_argument(
            "--month", required=True, help="月份 2026-10，季度 2026-Q4，半年 2026-H2，年度 2026"
        )
        parser.add_argument("--json", action="store_true", help="在标准输出给出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        hall = Hall.objects.filter(code=options["hall"]).first()
        if hall is None:
            raise CommandError(f"没有代码为“{options['hall']}”的大厅。")
        try:
            first, period = period_of_words(options["month"])
        except ValueError:
            raise CommandError(f"月份“{options['month']}”看不懂，要写成 2026-10。") from None
        month = (
            AssessmentMonth.objects.published().of(hall, first, period).select_related("hall", "run").first()
        )
        if month is None:
            try:
                month = score_month(hall=hall, month=first, period=period, by=Robot("run_assessment"))
            except Refused as refused:
                raise CommandError(refused.message) from refused
        self._tell(month_json(month), as_json=options["json"])

    def _tell(self, result: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
            return
        words = {"scored": "已计算，待发布", "published": "已发布"}
        size = f"{len(result['staff'])} 人，{len(result['windows'])} 个窗口"
        self.stdout.write(f"{result['hall']} {result['month']}：{words[result['status']]}，{size}。")
        for award in result["awards"]:
            self.stdout.write(f"  {award['name']}：{award['subject']}（{_words_of(award)}）")


def _words_of(award: dict[str, Any]) -> str:
    """拟评, or 列入 on a list of the lowest; 待定 where a tie waits for a person."""
    is_listed = (award["order"], award["outcome"]) == (Order.LOWEST, Outcome.WON)
    return "列入" if is_listed else Outcome(award["outcome"]).label
