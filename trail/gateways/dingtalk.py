"""钉钉群机器人: https://oapi.dingtalk.com/robot/send?access_token=…, signed with the robot's 加签 secret.

The signature is base64(HMAC-SHA256(secret, "<milliseconds>\\n<secret>")), sent beside the time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from trail.gateways.robots import tell_robot

if TYPE_CHECKING:
    from trail.gateways.message import Message, Sent

HOST = "oapi.dingtalk.com"


def signature(secret: str, milliseconds: int) -> str:
    """What DingTalk expects for this moment."""
    words = f"{milliseconds}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), words, hashlib.sha256).digest()).decode()


def signed_url(url: str, secret: str, milliseconds: int) -> str:
    """The robot's address with time and signature; as it is without a secret."""
    if not secret:
        return url
    more = urlencode({"timestamp": milliseconds, "sign": signature(secret, milliseconds)})
    return f"{url}{'&' if '?' in url else '?'}{more}"


def send(message: Message, *, url: str, secret: str = "") -> Sent:
    """Title and link as a text."""
    words = f"{message.title}\n{message.link}" if message.link else message.title
    body = {"msgtype": "text", "text": {"content": words}}
    return tell_robot(signed_url(url, secret, int(time.time() * 1000)), body)
