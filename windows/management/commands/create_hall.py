"""`manage.py create_hall CODE NAME --admin LOGIN`: a hall and its first administrator."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.errors import Refused
from accounts.models import Hall
from accounts.services.people import create_account
from trail.actors import Robot
from windows.services.halls import open_hall


class Command(BaseCommand):
    """新建大厅: with the usual service hours; the administrator's first password is printed once."""

    help = "新建大厅和它的第一个系统管理员。初始密码只打印一次，首次登录必须修改。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Code, name, administrator, and the hall above."""
        parser.add_argument("code", help="大厅代码：小写字母、数字、连字符")
        parser.add_argument("name", help="大厅名称")
        parser.add_argument("--admin", required=True, help="系统管理员的账号")
        parser.add_argument("--admin-name", default="系统管理员", help="系统管理员的姓名")
        parser.add_argument("--parent", default="", help="上级大厅代码")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Both or nothing."""
        parent = Hall.objects.filter(code=options["parent"]).first()
        if options["parent"] and parent is None:
            raise CommandError(f"没有代码为“{options['parent']}”的上级大厅。")
        by = Robot("create_hall")
        try:
            hall = open_hall(code=options["code"], name=options["name"], by=by, parent=parent)
            user, first = create_account(
                username=options["admin"], name=options["admin_name"], hall=hall, role="admin", by=by
            )
        except Refused as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"已建大厅 {hall.name}（{hall.code}）。")
        self.stdout.write(f"系统管理员账号 {user.username}，初始密码 {first}，只显示这一次。")
