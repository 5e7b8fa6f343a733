"""Keeps the processes of one machine alive together, and takes them down together."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

PR_SET_PDEATHSIG = 1
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0  # a child that lived this long has not failed at its start
PATIENCE = 15.0  # a stopping child may finish its request or its job


@dataclass
class Child:
    name: str
    command: list[str]
    failures: int = 0
    started_at: float = 0.0
    restart_at: float = 0.0
    process: subprocess.Popen | None = field(default=None, repr=False)

    def start(self) -> None:
        parent = os.getpid()

        def die_with_parent() -> None:
            """No orphan may hold the port or the queue when the supervisor is killed outright."""
            if sys.platform == "linux":
                ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 our own command
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the supervisor only, which stops in order
            preexec_fn=die_with_parent,  # noqa: PLW1509 one thread here
        )

    def note_death(self) -> float:
        """Forget the dead process and say how long to wait before the next."""
        lived = time.monotonic() - self.started_at
        self.failures = 1 if lived > STEADY_AFTER else self.failures + 1
        pause = min(2.0 ** (self.failures - 1), LONGEST_PAUSE)
        self.process = None
        self.restart_at = time.monotonic() + pause
        return pause

    def send(self, number: int) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            self.process.poll()


class Supervisor:
    def __init__(self, children: list[Child], *, tell: Callable[[str], object], is_ready: Callable[[], bool]):
        self.children = children
        self.tell = tell
        self.is_ready = is_ready
        self.is_stopping = False

    def run(self, when_ready: Callable[[], object]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.ask_to_stop)
        announced = False
        try:
            while not self.is_stopping:
                self.start_missing()
                if not announced and self.is_ready():
                    announced = True
                    when_ready()
                time.sleep(0.2)
                self.notice_deaths()
        finally:
            self.stop()

    def ask_to_stop(self, number: int, frame: object) -> None:
        self.is_stopping = True

    def start_missing(self) -> None:
        for child in self.children:
            if child.process is None and time.monotonic() >= child.restart_at and not self.is_stopping:
                child.start()

    def notice_deaths(self) -> None:
        for child in self.children:
            if child.process is not None and child.process.poll() is not None and not self.is_stopping:
                code = child.process.returncode
                child.send(signal.SIGKILL)  # what it left in its group
                pause = child.note_death()
                self.tell(f"{child.name} 意外退出（代码 {code}），{pause:.0f} 秒后重新启动")

    def stop(self) -> None:
        for child in reversed(self.children):
            child.send(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.tell(f"{child.name} 没有按时停下，强制结束")
            child.send(signal.SIGKILL)
            child.process.wait()
