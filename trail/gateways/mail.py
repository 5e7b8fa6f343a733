"""电子邮件 by Django's mail backend, which EMAIL_URL configures."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage

from trail.gateways.message import Sent

if TYPE_CHECKING:
    from trail.gateways.message import Message


def is_set_up() -> bool:
    """Whether the deployment gave us a mail server."""
    return bool(settings.EMAIL_URL)


def send(message: Message, *, to: str) -> Sent:
    """Title and link; the Message-ID is the message's, so that a repeat is known as one."""
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ")
    mail = EmailMessage(
        subject=f"{message.title}（{message.hall}）",
        body=f"{message.title}\n\n{message.link}\n\n这封邮件由明窗自动发出，请不要回复。",
        to=[to],
        headers={"Message-ID": f"<{message.id}@{host}>"},
    )
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused:
        return Sent(False, "对方邮箱拒收", is_final=True)
    except (OSError, smtplib.SMTPException) as error:
        return Sent(False, f"{type(error).__name__}：邮件服务器没有接收")
    return Sent(True, "已交给邮件服务器")
