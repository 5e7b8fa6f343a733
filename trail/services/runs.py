"""任务 long runs: work a person starts answers at once, and a worker does it, once, whatever happens.

How a room uses it:

1. Register what the run does, in `<room>/registration.py`; `do` lives among the room's services:

       def export_findings(work: Work) -> Outcome:
           rows = ConductRecord.objects.visible_to(work.by).filter(hall=work.hall)
           work.progress.expect(rows.count(), "正在写文件")
           with work.scratch(".xlsx") as path:
               for row in rows.iterator(2000):
                   ...                                  # write it to `path`
                   work.progress.advance()              # also hears the wish to cancel
               kept = work.keep(path, name="问题台账.xlsx", content_type=XLSX)
           return Outcome("共 50,000 条。", file=kept)

       register_run(RunKind("export_findings", "导出问题台账", ("record.read_all",), export_findings,
                            unit="条", is_reading=True))

2. Start it from a view or an API action, outside of any transaction, and answer with its page:

       run = start_run("export_findings", hall=hall, by=request.user, params={"query": "q=…"})
       return redirect(run)                             # from trail.tasks import start_run
       return run_started(run)                          # API: 202 with the run's address; trail.run_answers

`params` is plain JSON; never put personal data there that the person could not read anyway. The work
of a kind that writes is one transaction together with the end of the run: a cancelled run, an error
and a killed worker leave nothing, and the next worker does it again from the start, once. A kind
with `is_reading=True` runs outside of a transaction, so that an export holds no lock; it must write
nothing but its file. Words for the person: raise `Refused`.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from trail.enums import LongRunStatus
from trail.models import LongRun, StoredFile
from trail.services import audit, notices
from trail.services.files import drop_file, store_made
from trail.services.progress import Progress, RunCancelled, RunLost, ToldProgress, board
from trail.services.workers import is_alive, this_worker

if TYPE_CHECKING:
    from accounts.models import Hall, User

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=2)
"""A worker on another machine that has said nothing for so long counts as dead."""
MOST_ATTEMPTS = 3
"""Work that has taken its worker down so often is given up."""
MOST_AT_ONCE = 5
"""Unfinished runs a person may have."""
RESENT_AFTER = timedelta(minutes=2)
"""A run that waits longer than this has perhaps lost its message."""
KEEP_OPTION = "runs.result_days"
FAULT = "系统出错，没有完成，也没有改动任何内容。请再试一次；还不行，请把任务编号告诉系统管理员。"


class RunRefused(Refused):
    """A refusal that keeps more than words on the run."""

    def __init__(self, message: str, *, detail: dict[str, Any]) -> None:
        super().__init__(message)
        self.detail = detail


@dataclass(frozen=True)
class RunKind:
    """A kind of long run: who may start it (any of `permissions` in the hall) and what does it."""

    name: str
    title: str
    permissions: tuple[str, ...]
    do: Callable[[Work], Outcome]
    unit: str = "行"
    is_reading: bool = False


@dataclass(frozen=True)
class Outcome:
    """The end of a run: words for the person, and where to go on: a page, a file, or both."""

    words: str
    url: str = ""
    file: StoredFile | None = None
    detail: dict[str, Any] | None = None


@dataclass
class Work:
    """What a run's work is given."""

    run: LongRun
    progress: Progress
    _files: list[StoredFile] = field(default_factory=list)

    @property
    def hall(self) -> Hall:
        """The hall it is about."""
        hall: Hall = self.run.hall
        return hall

    @property
    def by(self) -> User:
        """Who started it."""
        user: User = self.run.by
        return user

    @property
    def params(self) -> dict[str, Any]:
        """What it was started with."""
        params: dict[str, Any] = self.run.params
        return params

    @contextmanager
    def scratch(self, ending: str) -> Iterator[Path]:
        """A path for a file in the making; gone afterwards, also when the work fails."""
        with TemporaryDirectory(prefix="run-") as folder:
            yield Path(folder) / f"result{ending}"

    def keep(self, path: Path, *, name: str, content_type: str) -> StoredFile:
        """Keep a finished file as the run's result; only who started the run may fetch it."""
        stored = store_made(
            path,
            pk=self.run.result_no,
            name=name,
            content_type=content_type,
            hall=self.hall,
            by=self.by,
        )
        self._files.append(stored)
        return stored

    def forget_files(self) -> None:
        """The work is rolled back: its bytes go too."""
        for stored in self._files:
            stored.blob.storage.delete(stored.blob.name or "")


