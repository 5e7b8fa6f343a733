from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from bulletins.models import Bulletin
from bulletins.presenters import content_of
from bulletins.services.drafting import (
    draft_bulletin,
    edit_words,
    hold_item,
    return_to_draft,
    submit_bulletin,
    unhold_item,
    withdraw_bulletin,
)
from tests.factories.bulletins import counting_record, issue, moment
from trail.actors import Robot
from trail.models import AuditEntry, Notice
from trail.services.jobs import due_runs, run_job
from violations.models import Act, ConductRecord
from violations.services.appeals import decide_appeal, file_appeal
from violations.services.ledger import Found, find_record, state_on_record

WEEK = "2026-W47"
JOB = Robot("weekly_bulletin")


def listed(bulletin):
    return [item.record for item in bulletin.items.filter(held_reason="").order_by("section", "position")]


def draft(hall):
    return draft_bulletin(hall=hall, iso_week=WEEK, by=JOB)


# --- what is in it ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "is_in"),
    [
        ("2026-11-13 17:30:00", False),  # the last second of the issue before
        ("2026-11-13 17:30:01", True),
        ("2026-11-20 17:30:00", True),  # the last second of this one
        ("2026-11-20 17:30:01", False),
    ],
)
def test_draft_lists_what_became_countable_between_the_cutoffs(hall, rulebook, manager, staff, since, is_in):
    record = counting_record(hall, since=since, by=manager, staff=staff)

    assert listed(draft(hall)) == ([record] if is_in else [])


def test_draft_splits_findings_and_praise(hall, rulebook, manager, staff):
    finding = counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    praise = counting_record(hall, since="2026-11-17 10:00", by=manager, staff=staff, is_bonus=True)

    bulletin = draft(hall)

    assert [(i.record, i.section) for i in bulletin.items.order_by("position")] == [
        (finding, "problem"),
        (praise, "praise"),
    ]
    assert (bulletin.problem_count, bulletin.praise_count, bulletin.points) == (1, 1, -200)


def test_draft_of_another_hall_lists_nothing_of_ours(hall, other_hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)

    assert listed(draft(other_hall)) == []


def test_draft_counts_the_undecided_and_lists_none(hall, rulebook, officer, staff, clerk):
    act = Act.objects.get(code="late_arrival")
    with_words = find_record(
        Found(act=act, at=moment("2026-11-19 09:00"), staff=staff), hall=hall, by=officer
    )
    state_on_record(record=with_words, by=clerk, reason="other", words="路上堵车")
    ConductRecord.objects.filter(pk=with_words.pk).update(created_at=moment("2026-11-19 09:00"))

    bulletin = draft(hall)

    assert listed(bulletin) == []
    assert content_of(bulletin)["facts"]["undecided"]["records"] == [with_words.pk]


def test_draft_leaves_out_what_a_printed_issue_has_listed(
    hall, rulebook, manager, leader, second_manager, staff, clerk
):
    record = counting_record(hall, since="2026-11-12 10:00", by=manager, staff=staff)
    issue(hall, "2026-W46", writer=manager, signer=leader)
    appeal = file_appeal(record=record, by=clerk, words="当时在谈工作")
    decide_appeal(appeal=appeal, by=second_manager, is_allowed=False, opinion="照片清楚")
    record.refresh_from_db()
    assert record.countable_at == timezone.now()  # countable once more, in a later period

    assert listed(draft_bulletin(hall=hall, iso_week=WEEK, by=JOB)) == []


def test_draft_shows_points_and_clause_of_the_day(hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff, act="absent_from_post")

    shown = draft(hall).items.get().shown

    assert (shown["points_words"], shown["article"], shown["window_code"], shown["staff_name"]) == (
        "−2",
        "第二十条（七）",
        "A05",
        "王丽",
    )


# --- again and again ----------------------------------------------------------------------------


