"""The virus scanner, played by a small server that speaks clamd's words."""

import socket
import struct
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.errors import Refused
from tests.trail.uploads import as_upload, picture
from trail.enums import FileKind
from trail.gateways import clamd
from trail.models import AuditEntry, StoredFile
from trail.services import files, scanning, uploads

VIRUS = b"EICAR-TEST"


class FakeClamd:
    """Answers INSTREAM: FOUND when the bytes hold VIRUS, else OK; or `answer`, or nothing at all."""

    def __init__(self, place=None):
        self.answer = None
        self.got = []
        family = socket.AF_UNIX if place else socket.AF_INET
        self.server = socket.socket(family, socket.SOCK_STREAM)
        self.server.bind(place or ("127.0.0.1", 0))
        self.server.listen(5)
        self.address = f"unix:{place}" if place else f"tcp://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            with line, line.makefile("rb") as incoming:
                assert incoming.read(10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack("!I", incoming.read(4))[0]:
                    content += incoming.read(size)
                self.got.append(content)
                found = b"stream: Eicar-Test-Signature FOUND\0" if VIRUS in content else b"stream: OK\0"
                line.sendall(found if self.answer is None else self.answer)

    def close(self):
        self.server.close()


@pytest.fixture
def scanner(settings):
    fake = FakeClamd()
    settings.CLAMD, settings.CLAMD_TIMEOUT = fake.address, 5
    yield fake
    fake.close()


def store(content, hall, by, name="p.jpg"):
    return files.store_attachment(as_upload(content, name), hall=hall, by=by, kind=FileKind.DOCUMENT)


def test_clean_upload_passes_and_the_scanner_saw_all_of_it(hall, officer, scanner):
    content = picture() + b"x" * 200_000

    assert store(content, hall, officer).quarantined_at is None
    assert scanner.got == [content]


def test_virus_is_refused_before_anything_reads_it(hall, officer, scanner):
    with pytest.raises(Refused, match="发现病毒") as refusal:
        store(VIRUS, hall, officer)

    assert (refusal.value.code, StoredFile.objects.count()) == ("virus_found", 0)


def test_scanner_over_a_unix_socket(settings, tmp_path):
    fake = FakeClamd(str(tmp_path / "c.ctl"))

    assert clamd.scan(b"a", address=fake.address, timeout=5) == clamd.Verdict()
    assert clamd.scan(VIRUS, address=fake.address, timeout=5) == clamd.Verdict("Eicar-Test-Signature")
    fake.close()


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"HTTP/1.1 400\r\n\0"])
def test_an_answer_that_is_no_verdict_is_no_pass(hall, officer, scanner, answer):
    scanner.answer = answer

    with pytest.raises(Refused) as refusal:
        store(picture(), hall, officer)
    assert refusal.value.code == "scanner_unreachable"


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "unix:/nonexistent", "nonsense"])
def test_upload_is_refused_when_the_scanner_is_out_of_reach(hall, officer, settings, address):
    settings.CLAMD, settings.CLAMD_TIMEOUT = address, 1

    with pytest.raises(Refused, match="没有上传") as refusal:
        store(picture(), hall, officer)

    assert (refusal.value.status, StoredFile.objects.count()) == (503, 0)


@pytest.fixture
def waiting(hall, officer, settings):
    """A photo that came while the scanner was away."""
    settings.CLAMD, settings.CLAMD_ON_FAILURE, settings.CLAMD_TIMEOUT = "tcp://127.0.0.1:9", "quarantine", 1
    return store(picture(), hall, officer)


def test_quarantined_file_opens_for_nobody_until_it_is_found_clean(client, officer, waiting, settings):
    client.force_login(officer)
    answer = client.get(f"/files/{waiting.pk}/")
    assert (answer.status_code, "等待病毒检查" in answer.content.decode()) == (423, True)
    assert scanning.release_quarantined() == 0

    fake = FakeClamd()
    settings.CLAMD, settings.CLAMD_TIMEOUT = fake.address, 5
    assert scanning.release_quarantined() == 1

    assert client.get(f"/files/{waiting.pk}/").status_code == 200
    assert AuditEntry.objects.filter(action="file.released", job="virus_scan").count() == 1
    fake.close()


def test_quarantined_photo_is_not_on_the_public_roster(client, hall, staff, waiting):
    staff.photo = waiting
    staff.save(update_fields=["photo"])

    place = f"/hall/{hall.code}/photos/{staff.pk}/"
    assert client.get(place).status_code == 404
    StoredFile.objects.update(quarantined_at=None)
    assert client.get(place).status_code == 200


def test_quarantined_file_with_a_virus_loses_its_bytes(
    client, officer, waiting, settings, django_capture_on_commit_callbacks
):
    waiting.blob.storage.delete(waiting.blob.name)
    waiting.blob.save(".jpg", SimpleUploadedFile("x", VIRUS))
    fake = FakeClamd()
    settings.CLAMD, settings.CLAMD_TIMEOUT = fake.address, 5

    with django_capture_on_commit_callbacks(execute=True):
        assert scanning.release_quarantined() == 0

    client.force_login(officer)
    assert client.get(f"/files/{waiting.pk}/").status_code == 404
    assert not waiting.blob.storage.exists(waiting.blob.name)
    fake.close()


def test_file_to_import_is_scanned_too(admin, scanner):
    with pytest.raises(Refused, match="发现病毒"):
        uploads.keep_upload(as_upload(VIRUS, "a.xlsx"), by=admin)


def test_without_a_scanner_nothing_is_asked(hall, officer, settings):
    settings.CLAMD = ""

    assert store(picture(), hall, officer).quarantined_at is None
