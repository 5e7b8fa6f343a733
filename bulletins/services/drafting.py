"""起草 drafting: the job or the manager drafts; the manager writes, holds back and sends it to be signed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import Refused, TransitionNotAllowed
from accounts.models import User
from accounts.services.undoing import Offer, undoable
from accounts.versions import Facts, require_unchanged
from bulletins.enums import BULLETIN_NEXT, LISTED, BulletinStatus, Section
from bulletins.models import Bulletin, BulletinItem
from bulletins.permissions import require
from bulletins.querysets import BulletinFrozen
from bulletins.services.composing import HEADINGS, span_of, standing_words
from bulletins.services.gathering import refresh_items
from bulletins.services.periods import Period, period_of
from trail.actors import Robot, person
from trail.services import audit
from trail.services.notices import tell

if TYPE_CHECKING:
    from accounts.models import Hall

LONGEST_WORDS = 3000
EDITABLE = ("title", *HEADINGS)


@transaction.atomic
def draft_bulletin(*, hall: Hall, iso_week: str, by: User | Robot) -> Bulletin:
    """起草: make the week's draft, or bring an existing draft up to date with the ledger.

    Words and held items of a draft are kept. An issue that waits for its signature or is printed is
    returned as it is; a withdrawn one is taken up again by a person only. Raises Refused for a bad
    week, a week wholly off and a week whose cut-off has not come.
    """
    require(by, "bulletin.draft", hall)
    period = period_of(hall, iso_week.strip())
    if period.until > timezone.now():
        until = timezone.localtime(period.until)
        raise Refused(
            f"{period.iso_week} 要到 {until.month}月{until.day}日 {until:%H:%M} 才截稿，现在还不能起草。",
            code="too_early",
            status=422,
        )
    bulletin, is_new = _open(hall, period, by)
    if not is_new and not _may_refresh(bulletin, by):
        return bulletin
    if bulletin.status == BulletinStatus.WITHDRAWN:
        bulletin.status, bulletin.returned_reason = BulletinStatus.DRAFT, ""
    _set_period(bulletin, period)
    refresh_items(bulletin)
    recount(bulletin)
    bulletin.save()
    action = "bulletin.drafted" if is_new else "bulletin.refreshed"
    audit.record(action, target=bulletin, by=by, after=_counts(bulletin))
    if is_new:
        _tell_writers(bulletin, "草稿已生成，请核对后送签", by)
    return bulletin


def rows_of(bulletin: Bulletin) -> list[Any]:
    """The draft and its items, so that an act about them can be taken back."""
    return [Bulletin.objects.filter(pk=bulletin.pk), BulletinItem.objects.filter(bulletin=bulletin)]


def undoable_draft(action: str, bulletin: Bulletin, *, by: User) -> AbstractContextManager[Offer]:
    """An act about a draft that can be taken back, with the notice it leaves when it goes to the leader."""
    key = f"bulletin:{bulletin.pk}:submitted" if action == "bulletin.submitted" else ""
    rows = partial(rows_of, bulletin)
    return undoable(action, target=bulletin, by=by, hall=bulletin.hall, rows=rows, notice_key=key)


def words_facts(bulletin: Bulletin) -> Facts:
    """What the manager has written so far; empty where the standing text stands."""
    return {key: bulletin.words.get(key, "") for key in EDITABLE}


@transaction.atomic
def edit_words(*, bulletin: Bulletin, words: dict[str, str], by: User, seen: str = "") -> Bulletin:
    """编写: keep what the manager writes for the title and the sections; empty means the standing text.

    Sentences with numbers are not among them: they are generated from the ledger.
    Raises ChangedMeanwhile when what is written is no longer the version `seen`.
    """
    bulletin = _draft_of(bulletin, by)
    require_unchanged(words_facts(bulletin), seen)
    unknown = set(words) - set(EDITABLE)
    if unknown:
        raise Refused(f"没有这些栏目：{'、'.join(sorted(unknown))}。", code="unknown_section", status=422)
    long = [key for key, text in words.items() if len(text) > (100 if key == "title" else LONGEST_WORDS)]
    if long:
        raise Refused("文字太长：标题最多 100 字，各栏最多 3000 字。", code="too_long", status=422)
    before = bulletin.words
    standing = {"title": bulletin.title, **standing_words(bulletin.hall, timezone.now())}
    merged = {**before, **{key: text.strip().replace("\r\n", "\n") for key, text in words.items()}}
    bulletin.words = {key: text for key, text in merged.items() if text and text != standing.get(key)}
    bulletin.save(update_fields=["words"])
    audit.record("bulletin.edited", target=bulletin, by=by, before=before, after=bulletin.words)
    return bulletin


@transaction.atomic
def hold_item(*, item: BulletinItem, by: User, reason: str) -> BulletinItem:
    """暂不刊登: leave an item out of this issue with a reason; it comes up again in the next."""
    if not reason.strip():
        raise Refused("请写暂不刊登的理由。", code="reason_missing", status=422)
    return _hold(item, by, reason.strip()[:300])


@transaction.atomic
def unhold_item(*, item: BulletinItem, by: User) -> BulletinItem:
    """恢复刊登: list a held item again."""
    return _hold(item, by, "")


@transaction.atomic
def submit_bulletin(*, bulletin: Bulletin, by: User) -> Bulletin:
    """送签: the manager sends the draft to the leader."""
    require(by, "bulletin.draft", bulletin.hall)
    bulletin = move(bulletin, BulletinStatus.SUBMITTED)
    bulletin.submitted_at, bulletin.submitted_by, bulletin.returned_reason = timezone.now(), by, ""
    bulletin.save(update_fields=["status", "submitted_at", "submitted_by", "returned_reason"])
    audit.record("bulletin.submitted", target=bulletin, by=by)
    tell(
        User.objects.with_permission("bulletin.sign", bulletin.hall),
        title=f"{bulletin.name}等你签发",
        url=bulletin.get_absolute_url(),
        hall=bulletin.hall,
        key=f"bulletin:{bulletin.pk}:submitted",
    )
    return bulletin


@transaction.atomic
def return_to_draft(*, bulletin: Bulletin, by: User, reason: str) -> Bulletin:
    """退回: the leader sends it back with what should change; the manager may take it back himself."""
    if not by.can("bulletin.draft", bulletin.hall):
        require(by, "bulletin.sign", bulletin.hall)
    if not reason.strip():
        raise Refused("请写要改什么。", code="reason_missing", status=422)
    bulletin = move(bulletin, BulletinStatus.DRAFT)
    bulletin.returned_reason = reason.strip()[:300]
    bulletin.save(update_fields=["status", "returned_reason"])
    audit.record("bulletin.returned", target=bulletin, by=by, reason=reason)
    _tell_writers(bulletin, f"被退回：{bulletin.returned_reason}", by)
    return bulletin


@transaction.atomic
def withdraw_bulletin(*, bulletin: Bulletin, by: User, reason: str) -> Bulletin:
    """撤回: this week goes without an issue; the next one covers its time as well."""
    require(by, "bulletin.draft", bulletin.hall)
    if not reason.strip():
        raise Refused("请写撤回的理由。", code="reason_missing", status=422)
    bulletin = move(bulletin, BulletinStatus.WITHDRAWN)
    bulletin.returned_reason = reason.strip()[:300]
    bulletin.save(update_fields=["status", "returned_reason"])
    audit.record("bulletin.withdrawn", target=bulletin, by=by, reason=reason)
    return bulletin


def move(bulletin: Bulletin, new: str) -> Bulletin:
    """One step along the table under a row lock; the caller saves.

    Raises BulletinFrozen for a printed issue, TransitionNotAllowed for any other wrong state.
    """
    fresh = _locked(bulletin)
    if fresh.is_issued:
        raise BulletinFrozen
    if new not in BULLETIN_NEXT[fresh.status]:
        raise TransitionNotAllowed(
            f"这期通报现在是“{fresh.state.label}”，不能变为“{BulletinStatus(new).label}”。请刷新页面看最新状态。"
        )
    fresh.status = new
    return fresh


def recount(bulletin: Bulletin) -> None:
    """Bring the counts of an issue to its items; the caller saves."""
    rows = bulletin.items.filter(held_reason="", section__in=LISTED).values_list("section", "shown")
    problems = [shown for section, shown in rows if section == Section.PROBLEM]
    bulletin.problem_count = len(problems)
    bulletin.praise_count = len(rows) - len(problems)
    bulletin.points = sum(shown["points"] for shown in problems)


COUNTS = ("problem_count", "praise_count", "points")


def _open(hall: Hall, period: Period, by: User | Robot) -> tuple[Bulletin, bool]:
    bulletin, is_new = Bulletin.objects.get_or_create(
        hall=hall,
        iso_week=period.iso_week,
        defaults={
            "since": period.since,
            "until": period.until,
            "first_day": period.first_day,
            "last_day": period.last_day,
            "drafted_at": timezone.now(),
            "drafted_by": person(by),
        },
    )
    return (bulletin if is_new else _locked(bulletin)), is_new


def _may_refresh(bulletin: Bulletin, by: User | Robot) -> bool:
    if bulletin.status == BulletinStatus.WITHDRAWN:
        return person(by) is not None
    return bulletin.status == BulletinStatus.DRAFT


def _set_period(bulletin: Bulletin, period: Period) -> None:
    bulletin.since, bulletin.until = period.since, period.until
    bulletin.first_day, bulletin.last_day = period.first_day, period.last_day
    bulletin.title = f"关于{span_of(bulletin)}大厅巡查情况的通报"


def _hold(item: BulletinItem, by: User, reason: str) -> BulletinItem:
    bulletin = _draft_of(item.bulletin, by)
    item = bulletin.items.select_for_update(of=("self",)).select_related("bulletin").get(pk=item.pk)
    if item.section not in LISTED:
        raise Refused("更正不能暂缓：已印发的内容有误，必须更正。", code="erratum_stands", status=422)
    before, item.held_reason = item.held_reason, reason
    item.held_by, item.held_at = (by, timezone.now()) if reason else (None, None)
    item.save(update_fields=["held_reason", "held_by", "held_at"])
    recount(bulletin)
    bulletin.save(update_fields=list(COUNTS))
    action = "bulletin.item_held" if reason else "bulletin.item_listed"
    audit.record(
        action,
        target=item,
        by=by,
        hall=bulletin.hall,
        before={"held": before},
        after={"held": reason},
        reason=reason,
    )
    return item


def _draft_of(bulletin: Bulletin, by: User) -> Bulletin:
    require(by, "bulletin.draft", bulletin.hall)
    fresh = _locked(bulletin)
    if fresh.is_issued:
        raise BulletinFrozen
    if fresh.status != BulletinStatus.DRAFT:
        raise TransitionNotAllowed(f"这期通报现在是“{fresh.state.label}”，草稿才能修改；已送签的请先退回。")
    return fresh


def _locked(bulletin: Bulletin) -> Bulletin:
    rows = Bulletin.objects.select_related("hall").select_for_update(of=("self",))
    locked: Bulletin = rows.get(pk=bulletin.pk)
    return locked


def _counts(bulletin: Bulletin) -> dict[str, Any]:
    return {name: getattr(bulletin, name) for name in COUNTS}


def _tell_writers(bulletin: Bulletin, words: str, by: User | Robot) -> None:
    writers = User.objects.with_permission("bulletin.draft", bulletin.hall)
    tell(
        [user for user in writers if user != by],
        title=f"{bulletin.name}{words}",
        url=bulletin.get_absolute_url(),
        hall=bulletin.hall,
        key=f"bulletin:{bulletin.pk}:draft",
    )
