"""A backup restores into an empty place with every row and file, and a bad archive touches nothing."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, connections, models, transaction
from django.utils import timezone

from accounts.models import Hall, SignInSession
from config.backups import archive, restoring, tables
from config.backups.errors import BackupRefused
from config.backups.restoring import Place, restore
from config.backups.taking import connected, rotate, take_backup
from tests.config.conftest import sqlite_place
from tests.config.test_backup_archives import files_in
from tests.sweep_world import build_world
from trail.actors import Robot
from trail.models import Notice, NumberSeries, StoredFile
from trail.services.audit import record

database = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server_place(tmp_path) -> Iterator[Place]:
    """An empty database on the PostgreSQL server the tests run on."""
    if connection.vendor != "postgresql":
        pytest.skip("只在 PostgreSQL 上跑")
    name = f"restore_{uuid4().hex[:12]}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    settings = {**copy.deepcopy(connections["default"].settings_dict), "NAME": name}
    yield Place(database=settings, media_root=tmp_path / "server" / "files")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def media(tmp_path, settings) -> Path:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.MEDIA_ROOT.mkdir()
    return settings.MEDIA_ROOT


def rows_in(alias: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every table but the sessions, as the ORM reads it."""
    everything = [
        m for m in apps.get_models(include_auto_created=True) if m._meta.managed and m is not SignInSession
    ]
    return {
        model._meta.db_table: list(model._base_manager.using(alias).order_by("pk").values_list())
        for model in everything
    }


def rows_at(place: Place) -> dict[str, list[tuple[Any, ...]]]:
    with connected("elsewhere", copy.deepcopy(place.database)):
        return rows_in("elsewhere")


@pytest.fixture
def small(media, tmp_path, hall) -> Path:
    """An archive of one hall and one file."""
    (media / "1").mkdir()
    (media / "1" / "photo.jpg").write_bytes(b"photo" * 100)
    return take_backup(tmp_path / "backups", media_root=media).archive


# --- there and back ---------------------------------------------------------------------------


@pytest.fixture
def lived_in(request, media) -> Path:
    """A hall with one of everything, awkward values, files, a session."""
    build_world(request)
    hall = Hall.objects.get(code="qinghe")
    awkward = {"z": [1, 2.5, None, "\u2028'\"\\"], "a": {"空": ""}, "n": 10**17}
    with transaction.atomic():
        record("test.awkward", target=hall, by=Robot("test"), after=awkward, reason="换行\n制表\t'引号\\")
    gone = NumberSeries.objects.create(hall=hall, series="gone", last=1)
    gone.delete()
    SignInSession.objects.create(
        session_key="secret-key-of-a-session", session_data="x", expire_date=timezone.now()
    )
    (media / "孤儿.bin").write_bytes(bytes(range(256)))
    return media


@pytest.fixture
def old_audit(tmp_path, settings) -> Path:
    """What `archive_audit` has left, and the nights' seals."""
    folder = tmp_path / "audit"
    settings.AUDIT_ARCHIVE = folder / "archive"
    settings.AUDIT_ARCHIVE.mkdir(parents=True)
    (settings.AUDIT_ARCHIVE / "qinghe-2025-01-01-2025-01-31.jsonl").write_text('{"id": 1}\n')
    (settings.AUDIT_ARCHIVE / "qinghe-2025-01-01-2025-01-31.jsonl.manifest.json").write_text("{}")
    (folder / "anchors.jsonl").write_text('{"day": "2025-02-01"}\n')
    return folder


@database
def test_every_row_and_file_comes_back(lived_in, old_audit, place, tmp_path):
    before = rows_in("default")

    taken = take_backup(tmp_path / "backups", media_root=lived_in, audit_root=old_audit)
    restored = restore(taken.archive, place)

    assert (taken.rows, taken.files, taken.missing) == (restored.rows, restored.files, 0)
    assert sum(len(rows) for rows in before.values()) <= taken.rows
    assert rows_at(place) == before
    assert files_in(place.media_root) == files_in(lived_in)
    assert files_in(place.roots["audit"]) == files_in(old_audit)
    assert [path.stat().st_mode & 0o777 for path in place.roots["audit"].rglob("*.jsonl")] == [0o600] * 2
    assert len(before["violations_conductrecord"]) > 3
    assert len(files_in(lived_in)) == 4
    assert b"secret-key-of-a-session" not in taken.archive.read_bytes()


