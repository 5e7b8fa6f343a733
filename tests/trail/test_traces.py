"""Audit rows, numbers, notices and files."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.utils import IntegrityError
from django.utils import timezone
from PIL import Image

from accounts.errors import Refused
from trail.actors import Robot
from trail.enums import FileKind
from trail.models import AuditEntry, Notice, StoredFile
from trail.services import audit, files, notices, numbers


def test_audit_row_cannot_be_changed_or_removed(hall, admin):
    row = audit.record("hall.seen", target=hall, by=admin)

    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        row.delete()
    with pytest.raises(TypeError):
        AuditEntry.objects.update(action="x")
    with pytest.raises(TypeError):
        AuditEntry.objects.all().delete()


def test_audit_row_names_a_person_or_a_job(hall):
    audit.record("hall.seen", target=hall, by=Robot("weekly_bulletin"))

    assert AuditEntry.objects.get().job == "weekly_bulletin"
    with pytest.raises(IntegrityError), transaction.atomic():
        audit.record("hall.seen", target=hall, by=Robot(""))


@pytest.mark.django_db(transaction=True)
def test_audit_outside_a_transaction_is_a_fault(admin, hall):
    with pytest.raises(RuntimeError):
        audit.record("hall.seen", target=hall, by=admin)


def test_audit_of_another_hall_is_not_seen(client, hall, other_hall, admin, outsider, supervisor):
    audit.record("hall.seen", target=hall, by=admin)
    audit.record("hall.seen", target=other_hall, by=outsider)

    assert [row.hall for row in AuditEntry.objects.visible_to(supervisor)] == [hall]
    assert list(AuditEntry.objects.visible_to(outsider)) == []


def test_numbers_have_no_gap_after_a_rollback(hall, other_hall):
    assert numbers.draw_number(hall, "WT-20261125") == 1
    with transaction.atomic():
        numbers.draw_number(hall, "WT-20261125")
        transaction.set_rollback(True)

    assert numbers.draw_number(hall, "WT-20261125") == 2
    assert numbers.draw_number(other_hall, "WT-20261125") == 1
    assert numbers.draw_number(hall, "WT-20261126") == 1


def test_notice_is_seen_after_ten_seconds(hall, clerk, colleague):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        notices.tell([clerk, clerk], title="等你确认", url="/me/", hall=hall)
        assert list(Notice.objects.visible_to(clerk)) == []
        clock.shift(timedelta(seconds=10))
        assert [n.title for n in Notice.objects.visible_to(clerk)] == ["等你确认"]
        assert list(Notice.objects.visible_to(colleague)) == []


def test_notice_taken_back_in_time_is_never_seen(hall, clerk):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        notices.tell([clerk], title="等你确认", url="/me/", hall=hall, key="record:1")
        clock.shift(timedelta(seconds=5))
        notices.take_back(hall=hall, key="record:1")
        clock.shift(timedelta(seconds=60))
        assert list(Notice.objects.visible_to(clerk)) == []


def photo(size=(3000, 2000), name="p.jpg", gps=True, fmt="JPEG"):
    exif = Image.Exif()
    if gps:
        exif[0x8825] = {1: "N", 2: (30.0, 1.0, 2.0)}
        exif[0x8769] = {0x9003: "2026:11:20 09:31:05"}
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, fmt, exif=exif)
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")


def test_photo_is_shrunk_and_stripped_and_keeps_its_time(hall, officer):
    stored = files.store_photo(photo(), hall=hall, by=officer, kind=FileKind.FINDING_PHOTO)

    kept = Image.open(stored.blob.open("rb"))
    assert (kept.size, dict(kept.getexif())) == ((1600, 1067), {})
    assert timezone.localtime(stored.taken_at).isoformat() == "2026-11-20T09:31:05+08:00"
    assert Image.open(stored.thumbnail.open("rb")).size == (320, 213)
    assert "p.jpg" not in stored.blob.name


@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("a.jpg", b"<script>alert(1)</script>"),
        SimpleUploadedFile("a.png", b""),
        SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
        SimpleUploadedFile("a.exe", b"MZ\x90"),
        SimpleUploadedFile("a.pdf", b"not a pdf"),
    ],
    ids=lambda upload: upload.name,
)
def test_hostile_upload_is_refused_in_words(hall, officer, upload):
    with pytest.raises(Refused):
        files.store_attachment(upload, hall=hall, by=officer, kind=FileKind.STATEMENT)

    assert StoredFile.objects.count() == 0


def test_file_of_a_kind_without_a_rule_opens_for_its_uploader_only(client, hall, officer, manager, outsider):
    stored = files.store_photo(photo(), hall=hall, by=officer, kind=FileKind.DOCUMENT)

    for user, status in ((officer, 200), (manager, 404), (outsider, 404)):
        client.force_login(user)
        assert client.get(f"/files/{stored.pk}/").status_code == status
