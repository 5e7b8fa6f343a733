"""Channels through the second door: the rules of the pages, and nothing secret is read back."""

import json

import pytest

from trail.models import AuditEntry, Channel, Delivery
from trail.services.channels import open_channel

pytestmark = pytest.mark.django_db
PATH = "/api/v1/channels/"
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123456789abcdef"
HOOK = {"kind": "webhook", "name": "数据平台", "url": "https://example.org/in"}


def send(client, method, path, data=None, **headers):
    body = json.dumps(data or {})
    return getattr(client, method)(path, body, content_type="application/json", headers=headers)


@pytest.fixture(autouse=True)
def resolved(monkeypatch):
    """No name is looked up in a test."""
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("93.184.216.34", 443))])


@pytest.fixture
def channel(hall, admin):
    made, _ = open_channel(hall=hall, kind="wecom", name="值班群", url=ROBOT, by=admin, events=["record"])
    return made


def test_webhook_made_with_a_secret_that_is_told_once(client, admin):
    client.force_login(admin)

    made = send(client, "post", PATH, HOOK, **{"Idempotency-Key": "k1"})
    again = send(client, "post", PATH, HOOK, **{"Idempotency-Key": "k1"})

    assert (made.status_code, len(made.json()["secret"]) > 30) == (201, True)
    assert (again.json()["id"], "secret" in again.json(), Channel.objects.count()) == (
        made.json()["id"],
        False,
        1,
    )
    assert made.headers["Cache-Control"] == "no-store"
    renewed = send(client, "post", f"{PATH}{made.json()['id']}/renew-secret/").json()["secret"]
    assert renewed != made.json()["secret"]


def test_nothing_secret_is_read_back_or_kept_in_the_audit(client, admin):
    client.force_login(admin)
    data = {"kind": "dingtalk", "name": "钉钉群", "secret": "SECabcdef",
            "url": "https://oapi.dingtalk.com/robot/send?access_token=verysecret"}  # fmt: skip
    made = send(client, "post", PATH, data)
    assert made.status_code == 201

    told = [made.content, client.get(PATH).content, client.get(f"{PATH}{made.json()['id']}/").content]
    kept = json.dumps([[row.before, row.after] for row in AuditEntry.objects.all()])

    assert [b"verysecret" in one or b"SECabcdef" in one for one in told] == [False] * 3
    assert "verysecret" not in kept
    assert "SECabcdef" not in kept


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"url": "http://127.0.0.1/in"}, 422),
        ({"url": "https://example.org/in", "kind": "wecom"}, 422),
        ({"kind": "fax"}, 400),
        ({"name": ""}, 400),
        ({"name": "x" * 61}, 400),
        ({"events": ["nothing"]}, 400),
        ({"events": "record"}, 400),
        ({"url": {"a": 1}}, 400),
    ],
)
def test_bad_input_is_refused_as_on_the_page(client, admin, change, status):
    client.force_login(admin)

    assert (send(client, "post", PATH, {**HOOK, **change}).status_code, Channel.objects.count()) == (
        status,
        0,
    )


def test_change_only_what_is_sent_and_retire(client, admin, channel):
    client.force_login(admin)
    path = f"{PATH}{channel.pk}/"

    changed = send(client, "patch", path, {"with_title": True}).json()
    retired = send(client, "post", f"{path}retire/").json()

    assert [changed[name] for name in ("name", "events", "with_title", "is_active")] == [
        "值班群", ["record"], True, True,
    ]  # fmt: skip
    assert (retired["is_active"], retired["with_title"]) == (False, True)
    assert AuditEntry.objects.filter(action="channel.changed", by=admin).count() == 2


def test_test_message_is_ordered(client, admin, channel, monkeypatch):
    monkeypatch.setattr("trail.outbox_api.send_out.delay", lambda: None)
    client.force_login(admin)

    answer = send(client, "post", f"{PATH}{channel.pk}/test/")

    assert (answer.status_code, Delivery.objects.get().event) == (202, "test")


@pytest.mark.parametrize("role", ["manager", "officer", "leader", "supervisor", "outsider"])
def test_only_who_keeps_the_halls_settings(client, request, role, channel):
    client.force_login(request.getfixturevalue(role))

    answers = [
        send(client, "post", PATH, HOOK),
        send(client, "patch", f"{PATH}{channel.pk}/", {"name": "x"}),
        send(client, "post", f"{PATH}{channel.pk}/retire/"),
        send(client, "post", f"{PATH}{channel.pk}/test/"),
    ]

    assert {answer.status_code for answer in answers} <= {403, 404}
    channel.refresh_from_db()
    assert (channel.name, channel.is_active, Channel.objects.count()) == ("值班群", True, 1)


def test_channel_changed_meanwhile_is_told_with_what_it_is_like_now(client, admin, channel):
    client.force_login(admin)
    read = client.get(f"{PATH}{channel.pk}/").headers["ETag"]
    first = send(client, "patch", f"{PATH}{channel.pk}/", {"name": "甲群"}, **{"If-Match": read})

    late = send(client, "patch", f"{PATH}{channel.pk}/", {"name": "乙群"}, **{"If-Match": read})
    again = send(
        client, "patch", f"{PATH}{channel.pk}/", {"name": "乙群"}, **{"If-Match": first.headers["ETag"]}
    )

    assert (first.status_code, late.status_code, again.status_code) == (200, 412, 200)
    assert late.json()["current"] == {
        "name": "甲群",
        "events": ["record"],
        "with_title": False,
        "is_active": True,
    }
    assert Channel.objects.get(pk=channel.pk).name == "乙群"
