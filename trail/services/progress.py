"""进度 progress: how far a piece of work has come, told to others while its transaction is still open.

What the work itself has written stays unseen until it is committed, so the count goes another way: on
PostgreSQL a thread with a connection of its own updates the run's row. SQLite has one writer at a
time, and that is the work: there the count and the wish to cancel are two small files beside it.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.db import connection
from django.utils import timezone

from trail.enums import LongRunStatus
from trail.models import LongRun

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

INTERVAL = 1.0
"""Seconds between two tellings; the row is written that often, however many rows the work handles."""


class RunCancelled(Exception):
    """The person asked to stop; the work is rolled back on the way out."""


class RunLost(Exception):
    """Another worker has taken the run over; what this one did must not stay."""


class Progress:
    """Counts and tells nobody: what a service uses when it is called without a run."""

    def __init__(self) -> None:
        self.done = 0
        self.total: int | None = None
        self.step_words = ""

    def expect(self, total: int, words: str = "") -> None:
        """There are `total` rows to come; what was counted before is forgotten."""
        self.done, self.total, self.step_words = 0, total, words
        self.check()

    def advance(self, count: int = 1) -> None:
        """`count` more are done. Raises RunCancelled when the person asked to stop."""
        self.done += count
        self.check()

    def step(self, words: str) -> None:
        """What is done now, in words of at most 60 characters."""
        self.step_words = words[:60]
        self.check()

    def check(self) -> None:
        """Raises RunCancelled or RunLost when the work should end; call it where nothing is counted."""


class ToldProgress(Progress):
    """Tells the run's row once a second from a thread of its own, and hears there whether to stop.

    As a context it runs the thread; `close()` is the last moment at which the work can be cancelled.
    """

    def __init__(self, run: LongRun) -> None:
        super().__init__()
        self._run, self._board = run, board()
        self._closing, self._cancelled, self._lost = threading.Event(), threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._tell, name=f"run-{run.pk}", daemon=True)

    def __enter__(self) -> ToldProgress:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def check(self) -> None:
        if self._lost.is_set():
            raise RunLost(self._run.pk)
        if self._cancelled.is_set():
            raise RunCancelled(self._run.pk)

    def close(self) -> None:
        """Tell no more; a wish to cancel that came until now is still heard."""
        self._stop()
        if self._board.is_cancel_asked(self._run):
            raise RunCancelled(self._run.pk)
        self.check()

    def _stop(self) -> None:
        self._closing.set()
        self._thread.join()

    def _tell(self) -> None:
        try:
            while not self._closing.wait(INTERVAL):
                if not self._board.tell(self._run, self.done, self.total, self.step_words):
                    self._lost.set()
                    return
                if self._board.is_cancel_asked(self._run):
                    self._cancelled.set()
                    return
        finally:
            connection.close()  # the thread's own


class Board(Protocol):
    """Where a running run's count is kept, and the wish to cancel it."""

    def tell(self, run: LongRun, done: int, total: int | None, step: str) -> bool:
        """Write the count; False when the run is no longer this worker's."""

    def read(self, runs: Iterable[LongRun]) -> None:
        """Put the latest counts on these rows."""

    def ask_cancel(self, run: LongRun) -> None:
        """Leave the wish that the run ends."""

    def is_cancel_asked(self, run: LongRun) -> bool:
        """Whether somebody left it."""

    def clear(self, run: LongRun) -> None:
        """The run is over: nothing of it stays here."""


class RowBoard:
    """The run's own row, for a database that lets two connections write."""

    def tell(self, run: LongRun, done: int, total: int | None, step: str) -> bool:
        """One update, only while the claim is ours."""
        mine = LongRun.objects.filter(pk=run.pk, worker=run.worker, status=LongRunStatus.RUNNING)
        return bool(mine.update(done=done, total=total, step=step, seen_at=timezone.now()))

    def read(self, runs: Iterable[LongRun]) -> None:
        """The rows were read with their counts."""

    def ask_cancel(self, run: LongRun) -> None:
        """A moment on the row."""
        LongRun.objects.unfinished().filter(pk=run.pk).update(cancel_asked_at=timezone.now())

    def is_cancel_asked(self, run: LongRun) -> bool:
        """The moment is set."""
        return LongRun.objects.filter(pk=run.pk, cancel_asked_at__isnull=False).exists()

    def clear(self, run: LongRun) -> None:
        """Nothing lies apart from the row."""


class FileBoard:
    """Two small files under DATA_DIR/runs: SQLite's one writer is the work itself."""

    def tell(self, run: LongRun, done: int, total: int | None, step: str) -> bool:
        """The count, replaced whole so that nobody reads half of it."""
        place = self._place(run, "json")
        fresh = place.with_suffix(".new")
        fresh.write_text(json.dumps({"done": done, "total": total, "step": step}), encoding="utf-8")
        fresh.replace(place)
        return True

    def read(self, runs: Iterable[LongRun]) -> None:
        """The counts of those that run."""
        for run in runs:
            if run.status == LongRunStatus.RUNNING:
                told = self._told(run)
                run.done, run.total = told.get("done", run.done), told.get("total", run.total)
                run.step = told.get("step", run.step)
                if self.is_cancel_asked(run) and run.cancel_asked_at is None:
                    run.cancel_asked_at = timezone.now()

    def ask_cancel(self, run: LongRun) -> None:
        """An empty file."""
        self._place(run, "cancel").touch()

    def is_cancel_asked(self, run: LongRun) -> bool:
        """The file is there."""
        return self._place(run, "cancel").exists()

    def clear(self, run: LongRun) -> None:
        """Both files."""
        for ending in ("json", "cancel"):
            self._place(run, ending).unlink(missing_ok=True)

    def _told(self, run: LongRun) -> dict[str, int]:
        try:
            told: dict[str, int] = json.loads(self._place(run, "json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told

    def _place(self, run: LongRun, ending: str) -> Path:
        folder = Path(settings.DATA_DIR) / "runs"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / f"{run.pk}-{run.result_no.hex}.{ending}"


def board() -> Board:
    """The board that fits the database."""
    return FileBoard() if connection.vendor == "sqlite" else RowBoard()
