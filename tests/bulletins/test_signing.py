import json

import pytest
from django.db import connection
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from bulletins.models import Bulletin, BulletinItem, ReadReceipt
from bulletins.presenters import content_of
from bulletins.querysets import BulletinFrozen
from bulletins.services.composing import canonical, fingerprint
from bulletins.services.drafting import (
    draft_bulletin,
    edit_words,
    hold_item,
    return_to_draft,
    submit_bulletin,
    withdraw_bulletin,
)
from bulletins.services.seals import broken_bulletins
from bulletins.services.signing import instruct, mark_read, remind_readers, sign_off
from tests.factories.accounts import person_with
from tests.factories.bulletins import counting_record, issue, moment
from trail.actors import Robot
from trail.models import AuditEntry, Notice, NumberSeries
from violations.services.appeals import decide_appeal, file_appeal
from violations.services.ledger import withdraw_record
from violations.services.rectify import order_rectification, recheck_rectification

JOB = Robot("weekly_bulletin")


def submitted(hall, manager, week="2026-W47"):
    return submit_bulletin(bulletin=draft_bulletin(hall=hall, iso_week=week, by=JOB), by=manager)


@pytest.fixture
def printed(hall, rulebook, manager, leader, staff, head):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    return issue(hall, "2026-W47", writer=manager, signer=leader)


# --- printing -----------------------------------------------------------------------------------


def test_sign_off_freezes_the_text_with_its_hash(printed):
    stored = Bulletin.objects.get(pk=printed.pk)

    assert (stored.status, stored.sha256) == ("issued", fingerprint(stored.content))
    assert stored.content["number"] == stored.number == 1


def test_hash_is_the_same_after_a_round_through_the_database(printed):
    stored = Bulletin.objects.get(pk=printed.pk)

    assert canonical(json.loads(json.dumps(stored.content))) == canonical(printed.content)
    assert list(broken_bulletins()) == []


def test_numbers_run_without_a_gap_and_anew_each_year(hall, rulebook, manager, leader):
    withdrawn = draft_bulletin(hall=hall, iso_week="2026-W45", by=JOB)
    withdraw_bulletin(bulletin=withdrawn, by=manager, reason="并入下期")
    issues = [
        issue(hall, "2026-W46", writer=manager, signer=leader),
        issue(hall, "2026-W47", writer=manager, signer=leader),
        issue(hall, "2026-W44", writer=manager, signer=leader, at="2027-01-04 08:30"),
    ]

    assert [(one.year, one.number) for one in issues] == [(2026, 1), (2026, 2), (2027, 1)]


def test_numbers_of_two_halls_are_apart(hall, other_hall, rulebook, manager, leader, outsider):
    signer = person_with("leader", other_hall)

    ours = issue(hall, "2026-W47", writer=manager, signer=leader)
    theirs = issue(other_hall, "2026-W47", writer=outsider, signer=signer)

    assert (ours.number, theirs.number) == (1, 1)


def test_number_is_not_drawn_by_a_refused_signature(hall, rulebook, manager, leader):
    bulletin = draft_bulletin(hall=hall, iso_week="2026-W47", by=JOB)

    with pytest.raises(TransitionNotAllowed):
        sign_off(bulletin=bulletin, by=leader)

    assert NumberSeries.objects.filter(series="bulletin-2026").count() == 0


def test_two_people_sign_at_once(hall, rulebook, manager, leader):
    submitted(hall, manager)
    first_look, second_look = (Bulletin.objects.get() for _ in range(2))

    sign_off(bulletin=first_look, by=leader)
    with pytest.raises(BulletinFrozen):
        sign_off(bulletin=second_look, by=person_with("leader", hall))

    assert Bulletin.objects.get().signed_by == leader
    assert NumberSeries.objects.get(series="bulletin-2026").last == 1


def test_sign_off_by_the_manager(hall, rulebook, manager):
    with pytest.raises(NotPermitted):
        sign_off(bulletin=submitted(hall, manager), by=manager)


