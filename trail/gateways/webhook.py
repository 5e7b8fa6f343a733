"""接口推送 signed webhooks: JSON to a program of the hall, and how its receiver knows that it is ours.

Headers:

    X-Mingchuang-Id         the message's id, the same for every try, and `id` in the body
    X-Mingchuang-Timestamp  seconds since 1970, of this try
    X-Mingchuang-Signature  v1=<hex of HMAC-SHA256(secret, timestamp + "." + body)>

A receiver computes the signature over the bytes as they came, compares in constant time, refuses a
timestamp more than five minutes away from its clock, and keeps the ids of what it has accepted: one
that comes again was delivered twice (we send at least once) or is replayed, and is answered 200 and
dropped. `verify` is that recipe; it also guards webhooks that come in to us.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

from trail.gateways.message import Sent
from trail.gateways.wire import post

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trail.gateways.message import Message
    from trail.gateways.wire import Reply

ID, TIMESTAMP, SIGNATURE = "X-Mingchuang-Id", "X-Mingchuang-Timestamp", "X-Mingchuang-Signature"
TOLERANCE = 300
"""Seconds a timestamp may be away from the receiver's clock."""
GONE = 410


class NotGenuine(Exception):
    """Not signed by who holds the secret, too old, or changed on the way."""


class Replayed(NotGenuine):
    """Genuine, and seen before."""


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The value of the signature header."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1={mac.hexdigest()}"


def verify(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secret: str,
    is_new: Callable[[str], bool],
    now: float | None = None,
) -> dict[str, Any]:
    """The body of a genuine, fresh message. Raises NotGenuine, or Replayed for an id seen before.

    `is_new(id)` remembers the id and says whether it was unknown; keep ids for at least ten minutes.
    """
    given = {name.lower(): value for name, value in headers.items()}
    timestamp = given.get(TIMESTAMP.lower(), "")
    if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12:
        raise NotGenuine("timestamp missing")
    expected = sign(secret, int(timestamp), body)
    if not hmac.compare_digest(expected.encode(), given.get(SIGNATURE.lower(), "").encode()):
        raise NotGenuine("signature does not match")
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE:
        raise NotGenuine("timestamp too far away")
    told = _told(body)
    if given.get(ID.lower()) != told["id"]:
        raise NotGenuine("id of header and body differ")
    if not is_new(told["id"]):
        raise Replayed(told["id"])
    return told


def send(message: Message, *, url: str, secret: str) -> Sent:
    """The message as signed JSON; any 2xx is success, 410 means never again."""
    body = body_of(message)
    now = int(time.time())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Mingchuang-Webhook/1",
        ID: message.id,
        TIMESTAMP: str(now),
        SIGNATURE: sign(secret, now, body),
    }
    return read_answer(post(url, body, headers))


def body_of(message: Message) -> bytes:
    """The JSON that is signed and sent."""
    told = {
        "id": message.id,
        "event": message.event,
        "hall": message.hall,
        "title": message.title,
        "link": message.link,
        "at": message.at.isoformat(),
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def read_answer(reply: Reply) -> Sent:
    """Of the answer only the beginning is kept."""
    return Sent(
        200 <= reply.code < 300,
        f"HTTP {reply.code} {reply.text}"[:200].strip(),
        reply.code,
        is_final=reply.code == GONE,
        retry_after=reply.retry_after,
    )


def _told(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        raise NotGenuine("not JSON") from None
    if not isinstance(told, dict) or not isinstance(told.get("id"), str):
        raise NotGenuine("no id")
    return told
