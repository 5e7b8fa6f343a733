"""印记 stamps: keyed hashes that prove a row is ours and unchanged (docs/adr: the audit chain).

The key is not in the database, so who can write the database alone can neither mend a stamp nor make one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings


def stamp(*parts: Any) -> str:
    """The keyed hash of the parts as 64 hex digits; the first part says what kind of thing is stamped."""
    return _mac(_keys()[0], _text(parts))


def holds(mark: str, *parts: Any) -> bool:
    """Whether `mark` is the stamp of the parts, under today's key or one that was in use before."""
    text = _text(parts)
    return any(hmac.compare_digest(mark, _mac(key, text)) for key in _keys())


def _keys() -> list[bytes]:
    """AUDIT_KEY and, or else, keys derived from SECRET_KEY and its fallbacks; the first one signs."""
    secrets = [settings.AUDIT_KEY, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [hashlib.sha256(b"mingchuang audit\0" + secret.encode()).digest() for secret in secrets if secret]


def _mac(key: bytes, text: bytes) -> str:
    return hmac.digest(key, text, "sha256").hex()


def _text(parts: tuple[Any, ...]) -> bytes:
    """One spelling for equal values, whichever database they went through."""
    plain = [_plain(part) for part in parts]
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)  # PostgreSQL gives 1e16 back as a whole number
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
