"""Reading an archive from end to end before anything is touched."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.db.migrations.loader import MigrationLoader

from config.backups import archive
from config.backups.errors import BackupRefused
from config.backups.tables import Digest, Table
from config.version import as_numbers, version


@dataclass
class Checked:
    """An archive that holds: what it says of itself, and the sums that were found to be right."""

    path: Path
    manifest: dict[str, Any]
    tables: dict[str, Table]
    sums: dict[str, Any] = field(default_factory=dict)

    @property
    def migrations(self) -> set[tuple[str, str]]:
        """The state of the database it was taken from."""
        return {(app, name) for app, name in self.manifest["migrations"]}


def check_archive(path: Path) -> Checked:
    """Every table and file against its sum. Raises BackupRefused with the first thing that is wrong."""
    if not path.is_file():
        raise BackupRefused(f"没有这个文件：{path}")
    with archive.members(path) as members, tempfile.TemporaryFile() as list_of_files:
        name, content, size = next(members, ("", None, 0))
        if name != archive.MANIFEST:
            raise BackupRefused(f"这不是明窗的备份：{path.name}")
        manifest = archive.read_note(content, size)
        refuse_newer(manifest)
        checked = Checked(path, manifest, archive.tables_of(manifest))
        _Reading(checked, list_of_files).all(members)
    return checked


class _Reading:
    """What has been read so far."""

    def __init__(self, checked: Checked, list_of_files: IO[bytes]) -> None:
        self.checked, self.list_of_files = checked, list_of_files
        self.digests: dict[str, Digest] = {}
        self.files = Digest()
        self.is_listed = False

    def all(self, members: Any) -> None:
        for name, content, size in members:
            if self.checked.sums:
                raise BackupRefused(f"备份里有不该有的内容：{name!r}")
            if name == archive.CHECKSUMS:
                self.checked.sums = archive.read_note(content, size)
            elif name == archive.FILE_LIST:
                self._listed(content)
            elif found := archive.TABLE.fullmatch(name):
                self._table(found[1], content)
            else:
                self._file(name, content, size)
        self._compare()

    def _table(self, name: str, content: IO[bytes]) -> None:
        table = self.checked.tables.get(name)
        if table is None or name in self.digests:
            raise BackupRefused(f"备份里有不该有的表：{name!r}")
        digest = self.digests[name] = Digest()
        for row in archive.read_lines(content):
            if not isinstance(row, list) or len(row) != len(table.columns):
                raise BackupRefused(f"备份已损坏：表 {name} 的行与列对不上")
            digest.add(row)

    def _file(self, name: str, content: IO[bytes], size: int) -> None:
        told_name = archive.listed_name(*archive.safe_path(name))
        if self.is_listed:
            raise BackupRefused(f"备份里有不该有的内容：{name!r}")
        hashing = archive.Hashing(content)
        while hashing.read(archive.BLOCK):
            pass
        row = [told_name, size, hashing.hexdigest()]
        self.files.add(row)
        self.list_of_files.write(json.dumps(row).encode() + b"\n")

    def _listed(self, content: IO[bytes]) -> None:
        """The list names, in the same order, exactly what came before it."""
        self.is_listed = True
        self.list_of_files.seek(0)
        for row in archive.read_lines(content):
            found = self.list_of_files.readline()
            if not found or json.loads(found) != row:
                raise BackupRefused(f"备份已损坏：文件 {row[0]!r} 与记下的指纹不符")
        if self.list_of_files.readline():
            raise BackupRefused("备份里有没有登记的文件")

    def _compare(self) -> None:
        sums = self.checked.sums
        if not sums or not self.is_listed:
            raise BackupRefused("备份不完整：没有写完")
        if set(sums["tables"]) != set(self.checked.tables) or set(self.digests) != set(sums["tables"]):
            raise BackupRefused("备份不完整：缺少数据表")
        for name, digest in self.digests.items():
            told = {key: sums["tables"][name][key] for key in ("rows", "digest")}
            if digest.as_json() != told:
                raise BackupRefused(f"备份已损坏：表 {name} 与记下的指纹不符")
        if self.files.as_json() != sums["files"]:
            raise BackupRefused("备份已损坏：文件与记下的指纹不符")


def refuse_newer(manifest: dict[str, Any]) -> None:
    """An archive of a newer program holds what this one does not know."""
    try:
        is_newer = manifest["format"] > archive.FORMAT or as_numbers(manifest["version"]) > as_numbers(
            version()
        )
        migrations = {(app, name) for app, name in manifest["migrations"]}
    except (KeyError, TypeError, ValueError) as error:
        raise BackupRefused("备份的目录读不懂") from error
    loader = MigrationLoader(None, ignore_no_migrations=True)
    unknown = migrations - set(loader.disk_migrations) - set(loader.replacements)
    if is_newer or [name for app, name in unknown if app in loader.migrated_apps]:
        raise BackupRefused(
            f"这份备份来自更新的版本（{manifest['version']}），本程序是 {version()}。请先升级程序再恢复。"
        )
