"""Which issues and letters, for whom, and the guard that keeps a printed issue unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q

from accounts.errors import Refused
from accounts.querysets import ChangedQuerySet, in_halls
from bulletins.enums import LETTERS_SENT, LISTED, BulletinStatus, LetterStatus, Section
from violations.enums import COUNTING

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Hall, User
    from bulletins.models import Bulletin


class BulletinFrozen(Refused):
    """已印发的通报不能改: what was printed stays as it was; a correction follows in the next issue."""

    code = "bulletin_frozen"

    def __init__(self) -> None:
        super().__init__("这一期通报已经印发，不能改动；需要更正的，在下一期刊登更正。")


class LetterFrozen(Refused):
    """已签发的函不能改: what the home unit holds in its hands stays as it was."""

    code = "letter_frozen"

    def __init__(self) -> None:
        super().__init__("这份反馈函已经签发，不能改动；需要更正的，另发更正函。")


class _Guarded(models.QuerySet[Any]):
    """Rows of a document: none is changed or removed once the document is out."""

    FROZEN = Q()
    error: type[BulletinFrozen] | type[LetterFrozen]

    def update(self, **changes: Any) -> int:
        """As Django's; refused when a row belongs to a document that is out."""
        self._refuse_frozen()
        return super().update(**changes)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's; refused when a row belongs to a document that is out."""
        self._refuse_frozen()
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _refuse_frozen(self) -> None:
        if self.order_by().filter(self.FROZEN).exists():
            raise self.error()


class BulletinQuerySet(_Guarded, ChangedQuerySet[Any]):  # type: ignore[override]
    """Which issues."""

    FROZEN = Q(status=BulletinStatus.ISSUED)
    error = BulletinFrozen

    def visible_to(self, user: User | AnonymousUser) -> BulletinQuerySet:
        """Printed issues for everybody of the hall; drafts for who writes, signs or supervises them."""
        printed = in_halls(user, "bulletin.read") & Q(status=BulletinStatus.ISSUED)
        return self.filter(printed | in_halls(user, "bulletin.read_drafts"))

    def issued(self) -> BulletinQuerySet:
        """Printed."""
        return self.filter(status=BulletinStatus.ISSUED)

    def before(self, moment: datetime) -> BulletinQuerySet:
        """Of earlier cut-offs, the latest first."""
        return self.filter(until__lt=moment).order_by("-until")

    def with_read_rate(self) -> BulletinQuerySet:
        """With `asked` people who have to read it and how many have `read` it."""
        rated: BulletinQuerySet = self.annotate(
            asked=Count("receipts"), read=Count("receipts", filter=Q(receipts__at__isnull=False))
        )
        return rated

    def for_list(self) -> BulletinQuerySet:
        """Without the frozen text, which a list does not show."""
        return self.select_related("hall").defer("content", "words")


class ItemQuerySet(_Guarded):
    """Which items of issues."""

    FROZEN = Q(bulletin__status=BulletinStatus.ISSUED)
    error = BulletinFrozen

    def visible_to(self, user: User | AnonymousUser) -> ItemQuerySet:
        """Items of issues the person may see; what is held back only for who may see drafts."""
        hall = "bulletin__hall"
        printed = in_halls(user, "bulletin.read", hall) & Q(
            bulletin__status=BulletinStatus.ISSUED, held_reason=""
        )
        return self.filter(printed | in_halls(user, "bulletin.read_drafts", hall))

    def listed(self) -> ItemQuerySet:
        """Not held back, in a section that publishes the record."""
        return self.filter(held_reason="", section__in=LISTED)

    def held(self) -> ItemQuerySet:
        """Held back with a reason."""
        return self.exclude(held_reason="")

    def published_in(self, hall: Hall) -> ItemQuerySet:
        """Listed in a printed issue of the hall."""
        return self.listed().filter(bulletin__hall=hall, bulletin__status=BulletinStatus.ISSUED)

    def corrected_in(self, hall: Hall) -> ItemQuerySet:
        """Corrections that a printed issue of the hall has carried."""
        return self.filter(
            section=Section.ERRATUM, bulletin__hall=hall, bulletin__status=BulletinStatus.ISSUED
        )

    def naming(self, staff_ids: Any, *, hall: Hall, year: int) -> ItemQuerySet:
        """Findings about these people in printed issues of the year that still count."""
        return self.published_in(hall).filter(
            section=Section.PROBLEM,
            bulletin__year=year,
            record__staff__in=staff_ids,
            record__status__in=COUNTING,
        )


class ReceiptQuerySet(models.QuerySet[Any]):
    """Which read receipts."""

    def visible_to(self, user: User | AnonymousUser) -> ReceiptQuerySet:
        """The office's, and the own ones."""
        office = in_halls(user, "bulletin.read_drafts", "bulletin__hall")
        return self.filter(office | Q(user=getattr(user, "pk", None)))

    def unread(self) -> ReceiptQuerySet:
        """Not yet 已阅."""
        return self.filter(at__isnull=True)


class InstructionQuerySet(models.QuerySet[Any]):
    """Which leaders' instructions."""

    def visible_to(self, user: User | AnonymousUser) -> InstructionQuerySet:
        """Those of halls whose drafts the person sees: the office, leaders, supervisors."""
        return self.filter(in_halls(user, "bulletin.read_drafts", "bulletin__hall"))


class LetterQuerySet(_Guarded, ChangedQuerySet[Any]):  # type: ignore[override]
    """Which letters."""

    FROZEN = Q(status__in=LETTERS_SENT)
    error = LetterFrozen

    def visible_to(self, user: User | AnonymousUser) -> LetterQuerySet:
        """The office reads its halls; a unit contact the letters sent to the own department."""
        office = in_halls(user, "letter.read_all")
        contact = in_halls(user, "letter.read_unit") & Q(
            status__in=LETTERS_SENT, department__in=_departments_of(user)
        )
        return self.filter(office | contact)

    def in_force(self) -> LetterQuerySet:
        """Not withdrawn."""
        return self.exclude(status=LetterStatus.WITHDRAWN)

    def awaiting_reply(self) -> LetterQuerySet:
        """Sent and not answered."""
        return self.filter(status=LetterStatus.SIGNED)

    def for_list(self) -> LetterQuerySet:
        """With everything a list row shows, in one query."""
        return self.select_related("hall", "staff", "department").defer("content")


def _departments_of(user: User | AnonymousUser) -> Any:
    return [] if isinstance(user, AnonymousUser) else user.contact_of.values("pk")


def with_unread_mark(bulletins: BulletinQuerySet, user: User) -> BulletinQuerySet:
    """With `waits_for_me`: the person still has to read the issue."""
    mine = _receipts(bulletins.model).filter(bulletin=OuterRef("pk"), user=user, at__isnull=True)
    marked: BulletinQuerySet = bulletins.annotate(waits_for_me=Exists(mine))
    return marked


def _receipts(model: type[Bulletin]) -> Any:
    return model._meta.get_field("receipts").related_model._default_manager.all()
