"""The same date gives the same demo hall, also in another process with another order of sets."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

TELL = """
import hashlib, json
import django; django.setup()
from datetime import datetime
from django.apps import apps
from config.demo import builder

builder.MONTHS = 0
builder.build_demo(now=datetime.fromisoformat("2026-11-05T15:00+08:00"), password="look-around-2026")

RANDOM = {RANDOM}
told = {{}}
for model in apps.get_models(include_auto_created=True):
    odd = ("UUIDField", "FileField")
    plain = [f for f in model._meta.concrete_fields if f.get_internal_type() not in odd]
    names = [f.attname for f in plain if f"{{model.__name__}}.{{f.attname}}" not in RANDOM]
    for name in names:
        rows = sorted(repr(value) for value in model._base_manager.values_list(name, flat=True))
        told[f"{{model.__name__}}.{{name}}"] = [len(rows), hashlib.sha256("".join(rows).encode()).hexdigest()]
print(json.dumps(told))
"""
RANDOM = {
    "User.password",  # salted
    "Window.qr_token",  # not guessable
    "ConductRecord_photos.storedfile_id",  # files have random names
    "FindingPhoto.file_id",
    "WalkNote_photos.storedfile_id",
    "RectificationStep_files.storedfile_id",
    "CovertPhoto.file_id",
    "CovertReport.receipt",  # not guessable
    "CovertReport.visited_sealed",  # encrypted
    "CovertTask.inspector_sealed",
    "AuditEntry.after",  # names such a file
    "AuditEntry.stamp",  # and so every seal after it
    "AuditLink.hash",
    "AuditLink.previous",
    "AuditLink.stamp",
    "AuditDay.last",
    "AuditDay.previous",
    "AuditDay.seal",
    "JobRun.worker",
    "Punch.received_at",  # when the device's file was read
}
"""Columns that hold chance, or the moment of the build, on purpose."""


def build(folder: Path, hash_seed: int) -> subprocess.Popen[str]:
    """The demo of a week on a copy of the test's own empty database."""
    folder.mkdir()
    with (
        closing(sqlite3.connect(connection.settings_dict["NAME"])) as empty,
        closing(sqlite3.connect(folder / "db.sqlite3")) as copy,
    ):
        empty.backup(copy)
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    env |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(folder),
        "SECRET_KEY": "only-for-tests-" + "0" * 40,
        "DEBUG": "0",
        "PYTHONHASHSEED": str(hash_seed),
    }
    command = [sys.executable, "-c", TELL.format(RANDOM=sorted(RANDOM))]
    return subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.services
@pytest.mark.django_db
def test_two_builds_for_one_date_are_the_same(tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("同一个故事，在 SQLite 上比一次就够")

    builds = [build(tmp_path / str(seed), seed) for seed in (1, 2)]
    answers = [process.communicate() for process in builds]

    assert [process.returncode for process in builds] == [0, 0], answers[0][1][-2000:]
    first, second = (json.loads(out.splitlines()[-1]) for out, _ in answers)
    differing = sorted(key for key in first if first[key] != second[key])
    assert not differing, " ".join(differing)
    assert first["ConductRecord.number"][0] > 0
