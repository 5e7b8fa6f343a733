"""A gunicorn of our own for the time of a measurement: one process with threads, as on SQLite."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

PATIENCE = 60


@dataclass
class Server:
    port: int
    process: subprocess.Popen

    @property
    def peak_mb(self) -> float | None:
        """The largest the serving process has been; None where there is no /proc."""
        peaks = [
            int(found[1]) / 1024
            for status in Path("/proc").glob("[0-9]*/status")
            for text in [_read(status)]
            if f"PPid:\t{self.process.pid}\n" in text
            for found in [re.search(r"VmHWM:\s+(\d+)", text)]
            if found
        ]
        return max(peaks, default=None)


@contextmanager
def serve() -> Iterator[Server]:
    """The current database behind real HTTP, with the reference page routed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="mingchuang-static-") as static:
        environment = {
            **os.environ,
            "DEBUG": "0",
            "HTTPS": "0",
            "BENCHMARK": "1",
            "SECRET_KEY": settings.SECRET_KEY,
            "ALLOWED_HOSTS": "127.0.0.1",
            "STATIC_ROOT": static,
        }
        _run(["manage.py", "collectstatic", "--no-input", "-v", "0"], environment)
        process = subprocess.Popen(  # noqa: S603 our own command
            [
                *(
                    sys.executable,
                    "-m",
                    "gunicorn",
                    "-c",
                    "python:config.gunicorn_conf",
                    "config.wsgi",
                    "--bind",
                    f"127.0.0.1:{port}",
                ),
                *("--workers", "1", "--threads", "8", "--worker-class", "gthread"),
                *(
                    "--log-level",
                    "error",
                    "--graceful-timeout",
                    "2",
                    "--keep-alive",
                    "300",
                    "--no-control-socket",
                ),
            ],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=sys.stderr,
        )
        try:
            _wait_for(port, process)
            yield Server(port, process)
        finally:
            process.terminate()
            process.wait()


def _run(arguments: list[str], environment: dict[str, str]) -> None:
    subprocess.run(  # noqa: S603 our own command
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=sys.stderr,
        check=True,
    )


def _wait_for(port: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
