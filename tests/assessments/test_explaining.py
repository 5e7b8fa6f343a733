"""Why a score is what it is, and what another version would change."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from assessments.forms import trial_spans
from assessments.models import Run, Scorecard, TrialRow
from assessments.services.explaining import explain
from assessments.services.loading import load_pack
from assessments.services.trial import drop_old_rows, try_version
from tests.assessments.conftest import card_of
from tests.factories.assessments import OCTOBER, record, window_with
from tests.factories.rulebook import as_pack, small_pack
from trail.actors import Robot
from trail.models import LongRun
from trail.services.runs import do_run, place_run


def test_sentences_tell_lines_bounds_and_gates(acts, hall, score):
    _, (person,) = window_with(hall, "A01")
    record(acts("rude"), date(2026, 10, 9), staff=person, severity="grave")
    record(acts("absence"), date(2026, 10, 9), staff=person, quantity=2_500)

    told = explain(card_of(score(), person)).sentences

    assert "10月9日，态度生硬，按 2 第二条，扣 5 分。" in told
    assert "“本体分”（基础 100 分）合计 −30 分。" in told
    assert "本体分 −30 分，联动分 2 分，总分 0 分（−28 分经取整和总分上下限），第 1 名。" in told
    assert "按 9 第九条（达到 1），不参加各项评选。" in told


def test_a_limit_tells_what_it_took(hall, score):
    pack = small_pack()
    pack["clauses"][2]["at_most"] = 3
    load_pack(as_pack(pack), hall=hall, by=Robot("test"))
    _, (person,) = window_with(hall, "A01")
    thanks = pack_act(hall, "thanks")
    for day in (5, 6):
        record(thanks, date(2026, 10, day), staff=person)

    told = explain(card_of(score(), person)).sentences

    assert "10月6日，感谢，按 3 第三条，加 2 分，受限后计 1 分。" in told
    assert "“第三条限额”合计 4 分，上限 3 分，少计 1 分。" in told


def pack_act(hall, code):
    return hall.rulebooks.get().acts.get(code=code)


@pytest.fixture
def stricter(hall, small):
    pack = small_pack(version={"number": "2", "title": "新办法", "effective_on": "2026-01-01"})
    pack["clauses"][0]["points"] = -4
    return load_pack(as_pack(pack), hall=hall, by=Robot("test"), as_draft=True).version


def test_trial_tells_the_difference_and_stores_nothing(acts, hall, manager, stricter):
    _, (person,) = window_with(hall, "A01")
    record(acts("late"), date(2026, 10, 9), staff=person)

    found = try_version(version=stricter, hall=hall, months=[OCTOBER], by=manager)

    mine = next(row for row in found if (row.kind, row.subject_id) == ("staff", person.pk))
    assert (mine.before, mine.after, mine.change) == (98_00 + 2_00, 96_00 + 2_00, -2_00)
    assert (Run.objects.count(), Scorecard.objects.count(), stricter.is_draft) == (0, 0, True)


def test_trial_of_a_published_month_leaves_it_as_it_is(acts, hall, manager, stricter, score):
    _, (person,) = window_with(hall, "A01")
    record(acts("late"), date(2026, 10, 9), staff=person)
    month = score()

    try_version(version=stricter, hall=hall, months=[OCTOBER], by=manager)

    month.refresh_from_db()
    assert (month.run_id, card_of(month, person).total) == (Run.objects.get().pk, 98_00 + 2_00)


def test_explanation_page_and_api_are_open_to_the_person_only(client, acts, hall, score, manager, outsider):
    _, (person,) = window_with(hall, "A01")
    card = card_of(score(), person)
    client.force_login(manager)
    page = client.get(f"/assess/2026-10/explain/{card.pk}/")
    answer = client.get(f"/api/v1/scorecards/{card.pk}/explain/")
    client.force_login(outsider)

    assert (page.status_code, answer.status_code, answer.json()["total"]) == (200, 200, 102)
    assert client.get(f"/assess/2026-10/explain/{card.pk}/").status_code in (403, 404)
    assert client.get(f"/api/v1/scorecards/{card.pk}/explain/").status_code in (403, 404)


def test_trial_by_api(client, acts, hall, admin, stricter):
    _, (person,) = window_with(hall, "A01")
    record(acts("late"), date(2026, 10, 9), staff=person)
    client.force_login(admin)

    body = {"version": stricter.pk, "months": ["2026-10"]}
    answer = client.post("/api/v1/rulebook-trials/", body, content_type="application/json")

    assert answer.status_code == 202
    run = do_run(answer.json()["id"])
    rows = client.get(f"/api/v1/rulebook-trials/?run={run.pk}&kind=staff").json()["results"]
    assert [(row["name"], row["before"], row["after"], row["change"]) for row in rows] == [
        (str(person), 100, 98, -2)
    ]
    assert rows[0]["why"] == "1：−2 → −4"
    assert (Run.objects.count(), Scorecard.objects.count()) == (0, 0)


def test_trial_tells_titles_won_and_lost(acts, hall, manager, stricter):
    _, (first,) = window_with(hall, "A01")
    _, (second,) = window_with(hall, "A02")
    record(acts("late"), date(2026, 10, 9), staff=first)
    record(acts("rude"), date(2026, 10, 9), staff=second)  # 98 and 97 now, 96 and 97 then

    rows = try_version(version=stricter, hall=hall, months=[OCTOBER], by=manager)

    told = {row.subject_id: row for row in rows if row.kind == "staff"}
    assert (told[first.pk].rank_before, told[first.pk].rank_after) == (1, 2)
    assert (told[second.pk].change, told[second.pk].rank_after) == (0, 1)
    assert told[second.pk].why == "本身得分没有变，名次随别人变动"
    assert bool(told[first.pk].lost) == bool(told[second.pk].won)


def test_trial_from_the_draft_page(client, acts, hall, admin, manager, stricter):
    _, (person,) = window_with(hall, "A01")
    client.force_login(admin)
    with time_machine.travel("2026-11-10 10:00+08:00", tick=True):
        record(acts("late"), date(2026, 10, 9), staff=person)
        page = client.post(f"/rules/{stricter.pk}/trial/", {"span": "month"})
        run = do_run(LongRun.objects.get().pk)

        shown = client.get(f"/rules/trials/{run.pk}/?kind=staff")

    assert page.headers["Location"] == run.get_absolute_url()
    assert (run.status, run.detail["changed"], run.url) == (
        "done",
        len(TrialRow.objects.all()),
        f"/rules/trials/{run.pk}/?hall={hall.code}",
    )
    assert [row.subject_id for row in shown.context["listing"].rows] == [person.pk]
    client.force_login(manager)
    assert client.get(f"/rules/trials/{run.pk}/").status_code == 404


def test_old_trials_are_thrown_away(acts, hall, admin, stricter):
    _, (person,) = window_with(hall, "A01")
    record(acts("late"), date(2026, 10, 9), staff=person)
    params = {"version": stricter.pk, "months": ["2026-10"]}
    do_run(place_run("try_rulebook", hall=hall, by=admin, params=params).pk)
    assert drop_old_rows() == 0

    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert drop_old_rows() > 0


@pytest.mark.parametrize(
    ("today", "month", "quarter"),
    [
        (date(2026, 11, 22), "2026-10", ["2026-07", "2026-08", "2026-09"]),
        (date(2027, 1, 1), "2026-12", ["2026-10", "2026-11", "2026-12"]),
        (date(2026, 3, 31), "2026-02", ["2025-10", "2025-11", "2025-12"]),
    ],
)
def test_spans_to_try_are_past_months(today, month, quarter):
    spans = trial_spans(today)

    assert [f"{day:%Y-%m}" for day in spans["month"]] == [month]
    assert [f"{day:%Y-%m}" for day in spans["quarter"]] == quarter
    assert spans["year"][-1] == spans["month"][0]


def test_an_address_that_is_no_number_is_not_found(client, manager):
    client.force_login(manager)

    assert client.get("/api/v1/scorecards/null,null/explain/").status_code == 404
