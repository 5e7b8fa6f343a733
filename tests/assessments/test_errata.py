"""After publication: a reversal and a late record land in the next open month, once."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from assessments.models import Line
from assessments.services.months import publish_month
from tests.assessments.conftest import card_of
from tests.factories.assessments import record, take_back, window_with

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture(autouse=True)
def in_the_new_year(time_machine):
    time_machine.move_to("2027-01-20T09:00:00+08:00")
    return time_machine


@pytest.fixture
def published(score, manager, in_the_new_year):
    """Score and publish a month, an hour later than whatever was before."""

    def run(month: date):
        in_the_new_year.shift(timedelta(hours=1))
        return publish_month(month=score(month), by=manager)

    return run


def errata(month, subject) -> list[tuple[str, str, int]]:
    rows = Line.objects.filter(card=card_of(month, subject), kind__in=("erratum", "late"))
    return list(rows.order_by("pk").values_list("clause__code", "kind", "points"))


def test_reversal_after_publication_is_given_back_in_the_next_month(acts, hall, score, published):
    _, (person,) = window_with(hall, "A01")
    found = record(acts("late"), date(2026, 10, 9), staff=person)
    october = published(OCTOBER)
    take_back(found)

    november = score(NOVEMBER)

    assert errata(november, person) == [("1", "erratum", 200)]
    line = Line.objects.get(card=card_of(november, person), kind="erratum")
    assert line.reverses == Line.objects.get(card=card_of(october, person), kind="record")
    assert card_of(november, person).own == 10_200
    assert card_of(october, person).own == 9_800


def test_reversal_is_given_back_only_once(acts, hall, score, published):
    _, (person,) = window_with(hall, "A01")
    found = record(acts("late"), date(2026, 10, 9), staff=person)
    published(OCTOBER)
    take_back(found)
    published(NOVEMBER)

    assert errata(score(DECEMBER), person) == []


def test_reversal_waits_for_the_earliest_open_month(acts, hall, score, published):
    _, (person,) = window_with(hall, "A01")
    found = record(acts("late"), date(2026, 10, 9), staff=person)
    published(OCTOBER)
    take_back(found)
    november = score(NOVEMBER)

    december = score(DECEMBER)

    assert (len(errata(november, person)), len(errata(december, person))) == (1, 0)


def test_record_under_appeal_is_not_given_back_yet(acts, hall, score, published):
    _, (person,) = window_with(hall, "A01")
    found = record(acts("late"), date(2026, 10, 9), staff=person)
    published(OCTOBER)
    take_back(found, "appealed")

    assert errata(score(NOVEMBER), person) == []


def test_cascade_is_given_back_with_the_loss_that_caused_it(acts, hall, score, published):
    window, (person,) = window_with(hall, "A01")
    rows = [record(acts("late"), date(2026, 10, day), staff=person, window=window) for day in (9, 10, 12)]
    published(OCTOBER)
    take_back(rows[0])  # 4 points are left: below 5

    november = score(NOVEMBER)

    assert errata(november, window) == [("6", "erratum", 200)]
    line = Line.objects.get(card=card_of(november, window), kind="erratum")
    assert (line.source_card, line.reverses.kind) == (card_of(november, person), "transfer")


def test_cascade_that_still_stands_is_kept(acts, hall, score, published):
    window, (person,) = window_with(hall, "A01")
    rows = [record(acts("late"), date(2026, 10, day), staff=person, window=window) for day in (9, 10, 12, 13)]
    published(OCTOBER)
    take_back(rows[0])  # 6 points are left: still once

    assert errata(score(NOVEMBER), window) == []


def test_cascade_is_given_back_step_by_step(acts, hall, score, published):
    window, (person,) = window_with(hall, "A01")
    rows = [record(acts("absence"), date(2026, 10, day), staff=person, window=window) for day in (9, 10, 12)]
    published(OCTOBER)
    take_back(rows[2])
    november = published(NOVEMBER)
    take_back(rows[0])

    december = score(DECEMBER)

    assert errata(november, window) == [("6", "erratum", 200)]
    assert errata(december, window) == [("6", "erratum", 200)]


def test_record_that_counts_late_goes_to_the_next_open_month(acts, hall, score, published, in_the_new_year):
    _, (person,) = window_with(hall, "A01")
    found = record(acts("late"), date(2026, 10, 9), staff=person, status="notified")
    october = published(OCTOBER)
    in_the_new_year.shift(timedelta(hours=1))
    found.status, found.countable_at = "confirmed", timezone.now()
    found.save(update_fields=["status", "countable_at"])

    november = published(NOVEMBER)

    assert (errata(october, person), errata(november, person)) == ([], [("1", "late", -200)])
    assert errata(score(DECEMBER), person) == []


def test_record_on_paper_that_is_brought_in_late(acts, hall, score, published, in_the_new_year):
    _, (person,) = window_with(hall, "A01")
    published(OCTOBER)
    in_the_new_year.shift(timedelta(hours=1))
    record(acts("late"), date(2026, 10, 9), staff=person, created_at=timezone.now())

    assert errata(score(NOVEMBER), person) == [("1", "late", -200)]


def test_late_record_that_is_reversed_again(acts, hall, score, published, in_the_new_year):
    _, (person,) = window_with(hall, "A01")
    published(OCTOBER)
    in_the_new_year.shift(timedelta(hours=1))
    found = record(acts("late"), date(2026, 10, 9), staff=person, created_at=timezone.now())
    published(NOVEMBER)
    take_back(found)

    assert errata(score(DECEMBER), person) == [("1", "erratum", 200)]
