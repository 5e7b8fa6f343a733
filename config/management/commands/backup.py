"""`manage.py backup`: database and files in one archive, while everybody goes on working."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.backups.errors import BackupRefused
from config.backups.taking import rotate, take_backup


class Command(BaseCommand):
    """备份: one archive, checked sums inside."""

    help = "把数据库、上传文件和归档的操作留痕备份成一个文件。不用停机；备份里没有登录会话。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to, and how many to keep."""
        parser.add_argument("--to", help="放在哪个文件夹，默认 DATA_DIR/backups", default="")
        parser.add_argument("--keep", type=int, help="只留最新的 N 份，更早的删除", default=0)
        parser.add_argument("--json", action="store_true", help="在标准输出打印一个 JSON 对象")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take it, then delete the oldest."""
        if options["keep"] < 0:
            raise CommandError("--keep 不能是负数。")
        folder = Path(options["to"] or settings.DATA_DIR / "backups").resolve()
        if folder.is_relative_to(Path(settings.MEDIA_ROOT).resolve()):
            raise CommandError("备份不能放在上传文件夹里。")
        try:
            audit_root = Path(settings.AUDIT_ARCHIVE).parent
            taken = take_backup(folder, media_root=Path(settings.MEDIA_ROOT), audit_root=audit_root)
        except BackupRefused as refused:
            raise CommandError(str(refused)) from refused
        removed = rotate(folder, options["keep"]) if options["keep"] else []
        facts = {**vars(taken), "archive": str(taken.archive), "removed": [path.name for path in removed]}
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
            return
        self.stdout.write(
            f"已备份到 {taken.archive}：{taken.tables} 张表 {taken.rows} 行，{taken.files} 个文件，"
            f"共 {taken.bytes / 1024 / 1024:.1f} MB。"
        )
        if taken.missing:
            self.stderr.write(f"注意：有 {taken.missing} 个文件登记在数据库里，但磁盘上没有。")
        if removed:
            self.stdout.write(f"删除了 {len(removed)} 份旧备份。")
