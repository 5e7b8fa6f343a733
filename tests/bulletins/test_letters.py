import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from bulletins.models import Letter
from bulletins.querysets import LetterFrozen
from bulletins.services.composing import fingerprint
from bulletins.services.letters import (
    note_opening,
    reply_to_letter,
    return_letter,
    sign_letter,
    submit_letter,
    write_letter,
)
from bulletins.services.seals import broken_letters
from tests.factories.accounts import person_with
from tests.factories.bulletins import counting_record, issue, moment
from trail.models import Notice
from violations.services.appeals import decide_appeal, file_appeal

WEEKS = {
    "2026-W44": "2026-10-28 10:00",
    "2026-W45": "2026-11-04 10:00",
    "2026-W46": "2026-11-11 10:00",
    "2026-W47": "2026-11-18 10:00",
}


@pytest.fixture
def press(hall, rulebook, manager, leader):
    """Prints the issue of a week with one finding about each person."""

    def print_issue(week, *people, findings=1, at=None):
        for person in people:
            for minute in range(findings):
                since = WEEKS[week].replace(":00", f":{minute:02d}")
                counting_record(hall, since=since, by=manager, staff=person)
        return issue(hall, week, writer=manager, signer=leader, at=at)

    return print_issue


@pytest.fixture
def letter(press, staff):
    for week in ("2026-W45", "2026-W46", "2026-W47"):
        press(week, staff)
    return Letter.objects.get()


@pytest.fixture
def written(letter, manager):
    return submit_letter(letter=write_letter(letter=letter, words="", by=manager), by=manager)


@pytest.fixture
def signed(written, leader, unit):
    return sign_letter(letter=written, by=leader)


# --- when one is called for ---------------------------------------------------------------------


def test_second_issue_raises_nothing(press, staff):
    press("2026-W46", staff)
    press("2026-W47", staff)

    assert Letter.objects.count() == 0


def test_third_issue_raises_one_task(press, staff, department, manager):
    issues = [press(week, staff) for week in ("2026-W45", "2026-W46", "2026-W47")]

    letter = Letter.objects.get()

    assert (letter.status, letter.staff, letter.department) == ("task", staff, department)
    assert (letter.year, letter.threshold, list(letter.bulletins.order_by("number"))) == (2026, 3, issues)
    assert Notice.objects.get(user=manager, title__contains="反馈函").title == (
        "王丽今年已被通报 3 次，请起草反馈函"
    )


def test_fourth_issue_raises_no_second_task(press, staff):
    for week in WEEKS:
        press(week, staff)

    assert Letter.objects.count() == 1


def test_two_findings_in_one_issue_count_once(press, staff):
    press("2026-W46", staff, findings=2)
    press("2026-W47", staff, findings=2)

    assert Letter.objects.count() == 0


def test_next_year_counts_anew(press, staff):
    press("2026-W45", staff)
    press("2026-W46", staff)
    press("2026-W47", staff, at="2027-01-04 08:30")

    assert Letter.objects.count() == 0


def test_each_person_has_his_own_count(press, staff, other_staff):
    press("2026-W45", staff, other_staff)
    press("2026-W46", staff)
    press("2026-W47", staff, other_staff)

    assert [letter.staff for letter in Letter.objects.all()] == [staff]


def test_overturned_finding_does_not_count(press, staff, clerk, second_manager):
    first = press("2026-W45", staff)
    appeal = file_appeal(record=first.items.get().record, by=clerk, words="在谈工作")
    decide_appeal(appeal=appeal, by=second_manager, is_allowed=True, opinion="属实")
    press("2026-W46", staff)
    press("2026-W47", staff)

    assert Letter.objects.count() == 0


def test_finding_upheld_later_counts_again(press, staff, clerk, second_manager):
    first = press("2026-W45", staff)
    appeal = file_appeal(record=first.items.get().record, by=clerk, words="在谈工作")
    press("2026-W46", staff)
    press("2026-W47", staff)
    assert Letter.objects.count() == 0

    decide_appeal(appeal=appeal, by=second_manager, is_allowed=False, opinion="照片清楚")

    assert Letter.objects.get().staff == staff


def test_unsent_letter_is_taken_back_when_a_finding_falls(letter, staff, clerk, second_manager):
    record = letter.bulletins.order_by("number").first().items.get().record
    appeal = file_appeal(record=record, by=clerk, words="在谈工作")
    decide_appeal(appeal=appeal, by=second_manager, is_allowed=True, opinion="属实")

    letter.refresh_from_db()
    assert (letter.status, letter.returned_reason) == ("withdrawn", "所依据的通报事项已更正，不再达到期数")


def test_hall_without_a_rulebook_raises_nothing(hall, press, staff, rulebook):
    rulebook.measures.model._base_manager.filter(version=rulebook).update(kind="talk")

    for week in ("2026-W45", "2026-W46", "2026-W47"):
        press(week, staff)

    assert Letter.objects.count() == 0


# --- writing and signing ------------------------------------------------------------------------


