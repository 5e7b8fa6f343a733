"""What a second reckoning of a draft month changed, for whom and by which record."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest

from assessments.services.changes import changes_of, run_before
from tests.factories.assessments import record, take_back, window_with
from trail.models import LongRun

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 9)


@pytest.fixture
def people(hall, acts):
    _, staff = window_with(hall, "A01", people=2)
    return staff


def test_first_reckoning_changes_nothing(people, score):
    month = score()

    assert (run_before(month), changes_of(month)) == (None, [])


def test_new_and_withdrawn_records_are_told_with_their_points(people, acts, score):
    first, second = people
    gone = record(acts("late"), DAY, staff=first)
    score()
    take_back(gone)
    new = record(acts("rude"), DAY, staff=second)

    found = {row.card.subject_id: row for row in changes_of(score()) if row.card.kind == "staff"}

    told = {
        key: (row.change, [(line.clause, line.record.pk, line.before, line.after) for line in row.lines])
        for key, row in found.items()
    }
    assert told == {
        first.pk: (200, [("1", gone.pk, -200, 0)]),
        second.pk: (-300, [("2", new.pk, 0, -300)]),
    }


def test_who_is_the_same_is_not_told(people, acts, score):
    record(acts("late"), DAY, staff=people[0])
    score()

    assert changes_of(score()) == []


def test_page_and_api_tell_the_same(client, people, acts, score, hall, manager, clerk):
    score()
    new = record(acts("late"), DAY, staff=people[0])
    month = score()
    client.force_login(manager)

    page = client.get("/assess/2026-10/changes/").content.decode()
    rows = client.get(f"/api/v1/assessment-months/{month.pk}/changes/").json()

    said = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))
    assert new.number in said
    mine = next(row for row in rows if row["kind"] == "staff" and row["subject_id"] == people[0].pk)
    assert (mine["change"], mine["lines"]) == (
        -2,
        [{"clause": "1", "record": new.number, "before": 0, "after": -2}],
    )
    client.force_login(clerk)
    assert client.get("/assess/2026-10/changes/").status_code in (403, 404)


def test_scoring_again_leads_to_the_changes(client, people, acts, score, hall, manager):
    score()
    record(acts("late"), DAY, staff=people[0])
    client.force_login(manager)

    client.post("/assess/score/", {"month": "2026-10"})

    run = LongRun.objects.get()
    assert run.url == f"/assess/2026-10/changes/?hall={hall.code}"
    assert "有变化" in run.words
