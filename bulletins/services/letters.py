"""反馈函 letters: a threshold raises a task; a person writes, a leader signs, the home unit answers.

The hall suggests and nothing more: what follows for the person is decided by the unit that sent him.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from accounts.errors import NotPermitted, Refused, TransitionNotAllowed
from accounts.models import User
from accounts.services.undoing import Offer, undoable
from accounts.versions import Facts, require_unchanged
from bulletins.enums import LETTER_NEXT, LETTERS_OPEN, LetterStatus, ReplyOutcome
from bulletins.models import BulletinItem, Letter
from bulletins.permissions import is_contact, may_reply, require
from bulletins.querysets import LetterFrozen
from bulletins.services.composing import fingerprint
from bulletins.services.gathering import place_of
from trail.actors import Robot
from trail.enums import FileKind
from trail.models import NumberSeries
from trail.services import audit
from trail.services.files import store_attachment
from trail.services.notices import tell
from trail.services.numbers import draw_number
from violations.services.rulebook import letter_threshold
from windows import working_days
from windows.models import Staff

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import Hall
    from violations.models import MeasureRule

REPLY_DAYS = "bulletins.reply_days"
LONGEST = 3000


@transaction.atomic
def raise_due_letters(*, hall: Hall, staff_ids: Collection[int], day: date, by: User | Robot) -> list[Letter]:
    """提出: a task for each person whom enough printed issues of the year have named, once a threshold.

    An issue counts once however many findings it lists; what no longer counts is left out. The number
    of issues comes from the rulebook in force on `day`; without such a rule nothing is raised.
    """
    rule = letter_threshold(hall, day) if staff_ids else None
    if rule is None:
        return []
    named = BulletinItem.objects.naming(list(staff_ids), hall=hall, year=day.year)
    tally = named.order_by().values("record__staff").annotate(issues=Count("bulletin", distinct=True))
    due = [row["record__staff"] for row in tally if row["issues"] >= rule.threshold]
    written = Letter.objects.in_force().filter(hall=hall, year=day.year, threshold=rule.threshold)
    done = set(written.filter(staff__in=due).values_list("staff", flat=True))
    people = Staff.objects.filter(pk__in=set(due) - done).select_related("department").order_by("pk")
    return [_raise(staff, rule, hall=hall, year=day.year, by=by) for staff in people]


@transaction.atomic
def recheck_letters(*, staff: Staff, hall: Hall, day: date, by: User | Robot) -> None:
    """A record about the person changed sides: take back what is no longer due, raise what has become due."""
    for letter in Letter.objects.filter(hall=hall, staff=staff, status__in=LETTERS_OPEN):
        if times_named(letter) < letter.threshold:
            _withdraw(letter, by=by, reason="所依据的通报事项已更正，不再达到期数")
    raise_due_letters(hall=hall, staff_ids={staff.pk}, day=day, by=by)


def rows_of(letter: Letter) -> list[Any]:
    """The letter, so that an act about it can be taken back."""
    return [Letter.objects.filter(pk=letter.pk)]


def key_of(letter: Letter) -> str:
    """Names the notices about a letter."""
    return f"letter:{letter.pk}"


def undoable_letter(action: str, letter: Letter, *, by: User) -> AbstractContextManager[Offer]:
    """An act about a draft that can be taken back, with the notice it leaves."""
    rows = partial(rows_of, letter)
    return undoable(action, target=letter, by=by, hall=letter.hall, rows=rows, notice_key=key_of(letter))


def letter_facts(letter: Letter) -> Facts:
    """The text written so far; empty while the suggested one stands."""
    return {"words": letter.words}


@transaction.atomic
def write_letter(*, letter: Letter, words: str, by: User, seen: str = "") -> Letter:
    """起草: keep the text the manager wrote; an empty one takes the suggested text.

    Raises ChangedMeanwhile when the text is no longer the version `seen`.
    """
    require(by, "letter.draft", letter.hall)
    letter = _locked(letter)
    require_unchanged(letter_facts(letter), seen)
    _require_step(letter, LetterStatus.DRAFT, from_=(LetterStatus.TASK, LetterStatus.DRAFT))
    text = words.strip().replace("\r\n", "\n") or suggested_words(letter)
    if len(text) > LONGEST:
        raise Refused(f"正文最多 {LONGEST} 字。", code="too_long", status=422)
    before = letter.words
    letter.words, letter.status = text, LetterStatus.DRAFT
    letter.drafted_by, letter.drafted_at = by, timezone.now()
    letter.save(update_fields=["words", "status", "drafted_by", "drafted_at"])
    audit.record("letter.written", target=letter, by=by, before={"words": before}, after={"words": text})
    return letter


@transaction.atomic
def submit_letter(*, letter: Letter, by: User) -> Letter:
    """送签: the manager sends the letter to the leader."""
    require(by, "letter.draft", letter.hall)
    letter = _moved(letter, LetterStatus.SUBMITTED)
    letter.submitted_at, letter.returned_reason = timezone.now(), ""
    letter.save(update_fields=["status", "submitted_at", "returned_reason"])
    audit.record("letter.submitted", target=letter, by=by)
    signers = User.objects.with_permission("letter.sign", letter.hall)
    _tell(signers, letter, f"给{letter.department}的反馈函等你签发")
    return letter


@transaction.atomic
def return_letter(*, letter: Letter, by: User, reason: str) -> Letter:
    """退回: the leader sends it back with what should change."""
    if not by.can("letter.draft", letter.hall):
        require(by, "letter.sign", letter.hall)
    if not reason.strip():
        raise Refused("请写要改什么。", code="reason_missing", status=422)
    letter = _locked(letter)
    _require_step(letter, LetterStatus.DRAFT, from_=(LetterStatus.SUBMITTED,))
    letter.status, letter.returned_reason = LetterStatus.DRAFT, reason.strip()[:300]
    letter.save(update_fields=["status", "returned_reason"])
    audit.record("letter.returned", target=letter, by=by, reason=reason)
    _tell_writers(letter, f"给{letter.department}的反馈函被退回：{letter.returned_reason}")
    return letter


@transaction.atomic
def sign_letter(*, letter: Letter, by: User) -> Letter:
    """签发: number and text are fixed, and the unit's contacts are told; it never changes again.

    Raises Refused while a finding it rests on is appealed or corrected, so that too few are left.
    """
    require(by, "letter.sign", letter.hall)
    letter = _moved(letter, LetterStatus.SIGNED)
    if times_named(letter) < letter.threshold:
        raise Refused("所依据的通报事项有正在申诉或已更正的，达不到规定期数，现在不能签发。", code="too_few")
    now = timezone.now()
    letter.signed_at, letter.signed_by = now, by
    letter.number_year = timezone.localtime(now).year
    letter.number = draw_number(letter.hall, _series(letter.number_year))
    letter.reply_due_at = working_days.deadline(letter.hall, now, letter.hall.option(REPLY_DAYS))
    letter.content = compose_letter(letter)
    letter.sha256 = fingerprint(letter.content)
    letter.save()
    audit.record(
        "letter.signed", target=letter, by=by, after={"number": letter.reference, "sha256": letter.sha256}
    )
    tell(
        letter.department.contacts.all(),
        title=f"{letter.hall}发来反馈函 {letter.reference}，请回函",
        url=letter.get_absolute_url(),
        hall=letter.hall,
        due_at=letter.reply_due_at,
        key=f"letter:{letter.pk}:signed",
    )
    return letter


@transaction.atomic
def note_opening(*, letter: Letter, by: User) -> None:
    """送达: the first time a contact of the unit opens the letter is kept; others leave no mark."""
    if letter.opened_at is not None or not is_contact(by, letter):
        return
    letter = _locked(letter)
    if letter.opened_at is None:
        letter.opened_at = timezone.now()
        letter.save(update_fields=["opened_at"])
        audit.record("letter.opened", target=letter, by=by)


@transaction.atomic
def reply_to_letter(
    *, letter: Letter, by: User, outcome: str, words: str, upload: UploadedFile[Any] | None = None
) -> Letter:
    """回函: what the unit has done, entered by its contact, or by the office from paper."""
    letter = _locked(letter)
    if not may_reply(by, letter):
        raise NotPermitted("回函由派出单位联系人登记，纸面回函由大厅管理员代登。")
    _require_step(letter, LetterStatus.REPLIED, from_=(LetterStatus.SIGNED,))
    if outcome not in ReplyOutcome.values:
        raise Refused("请选处理结果。", code="outcome_missing", status=422)
    if not words.strip():
        raise Refused("请写处理情况。", code="words_missing", status=422)
    if upload is not None:
        letter.reply_file = store_attachment(upload, hall=letter.hall, by=by, kind=FileKind.DOCUMENT)
    letter.status, letter.outcome, letter.reply_words = LetterStatus.REPLIED, outcome, words.strip()[:2000]
    letter.replied_by, letter.replied_at = by, timezone.now()
    fields = ["status", "outcome", "reply_words", "reply_file", "replied_by", "replied_at"]
    letter.save(update_fields=fields)
    audit.record("letter.replied", target=letter, by=by, after={"outcome": outcome})
    _tell_writers(letter, f"{letter.department}回函：{letter.get_outcome_display()}")
    return letter


def next_letter_number(hall: Hall, year: int) -> int:
    """The number the next letter signed in the year will draw."""
    row = NumberSeries.objects.filter(hall=hall, series=_series(year)).first()
    return row.last + 1 if row else 1


def times_named(letter: Letter) -> int:
    """How many printed issues of the letter's year still name the person with a finding that counts."""
    named = BulletinItem.objects.naming([letter.staff_id], hall=letter.hall, year=letter.year)
    return named.order_by().values("bulletin").distinct().count()


