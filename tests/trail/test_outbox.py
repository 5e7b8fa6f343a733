"""The outbox: what leaves, when, to whom, how often it is tried, and that two workers never send twice."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from accounts.services.halls import set_options
from tests.fakes import receiver
from trail.enums import DeliveryStatus
from trail.gateways.webhook import verify
from trail.models import AuditEntry, Channel, Delivery, DeliveryAttempt, Notice
from trail.services import channels, notices, outbox
from trail.services.channels import open_channel
from trail.tasks import send_out

UNDO = notices.UNDO_WINDOW


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def door(settings):
    settings.OUTBOX_ALLOWED = ["127.0.0.1"]
    settings.SITE_URL = "https://hall.example.gov.cn"
    with receiver() as fake:
        yield fake


@pytest.fixture
def robot(hall, admin, door):
    return open_channel(
        hall=hall, kind="wecom", name="值班群", url=f"{door.url}/send?key=k1234567890", by=admin
    )[0]


def tell(hall, *users, title="王丽 对“离岗”作了陈述", key="record:7:stated", **more):
    notices.tell(users, title=title, url="/findings/7/", hall=hall, key=key, **more)


def states():
    return list(Delivery.objects.order_by("created_at", "pk").values_list("status", flat=True))


# --- what leaves, and when ---------------------------------------------------------------------


def test_notice_leaves_after_ten_seconds_once_a_group_without_names(hall, clerk, head, robot, door, clock):
    tell(hall, clerk, head)
    send_out()
    clock.shift(UNDO - timedelta(milliseconds=1))
    send_out()
    assert door.got == []

    clock.shift(timedelta(milliseconds=1))
    send_out()
    send_out()

    (request,) = door.got
    assert request.json["text"]["content"] == (
        "问题台账有新的消息，请登录查看\nhttps://hall.example.gov.cn/findings/7/"
    )
    assert states() == ["sent"]


def test_notice_taken_back_in_time_never_leaves(hall, clerk, robot, door, clock):
    tell(hall, clerk)
    clock.shift(timedelta(seconds=9))
    notices.take_back(hall=hall, key="record:7:stated")
    clock.shift(timedelta(minutes=5))

    send_out()

    assert (door.got, states(), Notice.objects.filter(left_at=None).count()) == ([], [], 0)


def test_title_leaves_only_where_the_administrator_said_so(hall, clerk, admin, robot, door, clock):
    channels.change_channel(
        channel=robot, by=admin, name="值班群", events=[], with_title=True, is_active=True
    )
    tell(hall, clerk)
    clock.shift(UNDO)

    send_out()

    assert "王丽 对“离岗”作了陈述" in door.got[0].json["text"]["content"]


def test_channel_hears_only_its_own(hall, other_hall, clerk, outsider, admin, robot, door, clock):
    channels.change_channel(
        channel=robot, by=admin, name="值班群", events=["bulletin"], with_title=False, is_active=True
    )
    tell(hall, clerk)
    tell(hall, clerk, key="run:5")
    tell(other_hall, outsider, key="bulletin:1:issued")
    tell(hall, clerk, key="bulletin:2:issued")
    clock.shift(UNDO)

    send_out()

    assert [d.event for d in Delivery.objects.all()] == ["bulletin"]


@pytest.mark.parametrize("key", ["run:5", "remind:records:2026-11-20"])
def test_what_concerns_one_person_stays_out_of_groups(hall, clerk, robot, clock, key):
    tell(hall, clerk, key=key)
    clock.shift(UNDO)

    send_out()

    assert states() == []


def test_channel_switched_off_hears_nothing_more(hall, clerk, admin, robot, door, clock):
    tell(hall, clerk)
    clock.shift(UNDO)
    outbox.hand_over(timezone.now())
    channels.change_channel(
        channel=robot, by=admin, name="值班群", events=[], with_title=False, is_active=False
    )

    send_out()

    assert (door.got, states()) == ([], ["dropped"])


def test_news_of_yesterday_does_not_leave(hall, clerk, robot, door, clock):
    tell(hall, clerk)
    clock.shift(timedelta(days=2))

    send_out()

    assert (door.got, states()) == ([], [])


def test_webhook_is_signed_and_keeps_its_number_over_tries(hall, clerk, admin, door, clock):
    _, secret = open_channel(hall=hall, kind="webhook", name="平台", url=f"{door.url}/in", by=admin)
    door.answers = [(500, {}, "later"), (200, {}, "thanks")]
    tell(hall, clerk)
    clock.shift(UNDO)
    send_out()
    clock.shift(timedelta(minutes=1))

    send_out()

    told = [verify(r.headers, r.body, secret=secret, is_new=lambda _: True) for r in door.got[1:]]
    assert {r.json["id"] for r in door.got} == {str(Delivery.objects.get().pk)}
    assert (told[0]["event"], states()) == ("record", ["sent"])
    assert [(t.is_ok, t.code) for t in DeliveryAttempt.objects.order_by("pk")] == [(False, 500), (True, 200)]


# --- mail --------------------------------------------------------------------------------------


@pytest.fixture
def post_office(settings, hall, admin):
    settings.EMAIL_URL = "memorymail://"
    set_options(hall=hall, values={outbox.BY_MAIL: True}, by=admin)


def test_mail_goes_to_who_wants_it(hall, clerk, head, post_office, clock):
    channels.wish_mail(user=clerk, address="wangli@example.gov.cn")
    tell(hall, clerk, head, title="有一条“离岗”等你确认")
    clock.shift(UNDO)

    send_out()

    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (
        ["wangli@example.gov.cn"],
        "有一条“离岗”等你确认（青禾区政务服务中心）",
    )
    assert sent.extra_headers["Message-ID"].startswith(f"<{Delivery.objects.get().pk}@")


@pytest.mark.parametrize("without", ["hall", "server", "wish", "unread"])
def test_mail_stays_when_one_of_its_conditions_is_missing(
    hall, clerk, admin, post_office, settings, clock, without
):
    channels.wish_mail(user=clerk, address="" if without == "wish" else "wangli@example.gov.cn")
    if without == "hall":
        set_options(hall=hall, values={outbox.BY_MAIL: False}, by=admin)
    if without == "server":
        settings.EMAIL_URL = ""
    tell(hall, clerk)
    clock.shift(UNDO)
    if without == "unread":
        notices.mark_read(user=clerk, notices=Notice.objects.all())

    send_out()

    assert (mail.outbox, states()) == ([], [])


# --- again and again ---------------------------------------------------------------------------


def test_waits_grow_fourfold_from_thirty_seconds_to_six_hours():
    for attempts, seconds in enumerate([30, 120, 480, 1920, 7680, 21600, 21600], start=1):
        waits = [outbox.wait_after(attempts).total_seconds() for _ in range(50)]
        assert seconds * 0.8 <= min(waits) < max(waits) <= seconds * 1.2


def test_the_other_side_may_ask_for_more_patience_within_bounds():
    assert outbox.wait_after(1, asked=600) == timedelta(minutes=10)
    assert outbox.wait_after(1, asked=10**9) == timedelta(hours=6)


def test_message_that_never_arrives_is_dead_after_eight_tries_and_can_be_sent_again(
    hall, clerk, admin, robot, door, clock
):
    door.answers = [(500, {}, "")]
    tell(hall, clerk)
    clock.shift(UNDO)
    for _ in range(12):
        send_out()
        clock.shift(timedelta(hours=8))
    assert (len(door.got), states(), outbox.dead_letters(hall)) == (outbox.MOST_ATTEMPTS, ["dead"], 1)

    door.answers = [(200, {}, '{"errcode":0,"errmsg":"ok"}')]
    outbox.resend(delivery=Delivery.objects.get(), by=admin)
    send_out()

    assert states() == ["sent"]
    assert AuditEntry.objects.filter(action="delivery.resent").count() == 1


def test_channel_that_fails_is_left_alone_for_the_round(hall, clerk, robot, door, clock):
    door.answers = [(500, {}, "")]
    for n in range(5):
        tell(hall, clerk, key=f"record:{n}:stated", title=f"第 {n} 条")
    clock.shift(UNDO)

    send_out()

    assert (len(door.got), states()) == (1, ["waiting"] * 5)


def test_answer_is_kept_without_our_secrets(hall, clerk, admin, door, clock):
    _, secret = open_channel(
        hall=hall, kind="webhook", name="平台", url=f"{door.url}/in?token=tok-123456", by=admin
    )
    door.answers = [(500, {}, f"no such token tok-123456 for {secret}")]
    tell(hall, clerk)
    clock.shift(UNDO)

    send_out()

    kept = DeliveryAttempt.objects.get().words
    assert kept == "HTTP 500 no such token … for …"


def test_address_that_turned_inside_is_dead_at_once(hall, clerk, robot, door, settings, clock):
    settings.OUTBOX_ALLOWED = []
    tell(hall, clerk)
    clock.shift(UNDO)

    send_out()

    assert (door.got, states()) == ([], ["dead"])


# --- workers -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_message_once(hall, clerk, robot, door):
    for n in range(20):
        tell(hall, clerk, key=f"record:{n}:stated", title=f"第 {n} 条")
    start, later = threading.Barrier(4), timezone.now() + UNDO * 2

    def work():
        start.wait()
        outbox.hand_over(later)
        outbox.send_due(later)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox.send_due(later)

    assert len(door.got) == 20
    assert states() == ["sent"] * 20


def test_claim_of_a_dead_worker_is_freed_and_keeps_its_number(hall, clerk, robot, door, clock):
    tell(hall, clerk)
    clock.shift(UNDO)
    outbox.hand_over(timezone.now())
    (held,) = outbox.claim_due(timezone.now())
    assert outbox.claim_due(timezone.now()) == []
    Delivery.objects.update(worker="elsewhere:1:1:x")
    send_out()
    assert door.got == []

    clock.shift(outbox.LEASE)
    send_out()

    assert (len(door.got), Delivery.objects.get().pk, states()) == (1, held.pk, ["sent"])


# --- channels ----------------------------------------------------------------------------------


def test_address_and_secret_lie_sealed(hall, admin, door):
    channel, secret = open_channel(
        hall=hall, kind="webhook", name="平台", url=f"{door.url}/in?token=tok-123456", by=admin
    )

    row = " ".join(str(value) for value in Channel.objects.filter(pk=channel.pk).values_list()[0])
    audited = str(list(AuditEntry.objects.values_list("after", flat=True)))
    assert [text for text in (secret, "tok-123456") if text in row or text in audited] == []


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("wecom", "https://evil.example/cgi-bin/webhook/send?key=k"),
        ("dingtalk", "https://qyapi.weixin.qq.com/send"),
        ("webhook", "http://plain.example/in"),
        ("webhook", "https://user:pw@a.example/"),
    ],
)
def test_address_that_may_not_be_kept_is_refused(hall, admin, kind, url):
    with pytest.raises(Refused):
        open_channel(hall=hall, kind=kind, name="群", url=url, by=admin)

    assert Channel.objects.count() == 0


def test_only_the_administrator_keeps_channels(hall, manager, door):
    with pytest.raises(NotPermitted):
        open_channel(hall=hall, kind="webhook", name="平台", url=f"{door.url}/in", by=manager)


# --- pages -------------------------------------------------------------------------------------


def body(response):
    return response.content.decode()


def test_secret_is_shown_once(client, admin, hall, door):
    client.force_login(admin)

    made = client.post(
        "/settings/outbox/channels/new/", {"kind": "webhook", "name": "平台", "url": f"{door.url}/in"}
    )
    channel = Channel.objects.get()
    secret = made.context["secret"]

    assert (secret in body(made), made["Cache-Control"]) == (True, "no-store")
    assert secret not in body(client.get(channel.get_absolute_url()))
    renewed = client.post(f"{channel.get_absolute_url()}secret/").context["secret"]
    assert renewed != secret


def test_test_message_is_sent_and_logged(client, admin, robot, door):
    client.force_login(admin)

    client.post(f"{robot.get_absolute_url()}test/")
    page = body(client.get("/settings/outbox/"))

    assert "这是一条测试消息" in door.got[0].json["text"]["content"]
    assert ("已送达" in page, "k1234567890" in page) == (True, False)


def test_dead_message_is_sent_again_from_the_page(client, admin, robot, door, hall, clerk, clock):
    door.answers = [(410, {}, "")]
    delivery = channels.order_test(channel=robot, by=admin)
    Delivery.objects.update(status=DeliveryStatus.DEAD)
    door.answers = [(200, {}, '{"errcode":0,"errmsg":"ok"}')]
    client.force_login(admin)

    client.post(f"/settings/outbox/{delivery.pk}/resend/")

    assert states() == ["sent"]
    assert "送达" in body(client.get(f"/settings/outbox/{delivery.pk}/"))


def test_bad_address_is_told_beside_its_field_and_typed_words_stay(client, admin):
    client.force_login(admin)

    answer = client.post(
        "/settings/outbox/channels/new/",
        {"kind": "wecom", "name": "值班群", "url": "https://evil.example/"},
    )

    assert (answer.status_code, "qyapi.weixin.qq.com" in body(answer)) == (422, True)
    assert 'value="值班群"' in body(answer)


def test_own_mail_is_switched_on_and_off(client, clerk):
    client.force_login(clerk)

    client.post("/notices/mail/", {"address": "a@example.gov.cn"})
    assert clerk.mail_wish.address == "a@example.gov.cn"
    client.post("/notices/mail/", {"address": ""})

    clerk.refresh_from_db()
    assert not hasattr(clerk, "mail_wish")


def test_api_tells_what_became_of_a_message_and_sends_it_again(client, admin, manager, robot, door):
    delivery = channels.order_test(channel=robot, by=admin)
    Delivery.objects.update(status=DeliveryStatus.DEAD)
    client.force_login(admin)

    (listed,) = client.get("/api/v1/deliveries/").json()["results"]
    answer = client.post(f"/api/v1/deliveries/{delivery.pk}/resend/")
    (channel,) = client.get("/api/v1/channels/").json()["results"]

    assert (listed["status"], answer.status_code, states()) == ("dead", 202, ["sent"])
    assert (channel["host"], "k1234567890" in str(channel)) == ("127.0.0.1", False)
    client.force_login(manager)
    assert client.get("/api/v1/deliveries/").status_code == 403
