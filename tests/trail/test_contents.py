"""What an upload really is: hostile and broken ones are refused in words, nothing hidden is kept."""

import io

import pytest
from django.utils import timezone
from PIL import Image

from accounts.errors import Refused
from tests.trail.uploads import as_upload, facts, heic, office, packed_pdf, pdf, picture, png_of
from trail.enums import FileKind
from trail.models import StoredFile
from trail.services import contents, files

BIG = b"A" * (3 * 1024 * 1024)


def kept(content, name="p.jpg", *, hall, by, kind=FileKind.STATEMENT):
    return files.store_attachment(as_upload(content, name), hall=hall, by=by, kind=kind)


REFUSED = {
    "cut in the middle": (lambda: picture()[:2000], "p.jpg", "bad_photo"),
    "a page": (lambda: b"<script>alert(1)</script>", "p.jpg", "bad_photo"),
    "a page as pdf": (lambda: b"<html>%PDF-", "p.pdf", "bad_file"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "p.svg", "bad_photo"),
    "a program": (lambda: b"MZ\x90" * 99, "p.exe", "bad_photo"),
    "nothing": (lambda: b"", "p.png", "bad_photo"),
    "heic": (heic, "IMG_1.HEIC", "heic_photo"),
    "heic called jpg": (heic, "IMG_1.jpg", "heic_photo"),
    "a photo called pdf": (picture, "p.pdf", "bad_file"),
    "a pdf called jpg": (pdf, "p.jpg", "bad_photo"),
    "an unknown kind": (lambda: b"a,b\n", "p.csv", "bad_photo"),
    "40 megapixels in a few bytes": (lambda: png_of(8000, 5000), "p.png", "photo_too_large"),
    "a flat jpeg of 40 megapixels": (
        lambda: picture((8000, 5000), quality=10),
        "p.jpg",
        "photo_too_large",
    ),
    "a gigapixel": (lambda: png_of(40000, 40000), "p.png", "photo_too_large"),
    "half a pdf": (lambda: pdf()[:20], "p.pdf", "bad_file"),
    "pdf with a script": (lambda: pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"), "p.pdf", "active_content"),
    "pdf with a spelled script": (lambda: pdf(b"<< /S /J#61vaScript >>"), "p.pdf", "active_content"),
    "pdf with a packed script": (lambda: packed_pdf(b"<< /S /JavaScript >>"), "p.pdf", "active_content"),
    "pdf that starts programs": (lambda: pdf(b"<< /S /Launch >>"), "p.pdf", "active_content"),
    "pdf with a file inside": (lambda: pdf(b"<< /EmbeddedFiles 3 0 R >>"), "p.pdf", "active_content"),
    "any zip": (office, "p.xlsx", "bad_file"),
    "no zip": (lambda: b"PK\x03\x04" + b"x" * 99, "p.docx", "bad_file"),
    "a packed bomb": (
        lambda: office(extra={"word/media/a.bin": BIG, "word/media/b.bin": BIG}),
        "p.docx",
        "packed_too_tight",
    ),
    "macros": (lambda: office(extra={"word/vbaProject.bin": b"x"}), "p.docx", "active_content"),
    "a program inside": (lambda: office(extra={"word/embeddings/a.exe": b"x"}), "p.docx", "active_content"),
    "too many parts": (
        lambda: office(extra={f"word/{n}.xml": b"" for n in range(5001)}),
        "p.docx",
        "packed_too_tight",
    ),
}


@pytest.mark.parametrize(("make", "name", "code"), REFUSED.values(), ids=REFUSED)
def test_hostile_or_broken_upload_is_refused_and_leaves_nothing(hall, officer, make, name, code):
    with pytest.raises(Refused) as refusal:
        kept(make(), name, hall=hall, by=officer)

    assert (refusal.value.code, refusal.value.status) == (code, 422)
    assert StoredFile.objects.count() == 0


def test_heic_is_refused_with_the_way_out(hall, officer):
    with pytest.raises(Refused, match="兼容性最佳"):
        kept(heic(), "IMG_1.HEIC", hall=hall, by=officer)


def test_too_large_is_said_with_the_limit(hall, officer, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 1000)

    with pytest.raises(Refused, match="超过 15 MB"):
        kept(picture(), hall=hall, by=officer)


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_honest_office_file_is_kept_as_it_is(hall, officer, kind):
    content = office(kind, extra={"word/media/photo.jpg": picture()})

    stored = kept(content, f"说明.{kind}", hall=hall, by=officer)

    assert (stored.blob.read(), stored.is_photo, stored.name) == (content, False, f"说明.{kind}")


def test_honest_pdf_is_kept_as_it_is(hall, officer):
    content = packed_pdf(b"<< /Type /Page >>")

    assert kept(content, "a.pdf", hall=hall, by=officer).blob.read() == content


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP"])
def test_photo_is_kept_as_pixels_whatever_its_name_says(hall, officer, fmt):
    stored = kept(picture(fmt=fmt), "whatever.jpg", hall=hall, by=officer)

    image = Image.open(stored.blob)
    assert (image.format, image.size, stored.content_type) == ("JPEG", (800, 600), "image/jpeg")


def test_nothing_but_pixels_is_kept(hall, officer):
    """Position, camera, comment, preview, and a page hung on behind the photo."""
    content = picture(exif=facts(), comment=b"GPS 30.01,111.05 <script>")
    content += b"<html><script>alert(1)</script>PK\x03\x04"

    stored = kept(content, hall=hall, by=officer)

    for blob in (stored.blob, stored.thumbnail):
        fresh = blob.open("rb").read()
        assert [word for word in (b"Exif", b"GPS", b"script", b"PK\x03\x04", b"ICC") if word in fresh] == []
        assert dict(Image.open(io.BytesIO(fresh)).getexif()) == {}


@pytest.mark.parametrize(
    ("taken", "zone", "kept_at"),
    [
        ("2026:11:20 09:31:05", "", "2026-11-20T09:31:05+08:00"),
        ("2026:11:20 09:31:05", "+09:00", "2026-11-20T08:31:05+08:00"),
        ("2026:11:20 09:31:05", "nonsense", "2026-11-20T09:31:05+08:00"),
        ("0000:00:00 00:00:00", "", None),
        ("yesterday", "", None),
    ],
)
def test_time_of_taking_is_kept(hall, officer, taken, zone, kept_at):
    stored = kept(picture(exif=facts(taken, zone)), hall=hall, by=officer)

    assert (stored.taken_at and timezone.localtime(stored.taken_at).isoformat()) == kept_at


def test_names_are_one_plain_line(hall, officer):
    stored = kept(picture(), "C:\\temp\\..\\现场\r\nSet-Cookie: x\u202egpj.jpg", hall=hall, by=officer)

    assert stored.name == "现场 Set-Cookie: xgpj.jpg"


def test_a_real_photo_of_a_large_camera_is_taken(hall, officer, monkeypatch):
    """Many pixels and many bytes: what is no bomb is scaled, not refused."""
    monkeypatch.setattr(contents, "BOMB_PIXELS", 100_000)
    noisy = Image.effect_noise((1200, 900), 80).convert("RGB")
    out = io.BytesIO()
    noisy.save(out, "JPEG")

    assert kept(out.getvalue(), hall=hall, by=officer).width == 1200
