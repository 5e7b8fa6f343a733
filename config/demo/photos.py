"""照片 photos: drawn scenes of a counter, so that no real place or person is shown."""

from __future__ import annotations

import io
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

SIZE = (640, 480)
WALLS = ("#c9d3de", "#d5d9d0", "#d8d0c8", "#cdd6df")
DESKS = ("#7d6a58", "#8a7a66", "#6d5d4e")
COATS = ("#3d5674", "#4a6a8c", "#54606e", "#2f4a63")


def draw_photo(rng: Random, name: str) -> SimpleUploadedFile:
    """A counter with a screen and, by chance, one or two people behind it."""
    image = Image.new("RGB", SIZE, rng.choice(WALLS))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 640, 180), fill="#b3c0ce")
    for x in (40, 430):
        draw.rectangle((x, 40, x + 170, 140), fill="#8fa3b8")
    for x in rng.sample((90, 300, 500), rng.choice((0, 1, 1, 2))):
        draw.ellipse((x - 34, 140, x + 34, 208), fill="#d9c2ac")
        draw.pieslice((x - 80, 200, x + 80, 400), 180, 360, fill=rng.choice(COATS))
    draw.rectangle((0, 300, 640, 480), fill=rng.choice(DESKS))
    draw.rectangle((0, 300, 640, 318), fill="#94806c")
    left = rng.choice((120, 240, 380))
    draw.rectangle((left, 170, left + 160, 290), fill="#2f3d4d")
    draw.rectangle((left + 12, 182, left + 148, 270), fill="#5d7fa6")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return SimpleUploadedFile(f"{name}.jpg", out.getvalue(), content_type="image/jpeg")
