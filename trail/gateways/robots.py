"""What the group robots have in common: they answer 200 with an `errcode` of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from trail.gateways.message import Sent
from trail.gateways.wire import post

if TYPE_CHECKING:
    from trail.gateways.wire import Reply

JSON = {"Content-Type": "application/json; charset=utf-8"}


def tell_robot(url: str, body: dict[str, Any]) -> Sent:
    """POST the robot's own JSON and read its answer."""
    return read_answer(post(url, json.dumps(body, ensure_ascii=False).encode(), JSON))


def read_answer(reply: Reply) -> Sent:
    """`errcode` 0 is success; anything else, and any other status, is tried again later."""
    if reply.code != 200:
        return Sent(False, f"HTTP {reply.code}", reply.code, retry_after=reply.retry_after)
    try:
        told = json.loads(reply.text)
        code, words = int(told["errcode"]), str(told.get("errmsg", ""))
    except (ValueError, KeyError, TypeError):
        return Sent(False, "应答看不懂", reply.code)
    return Sent(code == 0, f"{code} {words}"[:200], reply.code)
