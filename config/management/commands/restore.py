"""`manage.py restore`: an archive of `backup` into an empty place, or over a used one when asked to."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from config.backups.checking import check_archive
from config.backups.errors import BackupRefused
from config.backups.restoring import Place, restore


class Command(BaseCommand):
    """恢复: the place becomes what the archive says, or stays as it was."""

    help = (
        "从 backup 做的备份恢复数据库、上传文件和归档的留痕。先停下网站、作业和定时器；恢复后所有人重新登录。"
    )
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Which archive, and whether a used place may be replaced."""
        parser.add_argument("archive", help="备份文件")
        parser.add_argument("--replace", action="store_true", help="覆盖已有的数据（原来的会改名留下）")
        parser.add_argument("--check", action="store_true", help="只检查备份是否完好，不恢复")
        parser.add_argument("--json", action="store_true", help="在标准输出打印一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, restore, say what came back."""
        path = Path(options["archive"]).resolve()
        try:
            facts = self._check(path) if options["check"] else self._restore(path, options["replace"])
        except BackupRefused as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
            return
        verb = "备份完好" if options["check"] else "已恢复"
        self.stdout.write(f"{verb}：{facts['tables']} 张表 {facts['rows']} 行，{facts['files']} 个文件。")
        for kept in facts.get("kept", []):
            self.stdout.write(f"原来的留在 {kept}，确认无误后请删除。")

    def _check(self, path: Path) -> dict[str, Any]:
        checked = check_archive(path)
        return {
            "made_at": checked.manifest["made_at"],
            "version": checked.manifest["version"],
            "tables": len(checked.tables),
            "rows": sum(table["rows"] for table in checked.sums["tables"].values()),
            "files": checked.sums["files"]["rows"],
        }

    def _restore(self, path: Path, replace: bool) -> dict[str, Any]:
        place = Place(
            database=connections["default"].settings_dict,
            media_root=Path(settings.MEDIA_ROOT),
            audit_root=Path(settings.AUDIT_ARCHIVE).parent,
        )
        restored = restore(path, place, replace=replace)
        return {**vars(restored), "kept": [str(kept) for kept in restored.kept]}
