"""A real Celery worker for the tests of killed workers, started as a process of its own.

With PAUSE_FILE set it stops in the middle of the first job, between its writes and their commit: the
job's first audit row, the days it seals, or the differences of a trial, says so into the file and then
waits, so that the test can kill the process. With PAUSE_AT=claimed as well it stops between the claim of
the first message and its sending, with PAUSE_AT=answered between the receiver's answer and its record.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

from assessments.models import TrialRow  # noqa: E402 - Django must be up first
from config.celery import app  # noqa: E402
from trail.services import audit, chain, outbox  # noqa: E402


def then_wait(real: Callable[..., object]) -> Callable[..., object]:
    """The same, and then a pause in which nothing is committed."""

    def wait(*args: object, **kwargs: object) -> object:
        done = real(*args, **kwargs)
        Path(os.environ["PAUSE_FILE"]).write_text("middle")
        time.sleep(600)
        return done

    return wait


def wait_first(real: Callable[..., object]) -> Callable[..., object]:
    """A pause, and then the same."""
    return lambda *args, **kwargs: then_wait(lambda: None)() or real(*args, **kwargs)


pause_at = os.environ.get("PAUSE_AT", "")
if pause_at == "claimed":
    outbox._send = wait_first(outbox._send)
elif pause_at == "answered":
    outbox._try = then_wait(outbox._try)
elif os.environ.get("PAUSE_FILE"):
    audit.record, chain.seal_days = then_wait(audit.record), then_wait(chain.seal_days)
    TrialRow.objects.bulk_create = then_wait(TrialRow.objects.bulk_create)

if len(sys.argv) == 4:
    app.send_task("trail.tasks.run_for_hall", args=[sys.argv[1], int(sys.argv[2]), sys.argv[3]])
elif sys.argv[1:] == ["send_out"]:
    app.send_task("trail.tasks.send_out")
elif len(sys.argv) == 2:
    app.send_task("trail.tasks.do_run", args=[int(sys.argv[1])])
else:
    app.send_task("trail.tasks.tick")
app.worker_main(["worker", "-P", "solo", "--without-gossip", "--without-mingle", "--loglevel", "warning"])
