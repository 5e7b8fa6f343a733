import json
import os
import secrets
import subprocess
import sys
import tempfile
from argparse import ArgumentTypeError
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection

from accounts.models import Hall
from config.benchmarks import BENCHMARKS, fill_for
from config.benchmarks.result import Size

LINE = (
    "{page:<24} p50 {p50_ms:>7.1f} ms  p95 {p95_ms:>7.1f} ms  {queries:>2} 次查询  "
    "为对照页的 {ratio_p50:.2f} / {ratio_p95:.2f} 倍"
)


ON_THE_SERVER = {"export", "scoring"}
"""What is measured against the database server's own speed, where there is one."""


WITHOUT_DEBUG = {"scoring"}
"""What measures memory: DEBUG keeps the text of the last 9,000 statements."""


class Command(BaseCommand):
    help = (
        "测量性能，结果以同一进程里的对照量为单位。不给规模时测当前数据库，给了规模则在临时 SQLite 上测；"
        "export 与 scoring 当前用 PostgreSQL 时，在同一台服务器上建一个临时数据库"
    )

    def add_arguments(self, parser):
        parser.add_argument("name", choices=sorted(BENCHMARKS), help="测什么")
        parser.add_argument("--staff", type=whole, help="虚构人员数（所有大厅合计）")
        parser.add_argument("--rows", type=whole, help="虚构操行记录数（所有大厅合计）；同时用十分之一测增长")
        parser.add_argument("--halls", type=whole, help="虚构大厅数")
        parser.add_argument("--json", action="store_true", help="在标准输出上给一个 JSON 对象")
        parser.add_argument("--here", action="store_true", help="把虚构数据填进当前（必须是空的）数据库")

    def handle(self, *, name, **options):
        size = Size(options["staff"], options["rows"], options["halls"])
        if size and not options["here"]:
            answer = self.on_invented_databases(name, size)
        else:
            answer = self.here(name, size)
        self.show(answer, as_json=options["json"])

    def here(self, name, size):
        if size:
            call_command("migrate", interactive=False, verbosity=0)
            if Hall.objects.exists():
                raise CommandError("当前数据库里已有大厅，不能填入虚构数据。")
            self.tell("正在填入虚构数据……")
            fill_for(name, size)
        try:
            return BENCHMARKS[name](size, self.tell).as_json()
        except LookupError as error:
            raise CommandError(str(error)) from error

    def on_invented_databases(self, name, size):
        answer = measured_apart(name, size)
        if size.rows and size.rows >= 100:
            tenth = measured_apart(name, Size(size.staff, size.rows // 10, size.halls))
            answer["growth"] = round(answer["seconds"] / tenth["seconds"] / 10, 3)
        return answer

    def tell(self, words):
        self.stderr.write(words)

    def show(self, answer, *, as_json):
        if as_json:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        pages = answer.pop("pages", [])
        for row in [answer.pop("reference", None), *pages]:
            if row:
                self.stdout.write(LINE.format(**row))
        for key, value in answer.items():
            self.stdout.write(f"{key}: {value}")


def whole(text):
    """A number of things to invent: none at all cannot be measured."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"“{text}”不行，要写 1 以上的整数")
    return int(text)


def measured_apart(name, size):
    """The same command in a process of its own, on an empty database that is thrown away."""
    with (
        tempfile.TemporaryDirectory(prefix="mingchuang-benchmark-") as data_dir,
        empty_database(name, data_dir) as database_url,
    ):
        given = {"--staff": size.staff, "--rows": size.rows, "--halls": size.halls}
        arguments = [part for key, value in given.items() if value for part in (key, str(value))]
        result = subprocess.run(  # noqa: S603 our own command
            [sys.executable, "manage.py", "benchmark", name, "--here", "--json", *arguments],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DATA_DIR": data_dir,
                "DATABASE_URL": database_url,
                "SECRET_KEY": settings.SECRET_KEY,
                **({"DEBUG": "0"} if name in WITHOUT_DEBUG else {}),
            },
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if result.returncode:
        raise CommandError(f"测量没有完成（代码 {result.returncode}）。")
    return json.loads(result.stdout)


@contextmanager
def empty_database(name, data_dir):
    """The address of a database nobody else uses: SQLite, or a new one on the current server."""
    if name not in ON_THE_SERVER or connection.vendor != "postgresql":
        yield f"sqlite:///{data_dir}/db.sqlite3"
        return
    new = f"mingchuang_benchmark_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {new}")
    try:
        yield urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{new}").geturl()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {new}")
