"""Ways out: signatures by known answers, what a receiver must refuse, and addresses nobody may call."""

import ipaddress
import socket
from datetime import UTC, datetime

import pytest

from tests.fakes import receiver
from trail.gateways import dingtalk, webhook, wecom, wire
from trail.gateways.message import Message
from trail.gateways.webhook import NotGenuine, Replayed, sign, verify
from trail.gateways.wire import WireFailed, WireRefused

SECRET = "whsec-test-only"
DINGTALK_KNOWN = "aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g="
DINGTALK_ESCAPED = "aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g%3D"
WEBHOOK_KNOWN = "94e22caed3703aab4212dfc3e221ad27b16e56ed91abc6be45d471a60c82eb6a"
MESSAGE = Message(
    id="6f1d2b1e-5a43-4e0a-9d53-0a4a3d6a5c11",
    event="bulletin",
    title="通报有新的消息，请登录查看",
    link="https://hall.example.gov.cn/bulletins/3/",
    hall="青禾区政务服务中心",
    at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
)


@pytest.fixture
def door(settings):
    settings.OUTBOX_ALLOWED = ["127.0.0.1"]
    with receiver() as fake:
        yield fake


# --- signatures --------------------------------------------------------------------------------


def test_dingtalk_signature_known_answer():
    """By `printf '<milliseconds>\\nSECtest' | openssl dgst -sha256 -hmac SECtest -binary | base64`."""
    assert dingtalk.signature("SECtest", 1700000000000) == DINGTALK_KNOWN


def test_dingtalk_url_carries_time_and_escaped_signature():
    url = dingtalk.signed_url("https://oapi.dingtalk.com/robot/send?access_token=t", "SECtest", 1700000000000)

    assert url == (
        "https://oapi.dingtalk.com/robot/send?access_token=t&timestamp=1700000000000&sign=" + DINGTALK_ESCAPED
    )


def test_webhook_signature_known_answer():
    """Computed once with `printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec-test-only`."""
    assert sign(SECRET, 1700000000, b"{}") == f"v1={WEBHOOK_KNOWN}"


# --- the receiver's recipe ---------------------------------------------------------------------


def signed(body=None, timestamp=1700000000, secret=SECRET, id_=MESSAGE.id):
    body = webhook.body_of(MESSAGE) if body is None else body
    headers = {
        "x-mingchuang-id": id_,
        "X-Mingchuang-Timestamp": str(timestamp),
        "X-Mingchuang-Signature": sign(secret, timestamp, body),
    }
    return headers, body


class Memory:
    """What a receiver keeps of accepted ids."""

    def __init__(self):
        self.seen = set()

    def is_new(self, id_):
        known = id_ in self.seen
        self.seen.add(id_)
        return not known


def test_genuine_message_is_read_once_and_its_replay_refused():
    memory, (headers, body) = Memory(), signed()

    told = verify(headers, body, secret=SECRET, is_new=memory.is_new, now=1700000010)

    assert (told["id"], told["title"]) == (MESSAGE.id, MESSAGE.title)
    with pytest.raises(Replayed):
        verify(headers, body, secret=SECRET, is_new=memory.is_new, now=1700000020)


@pytest.mark.parametrize(
    ("headers", "body", "now"),
    [
        (*signed(), 1700000301),  # too old
        (*signed(), 1699999699),  # from the future
        (*signed(secret="another"), 1700000000),
        (signed()[0], signed()[1] + b" ", 1700000000),  # changed on the way
        ({**signed()[0], "X-Mingchuang-Timestamp": "1700000001"}, signed()[1], 1700000001),
        ({**signed()[0], "X-Mingchuang-Timestamp": "x"}, signed()[1], 1700000000),
        ({**signed()[0], "X-Mingchuang-Signature": ""}, signed()[1], 1700000000),
        ({**signed()[0], "X-Mingchuang-Signature": "签"}, signed()[1], 1700000000),
        ({**signed()[0], "x-mingchuang-id": "new"}, signed()[1], 1700000000),  # replayed under a new number
        ({}, b"", 1700000000),
        (*signed(body=b"[]"), 1700000000),
        (*signed(body=b"not json"), 1700000000),
    ],
)
def test_what_is_not_genuine_is_refused_and_not_remembered(headers, body, now):
    memory = Memory()

    with pytest.raises(NotGenuine):
        verify(headers, body, secret=SECRET, is_new=memory.is_new, now=now)

    assert memory.seen == set()


# --- what is sent ------------------------------------------------------------------------------


