"""Places and archives for the tests of backups."""

from __future__ import annotations

import copy
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from config.backups import archive, restoring, tables
from config.backups.restoring import Place
from config.version import version
from tests.migrated import pour_into


def sqlite_place(folder: Path) -> Place:
    settings = copy.deepcopy(connections["default"].settings_dict)
    plain = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3"), "OPTIONS": {}}
    return Place(database={**settings, **plain, "CONN_HEALTH_CHECKS": False}, media_root=folder / "files")


@pytest.fixture
def quick_structure(monkeypatch):
    """The structure of today comes from a file that migrations made, not from all of them anew.

    For tests about something else: that a restore makes the structure by itself is shown by
    test_every_row_and_file_comes_back, on PostgreSQL and from an older archive too.
    """
    really = restoring._migrate_to

    def pour(connection, migrations):
        if connection.vendor != "sqlite" or set(MigrationLoader(None).disk_migrations) - migrations:
            return really(connection, migrations)
        connection.ensure_connection()
        return pour_into(connection.connection)

    monkeypatch.setattr(restoring, "_migrate_to", pour)


@pytest.fixture
def place(tmp_path) -> Place:
    """An empty place on SQLite."""
    return sqlite_place(tmp_path / "place")


@pytest.fixture
def handmade(tmp_path) -> Path:
    """The same without a database: every table, empty but for one hall, and one file."""
    (tmp_path / "made").mkdir()
    writer = archive.Writer(tmp_path / "made" / "made.tar")
    described = tables.our_tables()
    loader = MigrationLoader(None)
    writer.note(
        archive.MANIFEST,
        {
            "format": archive.FORMAT,
            "version": version(),
            "made_at": "2026-11-22T00:00:00+00:00",
            "migrations": sorted(loader.disk_migrations),
            "tables": [table.as_json() for table in described],
        },
    )
    sums = {}
    for table in described:
        rows = [[1, *["x"] * (len(table.columns) - 1)]] if table.name == "accounts_hall" else []
        digest = writer.lines(f"tables/{table.name}.jsonl.gz", rows)
        sums[table.name] = {**digest.as_json(), "last_number": 0}
    content = b"photo" * 100
    fingerprint = writer.blob("files/1/photo.jpg", io.BytesIO(content), len(content))
    files = writer.lines(archive.FILE_LIST, [["1/photo.jpg", len(content), fingerprint]])
    writer.note(archive.CHECKSUMS, {"tables": sums, "files": files.as_json(), "missing": 0})
    writer.finish()
    return writer.path


@pytest.fixture
def used(place, django_db_blocker) -> Iterator[Place]:
    """A place where something lies already: a database with one row of somebody's, and a file."""
    place.media_root.mkdir(parents=True)
    (place.media_root / "old.jpg").write_bytes(b"old")
    with closing(sqlite3.connect(place.database["NAME"])) as other:
        other.execute("CREATE TABLE somebody (id integer)")
        other.execute("INSERT INTO somebody VALUES (1)")
        other.commit()
    with django_db_blocker.unblock():  # it is asked through Django; the test's own database is not
        yield place