def test_sign_off_by_a_leader_of_another_hall(hall, other_hall, rulebook, manager):
    with pytest.raises(NotPermitted):
        sign_off(bulletin=submitted(hall, manager), by=person_with("leader", other_hall))


def test_sign_off_leaves_out_what_stopped_counting_since(
    hall, rulebook, manager, leader, staff, clerk, colleague
):
    gone = counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    stays = counting_record(hall, since="2026-11-18 11:00", by=manager, staff=colleague.staff)
    bulletin = submitted(hall, manager)
    file_appeal(record=gone, by=clerk, words="认错人了")

    bulletin = sign_off(bulletin=bulletin, by=leader)

    assert [row["record"] for row in bulletin.content["problems"]] == [stays.pk]
    assert bulletin.problem_count == 1
    assert AuditEntry.objects.get(action="bulletin.issued").after["left_out"] == [gone.number]


def test_sign_off_adds_nothing_the_manager_has_not_seen(hall, rulebook, manager, leader, staff):
    bulletin = submitted(hall, manager)
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)

    assert sign_off(bulletin=bulletin, by=leader).content["problems"] == []


def test_held_item_is_not_printed(hall, rulebook, manager, leader, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    bulletin = draft_bulletin(hall=hall, iso_week="2026-W47", by=JOB)
    hold_item(item=bulletin.items.get(), by=manager, reason="核实中")

    bulletin = sign_off(bulletin=submitted(hall, manager), by=leader)

    assert (bulletin.content["problems"], list(broken_bulletins())) == ([], [])


def test_printing_opens_the_time_to_appeal_again(hall, rulebook, manager, leader, staff, printed):
    record = printed.items.get().record

    assert record.appeal_until == moment("2026-11-30 17:30")  # five working days after Monday 23rd


def test_printing_tells_readers_and_the_person_named(printed, head, leader, clerk):
    titles = {
        notice.user: notice.title
        for notice in Notice.objects.filter(key__startswith=f"bulletin:{printed.pk}:")
    }

    assert titles[head] == "第1期周通报已印发，请签阅"
    assert titles[clerk] == "第1期周通报点到了你，有异议可以在期限内申诉"


# --- printed for good ---------------------------------------------------------------------------


def test_printed_issue_refuses_a_save(printed):
    stored = Bulletin.objects.get(pk=printed.pk)
    stored.title = "改过的标题"

    with pytest.raises(BulletinFrozen):
        stored.save(update_fields=["title"])


def test_printed_issue_refuses_a_save_without_loading_again(printed):
    printed.title = "改过的标题"

    with pytest.raises(BulletinFrozen):
        printed.save()


@pytest.mark.parametrize(
    "change",
    [
        lambda b: Bulletin.objects.filter(pk=b.pk).update(title="x"),
        lambda b: Bulletin.objects.filter(pk=b.pk).delete(),
        lambda b: Bulletin.objects.bulk_update([b], ["title"]),
        lambda b: b.delete(),
        lambda b: b.items.update(held_reason="x"),
        lambda b: b.items.all().delete(),
        lambda b: b.items.get().delete(),
        lambda b: b.items.get().save(),
        lambda b: BulletinItem.objects.filter(bulletin=b).update(shown={}),
    ],
)
def test_printed_issue_refuses_every_change(printed, change):
    with pytest.raises(BulletinFrozen):
        change(printed)


def test_printed_issue_refuses_every_service(printed, manager, leader):
    for act in (
        lambda: edit_words(bulletin=printed, words={"title": "x"}, by=manager),
        lambda: hold_item(item=printed.items.get(), by=manager, reason="x"),
        lambda: submit_bulletin(bulletin=printed, by=manager),
        lambda: return_to_draft(bulletin=printed, by=leader, reason="x"),
        lambda: withdraw_bulletin(bulletin=printed, by=manager, reason="x"),
        lambda: sign_off(bulletin=printed, by=leader),
    ):
        with pytest.raises(BulletinFrozen):
            act()


def test_printed_issue_reads_the_same_when_its_records_change(printed, manager):
    before = canonical(content_of(printed))
    withdraw_record(record=printed.items.get().record, by=manager, reason="记重了")

    assert canonical(content_of(Bulletin.objects.get(pk=printed.pk))) == before


# --- correction ---------------------------------------------------------------------------------


@pytest.fixture
def overturned(hall, rulebook, manager, second_manager, leader, staff, clerk):
    """A finding printed in W46 whose appeal was allowed before the cut-off of W47."""
    record = counting_record(hall, since="2026-11-12 10:00", by=manager, staff=staff)
    issue(hall, "2026-W46", writer=manager, signer=leader, at="2026-11-16 08:30")
    type(record).objects.filter(pk=record.pk).update(appeal_until=moment("2026-11-30 17:30"))
    appeal = file_appeal(record=record, by=clerk, words="当天在谈工作")
    decide_appeal(appeal=appeal, by=second_manager, is_allowed=True, opinion="属实")
    record.refresh_from_db()
    return record


def at_cutoff(record):
    type(record).objects.filter(pk=record.pk).update(status_at=moment("2026-11-20 17:30"))


def test_next_issue_corrects_what_was_overturned(hall, overturned):
    at_cutoff(overturned)

    bulletin = draft_bulletin(hall=hall, iso_week="2026-W47", by=JOB)

    section = next(s for s in content_of(bulletin)["sections"] if s["key"] == "errata")
    assert section["sentences"][0][0]["text"] == (
        f"第1期通报所列11月12日A05 不动产登记窗口王丽“{overturned.act}”（{overturned.number}）一事，"
        "经复核申诉成立，已撤销，特此更正。"
    )


def test_correction_waits_for_the_issue_of_its_period(hall, overturned):
    assert draft_bulletin(hall=hall, iso_week="2026-W47", by=JOB).items.count() == 0


def test_correction_is_printed_once(hall, manager, leader, overturned, monday):
    at_cutoff(overturned)
    issue(hall, "2026-W47", writer=manager, signer=leader)
    monday.move_to(moment("2026-11-30 08:30"))

    assert draft_bulletin(hall=hall, iso_week="2026-W48", by=JOB).items.count() == 0


def test_correction_cannot_be_held_back(hall, manager, overturned):
    at_cutoff(overturned)
    item = draft_bulletin(hall=hall, iso_week="2026-W47", by=JOB).items.get()

    with pytest.raises(Refused) as refusal:
        hold_item(item=item, by=manager, reason="难看")

    assert refusal.value.code == "erratum_stands"


def test_appealed_record_is_not_corrected_yet(hall, rulebook, manager, leader, staff, clerk):
    record = counting_record(hall, since="2026-11-12 10:00", by=manager, staff=staff)
    issue(hall, "2026-W46", writer=manager, signer=leader)
    file_appeal(record=record, by=clerk, words="当天在谈工作")

    assert draft_bulletin(hall=hall, iso_week="2026-W47", by=JOB).items.count() == 0


# --- against the issue before -------------------------------------------------------------------


def test_text_compares_with_the_issue_before(hall, rulebook, manager, leader, staff):
    for minute in (10, 11, 12):
        counting_record(hall, since=f"2026-11-12 10:{minute}", by=manager, staff=staff)
    issue(hall, "2026-W46", writer=manager, signer=leader)
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)

    content = content_of(draft_bulletin(hall=hall, iso_week="2026-W47", by=JOB))

    words = "".join(run["text"] for run in content["sections"][0]["sentences"][0])
    assert "比上期减少 2 个" in words
    assert [row["count"] for row in content["trend"]] == [3, 1]


