"""Service hours through the second door: as the page reads and sets them."""

import json

import pytest

from trail.models import AuditEntry
from windows.models import ServiceHours

pytestmark = pytest.mark.django_db
PATH = "/api/v1/service-hours/"
WEEK = "/api/v1/service-hours/week/"
FIVE_DAYS = {f"day{n}": "08:30-12:00 13:30-17:30" for n in range(5)}
SUMMER = {**FIVE_DAYS, "day4": "08:30-12:00", "starts_on": "2027-06-01", "ends_on": "2027-08-31"}


def send(client, data, **headers):
    return client.post(WEEK, json.dumps(data), content_type="application/json", headers=headers)


@pytest.fixture
def hours(hall):
    for weekday in range(5):
        for opens, closes in (("08:30", "12:00"), ("13:30", "17:30")):
            ServiceHours.objects.create(
                hall=hall, weekday=weekday, opens=opens, closes=closes, starts_on="2026-01-01"
            )


def test_week_is_told_with_its_version(client, manager, hall, hours):
    client.force_login(manager)

    answer = client.get(WEEK)

    assert answer.json() == {"hall": hall.code, **FIVE_DAYS, "day5": "", "day6": "", "coming": ""}
    assert len(answer.headers["ETag"]) == 26


def test_season_leaves_what_holds_around_it(client, manager, hours):
    client.force_login(manager)

    answer = send(client, SUMMER)

    assert answer.status_code == 200
    fridays = [(row["opens"], row["starts_on"], row["ends_on"]) for row in client.get(
        f"{PATH}?weekday=4&ordering=starts_on,id"
    ).json()["results"]]  # fmt: skip
    assert sorted(fridays) == [
        ("08:30", "2026-01-01", "2027-05-31"),
        ("08:30", "2027-06-01", "2027-08-31"),
        ("08:30", "2027-09-01", None),
        ("13:30", "2026-01-01", "2027-05-31"),
        ("13:30", "2027-09-01", None),
    ]
    on_a_friday = client.get(f"{PATH}?weekday=4&on=2027-07-02").json()["results"]
    assert [row["closes"] for row in on_a_friday] == ["12:00"]
    assert AuditEntry.objects.filter(action="hours.set", by=manager).count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"day0": "八点半"}, "day0"),
        ({"starts_on": "2027-02-30"}, "starts_on"),
        ({"starts_on": ""}, "starts_on"),
        ({"day1": ["08:30-12:00"]}, "day1"),
    ],
)
def test_bad_week_names_its_field_and_changes_nothing(client, manager, hours, changed, field):
    client.force_login(manager)
    before = list(ServiceHours.objects.values())

    answer = send(client, {**SUMMER, **changed})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert list(ServiceHours.objects.values()) == before


def test_second_program_is_told_what_the_first_has_set(client, manager, hours):
    client.force_login(manager)
    read = client.get(WEEK).headers["ETag"]
    first = send(
        client, {**FIVE_DAYS, "day5": "09:00-12:00", "starts_on": "2026-01-05"}, **{"If-Match": read}
    )

    late = send(client, {**FIVE_DAYS, "starts_on": "2026-01-05"}, **{"If-Match": read})

    assert (first.status_code, first.json()["day5"], late.status_code) == (200, "09:00-12:00", 412)
    assert late.json()["current"]["day5"] == "09:00-12:00"


def test_only_who_keeps_the_calendar_sets_hours(client, officer, hours):
    client.force_login(officer)

    assert (send(client, SUMMER).status_code, client.get(PATH).status_code) == (403, 200)
