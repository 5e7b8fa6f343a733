"""A worker killed in the middle of a long run leaves nothing; the next one does it once, to the end.

Each registered kind that writes has a `Proof` here; a kind without one fails the test.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Hall, User
from assessments.models import Scorecard, TrialRow
from assessments.services.loading import load_pack
from attendance.models import DayResult, Leave, Punch
from patrols.models import Finding
from tests.factories.attendance import usual_hours
from tests.test_jobs_killed import busy_hall, environment, wait_for, worker  # noqa: F401 - a fixture
from tests.windows.papers import DATA, ROSTER, bring_in
from trail.enums import LongRunStatus
from trail.models import AuditEntry, LongRun, Notice
from trail.services import runs
from trail.services.uploads import keep_upload
from violations.packs import parse_pack
from windows.models import Staff

MONTH = {"month": "2026-10-01"}


@dataclass(frozen=True)
class Proof:
    """`left()` counts what a run of the kind leaves; `file` is what it brings in, `prepare` what it needs."""

    left: Callable[[], int]
    file: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[Hall, User], dict[str, Any]] = lambda hall, by: {}


def draft_of_a_lower_base(hall: Hall, by: User) -> dict[str, Any]:
    """A draft under which everybody has ten points less."""
    text = Path("violations/rulebooks/maiji.yaml").read_text(encoding="utf-8")
    lower = text.replace("base: 100", "base: 90").replace('number: "2026"', 'number: "2027"', 1)
    draft = load_pack(parse_pack(lower), hall=hall, by=by, as_draft=True).version
    return {"version": draft.pk, "months": [f"{timezone.localdate():%Y-%m}"]}


PROOFS = {
    "score_month": Proof(Scorecard.objects.count, params={"month": f"{timezone.localdate():%Y-%m}"}),
    "derive_attendance": Proof(DayResult.objects.count, params={"month": "2026-10"}),
    "try_rulebook": Proof(TrialRow.objects.count, prepare=draft_of_a_lower_base),
    "import_roster": Proof(Staff.objects.count, ROSTER.name, MONTH),
    "import_punches": Proof(Punch.objects.count, "attlog.dat", MONTH),
    "import_leave": Proof(Leave.objects.count, "请假外出台账.xlsx", MONTH),
    "import_patrols": Proof(Finding.objects.count, "巡查记录.csv", MONTH),
}


def test_every_kind_that_writes_has_its_proof():
    assert {kind.name for kind in runs.all_run_kinds() if not kind.is_reading} == set(PROOFS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", sorted(PROOFS))
def test_killed_in_the_middle_then_done_once(name, busy_hall, manager, tmp_path, settings):  # noqa: F811
    settings.DATA_DIR = tmp_path
    usual_hours(busy_hall)
    proof, params = PROOFS[name], dict(PROOFS[name].params)
    if proof.file:
        path = DATA / proof.file
        if name != "import_roster":
            bring_in(ROSTER, busy_hall)
        params["token"] = keep_upload(SimpleUploadedFile(path.name, path.read_bytes()), by=manager)
    params |= proof.prepare(busy_hall, manager)
    run = runs.place_run(name, hall=busy_hall, by=manager, params=params)
    fresh, audited = proof.left(), AuditEntry.objects.count()
    pause = tmp_path / "pause"

    with worker(environment(tmp_path, PAUSE_FILE=str(pause)), str(run.pk)) as process:
        wait_for(pause.exists, process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)

    run.refresh_from_db()
    assert (run.status, proof.left(), AuditEntry.objects.count()) == (LongRunStatus.RUNNING, fresh, audited)

    with worker(environment(tmp_path)) as process:
        wait_for(lambda: LongRun.objects.get(pk=run.pk).is_over, process)

    run.refresh_from_db()
    left = proof.left()
    assert (run.status, run.attempts, run.words != "") == (LongRunStatus.DONE, 2, True), run.error
    assert left > fresh
    runs.do_run(run.pk)
    assert (proof.left(), Notice.objects.filter(key=f"run:{run.pk}").count()) == (left, 1)