_kinds: dict[str, RunKind] = {}


def register_run(kind: RunKind) -> None:
    """Make a kind of long run known; called from `<room>/registration.py`."""
    _kinds[kind.name] = kind


def find_run_kind(name: str) -> RunKind:
    """The registered kind; raises KeyError for an unknown name."""
    return _kinds[name]


def all_run_kinds() -> list[RunKind]:
    """Every registered kind."""
    return list(_kinds.values())


# --- starting and stopping ---------------------------------------------------------------------


@transaction.atomic
def place_run(kind: str, *, hall: Hall, by: User, params: dict[str, Any], title: str = "") -> LongRun:
    """Leave an order for a worker. The same order while the first is unfinished is that first run.

    Raises NotPermitted for a person who may not, Refused for more than a person may have at once.
    """
    found = find_run_kind(kind)
    if not by.can_any(found.permissions, hall):
        raise NotPermitted(f"你不能在{hall.name}做这件事。")
    waiting = list(LongRun.objects.unfinished().filter(by=by))
    for run in waiting:
        if (run.kind, run.hall_id, run.params) == (kind, hall.pk, params):
            return run
    if len(waiting) >= MOST_AT_ONCE:
        raise Refused(f"你已有 {len(waiting)} 个任务没有做完，请等做完或取消后再来。", code="too_many_runs")
    run = LongRun.objects.create(
        kind=kind, title=(title or found.title)[:120], hall=hall, by=by, params=params
    )
    audit.record("run.started", target=run, by=by, after={"kind": found.title, "params": params})
    return run


def cancel_run(*, run: LongRun, by: User) -> LongRun:
    """Ask a run to stop: one that waits ends at once, one that runs ends at its next step.

    Raises NotPermitted for another's run; one that is over stays as it is.
    """
    if run.by_id != by.pk:
        raise NotPermitted("只能取消自己发起的任务。")
    if run.status == LongRunStatus.WAITING and _cancel_waiting(run, by):
        return run
    if not run.is_over:
        board().ask_cancel(run)
    return run


@transaction.atomic
def _cancel_waiting(run: LongRun, by: User) -> bool:
    now = timezone.now()
    waiting = LongRun.objects.filter(pk=run.pk, status=LongRunStatus.WAITING)
    if not waiting.update(status=LongRunStatus.CANCELLED, finished_at=now, words="还没有开始就取消了。"):
        return False
    run.refresh_from_db()
    audit.record("run.cancelled", target=run, by=by)
    return True


def with_progress(runs: Iterable[LongRun]) -> list[LongRun]:
    """The runs with their latest counts, wherever those are kept."""
    found = list(runs)
    board().read(found)
    return found


# --- doing -------------------------------------------------------------------------------------


def do_run(pk: int) -> LongRun:
    """Do a run, once; safe to call twice. Returns the run as it stands afterwards.

    One that is over, or that a living worker holds, is left alone. Errors end on the run, not here.
    """
    run, is_mine = _claim(pk)
    if not is_mine:
        return run
    try:
        _do(run)
    except RunCancelled:
        _end(run, LongRunStatus.CANCELLED, "已按你的要求停下，没有改动任何内容。")
    except RunLost:
        log.warning("run.lost", run=run.pk, kind=run.kind)
    except Refused as refused:
        _end(run, LongRunStatus.FAILED, refused.message, detail=getattr(refused, "detail", None))
    except Exception as error:
        log.error("run.failed", run=run.pk, kind=run.kind, hall=run.hall_id, exc_info=error)  # noqa: TRY400
        _end(run, LongRunStatus.FAILED, FAULT, error=traceback.format_exc(limit=8))
    run.refresh_from_db()
    return run


