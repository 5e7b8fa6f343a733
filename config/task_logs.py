"""A job's log lines carry the number of the request that started it, and never its arguments or result."""

import time
from typing import Any

import structlog
from celery.signals import before_task_publish, task_failure, task_postrun, task_prerun

from config import metrics

log = structlog.get_logger(__name__)
HEADER = "request_id"
_running: dict[str, tuple[float, dict[str, Any]]] = {}


@before_task_publish.connect
def hand_on(headers: dict[str, Any] | None = None, **kwargs: object) -> None:
    """Put the number of the current request, or of the current job, on the message."""
    number = structlog.contextvars.get_contextvars().get("request_id")
    if number and headers is not None:
        headers[HEADER] = number


@task_prerun.connect
def begin(task_id: str = "", task: Any = None, **kwargs: object) -> None:
    """Bind the number for the time of the job; one that the clock started gets the job's own."""
    headers = getattr(task.request, "headers", None) or {}
    number = headers.get(HEADER) or getattr(task.request, HEADER, None) or task_id
    if task.request.is_eager:
        number = structlog.contextvars.get_contextvars().get("request_id", number)
    bound = structlog.contextvars.bind_contextvars(request_id=number, task=task.name)
    _running[task_id] = (time.monotonic(), dict(bound))


@task_failure.connect
def tell_failure(exception: BaseException | None = None, **kwargs: object) -> None:
    """Type and place of the error."""
    log.error("task.failed", exc_info=exception)


@task_postrun.connect
def end(task_id: str = "", task: Any = None, state: str | None = None, **kwargs: object) -> None:
    """One line per job, and the counters of /metrics."""
    started, bound = _running.pop(task_id, (time.monotonic(), {}))
    seconds = time.monotonic() - started
    log.info("task", state=state, seconds=round(seconds, 3))
    metrics.note_task(task.name, state or "UNKNOWN", seconds)
    structlog.contextvars.reset_contextvars(**bound)