def test_text_tells_what_became_of_the_last_rectifications(
    hall, rulebook, manager, officer, leader, staff, other_staff
):
    done = counting_record(hall, since="2026-11-12 10:00", by=manager, staff=staff)
    left = counting_record(hall, since="2026-11-12 11:00", by=manager, staff=other_staff)
    issue(hall, "2026-W46", writer=manager, signer=leader)
    orders = [order_rectification(record=record, by=manager) for record in (done, left)]
    recheck_rectification(rectification=orders[0], by=officer, is_done=True)

    content = content_of(draft_bulletin(hall=hall, iso_week="2026-W47", by=JOB))

    facts = content["facts"]
    assert (facts["asked"]["value"], facts["put_right"]["value"]) == ("2", "1")
    assert [(one["place"], one["act"]) for one in content["unfinished"]] == [
        ("B06 综合办税窗口", left.act.name)
    ]


def test_text_names_repeat_offenders_once_an_issue(hall, rulebook, manager, leader, staff):
    counting_record(hall, since="2026-11-12 10:00", by=manager, staff=staff)
    counting_record(hall, since="2026-11-12 11:00", by=manager, staff=staff)
    issue(hall, "2026-W46", writer=manager, signer=leader)
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)

    repeated = content_of(draft_bulletin(hall=hall, iso_week="2026-W47", by=JOB))["repeated"]

    assert [(one["name"], one["times"], one["reaches"]) for one in repeated] == [("王丽", 2, False)]


