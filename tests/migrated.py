"""An SQLite file that all migrations have gone over: made once for a set of migrations, then copied.

Going over them all takes a third of a minute of one core. `tests/config/test_up.py` and
`test_backups.py` still do it from nothing, and so does every process that runs on PostgreSQL;
`pytest --create-db` does it everywhere.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / ".pytest_cache" / "migrated"


def lay_down(place: Path) -> None:
    """A copy of the migrated file at `place`, as if `migrate` had just run there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(migrated_file(), place)


def pour_into(database: sqlite3.Connection) -> None:
    """The same into an open, empty database."""
    with closing(sqlite3.connect(migrated_file())) as source:
        source.backup(database)


def migrated_file() -> Path:
    """The file for today's migrations; whoever comes first makes it, the others wait."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{_fingerprint()}.sqlite3"
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            for old in FOLDER.glob("*.sqlite3*"):
                old.unlink()
            _migrate(file.with_suffix(".sqlite3.new"))
            file.with_suffix(".sqlite3.new").rename(file)
    return file


def _fingerprint() -> str:
    """Of every migration of ours, and of the lock, which names the version of Django with its own."""
    base = Path(settings.BASE_DIR)
    digest = hashlib.sha256(sqlite3.sqlite_version.encode())
    for source in (*sorted(base.glob("*/migrations/*.py")), base / "requirements" / "run.txt"):
        digest.update(f"{source.relative_to(base)}\0".encode() + source.read_bytes())
    return digest.hexdigest()[:20]


def _migrate(file: Path) -> None:
    env = {key: value for key, value in os.environ.items() if key != "REDIS_URL"}
    env |= {"DJANGO_SETTINGS_MODULE": "config.settings_test", "DATABASE_URL": f"sqlite:///{file}"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=env, check=True)
