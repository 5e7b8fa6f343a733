"""Uploads for tests, honest and hostile."""

import io
import struct
import zipfile
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

GPS_IFD, EXIF_IFD, TAKEN_AT, OFFSET = 0x8825, 0x8769, 0x9003, 0x9011


def as_upload(content, name="p.jpg"):
    return SimpleUploadedFile(name, content)


def picture(size=(800, 600), fmt="JPEG", *, exif=None, **save):
    """White with a red square in the middle, which masks are to hide."""
    image = Image.new("RGB", size, "white")
    w, h = size
    ImageDraw.Draw(image).rectangle((w * 0.4, h * 0.4, w * 0.6, h * 0.6), fill=(255, 0, 0))
    out = io.BytesIO()
    image.save(out, fmt, **({"exif": exif} if exif else {}), **save)
    return out.getvalue()


def facts(taken="2026:11:20 09:31:05", zone=""):
    exif = Image.Exif()
    exif[GPS_IFD] = {1: "N", 2: (30.0, 1.0, 2.0), 3: "E", 4: (111.0, 3.0, 4.0)}
    exif[EXIF_IFD] = {TAKEN_AT: taken, **({OFFSET: zone} if zone else {})}
    return exif


def png_of(width, height):
    """A PNG that claims its size and holds a few packed bytes: it would fill memory when opened."""

    def chunk(kind, data):
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    head = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def office(kind="docx", extra=None, **parts):
    """A .docx or .xlsx of a few parts."""
    main = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}[kind]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in {"[Content_Types].xml": b"<x/>", main: b"<x/>", **(extra or {})}.items():
            packed.writestr(name, content)
    return out.getvalue()


def pdf(body=b"1 0 obj << /Type /Catalog >> endobj"):
    return b"%PDF-1.7\n" + body + b"\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def packed_pdf(body):
    """Objects in a packed stream, where a plain search does not see them."""
    stream = zlib.compress(body)
    head = b"5 0 obj << /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >> stream\n" % len(stream)
    return pdf(head + stream + b"\nendstream endobj")


def heic():
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64
