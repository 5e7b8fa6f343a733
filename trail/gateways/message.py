"""消息 what is sent out, and what became of it; the same for every way out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Message:
    """One message. `id` stays the same however often it is sent, so that a receiver can drop repeats."""

    id: str
    event: str
    title: str
    link: str
    hall: str
    at: datetime


@dataclass(frozen=True)
class Sent:
    """What became of one try: `is_final` says that trying again makes no sense."""

    is_ok: bool
    words: str
    code: int | None = None
    is_final: bool = False
    retry_after: int | None = None
