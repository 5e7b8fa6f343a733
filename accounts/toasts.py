"""提示 toasts: what a page says after an act, with 撤销 where the act can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages

if TYPE_CHECKING:
    from django.http import HttpRequest

UNDO = "undo="


def toast(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Say `text` on the next page; `undo` is the address to which 撤销 posts."""
    messages.success(request, text, extra_tags=f"{UNDO}{undo}" if undo else "")


def undo_of(extra_tags: str | None) -> str:
    """The address behind 撤销 in a message's extra tags, or nothing."""
    tags = extra_tags or ""
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""
