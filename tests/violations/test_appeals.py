"""申诉: who may file, who may review, by when, and what the page shows."""

from datetime import datetime

import pytest
from django.urls import reverse

from accounts.errors import NotPermitted, Refused
from tests.factories.accounts import person_with
from tests.factories.violations import record_of
from tests.factories.windows import StaffFactory
from tests.violations.conftest import HALL_TIME, ROBOT
from trail.models import AuditEntry, Notice
from violations.models import Appeal
from violations.permissions import reviewer_objection
from violations.services.appeals import decide_appeal, file_appeal
from violations.services.ledger import (
    accept_record,
    confirm_record,
    state_on_record,
    undo_last_step,
    verify_draft,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def appeal(life):
    return life("appealed").appeals.get()


def decide(appeal, by, is_allowed=True):
    return decide_appeal(appeal=appeal, by=by, is_allowed=is_allowed, opinion="公出审批单在案")


# --- filing ---------------------------------------------------------------------------------------


def test_filing_stops_the_record_from_counting(appeal):
    assert (appeal.record.status, appeal.record.countable_at) == ("appealed", None)
    assert appeal.number == "SS-20261125-001"
    assert appeal.due_at == datetime(2026, 11, 30, 17, 30, tzinfo=HALL_TIME)


def test_filing_after_acceptance(record, clerk):
    accept_record(record=record, by=clerk)

    assert file_appeal(record=record, by=clerk, words="后来查到公出单").record.status == "appealed"


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (datetime(2026, 12, 2, 17, 30, tzinfo=HALL_TIME), None),
        (datetime(2026, 12, 2, 17, 31, tzinfo=HALL_TIME), "too_late"),
    ],
)
def test_filing_within_five_working_days(moment, code, life, clerk, clock):
    record = life("confirmed")
    clock.move_to(moment)

    if code is None:
        assert file_appeal(record=record, by=clerk, words="请复核").pk
        return
    with pytest.raises(Refused) as caught:
        file_appeal(record=record, by=clerk, words="请复核")
    assert caught.value.code == code


def test_filing_twice(life, clerk):
    record = life("appeal_rejected")

    with pytest.raises(Refused) as caught:
        file_appeal(record=record, by=clerk, words="再看一次")
    assert caught.value.code == "appealed_before"


@pytest.mark.parametrize("role", ["colleague", "head", "unit", "manager", "outsider"])
def test_filing_by_somebody_else(role, life, request):
    with pytest.raises(NotPermitted):
        file_appeal(record=life("confirmed"), by=request.getfixturevalue(role), words="请复核")


def test_filing_without_words(life, clerk):
    with pytest.raises(Refused, match="请写申诉理由"):
        file_appeal(record=life("confirmed"), by=clerk, words=" ")


def test_filing_tells_only_those_who_may_review(life, clerk, leader, manager, second_manager, officer):
    record = life("confirmed")
    file_appeal(record=record, by=clerk, words="请复核")

    told = Notice.objects.filter(title__contains="申诉等待复核").values_list("user__username", flat=True)
    assert set(told) == {"leader", "manager2"}


def test_undone_filing_may_be_filed_again(life, clerk, leader):
    record = life("confirmed")
    since = record.countable_at
    first = file_appeal(record=record, by=clerk, words="打错")

    record = undo_last_step(record=record, by=clerk)

    assert (record.status, record.countable_at) == ("confirmed", since)
    assert list(Appeal.objects.visible_to(leader)) == []
    with pytest.raises(Refused, match="已经由申诉人撤销"):
        decide(first, leader)
    assert file_appeal(record=record, by=clerk, words="写好了").number == "SS-20261125-002"


# --- reviewing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("is_allowed", "status"), [(True, "appeal_allowed"), (False, "appeal_rejected")])
def test_decision(is_allowed, status, appeal, leader, clerk):
    decided = decide(appeal, leader, is_allowed)

    assert (decided.record.status, decided.reviewer, decided.is_allowed) == (status, leader, is_allowed)
    assert decided.record.counts is not is_allowed
    assert Notice.objects.filter(user=clerk, title__contains="申诉").count() == 1
    assert AuditEntry.objects.filter(action="appeal.decided", target_id=appeal.pk).count() == 1


def test_decision_twice(appeal, leader, second_manager):
    decide(appeal, leader)

    with pytest.raises(Refused, match="已经裁定"):
        decide(appeal, second_manager, is_allowed=False)


def test_decision_without_an_opinion(appeal, leader):
    with pytest.raises(Refused, match="请写裁定意见"):
        decide_appeal(appeal=appeal, by=leader, is_allowed=True, opinion="")


def test_confirmer_does_not_review(appeal, manager):
    assert "作出认定的人回避" in reviewer_objection(manager, appeal)
    with pytest.raises(NotPermitted):
        decide(appeal, manager)


def test_finder_does_not_review(rules, staff, clerk, leader, manager):
    record = record_of(rules.talk, staff=staff, by=leader)
    accept_record(record=record, by=clerk)
    appeal = file_appeal(record=record, by=clerk, words="请复核")

    assert "记录人" in reviewer_objection(leader, appeal)
    assert reviewer_objection(manager, appeal) == ""