def suggested_words(letter: Letter) -> str:
    """The text a letter starts from: the issues, what they list about the person, and a suggestion."""
    issues = _issues(letter)
    names = "、".join(f"第{issue['number']}期" for issue in issues)
    place = issues[-1]["items"][-1]["place"] if issues and issues[-1]["items"] else ""
    first = (
        f"你单位派驻我中心{place}的工作人员{letter.staff.name}，"
        f"{letter.year}年以来在大厅巡查周通报中被通报 {len(issues)} 次（{names}），具体情况如下："
    )
    told = [
        f"{n}. 第{issue['number']}期：{'；'.join(item['words'] for item in issue['items'])}。"
        for n, issue in enumerate(issues, 1)
    ]
    last = (
        f"根据{letter.article}，现将有关情况反馈你单位。"
        "建议你单位对其批评教育、帮助改进；是否调整人员，由你单位决定。"
    )
    return "\n".join([first, *told, last])


def compose_letter(letter: Letter) -> dict[str, Any]:
    """The letter as plain data, the same for the page and the document."""
    hall = letter.hall
    text = letter.words or suggested_words(letter)
    due = timezone.localtime(letter.reply_due_at or _due(hall))
    dated = timezone.localdate(letter.signed_at or timezone.now())
    agency = hall.option("bulletins.agency_code")
    return {
        "schema": 1,
        "hall": {"code": hall.code, "name": hall.name},
        "masthead": hall.name,
        "reference": f"{agency}{letter.reference}" if letter.number else "",
        "title": f"关于{letter.staff.name}同志被通报情况的反馈函",
        "addressee": f"{letter.department.name}：",
        "paragraphs": [line.strip() for line in text.splitlines() if line.strip()],
        "closing": f"请于{due.month}月{due.day}日前将处理情况函复我中心。",
        "issues": _issues(letter),
        "dated": dated.isoformat(),
    }