@pytest.mark.services
@database
def test_from_server_to_file_to_server(lived_in, old_audit, place, server_place, tmp_path):
    """PostgreSQL → PostgreSQL, → SQLite, and from there to PostgreSQL again."""
    before = rows_in("default")
    taken = take_backup(tmp_path / "backups", media_root=lived_in, audit_root=old_audit)

    restore(taken.archive, server_place)
    assert files_in(server_place.roots["audit"]) == files_in(old_audit)
    assert rows_at(server_place) == before
    assert files_in(server_place.media_root) == files_in(lived_in)

    restore(taken.archive, place)
    assert rows_at(place) == before

    with connected("moved", copy.deepcopy(place.database)):
        again = take_backup(tmp_path / "again", media_root=place.media_root, database="moved")
    restore(again.archive, server_place, replace=True)
    assert rows_at(server_place) == before


@database
def test_backup_while_somebody_writes_is_of_one_moment(
    quick_structure, small, place, media, tmp_path, monkeypatch, manager
):
    """Each transaction draws a number and tells a person: the two tables agree at every moment."""
    hall = manager.role_grants.get().hall
    series = NumberSeries.objects.create(hall=hall, series="pairs", last=0)
    before = Notice.objects.count()
    stop, errors = threading.Event(), []

    def write() -> None:
        try:
            while not stop.is_set():
                with transaction.atomic():
                    NumberSeries.objects.filter(pk=series.pk).update(last=models.F("last") + 1)
                    Notice.objects.create(
                        user=manager, hall=hall, title="x", url="/", visible_from=timezone.now()
                    )
                time.sleep(0.002)
        except Exception as error:  # noqa: BLE001 - told to the test
            errors.append(error)
        finally:
            connection.close()

    slow = tables.rows_of

    def slowly(*args: Any) -> Iterator[list[Any]]:
        time.sleep(0.01)
        yield from slow(*args)

    monkeypatch.setattr(tables, "rows_of", slowly)
    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(0.2)
    taken = take_backup(tmp_path / "busy", media_root=media)
    stop.set()
    writer.join()
    monkeypatch.setattr(tables, "rows_of", slow)
    restore(taken.archive, place)

    with connected("elsewhere", copy.deepcopy(place.database)):
        drawn = NumberSeries.objects.using("elsewhere").get(pk=series.pk).last
        told = Notice.objects.using("elsewhere").count() - before
    series.refresh_from_db()
    assert errors == []
    assert drawn == told
    assert 0 < drawn < series.last, "the writer was not held up by the backup"


@database
def test_seals_of_the_place_stay_when_it_is_put_back_in_time(media, old_audit, place, tmp_path):
    taken = take_backup(tmp_path / "backups", media_root=media, audit_root=old_audit)
    place.roots["audit"].mkdir(parents=True)
    later = '{"day": "2025-02-01"}\n{"day": "2025-02-02"}\n'
    (place.roots["audit"] / "anchors.jsonl").write_text(later)
    with pytest.raises(BackupRefused, match="留痕归档文件夹不是空的"):
        restore(taken.archive, place)

    restore(taken.archive, place, replace=True)

    assert files_in(place.roots["audit"]) == {**files_in(old_audit), "anchors.jsonl": later.encode()}


@database
def test_command_takes_the_archived_audit_along(media, old_audit, tmp_path, capsys):
    call_command("backup", to=str(tmp_path / "to"), json=True)

    told = json.loads(capsys.readouterr().out)
    assert told["files"] == 3
    assert b"audit/archive/qinghe-2025-01-01-2025-01-31.jsonl" in Path(told["archive"]).read_bytes()


# --- what is refused --------------------------------------------------------------------------


@database
def test_replaced_place_works_and_what_was_there_is_kept_aside(quick_structure, small, used, media, tmp_path):
    """Also: the number of a row that was deleted before the backup is not given again."""
    hall = Hall.objects.get(code="qinghe")
    deleted = NumberSeries.objects.create(hall=hall, series="a", last=1)
    number = deleted.pk
    deleted.delete()
    old = files_in(used.media_root.parent)
    later = take_backup(tmp_path / "later", media_root=media).archive

    restored = restore(later, used, replace=True)

    assert rows_at(used) == rows_in("default")
    assert files_in(used.media_root) == files_in(media)
    assert sorted(path.name.partition(".before")[0] for path in restored.kept) == ["db.sqlite3", "files"]
    kept = {path.name.partition(".before")[0]: path for path in restored.kept}
    assert kept["db.sqlite3"].read_bytes() == old["db.sqlite3"]
    assert files_in(kept["files"]) == {"old.jpg": b"old"}
    with connected("elsewhere", copy.deepcopy(used.database)):
        series = NumberSeries.objects.using("elsewhere").create(hall_id=hall.pk, series="b", last=1)
    assert series.pk > number


