import fcntl
import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, CommandError, call_command, get_commands

from accounts.models import Hall
from accounts.services.first_start import announce as announce_setup
from config.kept import keep, kept
from config.supervisor import Child, Supervisor

DEMO_HALL = "demo"
ON_SQLITE = "sqlite" in settings.DATABASES["default"]["ENGINE"]


class Command(BaseCommand):
    help = "在一个终端里启动网页、后台作业和定时器；首次启动会建库并载入演示大厅（DEBUG=1 且 DEMO=1 时）"

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1", help="监听地址，默认只允许本机访问")
        parser.add_argument("--port", type=int, default=8000, help="监听端口")

    def handle(self, *, host, port, **options):
        refuse_a_taken_port(host, port)
        lock = hold_the_data_directory(settings.DATA_DIR)
        with lock:
            try:
                self.prepare_and_serve(host, port)
            except KeyboardInterrupt:
                self.say("启动时被中断；再次运行会接着准备。")
            else:
                self.say("已全部停止。")

    def prepare_and_serve(self, host, port):
        self.say("正在准备数据库……")
        call_command("migrate", interactive=False, verbosity=0)
        password = self.load_demo_once()
        collect_static_when_stale()
        supervisor = Supervisor(children(host, port), tell=self.say, is_ready=lambda: answers(host, port))
        supervisor.run(when_ready=lambda: self.announce(host, port, password))

    def say(self, words):
        self.stdout.write(words)
        self.stdout.flush()

    def load_demo_once(self):
        """Load the demo hall into an empty database; return its password, or "" when it is not known."""
        if not settings.DEBUG or os.environ.get("DEMO", "1") != "1" or "demo" not in get_commands():
            return ""
        file = settings.DATA_DIR / "demo_password"
        if not Hall.objects.filter(code=DEMO_HALL).exists():
            self.say("正在载入演示大厅（约一分钟，仅首次）……")
            password = settings.DEMO_PASSWORD or secrets.token_urlsafe(9)
            run_demo(password)
            keep(file, password)
        return kept(file)

    def announce(self, host, port, password):
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 compared, not bound
        self.say(f"\n明窗已启动：http://{shown}:{port}/    （Ctrl-C 停止）")
        if password:
            self.say("演示账号：admin manager officer head clerk leader supervisor inspector unit")
            self.say(f"演示密码：{password}（每个账号相同；另有 manager2、officer2，用来试两个人）\n")
        announce_setup(self.say)


def run_demo(password):
    loading = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DEMO_PASSWORD": password},
        check=False,
    )
    if loading.returncode:
        raise CommandError("演示大厅没有载入成功，原因见上。不需要演示数据时：make run DEMO=0")


def children(host, port):
    workers = "1" if ON_SQLITE else "2"
    pool = ["-P", "prefork", "-c", "2"] if settings.REDIS_URL else ["-P", "solo"]
    as_root = ["-W", "ignore:You're running the worker with superuser"]  # a first look is often root's
    celery = [sys.executable, *as_root, "-m", "celery", "--quiet", "-A", "config.celery"]
    return [
        Child(
            "网页",
            [
                *(sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn_conf", "config.wsgi"),
                *("--bind", f"[{host}]:{port}" if ":" in host else f"{host}:{port}"),
                *("--workers", workers, "--graceful-timeout", "5"),
            ],
        ),
        Child("后台作业", [*celery, "worker", *pool, "--without-gossip", "--without-mingle"]),
        Child("定时器", [*celery, "beat"]),
    ]


def refuse_a_taken_port(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"不能在 {host}:{port} 上启动：{error.strerror}。\n"
                f"可能已有一个明窗在运行；停掉它，或换一个端口：make run PORT={port + 1}"
            ) from error


def hold_the_data_directory(data_dir: Path):
    """One set of workers per data directory: two would share the queue and the clock."""
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = (data_dir / "up.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise CommandError(
            f"数据目录 {data_dir} 正被另一个明窗使用。停掉它，或用 DATA_DIR 指定另一个目录。"
        ) from error
    return lock


def collect_static_when_stale():
    """With DEBUG the files are served from where they lie."""
    if settings.DEBUG:
        return
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    newest = max(
        Path(storage.path(name)).stat().st_mtime
        for finder in get_finders()
        for name, storage in finder.list([])
    )
    if not manifest.exists() or manifest.stat().st_mtime < newest:
        call_command("collectstatic", interactive=False, verbosity=0)


def answers(host, port):
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 compared, not bound
    with socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((target, port)) == 0
