"""The number of statements does not depend on how many people, records or halls there are."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.services.months import score_months
from tests.factories.accounts import HallFactory
from tests.factories.assessments import OCTOBER, new_record
from tests.factories.rulebook import act, load, small_pack
from tests.factories.windows import DepartmentFactory, WindowFactory
from trail.actors import Robot
from violations.models import ConductRecord
from windows.models import Posting, Staff


def crowd(hall, size: int) -> None:
    """So many people at one window, each with two records."""
    window = WindowFactory(department=DepartmentFactory(hall=hall))
    staff = Staff.objects.bulk_create(
        Staff(hall=hall, department=window.department, no=f"N{n}", name=f"职员{n}") for n in range(size)
    )
    Posting.objects.bulk_create(
        Posting(hall=hall, staff=person, window=window, starts_on=OCTOBER) for person in staff
    )
    late = act(hall.rulebooks.first().hall if hall.rulebooks.exists() else hall.parent, "late")
    ConductRecord.objects.bulk_create(
        new_record(late, OCTOBER.replace(day=day), staff=person, window=window)
        for person in staff
        for day in (9, 12)
    )


def statements(halls) -> int:
    with CaptureQueriesContext(connection) as queries:
        score_months(halls=halls, month=OCTOBER, by=Robot("test"))
    return len(queries)


def test_statements_are_the_same_for_100_and_10000_people(hall, township):
    load(small_pack(), hall)
    crowd(hall, 100)
    crowd(township, 10_000)

    few, many = statements([hall]), statements([township])

    assert (few, many) == (few, few)
    assert few <= 150


def test_scoring_statements_for_many_halls(hall):
    load(small_pack(), hall)
    halls = [HallFactory(parent=hall) for _ in range(5)]
    for place in halls:
        crowd(place, 2)

    five = statements(halls)

    per_hall = 8  # find or make the month, lock it, its version, its trace: once a hall, not a person
    assert five - statements(halls[:1]) <= 4 * per_hall + 4
