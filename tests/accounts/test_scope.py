"""Who belongs where: roles per hall, from day to day, down the tree."""

from datetime import date

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Hall, RoleGrant, User
from accounts.roles import ROLES
from tests.factories.accounts import HallFactory, UserFactory, person_with


def test_every_role_has_words_for_a_page():
    assert [role.code for role in ROLES.values() if not (role.name and role.description)] == []
    assert len(ROLES) == 9


def test_office_role_covers_the_halls_below(manager, hall, township, other_hall):
    assert list(Hall.objects.visible_to(manager)) == [hall, township]
    assert manager.can("record.confirm", township)
    assert not manager.can("record.confirm", other_hall)


def test_window_role_stays_in_its_hall(clerk, hall, township):
    assert list(Hall.objects.visible_to(clerk)) == [hall]
    assert not clerk.can("record.read_own", township)


def test_role_below_gives_nothing_above(hall, township):
    user = person_with("manager", township)

    assert list(Hall.objects.visible_to(user)) == [township]


def test_a_sibling_whose_id_begins_alike_is_not_below(db):
    """/1/ must not be taken for a part of /11/."""
    halls = [HallFactory() for _ in range(12)]
    user = person_with("manager", halls[0])

    assert list(Hall.objects.visible_to(user)) == [halls[0]]


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "holds"),
    [
        (None, None, True),
        (date(2026, 11, 22), None, True),
        (date(2026, 11, 23), None, False),
        (None, date(2026, 11, 22), True),
        (None, date(2026, 11, 21), False),
    ],
)
@time_machine.travel("2026-11-22 12:00+08:00", tick=False)
def test_role_holds_from_its_first_through_its_last_day(hall, starts_on, ends_on, holds):
    user = UserFactory()
    RoleGrant.objects.create(user=user, hall=hall, role="clerk", starts_on=starts_on, ends_on=ends_on)

    assert user.can("record.read_own", hall) is holds
    assert User.objects.with_permission("record.read_own", hall).exists() is holds


def test_login_ends_on_the_day(client, clerk, hall):
    client.force_login(clerk)
    clerk.role_grants.update(ends_on=timezone.localdate() - timezone.timedelta(days=1))

    response = client.get("/me/")

    assert (response.status_code, response.url) == (302, "/login/")


def test_people_with_a_permission_include_those_above(hall, township, manager, leader, outsider):
    found = User.objects.with_permission("appeal.review", township)

    assert set(found) == {manager, leader}
