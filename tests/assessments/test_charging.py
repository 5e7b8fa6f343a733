"""The provisional score agrees with the reckoning, and chosen points stay within their clause's range."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from accounts.errors import Refused
from assessments.models import Line
from assessments.services.months import score_month
from assessments.services.preview import preview_of
from tests.factories.assessments import OCTOBER, record, window_with
from tests.factories.rulebook import act, load, small_pack
from trail.actors import Robot
from violations.enums import RecordStatus
from violations.models import ConductRecord
from violations.pricing import range_of
from violations.services.ledger import confirm_record, undo_last_step

pytestmark = pytest.mark.django_db


def rules(hall, **clause):
    """The small rulebook with another first clause, about one act."""
    pack = small_pack()
    first = {key: value for key, value in pack["clauses"][0].items() if key != "points"}
    pack["clauses"][0] = {**first, "acts": ["late"], **clause}
    rounding = {"to": 0.01, "how": "half_up"}
    pack["schemes"] = [{**item, "rounding": rounding} for item in pack["schemes"]]
    used = {"late", "rude", "thanks", "empty", "praise", "reply"}
    pack["acts"] = [item for item in pack["acts"] if item["code"] in used]
    return load(pack, hall)


@pytest.fixture
def person(hall):
    return window_with(hall, "A01")[1][0]


def days(*numbers):
    return [date(2026, 10, number) for number in numbers]


def by_engine(person):
    month = score_month(hall=person.hall, month=OCTOBER, by=Robot("test"))
    rows = Line.objects.filter(run=month.run, card__kind="staff", card__subject_id=person.pk, kind="record")
    return {row.record_id: sum(r.points for r in rows if r.record_id == row.record_id) for row in rows}


COUNT = {"what": "times", "over": "month", "on_move": "goes_on"}
CLAUSES = {
    "plain": {"points": -2},
    "warn first": {"points": -1, "warn_first": {"times": 1, "over": "month", "on_move": "goes_on"}},
    "steps": {
        "count": COUNT,
        "steps": [
            {"from": 1, "to": 1, "points": 0},
            {"from": 2, "to": 3, "points": -1},
            {"from": 4, "points": -2},
        ],
    },
    "every third": {
        "count": COUNT,
        "steps": [{"from": 1, "to": 2, "points": 0}, {"from": 3, "every": 3, "points": -5}],
    },
    "doubled": {
        "points": -2,
        "count": COUNT,
        "steps": [{"from": 1, "to": 2, "factor": 1}, {"from": 3, "factor": 2}],
    },
    "by source": {"points": -2, "by_source": {"covert": -4}},
    "only a source": {"points": -2, "only_sources": ["covert"]},
    "range": {"points": -2, "range": {"from": -1, "to": -5}},
    "verdict": {"points": -2, "needs_verdict": True},
    "evidence": {"points": -2, "needs_evidence": True},
    "shared": {"points": -2, "effects": [{"to": "self", "percent": 50}, {"to": "group"}]},
    "table": {
        "count": {"what": "quantity", "over": "each"},
        "table": [{"to": 1, "points": -1}, {"over": 1, "points": -3}],
    },
    "once an incident": {"points": -2, "same_incident": "heaviest"},
}  # fmt: skip


@pytest.mark.parametrize("clause", CLAUSES.values(), ids=CLAUSES.keys())
def test_preview_says_what_the_reckoning_will(hall, person, clause):
    rules(hall, **clause)
    late = act(hall, "late")
    some = [{}, {"source": "covert"}, {"judged": -400}, {"status": RecordStatus.LAPSED}, {"quantity": 200}]
    for day, fields in zip(days(9, 12, 13, 20, 21), some, strict=True):
        record(late, day, staff=person, incident="x" if day.day < 13 else "", **fields)

    preview = preview_of(person, OCTOBER)

    engine = by_engine(person)
    told = {row.pk: points for row, points in preview.lines if points}
    assert told == {pk: points for pk, points in engine.items() if points}


def test_waiting_records_are_priced_as_if_upheld(hall, person):
    rules(hall, **CLAUSES["warn first"])
    record(act(hall, "late"), days(9)[0], staff=person)
    record(act(hall, "late"), days(12)[0], staff=person, status=RecordStatus.NOTIFIED)

    preview = preview_of(person, OCTOBER)

    assert ([p for _, p in preview.lines], [p for _, p in preview.waiting]) == ([0], [-100])
    assert preview.total - preview.total_if_upheld == 100


def test_longer_counts_are_said_to_be_an_estimate(hall, person):
    rules(hall, points=-1, warn_first={"times": 1, "over": "year", "on_move": "goes_on"})
    record(act(hall, "late"), days(9)[0], staff=person)

    assert preview_of(person, OCTOBER).is_estimate


# --- points a person chooses -------------------------------------------------------------------


@pytest.fixture
def stated(hall, person, officer):
    rules(hall, **CLAUSES["range"])
    row = record(act(hall, "late"), days(9)[0], staff=person, status=RecordStatus.STATED, finder=officer)
    ConductRecord.objects.filter(pk=row.pk).update(deadline_at=row.deadline_at + timedelta(days=60))
    return ConductRecord.objects.get(pk=row.pk)


def test_range_is_shown_and_chosen_on_the_form(client, stated, manager):
    client.force_login(manager)
    url = f"/findings/{stated.pk}/decide/"

    page = client.get(url).content.decode()
    wrong = client.post(url, {"verdict": "confirm", "judged": "-6"})
    right = client.post(url, {"verdict": "confirm", "judged": "-4.5"})

    stated.refresh_from_db()
    assert "每次 −1 到 −5 分；不填按 −2 分" in page
    assert (wrong.status_code, right.status_code) == (422, 302)
    assert (stated.judged, stated.status) == (-450, RecordStatus.CONFIRMED)


@pytest.mark.parametrize(("judged", "status"), [("-6", 400), ("1", 400), ("-3", 200), (None, 200)])
def test_range_holds_in_the_api(client, stated, manager, judged, status):
    client.force_login(manager)
    body = {} if judged is None else {"judged": judged}

    answer = client.post(f"/api/v1/findings/{stated.pk}/confirm/", body, content_type="application/json")

    stated.refresh_from_db()
    assert answer.status_code == status
    assert stated.judged == (-300 if judged == "-3" else None)


def test_service_refuses_what_the_clause_does_not_leave_open(hall, stated, manager):
    with pytest.raises(Refused, match="之间"):
        confirm_record(record=stated, by=manager, judged=-600)
    rude = record(act(hall, "rude"), days(12)[0], staff=stated.staff, status=RecordStatus.STATED)
    assert range_of(rude) is None
    with pytest.raises(Refused, match="没有酌情"):
        confirm_record(record=rude, by=manager, judged=-100)


def test_undone_decision_takes_the_chosen_points_along(stated, manager):
    confirm_record(record=stated, by=manager, judged=-400)

    undo_last_step(record=stated, by=manager)

    stated.refresh_from_db()
    assert (stated.judged, stated.status) == (None, RecordStatus.STATED)