def test_who_verified_does_not_review(life, clerk, leader, manager, second_manager):
    record = life("draft")
    verify_draft(record=record, by=second_manager)
    state_on_record(record=record, by=clerk, reason="other", words="没有")
    confirm_record(record=record, by=manager)
    appeal = file_appeal(record=record, by=clerk, words="请复核")

    assert [reviewer_objection(user, appeal) == "" for user in (second_manager, manager, leader)] == [
        False,
        False,
        True,
    ]


def test_leader_of_the_same_department_does_not_review(appeal, hall, department):
    insider = person_with("leader", hall)
    StaffFactory(department=department, user=insider)

    assert "同单位" in reviewer_objection(insider, appeal)


@pytest.mark.parametrize("role", ["officer", "admin", "supervisor", "head", "clerk", "unit", "outsider"])
def test_review_is_not_for_everybody(role, appeal, request):
    with pytest.raises(NotPermitted):
        decide(appeal, request.getfixturevalue(role))


def test_undone_decision_may_be_taken_again(appeal, leader):
    decide(appeal, leader, is_allowed=False)
    record = undo_last_step(record=appeal.record, by=leader)
    appeal.refresh_from_db()

    assert (record.status, appeal.decided_at, appeal.reviewer, appeal.opinion) == ("appealed", None, None, "")
    assert decide(appeal, leader).is_allowed is True
    assert AuditEntry.objects.filter(action="appeal.undone").count() == 1


def test_rows_to_review_are_those_without_objection(
    life,
    rules,
    staff,
    clerk,
    hall,
    department,
    manager,
    second_manager,
    leader,
    officer,
    supervisor,
    outsider,
):
    insider = person_with("leader", hall)
    StaffFactory(department=department, user=insider)
    life("appealed")
    by_leader = record_of(rules.talk, staff=staff, by=leader)
    accept_record(record=by_leader, by=clerk)
    file_appeal(record=by_leader, by=clerk, words="请复核")
    life("appeal_allowed")

    for user in (manager, second_manager, leader, officer, supervisor, insider, clerk, outsider):
        waiting = Appeal.objects.standing().undecided()
        expected = [a.pk for a in waiting if not reviewer_objection(user, a)]
        assert sorted(Appeal.objects.reviewable_by(user).values_list("pk", flat=True)) == sorted(expected)


# --- pages ----------------------------------------------------------------------------------------


def test_page_shows_both_sides(see, appeal, leader):
    text = see(leader, appeal.get_absolute_url())

    for words in ("在谈工作", "请复核", "王丽", "李航", "第二十条（1）", "提交裁定", "11月30日 17:30"):
        assert words in text


def test_page_tells_the_confirmer_why_not(see, appeal, manager):
    text = see(manager, appeal.get_absolute_url())

    assert "作出认定的人回避" in text
    assert "提交裁定" not in text


@pytest.mark.parametrize("role", ["clerk", "unit", "head", "officer", "supervisor"])
def test_page_without_a_form_for_others(role, see, appeal, request):
    assert "提交裁定" not in see(request.getfixturevalue(role), appeal.get_absolute_url())


@pytest.mark.parametrize(
    ("role", "status"), [("colleague", 404), ("outsider", 404), ("inspector", 403), ("admin", 403)]
)
def test_page_is_closed_to(role, status, see, appeal, request):
    see(request.getfixturevalue(role), appeal.get_absolute_url(), status=status)


def test_leader_decides_on_the_page(client, appeal, leader):
    client.force_login(leader)

    response = client.post(
        appeal.get_absolute_url(), {"verdict": "reject", "opinion": "证据清楚"}, follow=True
    )

    appeal.refresh_from_db()
    assert (appeal.is_allowed, appeal.record.status) == (False, "appeal_rejected")
    assert reverse("violations:undo", args=[appeal.record_id]) in response.content.decode()


def test_decision_with_errors(client, appeal, leader):
    client.force_login(leader)

    response = client.post(appeal.get_absolute_url(), {})

    assert (response.status_code, set(response.context["form"].errors)) == (422, {"verdict", "opinion"})


def test_list_and_its_conditions(client, life, leader, manager, clerk, outsider):
    life("appealed")
    life("appeal_allowed")

    def rows(user, query=""):
        client.force_login(user)
        return len(client.get(f"/appeals/?{query}").context["listing"].rows)

    assert [rows(leader, q) for q in ("", "status=waiting", "status=allowed", "status=rejected")] == [
        2,
        1,
        1,
        0,
    ]
    assert [rows(user, "status=review") for user in (leader, manager)] == [1, 0]
    assert [rows(user) for user in (clerk, outsider)] == [2, 0]


@pytest.mark.parametrize("rows", [1, 3])
def test_list_in_constant_queries(rows, client, life, leader, django_assert_num_queries):
    for _ in range(rows):
        life("appealed")
    client.force_login(leader)

    with django_assert_num_queries(7):
        assert len(client.get("/appeals/").context["listing"].rows) == rows


def test_empty_list_says_what_comes_here(see, leader):
    assert "没有申诉" in see(leader, "/appeals/")


def test_machine_found_record_may_be_reviewed_by_any_manager(rules, staff, clerk, second_manager, life):
    """Nobody found or verified a lapsed import by hand: only who took part is out."""
    record = life("lapsed")

    appeal = file_appeal(record=record, by=clerk, words="请复核")

    assert reviewer_objection(second_manager, appeal) == ""
    assert ROBOT.job == record.status_changes.get(status="lapsed").job
