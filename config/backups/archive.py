"""The archive as a stream: written once from front to back, read the same way."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from config.backups.errors import BackupRefused
from config.backups.tables import Digest, Table

FORMAT = 2
MANIFEST, CHECKSUMS, FILE_LIST = "manifest.json", "checksums.json", "files.jsonl.gz"
TABLE = re.compile(r"tables/([a-z0-9_]+)\.jsonl\.gz")
ROOTS = ("files", "audit")
BLOCK = 1024 * 1024
LARGEST_NOTE = 64 * 1024 * 1024
"""Bytes a manifest may have; it is the only member read as a whole."""


class Writer:
    """Puts members into a new archive, which appears under its name only when it is whole."""

    def __init__(self, path: Path) -> None:
        self.path, self.part = path, path.with_suffix(".part")
        handle = os.open(self.part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self.file = os.fdopen(handle, "wb")
        self.tar = tarfile.TarFile(fileobj=self.file, mode="w", format=tarfile.PAX_FORMAT)

    def note(self, name: str, content: dict[str, Any]) -> None:
        """A small JSON member."""
        data = json.dumps(content, ensure_ascii=False, indent=1).encode()
        self._add(name, io.BytesIO(data), len(data))

    def lines(self, name: str, rows: Iterable[list[Any]]) -> Digest:
        """Rows as compressed JSON lines, by way of a temporary file: a member states its size first."""
        digest = Digest()
        with tempfile.TemporaryFile(dir=self.path.parent) as space:
            with gzip.GzipFile(fileobj=space, mode="wb", mtime=0, compresslevel=5) as packed:
                for row in rows:
                    digest.add(row)
                    packed.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            size = space.tell()
            space.seek(0)
            self._add(name, space, size)
        return digest

    def blob(self, name: str, file: IO[bytes], size: int) -> str:
        """A file as it is; returns its SHA-256."""
        hashing = Hashing(file)
        self._add(name, hashing, size)
        return hashing.hexdigest()

    def _add(self, name: str, file: Any, size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o640
        self.tar.addfile(member, file)
        self.tar.members = []  # it would remember every member until the end

    def finish(self) -> int:
        """Close, give the archive its name, return its bytes."""
        self.tar.close()
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        self.part.rename(self.path)
        return self.path.stat().st_size

    def give_up(self) -> None:
        """Leave nothing behind."""
        self.file.close()
        self.part.unlink(missing_ok=True)


class Hashing:
    """A file that is fingerprinted while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.hash = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self.file.read(size)
        self.hash.update(data)
        return data

    def hexdigest(self) -> str:
        """The fingerprint of what was read."""
        return self.hash.hexdigest()


@contextmanager
def members(path: Path) -> Iterator[Iterator[tuple[str, IO[bytes], int]]]:
    """(name, content, bytes) of every member in order; anything but a plain file is refused."""
    try:
        with tarfile.open(path, mode="r|") as tar:
            yield _each(tar)
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, UnicodeDecodeError) as error:
        raise BackupRefused(f"备份文件已损坏或不是备份：{path.name}") from error


def _each(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes], int]]:
    for member in tar:
        content = tar.extractfile(member) if member.isreg() else None
        if content is None:
            raise BackupRefused(f"备份里有不该有的内容：{member.name!r}")
        yield member.name, content, member.size
        tar.members = []


def read_note(content: IO[bytes], size: int) -> dict[str, Any]:
    """A small JSON member."""
    if size > LARGEST_NOTE:
        raise BackupRefused("备份的目录大得不合理")
    try:
        note = json.loads(content.read())
    except ValueError as error:
        raise BackupRefused("备份的目录读不懂") from error
    if not isinstance(note, dict):
        raise BackupRefused("备份的目录读不懂")
    return note


def read_lines(content: IO[bytes]) -> Iterator[list[Any]]:
    """The rows of a compressed member."""
    with gzip.GzipFile(fileobj=content, mode="rb") as unpacked:
        for line in unpacked:
            try:
                row = json.loads(line)
            except ValueError as error:
                raise BackupRefused("备份里有读不懂的行") from error
            yield row


def safe_path(name: str) -> tuple[str, PurePosixPath]:
    """The root and the path below it that a member names; refused when it leads elsewhere."""
    root, slash, path = name.partition("/")
    parts = path.split("/")
    if (
        root not in ROOTS
        or not slash
        or "\\" in path
        or "\0" in path
        or any(part in ("", ".", "..") for part in parts)
    ):
        raise BackupRefused(f"备份里有不安全的文件名：{name!r}")
    return root, PurePosixPath(path)


def listed_name(root: str, path: PurePosixPath) -> str:
    """How the list of files tells a member: an upload by its path alone, as it always did."""
    return path.as_posix() if root == "files" else f"{root}:{path.as_posix()}"


def tables_of(manifest: dict[str, Any]) -> dict[str, Table]:
    """The tables a manifest describes, by name."""
    try:
        found = [Table(**described) for described in manifest["tables"]]
    except (KeyError, TypeError) as error:
        raise BackupRefused("备份的目录读不懂") from error
    if bad := [table.name for table in found if not TABLE.fullmatch(f"tables/{table.name}.jsonl.gz")]:
        raise BackupRefused(f"备份里有不该有的表：{bad[0]!r}")
    return {table.name: table for table in found}
