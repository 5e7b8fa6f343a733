"""Taking a backup: one moment of the database, then the files that moment knows."""

from __future__ import annotations

import copy
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from django.apps import apps
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import load_backend

from config.backups import archive, tables
from config.backups.errors import BackupRefused
from config.version import version

ALIAS = "backup"
NAME = "mingchuang-{:%Y%m%d-%H%M%S-%f}.tar"
PATTERN = "mingchuang-[0-9]*-[0-9]*-[0-9]*.tar"


@dataclass(frozen=True)
class Taken:
    """What is in the archive. `missing`: files that a row names and the disk does not have."""

    archive: Path
    tables: int
    rows: int
    files: int
    bytes: int
    missing: int


def take_backup(
    folder: Path, *, media_root: Path, audit_root: Path | None = None, database: str = "default"
) -> Taken:
    """Write an archive into `folder`. Everybody may go on working meanwhile."""
    roots = {"files": media_root} | ({"audit": audit_root} if audit_root else {})
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        writer = archive.Writer(folder / NAME.format(datetime.now(tz=UTC)))
    except OSError as error:
        raise BackupRefused(f"不能写入 {folder}。请检查路径和权限，或换一个文件夹。") from error
    try:
        with snapshot(database) as connection:
            found = _write(writer, connection, roots)
        size = writer.finish()
    except BaseException:
        writer.give_up()
        raise
    return Taken(archive=writer.path, bytes=size, **found)


def _write(writer: archive.Writer, connection: BaseDatabaseWrapper, roots: dict[str, Path]) -> dict[str, int]:
    described = tables.our_tables()
    writer.note(
        archive.MANIFEST,
        {
            "format": archive.FORMAT,
            "version": version(),
            "made_at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
            "database": connection.vendor,
            "migrations": sorted(applied(connection)),
            "left_out": sorted(tables.LEFT_OUT),
            "tables": [table.as_json() for table in described],
        },
    )
    sums: dict[str, dict[str, Any]] = {}
    for table in described:
        last = tables.last_number(connection, table) if table.serial else 0
        digest = writer.lines(f"tables/{table.name}.jsonl.gz", tables.rows_of(connection, table))
        sums[table.name] = {**digest.as_json(), "last_number": last}
    rows = (row for root, folder in roots.items() for row in _files(writer, root, folder))
    files = writer.lines(archive.FILE_LIST, rows)
    missing = sum(1 for name in named_files(connection) if not (roots["files"] / name).is_file())
    writer.note(archive.CHECKSUMS, {"tables": sums, "files": files.as_json(), "missing": missing})
    return {
        "tables": len(described),
        "rows": sum(table["rows"] for table in sums.values()),
        "files": files.rows,
        "missing": missing,
    }


def _files(writer: archive.Writer, root: str, folder: Path) -> Iterator[list[Any]]:
    """Puts every file of a root into the archive and tells its path, size and fingerprint."""
    for path in _walk(folder):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            continue  # taken away since the folder was listed; `missing` tells if a row still names it
        with os.fdopen(handle, "rb") as file:
            told = os.fstat(file.fileno())
            if not stat.S_ISREG(told.st_mode):
                continue
            name = PurePosixPath(path.relative_to(folder).as_posix())
            fingerprint = writer.blob(f"{root}/{name}", file, told.st_size)
            yield [archive.listed_name(root, name), told.st_size, fingerprint]


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(place) / name for name in sorted(names) if not (Path(place) / name).is_symlink())


def named_files(connection: BaseDatabaseWrapper) -> Iterator[str]:
    """Every file that a row names."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.FileField):
                rows = model._base_manager.using(connection.alias).exclude(**{field.name: ""})
                yield from rows.values_list(field.name, flat=True).iterator(chunk_size=tables.CHUNK)


@contextmanager
def snapshot(database: str) -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own that sees one moment of the database until the end.

    SQLite in WAL mode: a deferred transaction reads the same state from its first read on and holds up
    no writer. PostgreSQL: REPEATABLE READ does the same.
    """
    settings = copy.deepcopy(connections[database].settings_dict)
    if "sqlite" in settings["ENGINE"]:
        settings.setdefault("OPTIONS", {})["transaction_mode"] = "DEFERRED"
    with connected(ALIAS, settings) as connection, transaction.atomic(using=ALIAS):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        refuse_another_state(connection)
        yield connection


@contextmanager
def connected(alias: str, settings: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    """A database under an alias, for a while and for this thread."""
    connection = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, alias)
    connections[alias] = connection
    try:
        yield connection
    finally:
        connection.close()
        del connections[alias]


def applied(connection: BaseDatabaseWrapper) -> set[tuple[str, str]]:
    """The migrations the database has."""
    return set(MigrationRecorder(connection).applied_migrations())


def refuse_another_state(connection: BaseDatabaseWrapper) -> None:
    """The models tell how a table is read, so they must be those of the database."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise BackupRefused("数据库的结构比程序旧。请用原来版本的程序备份，或先运行 migrate。")
    unknown = applied(connection) - set(executor.loader.disk_migrations) - set(executor.loader.replacements)
    if [name for app, name in unknown if app in executor.loader.migrated_apps]:
        raise BackupRefused("数据库的结构比程序新。请用新版本的程序备份。")


def rotate(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` archives of ours in the folder; returns those deleted."""
    old = sorted(folder.glob(PATTERN), reverse=True)[keep:]
    for path in old:
        path.unlink()
    return old
