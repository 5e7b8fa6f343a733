"""Restoring: an archive is checked, made into a new database beside the old one, then put in its place."""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.core.management.sql import emit_post_migrate_signal
from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from config.backups import archive, tables
from config.backups.checking import Checked, check_archive
from config.backups.errors import BackupRefused
from config.backups.tables import Digest, Table
from config.backups.taking import connected

ALIAS = "restore"
FOLDER_MODE = {"files": 0o750, "audit": 0o700}
SEALS = "anchors.jsonl"
MADE_BY_MIGRATE = {"django_migrations", "django_content_type", "auth_permission"}
"""Tables that hold rows in a database nobody has used yet."""


@dataclass(frozen=True)
class Restored:
    """What came back. `kept`: where the replaced database file and uploads lie now."""

    tables: int
    rows: int
    files: int
    kept: list[Path]


@dataclass(frozen=True)
class Place:
    """Where an archive goes: the settings of a database, the folders of the uploads and of archived audit."""

    database: dict[str, Any]
    media_root: Path
    audit_root: Path | None = None

    @property
    def roots(self) -> dict[str, Path]:
        """The folders by the name an archive has for them."""
        return {"files": self.media_root, "audit": self.audit_root or self.media_root.with_name("audit")}

    @property
    def file(self) -> Path | None:
        """The database's file; None for a server."""
        return Path(self.database["NAME"]) if "sqlite" in self.database["ENGINE"] else None


def restore(path: Path, place: Place, *, replace: bool = False) -> Restored:
    """Make the place what the archive says; any failure leaves it as it was.

    All programs that use the place must be stopped.
    """
    checked = check_archive(path)
    if not replace:
        refuse_a_used(place)
    with _room_for_files(place) as folders, _new_database(place) as connection:
        _migrate_to(connection, checked.migrations)
        _fill(connection, checked, folders)
        _compare(connection, checked)
        _migrate_on(connection)
    kept = _put_in_place(place, folders)
    return Restored(
        tables=len(checked.tables),
        rows=sum(table["rows"] for table in checked.sums["tables"].values()),
        files=checked.sums["files"]["rows"],
        kept=kept,
    )


def refuse_a_used(place: Place) -> None:
    """Only a place that nobody has used is filled without being asked twice."""
    for root, words in (("files", "上传文件夹"), ("audit", "留痕归档文件夹")):
        folder = place.roots[root]
        if folder.exists() and any(folder.iterdir()):
            raise BackupRefused(f"{words}不是空的：{folder}。确定要覆盖时加 --replace。")
    if place.file is not None and not place.file.exists():
        return
    with connected(ALIAS, copy.deepcopy(place.database)) as connection:
        for name in connection.introspection.table_names():
            if name in MADE_BY_MIGRATE:
                continue
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(name)} LIMIT 1")  # noqa: S608
                if cursor.fetchone():
                    raise BackupRefused(f"数据库不是空的（{name} 里有数据）。确定要覆盖时加 --replace。")


# --- a new place beside the old one -------------------------------------------------------------------


@contextmanager
def _room_for_files(place: Place) -> Iterator[dict[str, Path]]:
    folders = {root: path.with_name(f"{path.name}.restoring") for root, path in place.roots.items()}
    for root, folder in folders.items():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=FOLDER_MODE[root], parents=True)
    try:
        yield folders
    except BaseException:
        for folder in folders.values():
            shutil.rmtree(folder, ignore_errors=True)
        raise


@contextmanager
def _new_database(place: Place) -> Iterator[BaseDatabaseWrapper]:
    """SQLite: a new file. PostgreSQL: one transaction that drops what is there and makes all of it anew."""
    settings = copy.deepcopy(place.database)
    if place.file is not None:
        settings["NAME"] = str(_beside(place.file))
        # Nobody else sees this file before it is whole and on the disk: no journal, no waiting for the disk.
        settings["OPTIONS"] = {"init_command": "PRAGMA journal_mode=OFF;PRAGMA synchronous=OFF;"}
        _remove(_beside(place.file))
        place.file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with connected(ALIAS, settings) as connection:
                yield connection
            _flush(_beside(place.file))
        except BaseException:
            _remove(_beside(place.file))
            raise
        return
    with connected(ALIAS, settings) as connection, transaction.atomic(using=ALIAS):
        _drop_all(connection)
        yield connection


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.restoring")


def _flush(file: Path) -> None:
    with file.open("rb") as written:
        os.fsync(written.fileno())


def _remove(file: Path) -> None:
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm", f"{file.name}-journal"):
        file.with_name(name).unlink(missing_ok=True)


def _drop_all(connection: BaseDatabaseWrapper) -> None:
    names = [connection.ops.quote_name(name) for name in connection.introspection.table_names()]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        if names:
            try:
                cursor.execute(f"DROP TABLE {', '.join(names)} CASCADE")
            except OperationalError as error:
                raise BackupRefused("数据库正在被使用。请先停下网站、作业和定时器，再恢复。") from error


