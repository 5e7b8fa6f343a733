"""封存的字段 sealed fields: words that lie encrypted in the database, and open again with SECRET_KEY.

A sealed value is `algorithm.key.payload`. The algorithm's name stands in front so that another one
(SM4 for a 密评) can be switched in while older values still open; `key` names the SECRET_KEY it was
sealed with, so that after a change of the key values open with one of SECRET_KEY_FALLBACKS. The place
("accounts.second_factor") is bound to the value: moved to another column it does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

ALGORITHM = "aes256gcm"
NONCE_BYTES = 12


class SealBroken(Exception):
    """The value was changed, belongs to another place, or no key at hand opens it."""


def seal(words: str, *, place: str) -> str:
    """The words encrypted for one place; the same words never look the same twice."""
    key = _key(settings.SECRET_KEY)
    nonce = secrets.token_bytes(NONCE_BYTES)
    closed = nonce + AESGCM(key).encrypt(nonce, words.encode(), place.encode())
    return f"{ALGORITHM}.{_name(key)}.{base64.urlsafe_b64encode(closed).decode()}"


def unseal(sealed: str, *, place: str) -> str:
    """The words of a sealed value; raises SealBroken for one that does not open here."""
    algorithm, _, rest = sealed.partition(".")
    name, _, payload = rest.partition(".")
    key = next((key for key in map(_key, _secrets()) if _name(key) == name), None)
    if algorithm != ALGORITHM or key is None:
        raise SealBroken(f"no key at hand opens a value sealed with {algorithm} {name}")
    try:
        closed = base64.b64decode(payload, altchars=b"-_", validate=True)
        return AESGCM(key).decrypt(closed[:NONCE_BYTES], closed[NONCE_BYTES:], place.encode()).decode()
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise SealBroken(f"a value sealed for {place} was changed") from error


def blind(words: str, *, place: str) -> str:
    """A mark by which words are found again without being told: the same each time, no way back."""
    return _blind(settings.SECRET_KEY, words, place)


def blinds(words: str, *, place: str) -> list[str]:
    """The marks of the words by every key at hand, for finding rows marked before the key was changed."""
    return [_blind(secret, words, place) for secret in _secrets()]


def _blind(secret: str, words: str, place: str) -> str:
    return hmac.new(_key(secret), f"{place}\n{words}".encode(), hashlib.sha256).hexdigest()


def _secrets() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


@lru_cache(maxsize=8)
def _key(secret: str) -> bytes:
    """A key of its own: what signs sessions does not open fields."""
    return HKDF(hashes.SHA256(), length=32, salt=None, info=b"mingchuang sealed fields").derive(
        secret.encode()
    )


def _name(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:8]