def test_webhook_sends_what_its_recipe_accepts(door):
    sent = webhook.send(MESSAGE, url=f"{door.url}/in?a=1", secret=SECRET)

    (request,) = door.got
    told = verify(request.headers, request.body, secret=SECRET, is_new=lambda _: True)
    assert (sent.is_ok, sent.code, request.path) == (True, 200, "/in?a=1")
    assert told == {
        "id": MESSAGE.id,
        "event": "bulletin",
        "hall": "青禾区政务服务中心",
        "title": "通报有新的消息，请登录查看",
        "link": "https://hall.example.gov.cn/bulletins/3/",
        "at": "2026-11-20T09:30:00+00:00",
    }


@pytest.mark.parametrize("send", [wecom.send, dingtalk.send])
def test_robots_send_title_and_link_only(door, send):
    sent = send(MESSAGE, url=f"{door.url}/send?key=k", secret="")

    words = f"{MESSAGE.title}\n{MESSAGE.link}"
    assert (sent.is_ok, door.got[0].json) == (True, {"msgtype": "text", "text": {"content": words}})


@pytest.mark.parametrize(
    ("answer", "is_ok", "words"),
    [
        ((200, {}, '{"errcode":0,"errmsg":"ok"}'), True, "0 ok"),
        (
            (200, {}, '{"errcode":45009,"errmsg":"freq out of limit"}'),
            False,
            "45009 freq out of limit",
        ),
        ((200, {}, "<html>"), False, "应答看不懂"),
        ((502, {"Retry-After": "7"}, ""), False, "HTTP 502"),
    ],
)
def test_robot_answers(door, answer, is_ok, words):
    door.answers = [answer]

    sent = wecom.send(MESSAGE, url=f"{door.url}/send?key=k")

    assert (sent.is_ok, sent.words, sent.is_final) == (is_ok, words, False)
    assert sent.retry_after == (7 if answer[0] == 502 else None)


def test_redirect_is_not_followed(door):
    door.answers = [(302, {"Location": f"{door.url}/elsewhere"}, "")]

    sent = webhook.send(MESSAGE, url=f"{door.url}/in", secret=SECRET)

    assert (sent.is_ok, sent.code, [r.path for r in door.got]) == (False, 302, ["/in"])


def test_gone_is_final(door):
    door.answers = [(410, {}, "bye")]

    assert webhook.send(MESSAGE, url=door.url, secret=SECRET).is_final


def test_nobody_there_is_a_failure_to_try_again(settings):
    settings.OUTBOX_ALLOWED = ["127.0.0.1"]

    with pytest.raises(WireFailed):
        wire.post("http://127.0.0.1:9/", b"", {})


# --- forged into our own network ---------------------------------------------------------------

INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.9",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
]


@pytest.mark.parametrize("address", INSIDE)
def test_inside_addresses_are_not_called(monkeypatch, address):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(0, 0, 0, "", (address, 443))])
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: pytest.fail("a socket was opened"))

    with pytest.raises(WireRefused):
        wire.post("https://looks-harmless.example/", b"", {})


def test_one_inside_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    rows = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: rows)

    with pytest.raises(WireRefused):
        wire.resolved("mixed.example", 443)


def test_the_socket_goes_to_the_address_that_was_checked(monkeypatch):
    opened = []

    def open_(address, timeout):
        opened.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(0, 0, 0, "", ("93.184.216.34", 443))])
    monkeypatch.setattr(socket, "create_connection", open_)

    with pytest.raises(WireFailed):
        wire.post("https://named.example/", b"", {})

    assert opened == [("93.184.216.34", 443)]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "http://a.example/",
        "https://user:pw@a.example/",
        "https://",
        "https://a.example:99999/",
        "https://a.example:0/",
        "https://a.example/\r\nX: y",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://[::1/",
    ],
)
def test_addresses_that_may_not_even_be_kept(url):
    with pytest.raises(WireRefused):
        wire.checked(url)


def test_deployment_opens_its_own_intranet(settings):
    settings.OUTBOX_ALLOWED = ["10.1.0.0/16", "im.example.gov.cn"]

    def may(text, host=""):
        return wire.may_call(ipaddress.ip_address(text), host)

    assert (may("10.1.2.3"), may("10.2.0.1"), may("10.2.0.1", "im.example.gov.cn")) == (True, False, True)
    assert wire.checked("http://10.1.2.3/in").hostname == "10.1.2.3"
    with pytest.raises(WireRefused):
        wire.checked("http://10.2.0.1/in")
