"""A real Celery worker for test_jobs_killed.py, started as a process of its own.

With PAUSE_FILE set it stops in the middle of the first job, between its writes and their commit: the
job's first audit row says so into the file and then waits, so that the test can kill the process.
"""

import os
import sys
import time
from pathlib import Path

import django

django.setup()

from config.celery import app  # noqa: E402 - Django must be up first
from trail.services import audit  # noqa: E402

real_record = audit.record


def record_and_wait(*args: object, **kwargs: object) -> object:
    row = real_record(*args, **kwargs)
    Path(os.environ["PAUSE_FILE"]).write_text("middle")
    time.sleep(600)
    return row


if os.environ.get("PAUSE_FILE"):
    audit.record = record_and_wait

if len(sys.argv) == 4:
    app.send_task("trail.tasks.run_for_hall", args=[sys.argv[1], int(sys.argv[2]), sys.argv[3]])
else:
    app.send_task("trail.tasks.tick")
app.worker_main(["worker", "-P", "solo", "--without-gossip", "--without-mingle", "--loglevel", "warning"])
