"""执行者 workers: the name a process signs its claims with, and whether the signer still lives."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone


def this_worker() -> str:
    """This process, told apart from a later one with the same number by its start."""
    return f"{socket.gethostname()}:{os.getpid()}:{started(os.getpid())}:{os.urandom(4).hex()}"


def is_alive(worker: str, *, seen_at: datetime, lease: timedelta) -> bool:
    """Whether the signer of a claim still runs; of another machine only `lease` after `seen_at` is known."""
    host, pid, born, _ = worker.rsplit(":", 3)
    if host != socket.gethostname():
        return timezone.now() - seen_at < lease
    if born:
        return started(int(pid)) == born
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return timezone.now() - seen_at < lease


def started(pid: int) -> str:
    """The start of a process in clock ticks since boot, empty where /proc does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]