def _series(year: int) -> str:
    return f"letter-{year}"


def _raise(staff: Staff, rule: MeasureRule, *, hall: Hall, year: int, by: User | Robot) -> Letter:
    named = BulletinItem.objects.naming([staff.pk], hall=hall, year=year)
    letter = Letter.objects.create(
        hall=hall,
        staff=staff,
        department=staff.department,
        year=year,
        threshold=rule.threshold,
        article=f"{rule.article}（{rule.wording.rstrip('。')}）"[:120],
    )
    letter.bulletins.set(named.order_by().values_list("bulletin", flat=True).distinct())
    audit.record("letter.raised", target=letter, by=by, after={"threshold": rule.threshold})
    _tell_writers(letter, f"{staff.name}今年已被通报 {rule.threshold} 次，请起草反馈函")
    return letter


def _withdraw(letter: Letter, *, by: User | Robot, reason: str) -> None:
    letter = _moved(letter, LetterStatus.WITHDRAWN)
    letter.returned_reason = reason
    letter.save(update_fields=["status", "returned_reason"])
    audit.record("letter.withdrawn", target=letter, by=by, reason=reason)
    _tell_writers(letter, f"{letter.staff.name}的反馈函已撤回：{reason}")


def _issues(letter: Letter) -> list[dict[str, Any]]:
    """The issues a letter rests on, each with what it lists about the person."""
    items = BulletinItem.objects.published_in(letter.hall).filter(
        bulletin__in=letter.bulletins.all(), record__staff=letter.staff
    )
    issues: dict[int, dict[str, Any]] = {}
    for item in items.select_related("bulletin").order_by("bulletin__until", "position"):
        head = {"bulletin": item.bulletin_id, "number": item.bulletin.number, "items": []}
        issue = issues.setdefault(item.bulletin_id, head)
        shown, day = item.shown, date.fromisoformat(item.shown["day"])
        issue["items"].append(
            {
                "record": item.record_id,
                "number": shown["number"],
                "place": place_of(shown),
                "words": f"{day.month}月{day.day}日{shown['act']}（{shown['points_words']} 分）",
            }
        )
    return list(issues.values())


def _due(hall: Hall) -> Any:
    return working_days.deadline(hall, timezone.now() + timedelta(seconds=1), hall.option(REPLY_DAYS))


def _moved(letter: Letter, new: str) -> Letter:
    letter = _locked(letter)
    if letter.is_sent:
        raise LetterFrozen
    _require_step(letter, new)
    letter.status = new
    return letter


def _require_step(letter: Letter, new: str, from_: tuple[str, ...] = ()) -> None:
    if new in LETTER_NEXT[letter.status] and (not from_ or letter.status in from_):
        return
    raise TransitionNotAllowed(
        f"这份反馈函现在是“{letter.state.label}”，不能变为“{LetterStatus(new).label}”。请刷新页面看最新状态。"
    )


def _locked(letter: Letter) -> Letter:
    rows = Letter.objects.select_related("hall", "staff", "department")
    locked: Letter = rows.select_for_update(of=("self",)).get(pk=letter.pk)
    return locked


def _tell_writers(letter: Letter, title: str) -> None:
    _tell(User.objects.with_permission("letter.draft", letter.hall), letter, title)


def _tell(users: Any, letter: Letter, title: str) -> None:
    tell(users, title=title, url=letter.get_absolute_url(), hall=letter.hall, key=key_of(letter))
