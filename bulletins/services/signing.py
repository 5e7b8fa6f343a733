"""签发 sign-off: the number is drawn, the text is frozen with its hash, readers and persons named are told.

All of it in one transaction: a printed issue is complete or it is not printed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from accounts.errors import Refused
from accounts.models import User
from bulletins.enums import BulletinStatus, Section
from bulletins.models import Bulletin, Instruction, ReadReceipt
from bulletins.permissions import require
from bulletins.services import letters
from bulletins.services.composing import compose, fingerprint, series_of
from bulletins.services.drafting import COUNTS, move, recount
from bulletins.services.gathering import drop_what_counts_no_more
from trail.services import audit
from trail.services.notices import tell
from trail.services.numbers import draw_number
from violations.models import ConductRecord
from violations.services.ledger import note_publication

if TYPE_CHECKING:
    from bulletins.models import Letter

FROZEN = ("status", "year", "number", "signed_at", "signed_by", "content", "sha256", *COUNTS)


@transaction.atomic
def sign_off(*, bulletin: Bulletin, by: User, at: datetime | None = None) -> Bulletin:
    """签发: print the issue; it never changes again.

    The items are compared with the ledger once more: what stopped counting since is left out. `at` is
    for issues that were printed on paper before. Raises TransitionNotAllowed unless it waits to be signed.
    """
    require(by, "bulletin.sign", bulletin.hall)
    bulletin = move(bulletin, BulletinStatus.ISSUED)
    dropped = drop_what_counts_no_more(bulletin)
    moment = at or timezone.now()
    bulletin.signed_at, bulletin.signed_by = moment, by
    bulletin.year = timezone.localtime(moment).year
    bulletin.number = draw_number(bulletin.hall, series_of(bulletin.year))
    recount(bulletin)
    bulletin.content = compose(bulletin, moment=moment)
    bulletin.sha256 = fingerprint(bulletin.content)
    bulletin.save(update_fields=list(FROZEN))
    left_out = [item.shown["number"] for item in dropped]
    after = {"number": bulletin.number, "sha256": bulletin.sha256, "left_out": left_out}
    audit.record("bulletin.issued", target=bulletin, by=by, after=after)
    _publish(bulletin, moment, by)
    return bulletin


@transaction.atomic
def mark_read(*, bulletin: Bulletin, by: User) -> ReadReceipt:
    """已阅: the first time counts; a person who was not asked to read it may still sign."""
    _require_printed(bulletin)
    require(by, "bulletin.read", bulletin.hall)
    receipt: ReadReceipt
    receipt, _ = ReadReceipt.objects.select_for_update().get_or_create(bulletin=bulletin, user=by)
    if receipt.at is None:
        receipt.at = timezone.now()
        receipt.save(update_fields=["at"])
        audit.record("bulletin.read", target=bulletin, by=by)
    return receipt


@transaction.atomic
def remind_readers(*, bulletin: Bulletin, by: User) -> int:
    """提醒: tell those who have not read it yet; returns how many."""
    _require_printed(bulletin)
    if not by.can("bulletin.sign", bulletin.hall):
        require(by, "bulletin.draft", bulletin.hall)
    waiting = list(bulletin.receipts.unread().select_for_update(of=("self",)).select_related("user"))
    tell(
        [receipt.user for receipt in waiting],
        title=f"{bulletin.name}请签阅",
        url=bulletin.get_absolute_url(),
        hall=bulletin.hall,
        key=f"bulletin:{bulletin.pk}:remind",
    )
    bulletin.receipts.unread().update(reminded_at=timezone.now())
    audit.record("bulletin.reminded", target=bulletin, by=by, after={"readers": len(waiting)})
    return len(waiting)


@transaction.atomic
def instruct(*, bulletin: Bulletin, by: User, words: str) -> Instruction:
    """批示: the leader writes on the issue; the office is told."""
    require(by, "bulletin.instruct", bulletin.hall)
    if not words.strip():
        raise Refused("请写批示内容。", code="words_missing", status=422)
    instruction = Instruction.objects.create(bulletin=bulletin, by=by, words=words.strip()[:500])
    audit.record(
        "bulletin.instructed",
        target=instruction,
        by=by,
        hall=bulletin.hall,
        after={"words": instruction.words},
    )
    tell(
        User.objects.with_permission("bulletin.draft", bulletin.hall),
        title=f"{by}在{bulletin.name}上批示：{instruction.words}",
        url=f"{bulletin.get_absolute_url()}#instruct",
        hall=bulletin.hall,
        key=f"bulletin:{bulletin.pk}:instructed",
    )
    return instruction


def _publish(bulletin: Bulletin, moment: datetime, by: User) -> list[Letter]:
    """What follows from printing: readers, the time to appeal, and letters that have become due."""
    items = bulletin.items.listed().values_list("record", flat=True)
    records = ConductRecord.objects.filter(pk__in=list(items)).select_related("hall", "act", "staff__user")
    problems = [record for record in records if not record.act.is_bonus]
    note_publication(records=problems, at=moment)
    _ask_readers(bulletin)
    _tell_named(bulletin, problems)
    named = bulletin.items.listed().filter(section=Section.PROBLEM).values_list("record__staff", flat=True)
    return letters.raise_due_letters(
        hall=bulletin.hall,
        staff_ids={pk for pk in named if pk is not None},
        day=timezone.localdate(moment),
        by=by,
    )


def _ask_readers(bulletin: Bulletin) -> None:
    readers = User.objects.with_permission("bulletin.sign_read", bulletin.hall)
    ReadReceipt.objects.bulk_create(ReadReceipt(bulletin=bulletin, user=user) for user in readers)
    tell(
        readers,
        title=f"{bulletin.name}已印发，请签阅",
        url=bulletin.get_absolute_url(),
        hall=bulletin.hall,
        key=f"bulletin:{bulletin.pk}:issued",
    )


def _tell_named(bulletin: Bulletin, problems: list[ConductRecord]) -> None:
    named = [record.staff.user for record in problems if record.staff and record.staff.user]
    tell(
        named,
        title=f"{bulletin.name}点到了你，有异议可以在期限内申诉",
        url=bulletin.get_absolute_url(),
        hall=bulletin.hall,
        key=f"bulletin:{bulletin.pk}:named",
    )


def _require_printed(bulletin: Bulletin) -> None:
    if not bulletin.is_issued:
        raise Refused("这期通报还没有印发。", code="not_issued")
