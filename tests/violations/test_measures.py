"""措施: proposed once a crossing, heard before it is decided, never decided on by somebody concerned."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from tests.factories.accounts import person_with
from tests.factories.violations import record_of
from tests.factories.windows import StaffFactory
from tests.violations.conftest import ROBOT
from trail.models import AuditEntry, Notice
from violations.models import Clause, ClauseAct, Measure, MeasureRule, RulebookVersion, Step
from violations.rule_enums import MeasureKind, VersionStatus
from violations.services.ledger import accept_record, withdraw_record
from violations.services.measure_rules import propose_due
from violations.services.measures import (
    close_measure,
    decide_measure,
    decline_measure,
    hand_in_review,
    propose_measure,
    return_review,
    say_on_measure,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 25)


def called_by(rules, *, span="month", start=200, every=100, kind="criticism", days=0):
    """The talk clause calls for a measure: a new version of the rulebook in force."""
    version = RulebookVersion.objects.create(
        rulebook=rules.version.rulebook, version="call", title="办法", effective_on=date(2021, 1, 1)
    )
    MeasureRule.objects.create(
        version=version,
        code="told",
        kind=kind,
        article="第九条",
        wording="两次的批评教育。",
        counted="clause",
    )
    clause = Clause.objects.create(
        version=version, code="9", article="第九条", wording="两次的", subject="staff", points=0,
        measure="times", span=span, days=days,
    )  # fmt: skip
    ClauseAct.objects.create(clause=clause, act=rules.talk)
    Step.objects.create(clause=clause, points=0, start=start, every=every, call="told")
    version.status = VersionStatus.IN_FORCE
    version.save(update_fields=["status"])


def talked(rules, staff, window, officer, clerk, times=1, **more):
    found = []
    for hours in range(times):
        at = more.get("at") or timezone.now() - timedelta(hours=hours)
        record = record_of(rules.talk, staff=staff, window=window, by=officer, at=at)
        accept_record(record=record, by=clerk)
        found.append(record)
    return found


@pytest.fixture
def review(hall, staff, manager):
    return propose_measure(hall=hall, kind="self_review", reason="两次串岗", by=manager, staff=staff)


@pytest.fixture
def talk(hall, staff, officer):
    return propose_measure(hall=hall, kind="talk", reason="屡次", by=officer, staff=staff)


# --- proposed by the rulebook ----------------------------------------------------------------------


def test_the_threshold_proposes_once(rules, hall, staff, window, officer, clerk):
    called_by(rules)
    talked(rules, staff, window, officer, clerk)
    assert propose_due(hall=hall, day=DAY, by=ROBOT) == {"proposed": [], "dropped": []}

    talked(rules, staff, window, officer, clerk, times=1, at=timezone.now() - timedelta(hours=2))
    numbers = [propose_due(hall=hall, day=DAY, by=ROBOT)["proposed"] for _ in range(2)]

    measure = Measure.objects.get()
    assert numbers == [["CS-20261125-001"], []]
    assert (measure.kind, measure.staff, measure.status, measure.heard_until, measure.records.count()) == (
        "criticism",
        staff,
        "proposed",
        date(2026, 11, 27),
        2,
    )


def test_each_further_crossing_proposes_again(rules, hall, staff, window, officer, clerk):
    called_by(rules, start=200, every=200)
    talked(rules, staff, window, officer, clerk, times=4)

    assert len(propose_due(hall=hall, day=DAY, by=ROBOT)["proposed"]) == 2


def test_a_proposal_falls_with_its_record_and_comes_again_with_a_new_one(
    rules, hall, staff, window, officer, clerk, manager
):
    called_by(rules)
    first, _ = talked(rules, staff, window, officer, clerk, times=2)
    propose_due(hall=hall, day=DAY, by=ROBOT)

    withdraw_record(record=first, by=manager, reason="记错人")
    assert propose_due(hall=hall, day=DAY, by=ROBOT) == {"proposed": [], "dropped": ["CS-20261125-001"]}

    talked(rules, staff, window, officer, clerk, at=timezone.now() - timedelta(hours=3))
    assert propose_due(hall=hall, day=DAY, by=ROBOT)["proposed"] == ["CS-20261125-002"]


def test_what_was_declined_is_not_proposed_again(rules, hall, staff, window, officer, clerk, manager):
    called_by(rules)
    talked(rules, staff, window, officer, clerk, times=2)
    propose_due(hall=hall, day=DAY, by=ROBOT)
    decline_measure(measure=Measure.objects.get(), by=manager, words="情有可原")

    assert propose_due(hall=hall, day=DAY, by=ROBOT) == {"proposed": [], "dropped": []}


@pytest.mark.parametrize(("days", "expected"), [(3, 1), (2, 0)])
def test_rolling_working_days_leave_the_weekend_out(
    days, expected, rules, hall, staff, window, officer, clerk, clock
):
    called_by(rules, span="rolling", days=days)
    clock.move_to(timezone.now() - timedelta(days=5))  # Friday 20; the next is Tuesday 24
    talked(rules, staff, window, officer, clerk)
    clock.move_to(timezone.now() + timedelta(days=4))
    talked(rules, staff, window, officer, clerk)

    assert len(propose_due(hall=hall, day=DAY, by=ROBOT)["proposed"]) == expected


def test_a_decision_on_records_that_no_longer_count_is_refused(
    rules, hall, staff, window, officer, clerk, manager
):
    called_by(rules)
    first, _ = talked(rules, staff, window, officer, clerk, times=2)
    propose_due(hall=hall, day=DAY, by=ROBOT)
    measure = say_on_measure(measure=Measure.objects.get(), by=clerk, words="知道了")
    withdraw_record(record=first, by=manager, reason="记错人")

    with pytest.raises(TransitionNotAllowed):
        decide_measure(measure=measure, by=manager)


# --- heard, decided, closed ------------------------------------------------------------------------


def test_the_person_is_told_and_heard_before_the_decision(review, clerk, manager):
    assert Notice.objects.filter(user=clerk).count() == 1
    with pytest.raises(Refused) as refusal:
        decide_measure(measure=review, by=manager)
    assert refusal.value.code == "too_early"

    say_on_measure(measure=review, by=clerk, words="当时有急事")
    measure = decide_measure(measure=review, by=manager, words="仍需检查")

    assert (measure.status, measure.decided_by, measure.due_on) == ("decided", manager, date(2026, 12, 2))


def test_after_the_hearing_it_is_decided_without_words_and_nobody_speaks_any_more(
    review, clerk, manager, clock
):
    clock.move_to(timezone.now() + timedelta(days=3))

    with pytest.raises(TransitionNotAllowed):
        say_on_measure(measure=review, by=clerk, words="晚了")
    assert decide_measure(measure=review, by=manager).status == "decided"


def test_only_the_person_speaks(review, manager):
    with pytest.raises(NotPermitted):
        say_on_measure(measure=review, by=manager, words="替他说")


def test_the_paper_is_handed_in_returned_and_accepted(review, clerk, manager):
    say_on_measure(measure=review, by=clerk, words="认识到了")
    decide_measure(measure=review, by=manager)
    with pytest.raises(TransitionNotAllowed):
        close_measure(measure=review, by=manager, words="没收到也办结")
    hand_in_review(measure=review, by=clerk, words="我的检查")
    return_review(measure=review, by=manager, words="太短")
    hand_in_review(measure=review, by=clerk, words="我的检查，详细的")

    assert close_measure(measure=review, by=manager, words="认识到位").status == "closed"
    events = list(review.steps.values_list("event", flat=True))
    assert events == ["proposed", "said", "decided", "handed_in", "returned", "handed_in", "closed"]
    assert AuditEntry.objects.filter(action__startswith="measure.").count() == len(events)


def test_a_talk_is_the_leaders_and_wants_minutes(talk, clerk, manager, leader):
    say_on_measure(measure=talk, by=clerk, words="好")
    with pytest.raises(NotPermitted):
        decide_measure(measure=talk, by=manager)
    decide_measure(measure=talk, by=leader)
    with pytest.raises(Refused) as refusal:
        close_measure(measure=talk, by=leader, words="谈了")
    assert refusal.value.status == 422

    assert close_measure(measure=talk, by=leader, words="谈了", minutes="问：…答：…").status == "closed"


def test_a_transfer_closes_with_the_decision_of_the_body_that_has_the_right(
    hall, staff, officer, clerk, leader
):
    measure = propose_measure(hall=hall, kind="transfer", reason="收受礼品", by=officer, staff=staff)
    say_on_measure(measure=measure, by=clerk, words="没有")
    decide_measure(measure=measure, by=leader)
    with pytest.raises(Refused):
        close_measure(measure=measure, by=leader, words="已移送")

    decision = {"body": "区纪委", "document_number": "麦纪〔2026〕3号", "document_on": DAY}
    close_measure(measure=measure, by=leader, words="已处理", **decision)
    measure.refresh_from_db()
    assert (measure.body, measure.document_on) == ("区纪委", DAY)


def test_nobody_decides_on_the_own_case_or_one_of_the_own_unit(hall, staff, department, officer, clock):
    own, near = person_with("manager", hall), person_with("manager", hall)
    StaffFactory(department=department, user=near)
    person = StaffFactory(department=department, user=own)
    measure = propose_measure(hall=hall, kind="remind", reason="一次", by=officer, staff=person)
    clock.move_to(timezone.now() + timedelta(days=3))

    for by in (own, near):
        with pytest.raises(NotPermitted):
            decide_measure(measure=measure, by=by)
        assert list(Measure.objects.to_handle_by(by)) == []


def test_the_list_of_what_waits_is_that_of_the_right(review, talk, manager, leader, clerk):
    assert list(Measure.objects.to_handle_by(manager)) == [review]
    assert list(Measure.objects.to_handle_by(leader)) == [talk]
    assert list(Measure.objects.to_handle_by(clerk)) == []


def test_who_sees_it(review, clerk, head, unit, manager):
    other = person_with("clerk", review.hall)

    seen = {user: Measure.objects.visible_to(user).count() for user in (clerk, unit, manager, other)}
    assert seen == {clerk: 1, unit: 1, manager: 1, other: 0}


def test_no_fine_and_no_sanction_is_a_kind():
    illegal = ("罚", "处分", "开除", "扣发")
    assert [kind.label for kind in MeasureKind if any(word in kind.label for word in illegal)] == []


# --- both doors ------------------------------------------------------------------------------------


def test_the_pages_from_proposal_to_the_decision(client, hall, staff, clerk, manager):
    client.force_login(manager)
    sent = {"staff": staff.pk, "kind": "self_review", "reason": "两次串岗"}
    assert client.post(reverse("violations:measure_new"), sent).status_code == 302
    measure = Measure.objects.get()
    client.force_login(clerk)
    page = measure.get_absolute_url()
    assert client.post(f"{page}say/", {"words": ""}).status_code == 422
    assert client.post(f"{page}say/", {"words": "有急事"}).status_code == 302
    assert client.post(f"{page}decide/").status_code == 403
    client.force_login(manager)
    assert "有急事" in client.get(page).content.decode()
    assert client.post(f"{page}decide/").status_code == 302
    client.force_login(clerk)
    assert measure.number in client.get("/me/").content.decode()
    assert measure.number in client.get("/measures/?status=write").content.decode()
    assert client.post(f"{page}hand-in/", {"words": "检查"}).status_code == 302
    measure.refresh_from_db()
    assert measure.status == "handed_in"


def test_a_kind_that_does_not_exist_and_a_person_of_another_hall_are_refused(client, hall, manager):
    stranger = StaffFactory()
    client.force_login(manager)

    sent = {"staff": stranger.pk, "kind": "fine", "reason": "罚款"}
    answer = client.post(reverse("violations:measure_new"), sent)

    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"staff", "kind"})
    assert Measure.objects.count() == 0


def test_the_page_costs_the_same_with_two_and_twelve_rows(client, hall, staff, manager):
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    client.force_login(manager)
    counts = []
    for more in (2, 10):
        for _ in range(more):
            propose_measure(hall=hall, kind="remind", reason="一次", by=manager, staff=staff)
        client.get("/measures/")
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get("/measures/")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_programs_take_the_same_steps(client, hall, staff, clerk, manager):
    client.force_login(manager)
    sent = {"staff": staff.pk, "kind": "self_review", "reason": "两次串岗"}
    made = client.post("/api/v1/measures/", sent, content_type="application/json")
    assert (made.status_code, made.json()["status"]) == (201, "proposed")
    address = f"/api/v1/measures/{made.json()['id']}/"
    early = client.post(f"{address}decide/", {}, content_type="application/json")
    assert (early.status_code, early.json()["code"]) == (409, "too_early")
    client.force_login(clerk)
    said = client.post(f"{address}say/", {"words": "有急事"}, content_type="application/json")
    assert said.json()["steps"][-1]["event"] == "said"
    client.force_login(manager)
    decided = client.post(f"{address}decide/", {}, content_type="application/json")
    assert (decided.status_code, decided.json()["status"]) == (200, "decided")
    assert [row["id"] for row in client.get("/api/v1/measures/").json()["results"]] == [made.json()["id"]]
