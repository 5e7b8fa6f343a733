"""外发 outbox: notices leave the system by the ways a hall or a person switched on, at least once.

A notice is handed over only when its ten seconds of undo are over; one that was taken back never
leaves. Handing over and sending are two steps, each safe to repeat: a row is claimed before it is
sent and the claim committed, so two workers never hold the same one; a claim whose worker died is
freed, and the message goes again under the same number, by which the receiver drops a repeat.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import Refused
from accounts.sealed import SealBroken, unseal
from trail.enums import ChannelKind, DeliveryStatus
from trail.gateways import dingtalk, mail, webhook, wecom
from trail.gateways.message import Message, Sent
from trail.gateways.wire import WireFailed, WireRefused
from trail.models import Channel, Delivery, DeliveryAttempt, Notice
from trail.services import audit
from trail.services.workers import is_alive, this_worker

if TYPE_CHECKING:
    from accounts.models import Hall, User

log = structlog.get_logger(__name__)
BY_MAIL = "outbox.mail"
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
GROWTH = 4
JITTER = 0.2
MOST_ATTEMPTS = 8
LEASE = timedelta(minutes=5)
BATCH = 500
"""Notices handed over at once."""
ROUND = 50
"""Messages sent in one round."""
STALE = timedelta(days=1)
"""A notice older than this is no news any more: after a long stop it does not leave."""
PERSONAL = ("run", "remind")
"""Events that concern one person only; no channel of a hall hears them."""
SENDERS = {
    ChannelKind.WECOM: wecom.send,
    ChannelKind.DINGTALK: dingtalk.send,
    ChannelKind.WEBHOOK: webhook.send,
}
URL_PLACE, SECRET_PLACE = "trail.channel.url", "trail.channel.secret"

_events: dict[str, str] = {}
_inside: set[str] = set()


def register_event(code: str, label: str) -> None:
    """Name a kind of event; `code` is the first word of its notices' key ("record:17:stated")."""
    _events[code] = label


def keep_inside(code: str) -> None:
    """Notices of this kind never leave: no channel, no mail, no list of deliveries tells of one."""
    _inside.add(code)


def event_labels() -> dict[str, str]:
    """The kinds of event a channel may hear, by code."""
    return dict(_events)


# --- from notices to messages ------------------------------------------------------------------


def hand_over(now: datetime) -> int:
    """Make messages of the notices whose seconds of undo are over; returns how many notices left."""
    with transaction.atomic():
        ready = Notice.objects.filter(left_at__isnull=True, visible_from__lte=now).order_by("pk")
        held = list(_locked(ready).select_related("hall", "user", "user__mail_wish")[:BATCH])
        fresh = [n for n in held if n.withdrawn_at is None and n.visible_from > now - STALE]
        fresh = [n for n in fresh if event_of(n) not in _inside]
        Delivery.objects.bulk_create(
            [*_to_channels(fresh), *_to_mailboxes(fresh)], ignore_conflicts=True, batch_size=200
        )
        Notice.objects.filter(pk__in=[notice.pk for notice in held]).update(left_at=now)
    return len(held)


def _to_channels(notices: list[Notice]) -> Iterable[Delivery]:
    """One message a channel for what one act told several people."""
    channels: dict[int, list[Channel]] = {}
    for channel in Channel.objects.filter(is_active=True, hall__in={n.hall_id for n in notices}):
        channels.setdefault(channel.hall_id, []).append(channel)
    told: set[tuple[int, str]] = set()
    for notice in notices:
        event, batch = event_of(notice), _batch(notice)
        for channel in channels.get(notice.hall_id, ()):
            heard = event not in PERSONAL and (not channel.events or event in channel.events)
            if heard and (channel.pk, batch) not in told:
                told.add((channel.pk, batch))
                title = notice.title if channel.with_title else general_words(event)
                yield _delivery(notice, event, batch, title, channel=channel)


def _to_mailboxes(notices: list[Notice]) -> Iterable[Delivery]:
    """One message a person who wants mail, in halls that allow it, while there is a mail server."""
    if not mail.is_set_up():
        return
    for notice in notices:
        wants = hasattr(notice.user, "mail_wish") and notice.user.is_active
        if wants and notice.read_at is None and notice.hall.option(BY_MAIL):
            yield _delivery(notice, event_of(notice), f"notice:{notice.pk}", notice.title, user=notice.user)


