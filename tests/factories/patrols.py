"""Rounds, as they are walked today."""

from __future__ import annotations

import uuid
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import factory
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from patrols.enums import RoundKind
from patrols.models import Round, Visit
from patrols.services.visits import Seen, Tap, note_finding, note_no_problem
from tests.factories.accounts import HallFactory, UserFactory

if TYPE_CHECKING:
    from violations.models import Act
    from windows.models import Window


class RoundFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Round

    hall = factory.SubFactory(HallFactory)
    number = factory.Sequence(lambda n: f"XC-20261122-{n:03d}")
    kind = RoundKind.AFTERNOON
    day = factory.LazyFunction(timezone.localdate)
    officer = factory.SubFactory(UserFactory)


def tap(window: Window, **fields: Any) -> Tap:
    """A tap on the phone just now."""
    return Tap(**{"window": window, "client_uuid": uuid.uuid4(), "at": timezone.now(), **fields})


def visited(round_: Round, window: Window) -> Visit:
    """No problem at the window."""
    return note_no_problem(round_=round_, tap=tap(window), by=round_.officer)


def found(round_: Round, window: Window, act: Act, **fields: Any) -> Visit:
    """Something seen at the window."""
    seen = Seen(act, **fields)
    return note_finding(round_=round_, tap=tap(window), seen=seen, by=round_.officer)


def finished(round_: Round) -> Round:
    """A round that ended a minute from now, whatever was looked at."""
    round_.finished_at = timezone.now() + timedelta(minutes=1)
    round_.save(update_fields=["finished_at"])
    return round_


def photo(name: str = "a.jpg", size: tuple[int, int] = (400, 300)) -> SimpleUploadedFile:
    """A JPEG as a camera makes it."""
    out = BytesIO()
    Image.new("RGB", size, "#446688").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")
