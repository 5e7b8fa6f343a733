"""试算 of quarters and years: from the tried months of the same side, and nothing is stored."""

from datetime import date

import pytest
from django.apps import apps

from assessments.services import trial
from assessments.services.loading import load_pack
from assessments.services.months import publish_month
from assessments.services.trial import covered, left_out, try_version
from tests.factories.assessments import record, window_with
from tests.factories.rulebook import act, as_pack, load, small_pack
from trail.actors import Robot

pytestmark = pytest.mark.django_db
MONTHS = [date(2026, month, 1) for month in (7, 8, 9)]
MEAN = {"code": "months", "name": "月度平均", "part": "own", "source": {"periods": "mean", "missing": "zero"}}
QUARTER = {
    "code": "staff_q", "name": "季度", "kind": "staff", "period": "quarter", "base": 0, "floor": 0,
    "cap": 200, "rounding": {"to": 0.01, "how": "half_up"}, "components": [MEAN],
}  # fmt: skip


def pack_of(number, points=-2, quarter=True):
    pack = small_pack()
    pack["version"] = {"number": number, "title": "小制度", "effective_on": "2026-01-01"}
    pack["clauses"][0]["points"] = points
    if quarter:
        pack["schemes"].append(QUARTER)
    return pack


def person_late_in_august(hall):
    _, (person,) = window_with(hall, "A01")
    record(act(hall, "late"), date(2026, 8, 6), staff=person)
    return person


def draft_of(hall, **changes):
    pack = pack_of("9", **changes)
    pack["version"]["effective_on"] = "2027-01-01"
    return load_pack(as_pack(pack), hall=hall, by=Robot("test"), as_draft=True).version


def quarter_of(rows, person):
    return [row for row in rows if (row.period, row.subject_id, row.kind) == ("quarter", person.pk, "staff")]


def counts():
    return {
        model._meta.label: model.objects.count() for model in apps.get_app_config("assessments").get_models()
    }


@pytest.mark.parametrize("asked", [MONTHS, MONTHS[::-1], [*MONTHS, MONTHS[0]]])
def test_quarter_is_the_mean_of_the_tried_months_of_each_side(hall, manager, asked):
    load(pack_of("1"), hall)
    person = person_late_in_august(hall)
    draft = draft_of(hall, points=-5)
    before = counts()

    (row,) = quarter_of(try_version(version=draft, hall=hall, months=asked, by=manager), person)

    # 102, 100, 102 now and 102, 97, 102 then, two of them being 联动
    assert (row.before, row.after, row.change, row.month) == (101_33, 100_33, -1_00, MONTHS[0])
    assert row.why == "月度平均：101.33 → 100.33"
    assert counts() == before


def test_published_months_underneath_do_not_leak(hall, manager, score):
    load(pack_of("1"), hall)
    person = person_late_in_august(hall)
    for month in MONTHS:
        publish_month(month=score(month), by=manager)
    draft, before = draft_of(hall, points=-5), counts()

    (row,) = quarter_of(try_version(version=draft, hall=hall, months=MONTHS, by=manager), person)

    assert (row.before, row.after) == (101_33, 100_33)
    assert counts() == before


def test_version_without_the_quarter_has_no_score_of_it(hall, manager):
    load(pack_of("1"), hall)
    person = person_late_in_august(hall)
    draft = draft_of(hall, quarter=False)

    (row,) = quarter_of(try_version(version=draft, hall=hall, months=MONTHS, by=manager), person)

    assert (row.before, row.after, row.why) == (101_33, None, "只在一版里有得分")


def test_part_of_a_quarter_is_not_tried_and_is_named(hall, manager):
    load(pack_of("1"), hall)
    person = person_late_in_august(hall)
    draft = draft_of(hall)

    assert quarter_of(try_version(version=draft, hall=hall, months=MONTHS[1:], by=manager), person) == []
    assert left_out(version=draft, hall=hall, months=MONTHS[1:]) == ["2026年第3季度"]
    assert covered([date(2026, month, 1) for month in range(1, 7)]) == [
        ("quarter", date(2026, 1, 1)), ("quarter", date(2026, 4, 1)), ("half_year", date(2026, 1, 1)),
    ]  # fmt: skip


def test_nothing_is_left_when_scoring_fails_midway(hall, manager, monkeypatch):
    load(pack_of("1"), hall)
    person_late_in_august(hall)
    draft, before, real = draft_of(hall), counts(), trial.score

    def fails_on_the_quarter(run, version):
        real(run, version)
        if run.period == "quarter":
            raise RuntimeError

    monkeypatch.setattr(trial, "score", fails_on_the_quarter)
    with pytest.raises(RuntimeError):
        try_version(version=draft, hall=hall, months=MONTHS, by=manager)

    assert counts() == before
