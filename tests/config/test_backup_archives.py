"""A bad archive, or a place in use, is refused before anything is touched."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from config.backups import restoring, tables
from config.backups.checking import check_archive
from config.backups.errors import BackupRefused
from config.backups.restoring import restore
from config.version import version


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_used_place_is_refused_without_replace(handmade, used):
    before = files_in(used.media_root.parent)

    with pytest.raises(BackupRefused, match=r"上传文件夹不是空的.*--replace"):
        restore(handmade, used)
    (used.media_root / "old.jpg").rename(used.media_root.parent / "old.jpg")
    with pytest.raises(BackupRefused, match=r"数据库不是空的.*--replace"):
        restore(handmade, used)

    assert sorted(files_in(used.media_root.parent).values()) == sorted(before.values())


def test_failure_in_the_middle_leaves_the_place_as_it_was(handmade, used, monkeypatch):
    before = files_in(used.media_root.parent)

    def fail(*args: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(restoring, "_migrate_to", lambda *args: None)
    monkeypatch.setattr(restoring, "_fill", fail)
    with pytest.raises(RuntimeError):
        restore(handmade, used, replace=True)

    assert files_in(used.media_root.parent) == before


Members = list[tuple[tarfile.TarInfo, bytes]]


def changed(path: Path, change: Any) -> Path:
    """A copy of the archive with its members changed."""
    with tarfile.open(path) as tar:
        members: Members = [(m, tar.extractfile(m).read()) for m in tar.getmembers()]
    new = path.with_name("changed.tar")
    with tarfile.open(new, "w") as tar:
        for member, content in change(members):
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return new


def with_note(name: str, **changes: Any) -> Any:
    def change(members: Members) -> Members:
        return [
            (m, json.dumps({**json.loads(content), **changes}).encode() if m.name == name else content)
            for m, content in members
        ]

    return change


def with_member(name: str, content: bytes = b"x", kind: bytes = tarfile.REGTYPE, at: int = 1) -> Any:
    def change(members: Members) -> Members:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        return [*members[:at], (member, content if kind == tarfile.REGTYPE else b""), *members[at:]]

    return change


def with_content(name: str, content: bytes) -> Any:
    return lambda members: [(m, content if m.name == name else old) for m, old in members]


def without(name: str) -> Any:
    return lambda members: [(m, content) for m, content in members if m.name != name]


BAD = {
    "newer program": (with_note("manifest.json", version="99.0.0"), "更新的版本"),
    "newer format": (with_note("manifest.json", format=99), "更新的版本"),
    "unknown migration": (
        with_note("manifest.json", migrations=[["trail", "0999_from_the_future"]]),
        "更新的版本",
    ),
    "manifest without a version": (with_note("manifest.json", version=None), "读不懂"),
    "manifest that is no JSON": (with_content("manifest.json", b"{"), "读不懂"),
    "table with a crooked name": (
        with_note("manifest.json", tables=[{"name": 'x"; DROP', "columns": [], "kinds": [], "key": "id"}]),
        "不该有的表",
    ),
    "climbing path": (with_member("files/../../evil"), "不安全的文件名"),
    "climbing path inside": (with_member("files/1/../../evil"), "不安全的文件名"),
    "absolute path": (with_member("/etc/cron.d/evil"), "不安全的文件名"),
    "absolute path below files": (with_member("files//etc/evil"), "不安全的文件名"),
    "climbing path in the audit": (with_member("audit/../evil"), "不安全的文件名"),
    "another folder": (with_member("logs/evil"), "不安全的文件名"),
    "backslashes": (with_member("files/..\\evil"), "不安全的文件名"),
    "symlink": (with_member("files/link", kind=tarfile.SYMTYPE), "不该有的内容"),
    "hard link": (with_member("files/link", kind=tarfile.LNKTYPE), "不该有的内容"),
    "device": (with_member("files/null", kind=tarfile.CHRTYPE), "不该有的内容"),
    "file that is not listed": (with_member("files/evil"), "不符|没有登记"),
    "file after the list": (with_member("files/evil", at=-1), "不该有的内容"),
    "something after the end": (with_member("files/evil", at=999), "不该有的内容"),
    "table that is not described": (with_member("tables/evil.jsonl.gz"), "不该有的表"),
    "changed file": (with_content("files/1/photo.jpg", b"other" * 100), "photo.jpg.*不符"),
    "missing file": (without("files/1/photo.jpg"), "photo.jpg.*不符"),
    "missing table": (without("tables/accounts_hall.jsonl.gz"), "缺少数据表"),
    "emptied table": (
        lambda members: with_content(
            "tables/accounts_hall.jsonl.gz",
            next(content for m, content in members if m.name == "tables/trail_notice.jsonl.gz"),
        )(members),
        "accounts_hall.*不符",
    ),
    "damaged table": (with_content("tables/accounts_hall.jsonl.gz", b"nonsense"), "损坏"),
    "cut off": (without("checksums.json"), "没有写完"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_archive_is_refused_before_anything_is_touched(name, handmade, place):
    change, words = BAD[name]
    bad = changed(handmade, change)

    with pytest.raises(BackupRefused, match=words):
        restore(bad, place)

    assert not place.media_root.parent.exists()


@pytest.mark.parametrize("content", [b"", b"not a tar", b"\0" * 20480])
def test_file_that_is_no_archive_is_refused(tmp_path, place, content):
    path = tmp_path / "some.tar"
    path.write_bytes(content)

    with pytest.raises(BackupRefused):
        restore(path, place)


def test_every_single_changed_byte_of_a_file_is_found(handmade, tmp_path):
    """Where the bytes of the upload lie in the archive."""
    data = bytearray(handmade.read_bytes())
    at = data.index(b"photophoto")
    data[at] ^= 1
    bad = tmp_path / "flipped.tar"
    bad.write_bytes(data)

    with pytest.raises(BackupRefused, match=r"photo\.jpg"):
        check_archive(bad)


def test_check_touches_nothing(handmade, capsys):
    call_command("restore", str(handmade), check=True, json=True)

    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["files"], told["tables"]) == (version(), 1, len(tables.our_tables()))