# --- reading ------------------------------------------------------------------------------------


def test_readers_are_heads_and_leaders(printed, head, leader):
    assert {receipt.user for receipt in printed.receipts.all()} == {head, leader}


def test_mark_read_counts_the_first_time(printed, head, monday):
    first = mark_read(bulletin=printed, by=head).at
    monday.shift(60)

    assert mark_read(bulletin=printed, by=head).at == first
    assert ReadReceipt.objects.filter(bulletin=printed, at__isnull=False).count() == 1


def test_mark_read_of_a_draft(hall, rulebook, head):
    with pytest.raises(Refused) as refusal:
        mark_read(bulletin=draft_bulletin(hall=hall, iso_week="2026-W47", by=JOB), by=head)

    assert refusal.value.code == "not_issued"


def test_mark_read_from_another_hall(printed, outsider):
    with pytest.raises(NotPermitted):
        mark_read(bulletin=printed, by=outsider)


def test_remind_tells_only_who_has_not_read(printed, manager, head, leader):
    mark_read(bulletin=printed, by=leader)

    assert remind_readers(bulletin=printed, by=manager) == 1
    assert Notice.objects.get(key=f"bulletin:{printed.pk}:remind").user == head


def test_instruction_goes_to_the_office(printed, leader, manager):
    instruct(bulletin=printed, by=leader, words="请约谈窗口负责人")

    notice = Notice.objects.get(key=f"bulletin:{printed.pk}:instructed")
    assert (notice.user, notice.title) == (manager, "陈国平在第1期周通报上批示：请约谈窗口负责人")


def test_instruction_by_a_manager(printed, manager):
    with pytest.raises(NotPermitted):
        instruct(bulletin=printed, by=manager, words="请约谈")


def test_instruction_is_never_edited(printed, leader):
    instruction = instruct(bulletin=printed, by=leader, words="请约谈")
    instruction.words = "不用了"

    with pytest.raises(TypeError):
        instruction.save()


# --- seals --------------------------------------------------------------------------------------


def tamper(**changes):
    """As somebody with a database shell would: past models and querysets."""
    for table, sql in changes.items():
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE bulletins_{table} SET {sql}")  # noqa: S608 - our own words


@pytest.mark.parametrize(
    ("table", "sql", "words"),
    [
        ("bulletin", "content = '{}'", "内容与签发时的校验值不符"),
        ("bulletin", "sha256 = 'abc'", "内容与签发时的校验值不符"),
        ("bulletin", "number = 9", "期号与签发时不符"),
        ("bulletinitem", "shown = '{}'", "事项与签发时不符"),
        ("bulletinitem", "held_reason = 'x'", "事项与签发时不符"),
    ],
)
def test_seal_finds_what_was_tampered_with(printed, table, sql, words):
    tamper(**{table: sql})

    assert [problem.partition("：")[2] for problem in broken_bulletins()] == [words]


def test_sign_off_at_a_past_moment_for_issues_printed_on_paper(hall, rulebook, manager, leader):
    bulletin = issue(hall, "2026-W46", writer=manager, signer=leader, at="2026-11-16 08:30")

    assert (bulletin.signed_at, bulletin.content["dated"]) == (moment("2026-11-16 08:30"), "2026-11-16")
    assert bulletin.signed_at < timezone.now()