def _delivery(
    notice: Notice,
    event: str,
    batch: str,
    title: str,
    *,
    channel: Channel | None = None,
    user: User | None = None,
) -> Delivery:
    return Delivery(
        hall=notice.hall,
        channel=channel,
        user=user,
        notice=notice,
        batch=batch,
        event=event,
        title=title,
        url=notice.url,
        next_at=timezone.now(),
    )


def notice_kinds() -> list[tuple[str, str]]:
    """What notices are about, for choosing among them."""
    return [*_events.items(), ("remind", "期限提醒"), ("run", "任务")]


def event_of(notice: Notice) -> str:
    """What kind of thing happened: the first word of the cause's key."""
    return notice.key.partition(":")[0] or "notice"


def general_words(event: str) -> str:
    """What a group may read of an event without anybody's name."""
    label = _events.get(event)
    return f"{label}有新的消息，请登录查看" if label else "有新的消息，请登录查看"


def _batch(notice: Notice) -> str:
    """The same for all notices of one act: they were told in one breath."""
    facts = (notice.hall_id, notice.key, notice.title, notice.url, notice.visible_from.isoformat())
    return hashlib.sha256(repr(facts).encode()).hexdigest()


# --- sending -----------------------------------------------------------------------------------


def send_due(now: datetime) -> int:
    """Send what is due, a channel that fails once is left alone for this round; returns how many arrived."""
    _free_abandoned(now)
    arrived, resting = 0, set[int | None]()
    for delivery in claim_due(now):
        if delivery.channel_id in resting:
            _put_back(delivery, now)
            continue
        sent = _send(delivery)
        arrived += sent.is_ok
        if not sent.is_ok and not sent.is_final:
            resting.add(delivery.channel_id)  # None is the mail server
    return arrived


def claim_due(now: datetime, limit: int = ROUND) -> list[Delivery]:
    """Messages that are this worker's alone from now on; the claim is committed before anything is sent."""
    worker = this_worker()
    with transaction.atomic():
        due = Delivery.objects.filter(status=DeliveryStatus.WAITING, next_at__lte=now).order_by("next_at")
        keys = [row.pk for row in _locked(due)[:limit]]
        mine = Delivery.objects.filter(pk__in=keys, status=DeliveryStatus.WAITING)
        mine.update(status=DeliveryStatus.SENDING, worker=worker, claimed_at=now)
    rows = Delivery.objects.filter(worker=worker, status=DeliveryStatus.SENDING)
    return list(rows.select_related("channel", "user__mail_wish", "hall", "notice").order_by("next_at"))


def wait_after(attempts: int, *, asked: int | None = None) -> timedelta:
    """How long to wait after so many tries: 30 s, 2 min, 8 min … 6 h, give or take a fifth."""
    grown = FIRST_WAIT * GROWTH ** min(attempts - 1, 10)
    wait: timedelta = min(grown, LONGEST_WAIT) * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads load
    return max(wait, min(timedelta(seconds=asked or 0), LONGEST_WAIT))