def _claim(pk: int) -> tuple[LongRun, bool]:
    """The run and whether this worker now holds it. A claim is committed before the work starts."""
    with transaction.atomic():
        rows = LongRun.objects.select_for_update(of=("self",)).select_related("hall", "by")
        run = rows.get(pk=pk)
        if run.is_over or (run.status == LongRunStatus.RUNNING and _is_held(run)):
            return run, False
        if run.cancel_asked_at is not None or board().is_cancel_asked(run):
            _end(run, LongRunStatus.CANCELLED, "已按你的要求停下，没有改动任何内容。")
            return run, False
        if run.attempts >= MOST_ATTEMPTS:
            _end(run, LongRunStatus.FAILED, f"中断了 {run.attempts} 次，已放弃。请联系系统管理员。")
            return run, False
        now = timezone.now()
        run.status, run.worker, run.attempts = LongRunStatus.RUNNING, this_worker(), run.attempts + 1
        run.started_at = run.seen_at = now
        run.done, run.total, run.step = 0, None, ""
        run.save(
            update_fields=[
                "status",
                "worker",
                "attempts",
                "started_at",
                "seen_at",
                "done",
                "total",
                "step",
            ]
        )
    return run, True


def _is_held(run: LongRun) -> bool:
    return run.seen_at is not None and is_alive(run.worker, seen_at=run.seen_at, lease=LEASE)


def _do(run: LongRun) -> None:
    kind = find_run_kind(run.kind)
    if not run.by.can_any(kind.permissions, run.hall):
        raise NotPermitted("开始之后，你在这个大厅的权限已被收回，没有做。")
    with ToldProgress(run) as progress:
        work = Work(run, progress)
        try:
            with nullcontext() if kind.is_reading else transaction.atomic():
                outcome = kind.do(work)
                progress.close()
                _finish(run, progress, outcome)
        except BaseException:
            work.forget_files()
            raise
    board().clear(run)
    log.info("run.done", run=run.pk, kind=run.kind, hall=run.hall_id)


@transaction.atomic
def _finish(run: LongRun, progress: Progress, outcome: Outcome) -> None:
    """The end of the run, in the work's own transaction; raises RunLost when the claim is gone."""
    now = timezone.now()
    days = run.hall.option(KEEP_OPTION)
    _close(
        run,
        status=LongRunStatus.DONE,
        words=outcome.words[:300],
        url=outcome.url,
        detail=outcome.detail,
        result=outcome.file,
        expires_at=now + timedelta(days=days) if outcome.file else None,
        done=progress.total if progress.total is not None else progress.done,
        total=progress.total,
        step="",
        error="",
        finished_at=now,
    )
    audit.record("run.done", target=run, by=run.by, after={"words": run.words})
    _tell(run, f"{run.title}：已完成。{run.words}")


@transaction.atomic
def _end(
    run: LongRun,
    status: LongRunStatus,
    words: str,
    error: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """The end of a run that came to nothing."""
    try:
        _close(
            run,
            status=status,
            words=words[:300],
            error=error[-4000:],
            detail=detail,
            step="",
            finished_at=timezone.now(),
        )
    except RunLost:
        return
    board().clear(run)
    audit.record(f"run.{status}", target=run, by=run.by)
    if status == LongRunStatus.FAILED:
        _tell(run, f"{run.title}：没有完成。{run.words}")


def _close(run: LongRun, **fields: Any) -> None:
    mine = LongRun.objects.unfinished().filter(pk=run.pk, worker=run.worker)
    if not mine.update(**fields):
        raise RunLost(run.pk)
    for name, value in fields.items():
        setattr(run, name, value)


def _tell(run: LongRun, title: str) -> None:
    notices.tell([run.by], title=title, url=run.get_absolute_url(), hall=run.hall, key=f"run:{run.pk}")


# --- what nobody waits for ---------------------------------------------------------------------


def stranded_runs(now: datetime) -> list[int]:
    """Runs whose message was lost or whose worker is dead: to be sent again."""
    lost = LongRun.objects.filter(status=LongRunStatus.WAITING, created_at__lt=now - RESENT_AFTER)
    running = LongRun.objects.filter(status=LongRunStatus.RUNNING)
    return [run.pk for run in lost] + [run.pk for run in running if not _is_held(run)]


def drop_expired_results(now: datetime) -> int:
    """Remove result files whose time is over; the runs stay. Returns how many went."""
    expired = LongRun.objects.filter(expires_at__lt=now)
    files = list(StoredFile.objects.filter(pk__in=expired.values("result")))
    for stored in files:
        drop_file(stored)
    return len(files)
