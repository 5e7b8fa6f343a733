"""归集 gathering: which records an issue lists, and what it shows of each.

Listed is what became countable between the two cut-offs and still counts; bonuses are praise. Left out
is what a printed issue of the hall has listed before. A printed item whose record no longer counts
for good is corrected (更正) in the next issue, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from accounts.words import plain_number, signed
from bulletins.enums import LISTED, Section
from bulletins.models import Bulletin, BulletinItem
from patrols.models import Round, Visit
from violations.enums import RecordStatus
from violations.models import ConductRecord, Rectification
from violations.rule_enums import Subject
from violations.tariff import tariffs_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from accounts.models import Hall
    from violations.tariff import Quote

OVERTURNED = (RecordStatus.APPEAL_ALLOWED, RecordStatus.WITHDRAWN)
"""Ends of a record's life in which it counts no more."""
UNDECIDED = (RecordStatus.NOTIFIED, RecordStatus.STATED, RecordStatus.APPEALED)


def refresh_items(bulletin: Bulletin) -> None:
    """Bring the items of a draft to what the ledger says now; what is held back stays held back.

    What the last printed issue held back comes again, held back for the same reason, so that it is
    neither published unseen nor lost.
    """
    found = [*_listed(bulletin), *_corrections(bulletin)]
    existing = {item.record_id: item for item in bulletin.items.all()}
    carried = _held_before(bulletin)
    new, kept = [], []
    for position, item in enumerate(found):
        item.position = position
        old = existing.pop(item.record_id, None)
        if old is None:
            _hold_again(item, carried)
            new.append(item)
        else:
            old.position, old.section, old.shown = position, item.section, item.shown
            kept.append(old)
    BulletinItem.objects.filter(pk__in=[item.pk for item in existing.values()]).delete()
    BulletinItem.objects.bulk_update(kept, ["position", "section", "shown"])
    BulletinItem.objects.bulk_create(new)


def drop_what_counts_no_more(bulletin: Bulletin) -> list[BulletinItem]:
    """Remove items of a draft whose record stopped counting since; returns them. Nothing is added."""
    gone = list(
        bulletin.items.filter(section__in=LISTED).exclude(record__in=ConductRecord.objects.counting())
    )
    BulletinItem.objects.filter(pk__in=[item.pk for item in gone]).delete()
    return gone


def what_counts_no_more(bulletin: Bulletin) -> list[BulletinItem]:
    """Items of a draft that `drop_what_counts_no_more` would remove."""
    return list(
        bulletin.items.filter(section__in=LISTED).exclude(record__in=ConductRecord.objects.counting())
    )


def undecided_records(bulletin: Bulletin) -> list[int]:
    """Findings up to the cut-off that wait for an answer, a decision or a review; counted, never listed."""
    rows = ConductRecord.objects.deductions().filter(hall=bulletin.hall, status__in=UNDECIDED)
    return list(rows.filter(created_at__lte=bulletin.until).order_by("pk").values_list("pk", flat=True))


def walked(hall: Hall, first: date, last: date) -> tuple[int, int]:
    """Rounds walked in the days first..last, and windows looked at in them; paper rounds are left out."""
    rounds = Round.objects.filter(hall=hall, day__range=(first, last), is_imported=False)
    visits = Visit.objects.checked().filter(round__in=rounds)
    return rounds.count(), visits.order_by().values("round", "window").distinct().count()


def _listed(bulletin: Bulletin) -> list[BulletinItem]:
    hall = bulletin.hall
    printed = BulletinItem.objects.published_in(hall).values("record")
    held = Q(pk__in=_held_items(bulletin).values("record"))
    fresh = ConductRecord.objects.became_countable(bulletin.since, bulletin.until).values("pk")
    records = ConductRecord.objects.counting().filter(Q(pk__in=fresh) | held, hall=hall)
    rows = list(records.exclude(pk__in=printed).for_list().order_by("at", "pk"))
    orders = _rectifications(rows)
    tariffs = tariffs_for({(record.hall_id, record.day): (hall, record.day) for record in rows}.values())
    return [
        BulletinItem(
            bulletin=bulletin,
            record=record,
            section=Section.PRAISE if record.act.is_bonus else Section.PROBLEM,
            shown=_shown(record, tariffs[hall.pk, record.day].quote(record.act_id, record.severity), orders),
        )
        for record in sorted(rows, key=lambda record: record.act.is_bonus)
    ]


def _corrections(bulletin: Bulletin) -> list[BulletinItem]:
    hall = bulletin.hall
    printed = BulletinItem.objects.published_in(hall).filter(
        record__status__in=OVERTURNED, record__status_at__lte=bulletin.until
    )
    done = BulletinItem.objects.corrected_in(hall).values("record")
    rows = printed.exclude(record__in=done).select_related("bulletin", "record")
    return [
        BulletinItem(
            bulletin=bulletin,
            record=item.record,
            section=Section.ERRATUM,
            shown={
                **item.shown,
                "status": item.record.status,
                "status_words": item.record.get_status_display(),
                "corrects": {"bulletin": item.bulletin_id, "number": item.bulletin.number},
            },
        )
        for item in rows.order_by("bulletin__until", "position")
    ]


def _held_items(bulletin: Bulletin) -> Any:
    before = Bulletin.objects.filter(hall=bulletin.hall).issued().before(bulletin.until)[:1]
    return BulletinItem.objects.held().filter(bulletin__in=list(before.values_list("pk", flat=True)))


def _held_before(bulletin: Bulletin) -> dict[int, BulletinItem]:
    return {item.record_id: item for item in _held_items(bulletin)}


def _hold_again(item: BulletinItem, carried: dict[int, BulletinItem]) -> None:
    before = carried.get(item.record_id)
    if before is not None:
        item.held_reason, item.held_by_id = before.held_reason, before.held_by_id
        item.held_at = before.held_at


def _rectifications(records: Iterable[ConductRecord]) -> dict[int, Rectification]:
    orders = Rectification.objects.filter(record__in=[record.pk for record in records])
    return {order.record_id: order for order in orders}


def _shown(record: ConductRecord, quote: Quote | None, orders: dict[int, Rectification]) -> dict[str, Any]:
    """What the issue prints of a record, as plain values that outlive every later change."""
    window, order = record.window, orders.get(record.pk)
    points = quote.cost(record.quantity) if quote else 0
    done = order is not None and order.done_at is not None
    return {
        "number": record.number,
        "day": record.day.isoformat(),
        "window": window.pk if window else None,
        "window_code": window.code if window else "",
        "window_name": window.name if window else "",
        "department": record.department.name if record.department else "",
        "staff": record.staff_id,
        "staff_name": record.staff.name if record.staff else "",
        "subject": record.subject,
        "act": record.act.name,
        "act_code": record.act.code,
        "note": record.note,
        "quantity": plain_number(record.quantity),
        "points": points,
        "points_words": signed(points),
        "clause": quote.clause_code if quote else "",
        "article": quote.article if quote else "",
        "source": record.get_source_display(),
        "status": record.status,
        "status_words": order.get_status_display() if order and done else record.get_status_display(),
    }


def place_of(shown: dict[str, Any]) -> str:
    """Where or who an item is about, without the person: "A12 综合办税窗口"."""
    if shown["subject"] == Subject.UNIT and not shown["window_code"]:
        return str(shown["department"])
    return f"{shown['window_code']} {shown['window_name']}".strip() or str(shown["department"])