def test_draft_twice_is_one_issue(hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)

    first, second = draft(hall), draft(hall)

    assert (first, second.items.count(), Bulletin.objects.count()) == (second, 1, 1)


def test_draft_again_keeps_words_and_holds(hall, rulebook, manager, staff):
    record = counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    bulletin = draft(hall)
    edit_words(bulletin=bulletin, words={"problems": "离岗仍是主要问题。"}, by=manager)
    hold_item(item=bulletin.items.get(), by=manager, reason="还在核实时间")
    late = counting_record(hall, since="2026-11-19 10:00", by=manager, staff=staff)

    again = draft(hall)

    assert (again.words, listed(again)) == ({"problems": "离岗仍是主要问题。"}, [late])
    assert again.items.get(record=record).held_reason == "还在核实时间"


def test_draft_again_drops_what_counts_no_more(hall, rulebook, manager, staff, clerk):
    record = counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    draft(hall)
    file_appeal(record=record, by=clerk, words="认错人了")

    assert listed(draft(hall)) == []


def test_draft_again_of_a_submitted_issue_changes_nothing(hall, rulebook, manager, staff):
    bulletin = submit_bulletin(bulletin=draft(hall), by=manager)
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)

    again = draft(hall)

    assert (again, again.status, listed(again)) == (bulletin, "submitted", [])


def test_draft_costs_the_same_with_one_record_and_many(
    hall, rulebook, manager, staff, django_assert_num_queries
):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    draft(hall)
    with CaptureQueriesContext(connection) as one:
        draft(hall)
    for minute in range(10, 22):
        counting_record(hall, since=f"2026-11-18 10:{minute}", by=manager, staff=staff)
    draft(hall)

    with django_assert_num_queries(len(one)):
        draft(hall)


# --- when it is refused -------------------------------------------------------------------------


def test_draft_before_the_cutoff(hall, rulebook):
    with pytest.raises(Refused) as refusal:
        draft_bulletin(hall=hall, iso_week="2026-W48", by=JOB)

    assert refusal.value.code == "too_early"


def test_draft_by_the_manager_of_another_hall(hall, rulebook, outsider):
    with pytest.raises(NotPermitted):
        draft_bulletin(hall=hall, iso_week=WEEK, by=outsider)


def test_draft_is_told_to_the_manager_once(hall, rulebook, manager):
    draft(hall)
    draft(hall)

    assert Notice.objects.filter(user=manager).count() == 1


# --- words and holds ----------------------------------------------------------------------------


def test_edit_words_stand_in_the_text(hall, rulebook, manager):
    bulletin = edit_words(
        bulletin=draft(hall), words={"title": "关于巡查的通报", "praise": "一\n\n二"}, by=manager
    )

    content = content_of(bulletin)

    assert content["title"] == "关于巡查的通报"
    assert [s["words"] for s in content["sections"] if s["key"] == "praise"] == [["一", "二"]]


def test_edit_words_of_the_standing_text_is_no_edit(hall, rulebook, manager):
    bulletin = draft(hall)
    standing = next(s for s in content_of(bulletin)["sections"] if s["key"] == "requirements")["words"][0]

    edited = edit_words(
        bulletin=bulletin, words={"requirements": standing, "title": bulletin.title}, by=manager
    )

    assert edited.words == {}


def test_edit_words_of_an_unknown_section(hall, rulebook, manager):
    with pytest.raises(Refused) as refusal:
        edit_words(bulletin=draft(hall), words={"seal": "章"}, by=manager)

    assert refusal.value.code == "unknown_section"


def test_edit_words_of_a_submitted_issue(hall, rulebook, manager):
    bulletin = submit_bulletin(bulletin=draft(hall), by=manager)

    with pytest.raises(TransitionNotAllowed):
        edit_words(bulletin=bulletin, words={"problems": "x"}, by=manager)


