"""What a phone may never bring in: photos that are something else, one finding many times at once."""

from __future__ import annotations

import io
import threading
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from patrols.models import Finding, FindingPhoto, Visit
from tests.trail.uploads import as_upload, facts, picture, png_of
from trail.models import StoredFile
from violations.models import ConductRecord

HTML = b"<html><script>alert(document.cookie)</script></html>"


def zip_of(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.html", content)
    return out.getvalue()


def body(running, window, act, **more):
    return {
        "round": running.pk, "window": window.pk, "result": "finding", "act": act.pk,
        "client_uuid": str(uuid.uuid4()), "at": timezone.now().isoformat(), **more,
    }  # fmt: skip


@pytest.fixture
def phone(officer) -> Client:
    client = Client()
    client.force_login(officer)
    return client


@pytest.fixture
def visit(phone, running, window, untidy) -> int:
    answer = phone.post("/api/v1/visits/", body(running, window, untidy), content_type="application/json")
    return answer.json()["id"]


HOSTILE = {
    "twenty megabytes": (lambda: b"\xff\xd8\xff" + b"\0" * (20 * 1024 * 1024), "a.jpg", "file_too_large"),
    "a page named png": (lambda: HTML, "a.png", "bad_photo"),
    "a zip named jpg": (lambda: zip_of(b"0" * 50_000_000), "a.jpg", "bad_photo"),
    "a picture that fills memory": (lambda: png_of(60000, 60000), "a.jpg", "photo_too_large"),
    "the head of a photo and a page": (lambda: b"\xff\xd8\xff\xe0" + HTML, "a.jpg", "bad_photo"),
    "nothing": (lambda: b"", "a.jpg", None),
}


@pytest.mark.parametrize(("make", "name", "code"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_photo_is_refused_in_words_and_the_finding_stays(phone, visit, make, name, code):
    answer = phone.post(f"/api/v1/visits/{visit}/photos/", {"photo": as_upload(make(), name)})

    assert (answer.status_code, answer["Content-Type"]) == (422 if code else 400, "application/problem+json")
    assert answer.json()["code"] == (code or "invalid")
    assert (StoredFile.objects.count(), FindingPhoto.objects.count()) == (0, 0)
    assert Finding.objects.get().visit_id == visit


def test_photo_that_is_also_a_page_and_a_zip_is_kept_as_pixels_only(phone, visit):
    polyglot = picture() + HTML + zip_of(HTML)

    answer = phone.post(f"/api/v1/visits/{visit}/photos/", {"photo": as_upload(polyglot)})

    kept = StoredFile.objects.get().blob.read()
    assert answer.status_code == 200
    assert (b"<script>" in kept, b"PK\x03\x04" in kept) == (False, False)
    assert Image.open(io.BytesIO(kept)).size == (800, 600)
    served = phone.get(StoredFile.objects.get().get_absolute_url())
    assert (served["Content-Type"], served["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")


def test_position_of_the_phone_is_dropped_and_the_time_kept(phone, visit):
    answer = phone.post(
        f"/api/v1/visits/{visit}/photos/",
        {"photo": as_upload(picture(exif=facts(taken="2026:11:20 09:31:05")))},
    )

    stored = StoredFile.objects.get()
    assert answer.status_code == 200
    assert dict(Image.open(stored.blob).getexif()) == {}
    assert timezone.localtime(stored.taken_at).strftime("%H:%M:%S") == "09:31:05"


def test_finding_with_a_hostile_photo_beside_it_is_not_half_kept(phone, running, window, untidy):
    sent = body(running, window, untidy, photos=[as_upload(picture()), as_upload(HTML, "b.png")])

    answer = phone.post("/api/v1/visits/", sent)

    assert answer.json()["code"] == "bad_photo"
    assert (Visit.objects.count(), ConductRecord.objects.count(), StoredFile.objects.count()) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_finding_sent_ten_times_at_once_from_two_phones_is_one(running, officer, window, untidy):
    sent = body(running, window, untidy)
    phones = [Client(), Client()]
    for one in phones:
        one.force_login(officer)
    together = threading.Barrier(10)

    def send(number: int) -> tuple[int, int]:
        try:
            together.wait()
            answer = phones[number % 2].post("/api/v1/visits/", sent, content_type="application/json")
            return answer.status_code, answer.json().get("id", 0)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(10)))

    assert {status for status, _ in answers} == {200}
    assert len({pk for _, pk in answers}) == 1
    assert (Visit.objects.count(), Finding.objects.count(), ConductRecord.objects.count()) == (1, 1, 1)
