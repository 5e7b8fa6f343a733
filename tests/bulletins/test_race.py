"""Two people press the same button at the same moment: threads with connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.errors import Refused
from bulletins.models import Bulletin
from bulletins.services.drafting import draft_bulletin, submit_bulletin
from bulletins.services.signing import sign_off
from tests.factories.accounts import person_with
from tests.factories.bulletins import counting_record
from trail.actors import Robot
from trail.models import NumberSeries

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """What each act returned, or the code of its refusal; all start together."""
    gate = Barrier(len(acts))

    def run(act):
        try:
            gate.wait(timeout=20)
            return act()
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_leaders_sign(hall, rulebook, manager, leader, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    draft = draft_bulletin(hall=hall, iso_week="2026-W47", by=Robot("weekly_bulletin"))
    bulletin = submit_bulletin(bulletin=draft, by=manager)
    deputy = person_with("leader", hall)

    def sign(who):
        return sign_off(bulletin=Bulletin.objects.get(pk=bulletin.pk), by=who).status

    results = at_once(lambda: sign(leader), lambda: sign(deputy))

    assert sorted(results) == ["bulletin_frozen", "issued"]
    assert NumberSeries.objects.get(series="bulletin-2026").last == Bulletin.objects.get().number == 1


def test_job_and_button_draft_the_same_week(hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)

    at_once(
        lambda: draft_bulletin(hall=hall, iso_week="2026-W47", by=Robot("weekly_bulletin")),
        lambda: draft_bulletin(hall=hall, iso_week="2026-W47", by=manager),
    )

    assert Bulletin.objects.get().items.count() == 1