@pytest.mark.services
@database
def test_failure_in_the_middle_leaves_the_server_as_it_was(small, server_place, monkeypatch):
    restore(small, server_place)
    before = rows_at(server_place)

    def fail(*args: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(restoring, "_compare", fail)
    with pytest.raises(RuntimeError):
        restore(small, server_place, replace=True)

    assert rows_at(server_place) == before


# --- an older archive -------------------------------------------------------------------------


@database
def test_archive_of_an_older_structure_is_brought_up_to_date(tmp_path, place):
    """As contenttypes stood before its second migration: a column of then is gone today."""
    old = tables.Table(
        "django_content_type", ["id", "name", "app_label", "model"], ["plain"] * 4, key="id", serial="id"
    )
    writer = archive.Writer(tmp_path / "old.tar")
    told = {"format": 1, "version": "0.0.1", "made_at": "", "migrations": [["contenttypes", "0001_initial"]]}
    writer.note(archive.MANIFEST, {**told, "tables": [old.as_json()]})
    rows = writer.lines("tables/django_content_type.jsonl.gz", [[7, "大厅", "accounts", "hall"]]).as_json()
    files = writer.lines(archive.FILE_LIST, []).as_json()
    sums = {"django_content_type": {**rows, "last_number": 7}}
    writer.note(archive.CHECKSUMS, {"tables": sums, "files": files, "missing": 0})
    writer.finish()

    restore(writer.path, place)

    assert (7, "accounts", "hall") in rows_at(place)["django_content_type"]
    assert rows_at(place)["accounts_hall"] == []


# --- the commands -----------------------------------------------------------------------------


def run_in(data_dir: Path, *command: str) -> tuple[int, str]:
    """`manage.py` in a process of its own, as on a new machine: its own database has no table yet."""
    kept = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    result = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env={**kept, "DATA_DIR": str(data_dir), "DEBUG": "1", "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout + result.stderr


@pytest.mark.services
@database
def test_command_restores_on_a_machine_that_has_nothing(small, media, tmp_path):
    code, words = run_in(tmp_path / "new", "restore", str(small))

    assert (code, "已恢复" in words) == (0, True), words
    assert rows_at(sqlite_place(tmp_path / "new")) == rows_in("default")
    assert run_in(tmp_path / "new", "verify_audit")[0] == 0


@pytest.mark.services
@database
def test_commands_on_an_empty_database_say_what_to_do(tmp_path):
    code, words = run_in(tmp_path / "new", "verify_audit")

    assert (code, words.strip().splitlines()[-1]) == (
        1,
        "CommandError: 数据库还没有建好，请先运行 migrate（恢复备份用 restore，不用先建）。",
    )


@database
def test_backup_into_a_folder_that_cannot_be_made_is_refused(small, media, tmp_path):
    (tmp_path / "file").write_text("x")

    with pytest.raises(CommandError, match="不能写入"):
        call_command("backup", to=str(tmp_path / "file" / "backups"))


@database
def test_command_writes_where_nobody_else_reads(small, media, tmp_path, capsys):
    call_command("backup", to=str(tmp_path / "to"), json=True)

    told = json.loads(capsys.readouterr().out)
    path = Path(told["archive"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert (told["files"], told["missing"], told["removed"]) == (1, 0, [])
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_keep_deletes_the_oldest_of_ours_only(tmp_path):
    names = [f"mingchuang-2026112{n}-030000-000000.tar" for n in range(5)]
    for name in (*names, "other.tar", "mingchuang-notes.txt"):
        (tmp_path / name).touch()

    removed = rotate(tmp_path, 2)

    assert sorted(path.name for path in removed) == names[:3]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *names[3:],
        "mingchuang-notes.txt",
        "other.tar",
    ]


@database
def test_backup_that_fails_leaves_no_half_archive(small, media, tmp_path, monkeypatch):
    def fail(*args: object) -> Any:
        raise RuntimeError("disk full")

    monkeypatch.setattr(tables, "rows_of", fail)
    with pytest.raises(RuntimeError):
        take_backup(tmp_path / "to", media_root=media)

    assert list((tmp_path / "to").iterdir()) == []


@database
def test_file_that_is_gone_is_told(small, media, tmp_path):
    StoredFile.objects.create(
        hall=Hall.objects.get(code="qinghe"),
        kind="document",
        name="x",
        content_type="image/jpeg",
        size=1,
        sha256="",
        blob="1/gone.jpg",
    )

    assert take_backup(tmp_path / "to", media_root=media).missing == 1


@database
def test_link_in_the_upload_folder_is_not_followed(small, media, tmp_path):
    (media / "link").symlink_to("/etc/hostname")

    assert take_backup(tmp_path / "to", media_root=media).files == 1


def test_backups_may_not_lie_among_the_uploads(media):
    with pytest.raises(CommandError, match="上传文件夹"):
        call_command("backup", to=str(media / "backups"))


@database
def test_command_refuses_the_database_in_use(small, capsys):
    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", str(small))

    assert Hall.objects.filter(code="qinghe").exists()