def test_edit_words_leaves_a_trace(hall, rulebook, manager):
    edit_words(bulletin=draft(hall), words={"problems": "新"}, by=manager)

    entry = AuditEntry.objects.get(action="bulletin.edited")
    assert (entry.by, entry.before, entry.after) == (manager, {}, {"problems": "新"})


def test_hold_needs_a_reason(hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)

    with pytest.raises(Refused) as refusal:
        hold_item(item=draft(hall).items.get(), by=manager, reason=" ")

    assert refusal.value.code == "reason_missing"


def test_hold_leaves_the_item_out_of_the_counts(hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    bulletin = draft(hall)

    item = hold_item(item=bulletin.items.get(), by=manager, reason="核实中")
    bulletin.refresh_from_db()
    held = (bulletin.problem_count, content_of(bulletin)["facts"]["problems"]["value"])
    unhold_item(item=item, by=manager)
    bulletin.refresh_from_db()

    assert (held, bulletin.problem_count) == ((0, "0"), 1)


def test_held_item_comes_up_again_held(hall, rulebook, manager, leader, staff):
    record = counting_record(hall, since="2026-11-12 10:00", by=manager, staff=staff)
    last = draft_bulletin(hall=hall, iso_week="2026-W46", by=JOB)
    hold_item(item=last.items.get(), by=manager, reason="核实中")
    issue(hall, "2026-W46", writer=manager, signer=leader)

    item = draft(hall).items.get()

    assert (item.record, item.held_reason, item.held_by) == (record, "核实中", manager)


# --- to the leader and back ---------------------------------------------------------------------


def test_submit_tells_the_leader(hall, rulebook, manager, leader):
    submit_bulletin(bulletin=draft(hall), by=manager)

    assert Notice.objects.get(user=leader).title == "2026年第47周通报等你签发"


def test_submit_by_an_officer(hall, rulebook, officer):
    with pytest.raises(NotPermitted):
        submit_bulletin(bulletin=draft(hall), by=officer)


def test_return_needs_words_and_reopens_the_draft(hall, rulebook, manager, leader):
    bulletin = submit_bulletin(bulletin=draft(hall), by=manager)

    with pytest.raises(Refused):
        return_to_draft(bulletin=bulletin, by=leader, reason="")
    back = return_to_draft(bulletin=bulletin, by=leader, reason="第二段写具体些")

    assert (back.status, back.returned_reason) == ("draft", "第二段写具体些")


def test_return_by_a_clerk(hall, rulebook, manager, clerk):
    bulletin = submit_bulletin(bulletin=draft(hall), by=manager)

    with pytest.raises(NotPermitted):
        return_to_draft(bulletin=bulletin, by=clerk, reason="不好")


def test_withdrawn_issue_is_not_drafted_again_by_the_job(hall, rulebook, manager):
    withdraw_bulletin(bulletin=draft(hall), by=manager, reason="并入下期")

    assert draft(hall).status == "withdrawn"
    assert draft_bulletin(hall=hall, iso_week=WEEK, by=manager).status == "draft"


# --- the job ------------------------------------------------------------------------------------


def test_job_drafts_each_missing_week_once(hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-12 10:00", by=manager, staff=staff)
    now = timezone.now()

    due = [run for run in due_runs(now) if run[0] == "weekly_bulletin"]
    runs = [run_job(name, hall=hall, period=period) for name, _, period in due]

    assert [(run.period, run.result["problems"]) for run in runs] == [("2026-W46", 1), ("2026-W47", 0)]
    later = [run for run in due_runs(now + timedelta(hours=1)) if run[0] == "weekly_bulletin"]
    assert later == []


def test_job_started_twice_gives_the_first_result(hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)

    first = run_job("weekly_bulletin", hall=hall, period=WEEK)
    second = run_job("weekly_bulletin", hall=hall, period=WEEK)

    assert (first.pk, first.result, Bulletin.objects.count()) == (second.pk, second.result, 1)