def test_write_without_words_takes_the_suggested_text(letter, manager):
    letter = write_letter(letter=letter, words="", by=manager)

    lines = letter.words.splitlines()
    assert lines[0] == (
        "你单位派驻我中心A05 不动产登记窗口的工作人员王丽，2026年以来在大厅巡查周通报中被通报 3 次"
        "（第1期、第2期、第3期），具体情况如下："
    )
    assert lines[1] == "1. 第1期：11月4日无故离岗（−2 分）。"
    assert "由你单位决定" in lines[-1]


def test_sign_draws_the_number_and_freezes_the_text(signed):
    stored = Letter.objects.get(pk=signed.pk)

    assert (stored.status, stored.reference, stored.sha256) == (
        "signed",
        "〔2026〕1号",
        fingerprint(stored.content),
    )
    assert stored.reply_due_at == moment("2026-12-07 17:30")  # ten working days after 23 November


def test_sign_tells_the_contact_of_the_unit(signed, unit):
    notice = Notice.objects.get(user=unit)

    assert (notice.title, notice.due_at) == (
        "青禾区政务服务中心发来反馈函 〔2026〕1号，请回函",
        signed.reply_due_at,
    )


def test_sign_a_letter_nobody_has_submitted(letter, leader):
    with pytest.raises(TransitionNotAllowed):
        sign_letter(letter=letter, by=leader)


def test_sign_while_a_finding_is_appealed(written, leader, clerk):
    record = written.bulletins.order_by("number").first().items.get().record
    file_appeal(record=record, by=clerk, words="在谈工作")

    with pytest.raises(Refused) as refusal:
        sign_letter(letter=written, by=leader)

    assert refusal.value.code == "too_few"


def test_sign_by_the_manager(written, manager):
    with pytest.raises(NotPermitted):
        sign_letter(letter=written, by=manager)


def test_two_people_sign_a_letter_at_once(written, leader):
    second_look = Letter.objects.get()
    sign_letter(letter=written, by=leader)

    with pytest.raises(LetterFrozen):
        sign_letter(letter=second_look, by=leader)


def test_return_reopens_the_text(written, leader, manager):
    back = return_letter(letter=written, by=leader, reason="写上第几期")

    assert write_letter(letter=back, words="新的正文", by=manager).status == "draft"


@pytest.mark.parametrize(
    "change",
    [
        lambda letter: Letter.objects.filter(pk=letter.pk).update(words="x"),
        lambda letter: Letter.objects.all().delete(),
        lambda letter: letter.delete(),
        lambda letter: letter.save(),
        lambda letter: letter.save(update_fields=["words"]),
    ],
)
def test_signed_letter_refuses_every_change(signed, change):
    with pytest.raises(LetterFrozen):
        change(signed)


# --- the unit's answer --------------------------------------------------------------------------


def test_opening_is_kept_for_the_contact_only(signed, unit, manager, monday):
    note_opening(letter=signed, by=manager)
    signed.refresh_from_db()
    before = signed.opened_at
    note_opening(letter=signed, by=unit)
    signed.refresh_from_db()

    assert (before, signed.opened_at) == (None, moment("2026-11-23 08:30"))


def test_reply_by_the_contact(signed, unit, manager):
    upload = SimpleUploadedFile("回函.pdf", b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n")

    letter = reply_to_letter(letter=signed, by=unit, outcome="educated", words="已批评教育", upload=upload)

    assert (letter.status, letter.replied_by, letter.reply_file.name) == ("replied", unit, "回函.pdf")
    assert list(broken_letters()) == []
    assert Notice.objects.filter(user=manager, title="自然资源局回函：已批评教育").count() == 1


def test_reply_by_the_contact_of_another_unit(hall, signed):
    stranger = person_with("unit", hall)

    with pytest.raises(NotPermitted):
        reply_to_letter(letter=signed, by=stranger, outcome="educated", words="已批评教育")


def test_reply_by_the_office_from_paper(signed, manager):
    letter = reply_to_letter(letter=signed, by=manager, outcome="other", words="纸面回函")

    assert letter.status == "replied"


def test_reply_twice(signed, unit):
    reply_to_letter(letter=signed, by=unit, outcome="educated", words="已批评教育")

    with pytest.raises(TransitionNotAllowed):
        reply_to_letter(letter=signed, by=unit, outcome="other", words="再说一次")


def test_reply_before_signing(written, manager):
    with pytest.raises(TransitionNotAllowed):
        reply_to_letter(letter=written, by=manager, outcome="other", words="x")


# --- who sees it --------------------------------------------------------------------------------


def test_letter_is_seen_by_the_office_before_it_is_sent(
    letter, manager, leader, supervisor, officer, head, clerk, unit, admin, outsider, inspector
):
    people = (manager, leader, supervisor, officer, head, clerk, unit, admin, outsider, inspector)

    seen = [user.username for user in people if Letter.objects.visible_to(user).exists()]

    assert seen == ["manager", "leader", "supervisor"]


def test_sent_letter_is_seen_by_the_contact_of_its_department(hall, signed, unit):
    stranger = person_with("unit", hall)

    assert Letter.objects.visible_to(unit).get() == signed
    assert Letter.objects.visible_to(stranger).count() == 0
