"""Rows of the audit as a transaction leaves them."""

import pytest
import time_machine

from tests.trail.chains import MONDAY
from trail.services import audit


@pytest.fixture
def written(django_capture_on_commit_callbacks):
    """Writes n rows as one transaction does, and links them as after its commit."""

    def write(n, *, hall, by, at=MONDAY, **facts):
        with time_machine.travel(at, tick=False), django_capture_on_commit_callbacks(execute=True):
            return [audit.record(f"hall.step{i}", target=hall, by=by, **facts) for i in range(n)]

    return write