def _migrate_to(connection: BaseDatabaseWrapper, migrations: set[tuple[str, str]]) -> None:
    """The structure the archive was taken from, empty."""
    executor = MigrationExecutor(connection, progress_callback=_settle(connection))
    graph = executor.loader.graph
    wanted = {key for key in migrations if key in graph.nodes}
    last = [
        key
        for key in wanted
        if not any(child.key in wanted and child.key[0] == key[0] for child in graph.node_map[key].children)
    ]
    executor.migrate(sorted(last))


def _migrate_on(connection: BaseDatabaseWrapper) -> None:
    """From there to what the program wants."""
    executor = MigrationExecutor(connection, progress_callback=_settle(connection))
    executor.migrate(executor.loader.graph.leaf_nodes())
    connection.check_constraints()
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)


def _settle(connection: BaseDatabaseWrapper) -> Any:
    """PostgreSQL alters no table while checks of its rows are put off to the end of the transaction."""

    def settle(action: str, *args: object) -> None:
        if connection.in_atomic_block and action.endswith("_success"):
            connection.check_constraints()

    return settle


# --- filling it -------------------------------------------------------------------------------------------


def _fill(connection: BaseDatabaseWrapper, checked: Checked, folders: dict[str, Path]) -> None:
    _empty(connection, checked)
    with archive.members(checked.path) as members:
        for name, content, _ in members:
            if found := archive.TABLE.fullmatch(name):
                with transaction.atomic(using=connection.alias):
                    _fill_table(connection, checked.tables[found[1]], content, checked)
            elif name.partition("/")[0] in folders:
                _write_file(folders, name, content)
    connection.check_constraints()


def _empty(connection: BaseDatabaseWrapper, checked: Checked) -> None:
    """Rows that migrations brought along; the archive has its own."""
    with connection.cursor() as cursor:
        names = [connection.ops.quote_name(name) for name in checked.tables]
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(names)} CASCADE")
            return
        cursor.execute("PRAGMA foreign_keys = OFF")
        for name in names:
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608 quoted names of our own tables


def _fill_table(connection: BaseDatabaseWrapper, table: Table, content: IO[bytes], checked: Checked) -> None:
    tables.insert(connection, table, archive.read_lines(content))
    if table.serial:
        tables.set_last_number(connection, table, int(checked.sums["tables"][table.name]["last_number"]))


def _write_file(folders: dict[str, Path], name: str, content: IO[bytes]) -> None:
    root, path = archive.safe_path(name)
    target = folders[root] / path
    target.parent.mkdir(mode=FOLDER_MODE[root], parents=True, exist_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FOLDER_MODE[root] & 0o666)
    with os.fdopen(handle, "wb") as file:
        shutil.copyfileobj(content, file, archive.BLOCK)


def _compare(connection: BaseDatabaseWrapper, checked: Checked) -> None:
    """Read every table back: what the database holds is what the archive said."""
    for table in checked.tables.values():
        digest = Digest()
        for row in tables.rows_of(connection, table):
            digest.add(row)
        told = {key: checked.sums["tables"][table.name][key] for key in ("rows", "digest")}
        if digest.as_json() != told:
            raise BackupRefused(f"恢复后的表 {table.name} 与备份不一致，没有替换原来的数据。")


# --- putting it in place --------------------------------------------------------------------------------


def _put_in_place(place: Place, folders: dict[str, Path]) -> list[Path]:
    """What was there is renamed, not deleted; of a server's database nothing is kept."""
    stamp = f"before-restore-{datetime.now(tz=UTC):%Y%m%d-%H%M%S}"
    kept = []
    if place.file is not None:
        for alias in connections:
            if str(connections[alias].settings_dict["NAME"]) == str(place.file):
                connections[alias].close()
        kept += _set_aside(place.file, stamp)
        for suffix in ("-wal", "-shm"):
            place.file.with_name(f"{place.file.name}{suffix}").unlink(missing_ok=True)
        _beside(place.file).rename(place.file)
    _keep_seals(place.roots["audit"], folders["audit"])
    for root, path in place.roots.items():
        kept += _set_aside(path, stamp)
        folders[root].rename(path)
    return kept


def _keep_seals(now: Path, restored: Path) -> None:
    """The seals of the place stay: they tell of a database put back in time, this restore included."""
    if (now / SEALS).is_file():
        shutil.copy2(now / SEALS, restored / SEALS)


def _set_aside(path: Path, stamp: str) -> list[Path]:
    if not path.exists():
        return []
    if path.is_dir() and not any(path.iterdir()):
        path.rmdir()
        return []
    aside = path.with_name(f"{path.name}.{stamp}")
    path.rename(aside)
    return [aside]
