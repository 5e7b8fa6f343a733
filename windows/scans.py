"""窗口码 scans: where the code at a window leads, for whom. Upper rooms register their own doors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

    from windows.models import Window

Door = Callable[["HttpRequest", "Window"], str]
_doors: dict[str, Door] = {}


def register_scan(key: str, door: Door) -> None:
    """Tell where a scan leads: `door(request, window)` gives an address, "" when not for this person."""
    _doors[key] = door


def door_for(request: HttpRequest, window: Window) -> str:
    """The first door open to the person; "" leads to the public roster."""
    return next((address for door in _doors.values() if (address := door(request, window))), "")
