"""An appeal allowed after publication: score and bulletin correct themselves, and the leader is told."""

from datetime import date

import pytest

from assessments.models import Line
from assessments.services.months import publish_month, score_month
from bulletins.services.drafting import draft_bulletin
from tests.factories.bulletins import issue, moment
from trail.actors import Robot
from trail.models import Notice
from violations.models import Act
from violations.services.appeals import decide_appeal, file_appeal
from violations.services.ledger import (
    Found,
    confirm_record,
    find_record,
    state_on_record,
    undo_last_step,
    withdraw_record,
)

pytestmark = pytest.mark.django_db
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
JOB = Robot("test")


@pytest.fixture
def published(hall, rulebook, staff, clerk, officer, manager, second_manager, leader, monday):
    """Found on 27 November, printed in week 48, counted in November, appealed and not yet reviewed."""
    monday.move_to(moment("2026-11-27 09:00"))
    act = Act.objects.get(code="late_arrival")
    record = find_record(Found(act=act, at=moment("2026-11-27 08:40"), staff=staff), hall=hall, by=officer)
    state_on_record(record=record, by=clerk, reason="on_leave", words="请了公出")
    confirm_record(record=record, by=manager)
    monday.move_to(moment("2026-12-01 09:00"))
    issue(hall, "2026-W48", writer=manager, signer=leader)
    publish_month(month=score_month(hall=hall, month=NOVEMBER, by=JOB), by=manager)
    monday.move_to(moment("2026-12-02 09:00"))
    file_appeal(record=record, by=clerk, words="审批单在案")
    monday.move_to(moment("2026-12-03 09:00"))
    record.refresh_from_db()
    return record


def decide(record, by, is_allowed=True):
    appeal = record.appeals.standing().get()
    return decide_appeal(appeal=appeal, by=by, is_allowed=is_allowed, opinion="公出属实")


def notices(user):
    return list(
        Notice.objects.filter(user=user, key__startswith="overturned:", withdrawn_at=None).values_list(
            "title", flat=True
        )
    )


def errata(month, staff):
    rows = Line.objects.filter(card__run=month.run, card__kind="staff", card__subject_id=staff.pk)
    return list(rows.filter(kind="erratum").values_list("points", "record"))


def test_next_issue_and_next_month_correct_it_by_themselves(
    published, hall, staff, second_manager, client, leader, monday
):
    record = published
    decide(record, second_manager)
    monday.move_to(moment("2026-12-07 09:00"))

    bulletin = draft_bulletin(hall=hall, iso_week="2026-W49", by=JOB)
    december = score_month(hall=hall, month=DECEMBER, by=JOB)

    assert [(item.record, item.section) for item in bulletin.items.all()] == [(record, "erratum")]
    [(points, of)] = errata(december, staff)
    assert (points > 0, of) == (True, record.pk)
    client.force_login(leader)
    issue_page = client.get(bulletin.get_absolute_url()).content.decode()
    assert ["更正" in issue_page, staff.name in issue_page] == [True, True]
    sheet = client.get(f"/assess/2026-12/people/{staff.pk}/").content.decode()
    assert "更正：迟到" in sheet


def test_leader_is_told_where_it_was_published(published, second_manager, leader):
    decide(published, second_manager)

    [title] = notices(leader)
    assert title.startswith(f"{published.number} 申诉成立，已撤销，下期更正：")
    assert ["期" in title.split("：")[1], "2026年11月得分单" in title] == [True, True]


def test_story_tells_the_whole_way(published, second_manager, client, leader):
    decide(published, second_manager)
    client.force_login(leader)

    page = client.get(published.get_absolute_url())

    told = [event["text"] for event in page.context["story"]]
    assert told[:2] == ["裁定申诉成立，撤销这条记录", "提出申诉，裁定前不计入"]
    assert sorted(words[:2] for words in told[2:]) == sorted(["作了", "进入", "进入", "认定", "记下"])


def test_rejected_appeal_tells_nobody(published, second_manager, leader):
    decide(published, second_manager, is_allowed=False)

    assert notices(leader) == []


def test_undone_review_takes_the_news_back(published, second_manager, leader):
    decide(published, second_manager)
    undo_last_step(record=published, by=second_manager)

    assert notices(leader) == []


def test_leader_who_reviews_it_himself_needs_no_notice(published, leader):
    decide(published, leader)

    assert notices(leader) == []


def test_withdrawn_after_publication_tells_too(published, second_manager, manager, leader):
    decide(published, second_manager, is_allowed=False)
    withdraw_record(record=published, by=manager, reason="记错人")

    assert [title.startswith(f"{published.number} 已撤回") for title in notices(leader)] == [True]


def test_what_was_never_published_tells_nobody(hall, rulebook, staff, officer, leader):
    act = Act.objects.get(code="late_arrival")
    record = find_record(Found(act=act, at=moment("2026-11-20 08:40"), staff=staff), hall=hall, by=officer)
    withdraw_record(record=record, by=officer, reason="记错")

    assert notices(leader) == []
