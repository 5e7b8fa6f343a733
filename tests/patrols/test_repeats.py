"""At a finding of the round: that it happened at the window before, and that a colleague noted it too."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.patrols import found, visited
from violations.services.ledger import Found, find_record, withdraw_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(running, officer, client):
    """The words under the newest finding, on the phone page and in the summary."""

    def read():
        client.force_login(officer)
        texts = []
        for name in ("patrols:round", "patrols:done"):
            page = client.get(reverse(name, args=[running.pk]))
            texts.append(page.context["page"].log[0]["text"])
            assert texts[-1] in page.content.decode()
        assert texts[0] == texts[1]
        return texts[0].split("，")[3:]

    return read


def before(doze, staff, window, by, **ago):
    happened = Found(act=doze, at=timezone.now() - timedelta(**ago), staff=staff, window=window)
    return find_record(happened, hall=window.hall, by=by)


def test_first_time_says_nothing(line, running, window, doze, staff):
    found(running, window, doze, staff=staff)

    assert line() == []


def test_again_within_thirty_days_says_which_time(line, running, window, doze, staff, manager):
    before(doze, staff, window, manager, days=20)
    before(doze, staff, window, manager, days=31)
    found(running, window, doze, staff=staff)

    assert line() == ["30 天内第 2 次"]


def test_what_was_taken_back_does_not_count(line, running, window, doze, staff, manager):
    withdraw_record(record=before(doze, staff, window, manager, days=2), by=manager, reason="记错")
    found(running, window, doze, staff=staff)

    assert line() == []


def test_colleague_noted_it_too(line, running, window, doze, staff, manager):
    twin = before(doze, staff, window, manager, minutes=9)
    found(running, window, doze, staff=staff)

    assert line() == [f"可能与 {twin.number} 重复登记"]


def test_round_without_findings_asks_nothing_of_it(running, window, officer, client):
    visited(running, window)
    client.force_login(officer)

    assert client.get(reverse("patrols:done", args=[running.pk])).context["page"].log == []
