"""A Wednesday afternoon with a small rulebook, and one record in each state of its life."""

from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.factories.violations import draft_of, record_of, rules_of
from trail.actors import Robot
from violations.services.appeals import decide_appeal, file_appeal
from violations.services.ledger import (
    confirm_record,
    dismiss_record,
    lapse_overdue,
    state_on_record,
    withdraw_record,
)

HALL_TIME = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 25, 14, 31, tzinfo=HALL_TIME)
ROBOT = Robot("attendance")


@pytest.fixture(autouse=True)
def clock():
    """Wednesday 25 November 2026, 14:31; `clock.shift(seconds)` moves on."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def rules(hall):
    return rules_of(hall)


@pytest.fixture
def record(rules, staff, window, officer):
    """The clerk talked at another window: waits for her answer."""
    return record_of(rules.talk, staff=staff, window=window, by=officer, note="与 A06 交谈约 4 分钟")


@pytest.fixture
def photo():
    """A small JPEG as a phone sends it."""

    def make(name="a.jpg"):
        out = BytesIO()
        Image.new("RGB", (64, 48), "navy").save(out, "JPEG")
        return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")

    return make


@pytest.fixture
def life(rules, staff, window, clerk, officer, manager, leader, clock):
    """Makes a record in a given state, by the steps that lead there."""

    def make(status, act=None):
        def stated():
            made = record_of(act or rules.talk, staff=staff, window=window, by=officer)
            state_on_record(record=made, by=clerk, reason="at_work", words="在谈工作")
            return made

        def confirmed():
            return confirm_record(record=stated(), by=manager)

        def appealed():
            return file_appeal(record=confirmed(), by=clerk, words="请复核").record

        def decided(is_allowed):
            made = appealed()
            decide_appeal(appeal=made.appeals.get(), by=leader, is_allowed=is_allowed, opinion="复核意见")
            return made

        def lapsed():
            made = record_of(act or rules.talk, staff=staff, window=window, by=officer)
            return lapse_overdue(hall=made.hall, moment=made.deadline_at, by=ROBOT)[-1]

        made = {
            "draft": lambda: draft_of(act or rules.late, staff=staff, window=window, by=ROBOT),
            "notified": lambda: record_of(act or rules.talk, staff=staff, window=window, by=officer),
            "stated": stated,
            "confirmed": confirmed,
            "lapsed": lapsed,
            "dismissed": lambda: dismiss_record(record=stated(), by=manager, reason="在谈工作"),
            "withdrawn": lambda: withdraw_record(record=stated(), by=officer, reason="记错了"),
            "appealed": appealed,
            "appeal_allowed": lambda: decided(True),
            "appeal_rejected": lambda: decided(False),
        }[status]()
        clock.shift(60)  # beyond the seconds of undo
        made.refresh_from_db()
        return made

    return make


@pytest.fixture
def see(client):
    """A page as a person sees it, as text."""

    def fetch(user, url, status=200):
        client.force_login(user)
        response = client.get(url)
        assert response.status_code == status
        return response.content.decode()

    return fetch


@pytest.fixture
def send(client):
    """Post as a person and follow."""

    def post(user, url, **data):
        client.force_login(user)
        return client.post(url, data, follow=True)

    return post
