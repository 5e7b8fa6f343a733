"""The example client of the docs, run as a program against a hall that answers over HTTP."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings as project
from django.core.cache import cache
from django.utils import timezone

from tests.factories.accounts import token_of
from tests.sweep_world import build_world
from violations.models import ConductRecord

CLIENT = project.BASE_DIR / "docs/examples/client.py"
LISTS = ["findings", "people", "postings", "windows", "bulletins"]


@pytest.fixture
def served(live_server, request, settings):
    """A hall with one of everything, and few requests a second."""
    build_world(request)
    cache.clear()
    settings.API_RATES = {"token": "1/second"}
    return live_server.url


@pytest.fixture
def run(served):
    """The program with a token, in an environment of its own."""

    def start(secret, *arguments):
        known = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"}
        return subprocess.run(
            [sys.executable, str(CLIENT), *arguments],
            env={**known, "MINGCHUANG_URL": served, "MINGCHUANG_TOKEN": secret},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return start


def told(done):
    """{list: rows received, rows kept} of a pull."""
    words = [line.replace("：收到 ", " ").replace(" 行，副本共 ", " ") for line in done.stdout.splitlines()]
    return {name: (int(got), int(kept)) for name, got, kept, _ in (line.split() for line in words)}


def test_client_copies_records_and_hears_refusals(run, manager, officer, tmp_path):
    copy = tmp_path / "副本.json"
    _, secret = token_of(manager, ["*:read"])

    first = run(secret, "pull", str(copy))

    assert (first.returncode, list(told(first))) == (0, LISTS)
    assert all(got == kept > 0 for got, kept in told(first).values())
    assert "throttled（429）" in first.stderr

    _, writing = token_of(officer, ["violations:read", "violations:write"])
    day = timezone.localdate() - timedelta(days=timezone.localdate().weekday() + 4)  # a Thursday
    finding = ["--act", "absent_from_post", "--staff", "ZW0001", "--day", str(day), "--time", "14:31"]
    made = run(writing, "find", *finding)
    assert (made.returncode, made.stdout[:5], made.stdout[-5:]) == (0, "记下 WT", "，待确认\n"), made.stderr

    again = run(secret, "pull", str(copy))
    rows = json.loads(copy.read_text(encoding="utf-8"))["findings"]["rows"]
    assert told(again)["findings"][1] == told(first)["findings"][1] + 1
    assert rows[str(ConductRecord.objects.latest("pk").pk)]["staff"] == "ZW0001"

    refused = run(writing, "find", *[*finding[:3], "nobody", *finding[4:]])
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "invalid（400）" in refused.stderr
    assert "staff：" in refused.stderr

    wrong = run("mc_00000000_0", "pull", str(copy))
    assert (wrong.returncode, "authentication_failed（401）" in wrong.stderr) == (1, True)
