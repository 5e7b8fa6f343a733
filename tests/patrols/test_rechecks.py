"""回头看 on a round: shown at the window that has put something right, and closed from there."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.factories.patrols import finished
from violations.models import Rectification
from violations.services.arranging import plan_recheck
from violations.services.ledger import Found, find_record
from violations.services.rectify import order_rectification, submit_rectification
from windows.working_days import add_working_days

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(window, head, manager, untidy):
    """Put right by the window, not yet looked at."""
    found = Found(act=untidy, at=timezone.now(), window=window)
    record = find_record(found, hall=window.hall, by=manager)
    made = order_rectification(record=record, by=manager)
    return submit_rectification(rectification=made, by=head, words="已清理")


@pytest.fixture
def post(running, order, officer, client):
    def send(by=officer, **data):
        client.force_login(by)
        return client.post(reverse("patrols:recheck", args=[running.pk, order.pk]), data)

    return send


def page(client, officer, running, code="A05"):
    client.force_login(officer)
    return client.get(f"{reverse('patrols:round', args=[running.pk])}?w={code}")


def status():
    return Rectification.objects.get().status


def test_round_shows_it_at_the_window(client, officer, running, order, second_window):
    here = page(client, officer, running).content.decode()
    elsewhere = page(client, officer, running, "A06").content.decode()

    mark = f'data-recheck="{order.window_id}"'
    assert f"{mark}>" in here
    assert f"{mark} hidden>" in elsewhere


def test_round_before_the_planned_day_does_not_show_it(client, officer, running, order, hall):
    day = add_working_days(hall, timezone.localdate(), 1)
    plan_recheck(rectification=order, by=officer, day=day)

    assert page(client, officer, running).context["rechecks"] == []


def test_head_who_walks_is_not_shown_his_own_window(client, running, order, head, hall):
    head.role_grants.create(hall=hall, role="officer")
    running.officer = head
    running.save(update_fields=["officer"])

    assert page(client, User.objects.get(pk=head.pk), running).context["rechecks"] == []


@pytest.mark.parametrize(
    ("sent", "state"),
    [({"verdict": "done"}, "done"), ({"verdict": "returned", "words": "还有杂物"}, "returned")],
)
def test_closed_or_sent_back_from_the_round(sent, state, post, running, order):
    answer = post(**sent)

    assert answer.headers["Location"] == f"{reverse('patrols:round', args=[running.pk])}?w=A05"
    assert status() == state


def test_round_offers_to_take_it_back(post, client, order, officer):
    answer = client.get(post(verdict="done").headers["Location"])

    undo = reverse("violations:undo_rectification", args=[order.pk])
    assert undo in answer.content.decode()
    client.post(undo)
    assert status() == "submitted"


def test_sending_back_without_a_reason_keeps_what_was_typed(post):
    answer = post(verdict="returned")

    text = answer.content.decode()
    assert (answer.status_code, "退回重改请写明理由" in text) == (422, True)
    assert 'value="returned"' in text
    assert status() == "submitted"


def test_somebody_elses_round(post, manager):
    assert (post(manager, verdict="done").status_code, status()) == (403, "submitted")


def test_finished_round(post, running):
    finished(running)

    assert (post(verdict="done").status_code, status()) == (409, "submitted")


def test_other_hall_is_not_found(client, running, order, outsider):
    client.force_login(outsider)

    answer = client.post(reverse("patrols:recheck", args=[running.pk, order.pk]), {"verdict": "done"})

    assert (answer.status_code, status()) == (404, "submitted")


def test_order_of_nothing(client, running, officer):
    client.force_login(officer)

    assert (
        client.post(reverse("patrols:recheck", args=[running.pk, 999]), {"verdict": "done"}).status_code
        == 404
    )


def test_twice_at_once(post):
    post(verdict="done")

    assert post(verdict="done").status_code == 409


def test_summary_names_the_windows_to_look_at(client, officer, running, order):
    client.force_login(officer)

    text = client.get(reverse("patrols:done", args=[running.pk])).content.decode()

    assert "这些窗口已经提交整改" in text
    assert order.number in text
