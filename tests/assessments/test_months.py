"""The life of a month: scored, scored again, decided by hand, published, frozen."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from assessments.models import AssessmentMonth, Award, AwardResult, Line, Scorecard
from assessments.services import monthly_job
from assessments.services.months import decide_award, publish_month, score_month, score_months
from assessments.services.seals import broken_months
from tests.assessments.conftest import card_of
from tests.factories.accounts import HallFactory
from tests.factories.assessments import OCTOBER, moment, record, take_back, window_with
from trail.actors import Robot
from trail.models import AuditEntry
from trail.services.jobs import due_runs, run_job
from violations.models import ConductRecord


@pytest.fixture
def month(acts, hall, score):
    _, (person,) = window_with(hall, "A01")
    record(acts("late"), date(2026, 10, 9), staff=person)
    window_with(hall, "A02")
    return score()


@pytest.fixture
def published(month, manager):
    return publish_month(month=month, by=manager)


def test_publish_freezes_with_a_hash(published, manager):
    assert (published.status, published.published_by, len(published.sha256)) == ("published", manager, 64)
    assert AuditEntry.objects.filter(action="assessment.published").count() == 1


def test_published_month_refuses_to_be_scored(published, score):
    with pytest.raises(TransitionNotAllowed, match="已经发布"):
        score()


def test_published_month_refuses_to_be_published_again(published, manager):
    with pytest.raises(TransitionNotAllowed):
        publish_month(month=published, by=manager)


@pytest.mark.parametrize("role", ["clerk", "officer", "leader", "admin", "outsider"])
def test_only_the_halls_manager_publishes(month, request, role):
    with pytest.raises(NotPermitted):
        publish_month(month=month, by=request.getfixturevalue(role))


def test_open_month_cannot_be_published(hall, manager):
    month = AssessmentMonth.objects.create(hall=hall, month=OCTOBER)

    with pytest.raises(TransitionNotAllowed, match="还没有计算"):
        publish_month(month=month, by=manager)


def test_months_are_published_in_order(month, hall, score, manager, time_machine):
    time_machine.move_to(moment(date(2026, 12, 2)))
    november = score(date(2026, 11, 1))

    with pytest.raises(Refused, match="2026-10 还没有发布"):
        publish_month(month=november, by=manager)


def test_publish_refuses_when_a_record_came_to_count(month, acts, hall, manager):
    person = card_of(month, hall.staff.first()).staff
    record(acts("late"), date(2026, 10, 12), staff=person, created_at=moment(date(2027, 1, 1)))

    with pytest.raises(Refused, match="1 条变化"):
        publish_month(month=month, by=manager)


def test_publish_refuses_when_a_record_was_taken_back(month, manager):
    take_back(ConductRecord.objects.get())

    with pytest.raises(Refused, match="1 条变化"):
        publish_month(month=month, by=manager)


def test_publish_refuses_when_a_person_was_changed(month, hall, manager):
    person = card_of(month, hall.staff.first()).staff
    person.political_status = "中共党员"
    person.save()

    with pytest.raises(Refused, match="1 条变化"):
        publish_month(month=month, by=manager)


def test_publish_refuses_when_a_person_was_moved_within_the_month(month, hall, manager):
    posting = hall.postings.first()
    posting.ends_on = date(2026, 10, 20)
    posting.save()

    with pytest.raises(Refused, match="1 条变化"):
        publish_month(month=month, by=manager)


def test_posting_of_a_later_month_does_not_ask_for_a_new_reckoning(month, hall, manager):
    other = window_with(hall, "Z09")[1][0]
    other.postings.update(starts_on=date(2026, 11, 3))

    assert publish_month(month=month, by=manager).is_published


def test_month_to_come_cannot_be_scored(small, hall, manager, time_machine):
    time_machine.move_to(moment(date(2026, 11, 22)))

    with pytest.raises(Refused, match="还没到"):
        score_month(hall=hall, month=date(2026, 12, 1), by=manager)


def test_hall_without_rules_cannot_be_scored(hall, manager):
    with pytest.raises(Refused, match="还没有生效的考核办法"):
        score_month(hall=hall, month=OCTOBER, by=manager)


def test_candidate_put_out_by_hand_gives_way_to_the_next(month, hall, manager):
    award = Award.objects.get(code="flag")
    first, second = Scorecard.objects.filter(run=month.run, kind="window").order_by("pk")
    again = decide_award(month=month, award=award, card=first, is_in=False, reason="正在核查", by=manager)

    won = AwardResult.objects.get(card__run=again.run, award=award, outcome="won")

    assert (won.card.subject_id, won.is_by_hand) == (second.subject_id, False)


def test_candidate_put_in_by_hand_comes_first_and_brings_points(month, hall, manager):
    award = Award.objects.get(code="flag")
    _, second = Scorecard.objects.filter(run=month.run, kind="window").order_by("pk")

    again = decide_award(month=month, award=award, card=second, is_in=True, reason="小组评议", by=manager)

    won = AwardResult.objects.get(card__run=again.run, award=award, outcome="won")
    assert (won.card.subject_id, won.is_by_hand) == (second.subject_id, True)
    assert Line.objects.get(run=again.run, kind="award").source_card.subject_id == second.subject_id


def test_candidate_with_a_veto_cannot_be_put_in(acts, hall, score, manager):
    _, (person,) = window_with(hall, "A01")
    record(acts("rude"), date(2026, 10, 9), staff=person)
    month = score()

    with pytest.raises(Refused, match="一票否决"):
        decide_award(
            month=month,
            award=Award.objects.get(code="star"),
            card=card_of(month, person),
            is_in=True,
            reason="想评",
            by=manager,
        )


def test_decision_needs_a_reason_and_the_manager(month, manager, officer):
    award = Award.objects.get(code="flag")
    card = Scorecard.objects.filter(run=month.run, kind="window").first()

    with pytest.raises(Refused, match="理由"):
        decide_award(month=month, award=award, card=card, is_in=True, reason=" ", by=manager)
    with pytest.raises(NotPermitted):
        decide_award(month=month, award=award, card=card, is_in=True, reason="好", by=officer)


def test_seal_holds_until_a_row_is_changed(published):
    assert list(broken_months()) == []
    call_command("verify_audit", stdout=StringIO())

    Line.objects.filter(run=published.run).update(points=-1)

    assert len(list(broken_months())) == 1
    with pytest.raises(CommandError, match="不符"):
        call_command("verify_audit", stdout=StringIO())


def test_many_halls_are_scored_in_one_run(small, hall):
    halls = [hall, *[HallFactory(parent=hall) for _ in range(3)]]
    for place in halls:
        window_with(place, "A01", people=2)

    months = score_months(halls=halls, month=OCTOBER, by=Robot("test"))

    counts = [Scorecard.objects.filter(run=m.run, hall=m.hall, kind="staff").count() for m in months]
    assert (counts, len({month.run_id for month in months})) == ([2, 2, 2, 2], 1)


def run_json(hall, month="2026-10") -> dict:
    out = StringIO()
    call_command("run_assessment", hall=hall.code, month=month, json=True, stdout=out)
    return json.loads(out.getvalue())


def test_command_prints_scores_lines_and_awards(acts, hall):
    window, (person,) = window_with(hall, "A01")
    found = record(acts("late"), date(2026, 10, 9), staff=person, window=window)

    result = run_json(hall)

    (entry,) = result["staff"]
    assert (entry["no"], entry["score"], entry["rank"]) == (person.no, 100, 1)
    assert entry["lines"][0] == {
        "clause": "1",
        "points": -2,
        "evidence": found.number,
        "day": "2026-10-09",
        "kind": "record",
    }
    assert [window["code"] for window in result["windows"]] == ["A01"]
    assert [(award["award"], award["subject"]) for award in result["awards"]] == [("flag", "A01")]


def test_command_shows_a_published_month_without_scoring(published, hall):
    result = run_json(hall)

    published.refresh_from_db()
    assert (result["status"], AssessmentMonth.objects.get().run_id) == ("published", published.run_id)


@pytest.mark.parametrize(
    ("hall_code", "month"), [("nowhere", "2026-10"), ("qinghe", "2026-13"), ("qinghe", "10")]
)
def test_command_refuses_what_it_cannot_read(small, hall, hall_code, month):
    with pytest.raises(CommandError):
        call_command("run_assessment", hall=hall_code, month=month)


@pytest.mark.parametrize(
    ("now", "periods"),
    [
        # 1 November 2026 is a Sunday
        (moment(date(2026, 11, 1)), []),
        (moment(date(2026, 11, 2)), ["2026-10"]),
        (moment(date(2026, 11, 22)), ["2026-10"]),
    ],
)
def test_job_is_due_on_the_first_working_day(small, hall, now, periods):
    window_with(hall, "A01")

    assert [period for _, period in monthly_job.due(now)] == periods


def test_job_catches_up_months_that_were_missed(month, hall):
    found = [period for _, period in monthly_job.due(moment(date(2027, 1, 20)))]

    assert found == ["2026-10", "2026-11", "2026-12"]


def test_job_leaves_out_halls_without_rules_or_people(hall, other_hall, small):
    window_with(other_hall, "A01")

    assert list(monthly_job.due(moment(date(2026, 11, 2)))) == []


def test_job_scores_once(small, hall, time_machine):
    time_machine.move_to(moment(date(2026, 11, 2)))
    window_with(hall, "A01")

    first = run_job(monthly_job.NAME, hall=hall, period="2026-10")
    second = run_job(monthly_job.NAME, hall=hall, period="2026-10")

    assert (first.pk, first.result) == (second.pk, {"month": "2026-10", "staff": 1, "windows": 1})
    assert AssessmentMonth.objects.get().run.by == "系统（monthly_assessment）"
    assert (monthly_job.NAME, hall.pk, "2026-10") not in due_runs(moment(date(2026, 11, 3)))


def test_job_scores_again_what_was_tried_before_the_month_ended(small, hall, manager, time_machine):
    window_with(hall, "A01")
    time_machine.move_to(moment(date(2026, 10, 20)))
    trial = score_month(hall=hall, month=OCTOBER, by=manager)
    time_machine.move_to(moment(date(2026, 11, 2)))

    run_job(monthly_job.NAME, hall=hall, period="2026-10")

    assert AssessmentMonth.objects.get().run_id != trial.run_id


def test_job_keeps_a_draft_that_was_scored_after_the_month(small, hall, manager, time_machine):
    window_with(hall, "A01")
    time_machine.move_to(moment(date(2026, 11, 2)))
    draft = score_month(hall=hall, month=OCTOBER, by=manager)

    run_job(monthly_job.NAME, hall=hall, period="2026-10")

    assert AssessmentMonth.objects.get().run_id == draft.run_id
