"""Many writers of several halls at once make one chain a hall, on both databases."""

import threading
import time

import pytest
from django.db import connection, connections, transaction

from trail.models import AuditDay, AuditLink
from trail.services import audit
from trail.services.verifying import Walk

WRITERS, ROUNDS = 4, 12


@pytest.fixture
def cast(transactional_db, request):
    return [request.getfixturevalue(name) for name in ("hall", "other_hall", "admin", "outsider")]


def at_once(*works):
    """Run each in a thread with connections of its own; what one of them raised is raised here."""
    failed = []

    def run(work):
        try:
            work()
        except Exception as error:  # noqa: BLE001 - any, to be shown by the test
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def test_writers_of_two_halls_in_both_orders_make_whole_chains(cast):
    """Each transaction touches both halls, half of them the other way round: no deadlock, no fork."""
    hall, other, admin, outsider = cast

    def write(first, second):
        for n in range(ROUNDS):
            with transaction.atomic():
                audit.record(f"hall.a{n}", target=first, by=admin)
                audit.record(f"hall.b{n}", target=second, by=outsider)

    pairs = [(hall, other) if n % 2 else (other, hall) for n in range(WRITERS)]
    at_once(*[lambda p=pair: write(*p) for pair in pairs])

    walk = Walk()
    assert list(walk.breaks()) == []
    assert sorted(AuditDay.objects.values_list("number", "count")) == [(1, WRITERS * ROUNDS)] * 2
    assert walk.waiting == 0


def test_a_long_transaction_holds_no_other_writer_of_its_hall_up(cast):
    """The place in the chain is taken after the commit (PostgreSQL; SQLite has one writer anyway)."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one transaction write at a time")
    hall, _, admin, _ = cast
    inside, done, took = threading.Event(), threading.Event(), []

    def long():
        with transaction.atomic():
            audit.record("hall.long", target=hall, by=admin)
            inside.set()
            assert done.wait(10)

    def short():
        assert inside.wait(10)
        start = time.monotonic()
        with transaction.atomic():
            audit.record("hall.short", target=hall, by=admin)
        took.append(time.monotonic() - start)
        done.set()

    at_once(long, short)

    assert took[0] < 1
    assert list(AuditLink.objects.order_by("seq").values_list("entry__action", flat=True)) == [
        "hall.short",
        "hall.long",
    ]
    assert list(Walk().breaks()) == []
