"""`manage.py generate_bulletin --hall CODE --week 2026-W47`: the week's draft, as the job makes it."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refused
from accounts.models import Hall
from bulletins.services.drafting import draft_bulletin
from trail.actors import Robot


class Command(BaseCommand):
    """Drafts an issue; a second run brings the draft up to date and changes nothing else."""

    help = "起草某大厅某一周的周通报（草稿已有则按台账刷新，已送签或已印发的不动）"

    def add_arguments(self, parser: CommandParser) -> None:
        """--hall and --week name the issue, --json prints one object."""
        parser.add_argument("--hall", required=True, help="大厅代码")
        parser.add_argument("--week", required=True, help="ISO 周次，例如 2026-W47")
        parser.add_argument("--json", action="store_true", help="在标准输出打印一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for an unknown hall, a bad week, a week off and one not yet closed."""
        hall = Hall.objects.filter(code=options["hall"]).first()
        if hall is None:
            raise CommandError(f"没有代码为“{options['hall']}”的大厅。")
        try:
            bulletin = draft_bulletin(hall=hall, iso_week=options["week"], by=Robot("generate_bulletin"))
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        found = {
            "bulletin": bulletin.pk,
            "hall": hall.code,
            "week": bulletin.iso_week,
            "status": bulletin.status,
            "number": bulletin.number,
            "since": bulletin.since.isoformat(),
            "until": bulletin.until.isoformat(),
            "problems": bulletin.problem_count,
            "praise": bulletin.praise_count,
        }
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        else:
            self.stdout.write(
                f"{hall} {bulletin.name}（{bulletin.state.label}）："
                f"问题 {bulletin.problem_count} 个，表扬 {bulletin.praise_count} 件。"
            )
