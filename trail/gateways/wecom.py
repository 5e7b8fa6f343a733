"""企业微信群机器人: https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…; the address is the secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trail.gateways.robots import tell_robot

if TYPE_CHECKING:
    from trail.gateways.message import Message, Sent

HOST = "qyapi.weixin.qq.com"


def send(message: Message, *, url: str, secret: str = "") -> Sent:
    """Title and link as a text; `secret` is not used here."""
    words = f"{message.title}\n{message.link}" if message.link else message.title
    return tell_robot(url, {"msgtype": "text", "text": {"content": words}})
