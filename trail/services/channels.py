"""发送渠道 channels: the robots and programs a hall's notices also go to."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from accounts.errors import NotPermitted, Refused
from accounts.sealed import seal
from accounts.versions import Facts, facts_of, require_unchanged
from trail.enums import ChannelKind
from trail.gateways import dingtalk, wecom
from trail.gateways.wire import WireRefused, checked
from trail.models import Channel, Delivery, MailWish
from trail.services import audit
from trail.services.outbox import SECRET_PLACE, URL_PLACE, event_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.models import Hall, User

EDITED = ("name", "events", "with_title", "is_active")
ROBOT_HOSTS = {ChannelKind.WECOM: wecom.HOST, ChannelKind.DINGTALK: dingtalk.HOST}


@transaction.atomic
def open_channel(
    *,
    hall: Hall,
    kind: str,
    name: str,
    url: str,
    by: User,
    secret: str = "",
    events: Sequence[str] = (),
    with_title: bool = False,
) -> tuple[Channel, str]:
    """A new channel, and for a webhook its secret, which is shown once.

    Raises NotPermitted, or Refused for an address that must not be called or an unknown event.
    """
    _permit(by, hall)
    place = _place(ChannelKind(kind), url)
    _refuse_unknown(events)
    made = secrets.token_urlsafe(32) if kind == ChannelKind.WEBHOOK else ""
    channel = Channel.objects.create(
        hall=hall,
        kind=kind,
        name=name.strip()[:60],
        host=place[:120],
        sealed_url=seal(url.strip(), place=URL_PLACE),
        sealed_secret=seal(made or secret.strip(), place=SECRET_PLACE) if made or secret.strip() else "",
        events=list(events),
        with_title=with_title,
        created_by=by,
    )
    audit.record("channel.opened", target=channel, by=by, after=_facts(channel))
    return channel, made


def channel_facts(channel: Channel) -> Facts:
    """What the form of a channel edits."""
    return facts_of(channel, EDITED)


@transaction.atomic
def change_channel(
    *,
    channel: Channel,
    by: User,
    name: str,
    events: Sequence[str],
    with_title: bool,
    is_active: bool,
    seen: str = "",
) -> Channel:
    """Change what a channel hears, or switch it off; address and secret stay.

    Raises ChangedMeanwhile when `seen` is given and the channel is no longer like that.
    """
    _permit(by, channel.hall)
    _refuse_unknown(events)
    channel = Channel.objects.select_for_update(of=("self",)).select_related("hall").get(pk=channel.pk)
    require_unchanged(channel_facts(channel), seen)
    before = _facts(channel)
    channel.name, channel.events = name.strip()[:60], list(events)
    channel.with_title, channel.is_active = with_title, is_active
    channel.save(update_fields=list(EDITED))
    audit.record("channel.changed", target=channel, by=by, before=before, after=_facts(channel))
    return channel


@transaction.atomic
def renew_secret(*, channel: Channel, by: User) -> str:
    """A new secret for a webhook, shown once; the old one no longer signs."""
    _permit(by, channel.hall)
    if channel.kind != ChannelKind.WEBHOOK:
        raise Refused("机器人的密钥在群里生成，请停用后重新添加。", status=422)
    made = secrets.token_urlsafe(32)
    channel.sealed_secret = seal(made, place=SECRET_PLACE)
    channel.save(update_fields=["sealed_secret"])
    audit.record("channel.secret_renewed", target=channel, by=by)
    return made


@transaction.atomic
def order_test(*, channel: Channel, by: User) -> Delivery:
    """A message that says only that this is a test."""
    _permit(by, channel.hall)
    delivery = Delivery.objects.create(
        hall=channel.hall,
        channel=channel,
        batch=f"test:{uuid.uuid4().hex}",
        event="test",
        title=f"{channel.hall.name}：这是一条测试消息",
        url="/",
    )
    audit.record("channel.tested", target=channel, by=by)
    return delivery


@transaction.atomic
def wish_mail(*, user: User, address: str) -> None:
    """Have one's own notices mailed to an address as well; an empty one ends it."""
    if address:
        MailWish.objects.update_or_create(user=user, defaults={"address": address})
    else:
        MailWish.objects.filter(user=user).delete()
    after = {"wants": bool(address)}
    audit.record("mail_wish.changed", target=user, by=user, hall=user.home_hall, after=after)


def _permit(by: User, hall: Hall) -> None:
    if not by.can("hall.settings", hall):
        raise NotPermitted("发送渠道由系统管理员维护。")


def _place(kind: ChannelKind, url: str) -> str:
    """The host of an address that may be kept; a robot lives where its system lives."""
    try:
        place = checked(url.strip())
    except WireRefused as refused:
        raise Refused(str(refused), code="bad_url", status=422) from refused
    host = (place.hostname or "").lower()
    home = ROBOT_HOSTS.get(kind)
    if home and host != home and host not in settings.OUTBOX_ALLOWED:
        raise Refused(
            f"{kind.label}的地址应在 {home} 上，请从群机器人设置里整条复制。", code="bad_url", status=422
        )
    return host


def _refuse_unknown(events: Sequence[str]) -> None:
    unknown = [event for event in events if event not in event_labels()]
    if unknown:
        raise Refused(f"没有这种事件：{'、'.join(unknown)}。", code="unknown_event", status=422)


def _facts(channel: Channel) -> dict[str, Any]:
    """What the audit may know: no address, no secret."""
    return {
        "kind": channel.kind,
        "name": channel.name,
        "host": urlsplit(f"//{channel.host}").hostname,
        "events": channel.events,
        "with_title": channel.with_title,
        "is_active": channel.is_active,
    }
