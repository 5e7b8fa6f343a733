"""A worker killed in the middle of a delivery: afterwards the message has arrived, under one number.

Killed before the receiver had it: exactly once. Killed after the receiver had answered, and before the
answer was on record: once more under the same number, which the receiver drops (docs/接口说明.md).
"""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.fakes import receiver
from tests.test_jobs_killed import environment, wait_for, worker
from trail.enums import DeliveryStatus
from trail.models import Delivery
from trail.services import channels

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fake(settings):
    settings.OUTBOX_ALLOWED = ["127.0.0.1"]
    with receiver() as fake:
        yield fake


@pytest.mark.parametrize(("pause_at", "arrivals"), [("claimed", 1), ("answered", 2)])
def test_killed_in_the_middle_then_delivered_under_one_number(
    pause_at, arrivals, fake, hall, admin, tmp_path, settings
):
    channel, _ = channels.open_channel(hall=hall, kind="webhook", name="平台", url=fake.url, by=admin)
    ordered = channels.order_test(channel=channel, by=admin)
    pause = tmp_path / "pause"
    env = environment(tmp_path, OUTBOX_ALLOWED="127.0.0.1", SECRET_KEY=settings.SECRET_KEY)

    with worker({**env, "PAUSE_FILE": str(pause), "PAUSE_AT": pause_at}, "send_out") as process:
        wait_for(pause.exists, process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)

    held = Delivery.objects.get(pk=ordered.pk)
    assert (held.status, held.attempts, len(fake.got)) == (DeliveryStatus.SENDING, 0, arrivals - 1)

    with worker(env, "send_out") as process:
        wait_for(lambda: Delivery.objects.get(pk=ordered.pk).status == DeliveryStatus.SENT, process)

    assert len(fake.got) == arrivals
    told = {json.loads(request.body)["id"] for request in fake.got}
    heads = {request.headers["X-Mingchuang-Id"] for request in fake.got}
    assert told == heads == {str(ordered.pk)}
    assert Delivery.objects.get(pk=ordered.pk).attempts == 1
