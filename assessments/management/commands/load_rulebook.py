"""Load a rulebook pack for a hall and put it in force."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refused
from accounts.models import Hall
from assessments.pack_words import difference, meaning
from assessments.services.loading import load_pack
from trail.actors import Robot
from violations.models import RulebookVersion
from violations.packs import Pack, PackRefused, parse_pack, read_pack
from violations.tariff import version_for


class Command(BaseCommand):
    """`load_rulebook FILE --hall CODE [--dry-run] [--json]`."""

    help = "载入一部制度（YAML 制度包）并生效；同样内容再载入一次不会有变化。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="制度包文件，如 violations/rulebooks/maiji.yaml")
        parser.add_argument("--hall", required=True, help="大厅代码")
        parser.add_argument("--dry-run", action="store_true", help="只检查，说明意思和与现行版的差别，不写入")
        parser.add_argument("--draft", action="store_true", help="存为草稿，不生效，可先试算")
        parser.add_argument("--json", action="store_true", help="在标准输出给出一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        hall = Hall.objects.filter(code=options["hall"]).first()
        if hall is None:
            raise CommandError(f"没有代码为“{options['hall']}”的大厅。")
        try:
            pack = read_pack(options["file"])
            now = version_for(hall)
            loaded = load_pack(
                pack,
                hall=hall,
                by=Robot("load_rulebook"),
                dry_run=options["dry_run"],
                as_draft=options["draft"],
            )
        except PackRefused as refused:
            self._refuse([error.as_json() for error in refused.errors], str(refused), options["json"])
        except Refused as refused:
            self._refuse([{"reason": refused.message}], refused.message, options["json"])
        else:
            result = {**loaded.as_json(), "dry_run": options["dry_run"]}
            if options["dry_run"]:
                result["meaning"] = meaning(pack.data)
                result["differences"] = self._differences(pack, now)
            self._tell(result, options)

    def _differences(self, pack: Pack, now: RulebookVersion | None) -> list[str]:
        if now is None or not now.source_text:
            return ["本大厅还没有现行制度。"]
        return [f"与现行的 {now} 相比：", *difference(parse_pack(now.source_text).data, pack.data)]

    def _tell(self, result: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        elif options["verbosity"]:
            done = (
                "检查通过，没有写入"
                if result["dry_run"]
                else "没有变化"
                if not result["created"]
                else "已存为草稿"
                if options["draft"]
                else "已生效"
            )
            size = f"{result['clauses']} 条，{result['acts']} 种事项"
            self.stdout.write(f"{result['title']}（{result['version']} 版，{size}）：{done}。")
            for line in [*result.get("meaning", []), "", *result.get("differences", [])]:
                self.stdout.write(line)

    def _refuse(self, errors: list[dict[str, Any]], words: str, as_json: bool) -> None:
        if as_json:
            empty = {"created": 0, "updated": 0, "unchanged": 0}
            self.stdout.write(json.dumps({**empty, "rejected": errors}, ensure_ascii=False))
        raise CommandError(f"没有载入：\n{words}")