def _locked(rows):  # type: ignore[no-untyped-def]
    """Rows nobody else is holding; SQLite has one writer, who holds all."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


def _send(delivery: Delivery) -> Sent:
    reason = _reason_to_drop(delivery)
    if reason:
        _finish(delivery, DeliveryStatus.DROPPED, reason)
        return Sent(False, reason, is_final=True)
    start = time.monotonic()
    sent = _try(delivery)
    _record(delivery, sent, round((time.monotonic() - start) * 1000))
    return sent


def _reason_to_drop(delivery: Delivery) -> str:
    if delivery.notice is not None and delivery.notice.withdrawn_at is not None:
        return "消息已撤回"
    if delivery.channel is not None and not delivery.channel.is_active:
        return "渠道已停用"
    if delivery.user is not None and not (delivery.user.is_active and hasattr(delivery.user, "mail_wish")):
        return "收件人不再要邮件"
    return ""


def _try(delivery: Delivery) -> Sent:
    """One try; whatever goes wrong is an answer."""
    message = message_of(delivery)
    if delivery.channel is None:
        return mail.send(message, to=delivery.user.mail_wish.address if delivery.user else "")
    channel, url, secret = delivery.channel, "", ""
    try:
        url = unseal(channel.sealed_url, place=URL_PLACE)
        secret = unseal(channel.sealed_secret, place=SECRET_PLACE) if channel.sealed_secret else ""
        sent = SENDERS[ChannelKind(channel.kind)](message, url=url, secret=secret)
    except SealBroken:
        return Sent(False, "地址或密钥打不开，请重新填写渠道", is_final=True)
    except WireRefused as refused:
        return Sent(False, str(refused), is_final=True)
    except WireFailed as failed:
        return Sent(False, str(failed))
    words = without_secrets(sent.words, url, secret)
    return Sent(sent.is_ok, words, sent.code, sent.is_final, sent.retry_after)


def message_of(delivery: Delivery) -> Message:
    """The message as every way out is given it."""
    link = f"{settings.SITE_URL}{delivery.url}" if settings.SITE_URL and delivery.url else ""
    return Message(
        id=str(delivery.pk),
        event=delivery.event,
        title=" ".join(delivery.title.split()),
        link=link,
        hall=delivery.hall.name,
        at=delivery.created_at,
    )


def without_secrets(words: str, url: str, secret: str) -> str:
    """What was answered, without our own address and secret, should the other side have sent them back."""
    hidden = [url, url.partition("?")[2], secret]
    hidden += [part.partition("=")[2] for part in url.partition("?")[2].split("&")]
    hidden += [part for part in url.partition("?")[0].split("/") if len(part) >= 16]
    for text in sorted((text for text in hidden if len(text) >= 6), key=len, reverse=True):
        words = words.replace(text, "…")
    return words[:200]


@transaction.atomic
def _record(delivery: Delivery, sent: Sent, milliseconds: int) -> None:
    """Keep the try, and settle what becomes of the message."""
    DeliveryAttempt.objects.create(
        delivery=delivery, is_ok=sent.is_ok, code=sent.code, words=sent.words, milliseconds=milliseconds
    )
    delivery.attempts += 1
    if sent.is_ok:
        _finish(delivery, DeliveryStatus.SENT, sent.words)
    elif sent.is_final or delivery.attempts >= MOST_ATTEMPTS:
        _finish(delivery, DeliveryStatus.DEAD, sent.words)
        log.warning(
            "outbox.dead", delivery=str(delivery.pk), hall=delivery.hall_id, event_kind=delivery.event
        )
    else:
        next_at = timezone.now() + wait_after(delivery.attempts, asked=sent.retry_after)
        _finish(delivery, DeliveryStatus.WAITING, sent.words, next_at=next_at)


def _finish(delivery: Delivery, status: DeliveryStatus, words: str, next_at: datetime | None = None) -> None:
    """Only while the claim is ours: one that was freed meanwhile belongs to another worker."""
    now = timezone.now()
    mine = Delivery.objects.filter(pk=delivery.pk, worker=delivery.worker, status=DeliveryStatus.SENDING)
    mine.update(
        status=status,
        attempts=delivery.attempts,
        last_words=words[:200],
        next_at=next_at or delivery.next_at,
        sent_at=now if status == DeliveryStatus.SENT else None,
    )


def _put_back(delivery: Delivery, now: datetime) -> None:
    """Not tried: its channel has just failed."""
    _finish(delivery, DeliveryStatus.WAITING, delivery.last_words, next_at=now + FIRST_WAIT)


def _free_abandoned(now: datetime) -> None:
    """Claims of dead workers go back; what they had already sent goes once more, under its number."""
    for held in Delivery.objects.filter(Q(status=DeliveryStatus.SENDING)):
        if held.claimed_at is None or not is_alive(held.worker, seen_at=held.claimed_at, lease=LEASE):
            claim = Delivery.objects.filter(pk=held.pk, worker=held.worker, status=DeliveryStatus.SENDING)
            claim.update(status=DeliveryStatus.WAITING, next_at=now)


@transaction.atomic
def resend(*, delivery: Delivery, by: User) -> Delivery:
    """Try a message again from the start; the number stays. Raises Refused while it is being sent."""
    row = Delivery.objects.select_for_update(of=("self",)).select_related("hall").get(pk=delivery.pk)
    if row.status == DeliveryStatus.SENDING:
        raise Refused("正在发送，请稍后再看。")
    row.status, row.attempts, row.next_at = DeliveryStatus.WAITING, 0, timezone.now()
    row.save(update_fields=["status", "attempts", "next_at"])
    audit.record("delivery.resent", target=row, by=by, hall=row.hall)
    return row


def dead_letters(hall: Hall) -> int:
    """How many messages of the hall could not be sent."""
    return Delivery.objects.filter(hall=hall, status=DeliveryStatus.DEAD).count()
