"""Which conduct records, appeals and rectifications, and for whom.

The `…_by(user)` sets hold exactly the rows for which the predicate of `violations.permissions` says
yes, so that a to-do count, the list behind it and the button on the page agree.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Max, Q

from accounts.querysets import NOTHING, ChangedQuerySet, in_halls
from violations.enums import COUNTING, OPEN, TO_ANSWER, VOID, RecordStatus, RectificationStatus, StepKind
from violations.permissions import VERIFY
from violations.rule_enums import Subject
from windows.querysets import any_of, headed_windows, ties

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from violations.models import Appeal, ConductRecord, Rectification  # noqa: F401 - named in the bases below


def concerns(user: User | AnonymousUser, prefix: str = "") -> Q:
    """Rows about the person, about windows the person heads, or about units the person is contact of.

    What they were never told of is not among them: a draft nobody has looked at, and what was
    dropped or taken back before anybody was notified.
    """
    bound = ties(user)
    near = any_of(prefix, staff=bound.staff, window=bound.headed, department=bound.contact_of)
    if near == NOTHING:
        return NOTHING
    untold = Q(**{f"{prefix}deadline_at": None, f"{prefix}appeal_until": None})
    return near & ~untold


def answers_for(user: User | AnonymousUser) -> Q:
    """Rows this person speaks for: see `permissions.is_concerned`."""
    bound, speaks = ties(user), NOTHING
    if bound.staff:
        speaks |= Q(subject=Subject.STAFF, staff__in=bound.staff)
    if bound.headed:
        headed = Q(window__in=bound.headed)
        speaks |= (Q(subject=Subject.STAFF, staff__user=None) | Q(subject=Subject.WINDOW)) & headed
    if bound.contact_of:
        speaks |= Q(subject=Subject.UNIT, department__in=bound.contact_of)
    return speaks


def interest_of(user: User | AnonymousUser) -> Q:
    """Rows about the person or the person's own unit, on which others decide."""
    bound = ties(user)
    return answers_for(user) | any_of(department=bound.contact_of + bound.departments)


LINE = (
    *("number", "hall", "subject", "day", "at", "status", "status_at", "deadline_at", "quantity", "severity"),
    *("note", "source", "finder_name", "finder__name", "act__name", "act__short_name", "staff__name"),
    *("window__code", "window__name", "department__name"),
)
"""What a line of a page shows of a record."""


class RecordQuerySet(ChangedQuerySet["ConductRecord"]):
    """Which conduct records. Rows that carry a verdict change only through the ledger's services."""

    def visible_to(self, user: User | AnonymousUser) -> RecordQuerySet:
        """The office reads its halls; others what concerns them."""
        return self.filter(in_halls(user, "record.read_all") | concerns(user))

    def counting(self) -> RecordQuerySet:
        """In a state that counts in scores and bulletins."""
        return self.filter(status__in=COUNTING)

    def open(self) -> RecordQuerySet:
        """Somebody still has to act."""
        return self.filter(status__in=OPEN)

    def standing(self) -> RecordQuerySet:
        """Neither a proposal nor void: what a week's figures tell of."""
        return self.exclude(status__in=(RecordStatus.DRAFT, *VOID))

    def deductions(self) -> RecordQuerySet:
        """What was found wrong."""
        return self.filter(act__is_bonus=False)

    def bonuses(self) -> RecordQuerySet:
        """What was praised."""
        return self.filter(act__is_bonus=True)

    def awaiting_answer_of(self, user: User | AnonymousUser) -> RecordQuerySet:
        """Notified records the person has to accept or state on."""
        mine = answers_for(user)
        return self.none() if mine == NOTHING else self.filter(mine, status=RecordStatus.NOTIFIED)

    def stated(self) -> RecordQuerySet:
        """The person has spoken; the manager has not."""
        return self.filter(status=RecordStatus.STATED)

    def awaiting_decision(self) -> RecordQuerySet:
        """Stated records, and bonuses that wait for the manager."""
        return self.filter(Q(status=RecordStatus.STATED) | Q(status=RecordStatus.DRAFT, act__is_bonus=True))

    def awaiting_verification(self) -> RecordQuerySet:
        """A machine's proposals of deductions."""
        return self.filter(status=RecordStatus.DRAFT, act__is_bonus=False)

    def decidable_by(self, user: User | AnonymousUser) -> RecordQuerySet:
        """Those awaiting a decision that this person may take: recusal is part of the question."""
        where = in_halls(user, "record.confirm")
        if where == NOTHING:
            return self.none()
        mine = self.awaiting_decision().filter(where)
        return mine.exclude(finder=_pk(user)).not_verified_by(user).without_interest_of(user)

    def verifiable_by(self, user: User | AnonymousUser) -> RecordQuerySet:
        """Proposals this person may stand behind."""
        may = NOTHING
        for permission in VERIFY:
            may |= in_halls(user, permission)
        if may == NOTHING:
            return self.none()
        return self.awaiting_verification().filter(may)._without(answers_for(user))

    def not_verified_by(self, user: User | AnonymousUser) -> RecordQuerySet:
        """Without those the person recorded or stood behind."""
        stood = _changes().filter(by=_pk(user), status=RecordStatus.NOTIFIED, is_undo=False)
        return self.exclude(pk__in=stood.values("record"))

    def without_interest_of(self, user: User | AnonymousUser) -> RecordQuerySet:
        """Without those about the person or the person's own unit."""
        return self._without(interest_of(user))

    def _without(self, rows: Q) -> RecordQuerySet:
        """Without the rows of a condition that may ask columns which can be empty."""
        if rows == NOTHING:
            return self
        return self.exclude(pk__in=self.model._default_manager.filter(rows).values("pk"))

    def answer_overdue(self, moment: datetime) -> RecordQuerySet:
        """Notified records whose time to answer was over at `moment`."""
        return self.filter(status=RecordStatus.NOTIFIED, deadline_at__lte=moment)

    def became_countable(self, since: datetime, until: datetime) -> RecordQuerySet:
        """Counting records that became so after `since`, up to and including `until`."""
        return self.counting().filter(countable_at__gt=since, countable_at__lte=until)

    def in_days(self, first: date, last: date) -> RecordQuerySet:
        """Of days first..last, both inclusive."""
        return self.filter(day__range=(first, last))

    def for_list(self) -> RecordQuerySet:
        """With everything a list row shows, in one query."""
        return self.select_related("hall", "act", "staff", "window", "department", "finder")

    def for_lines(self) -> RecordQuerySet:
        """With no more than a line of a page shows, in one query; whoever acts on rows takes `for_list`."""
        joined = self.select_related(None).select_related("act", "staff", "window", "department", "finder")
        return joined.only(*LINE)

    def update(self, **kwargs: Any) -> int:
        """Refused for the verdict: states change through the ledger's services, with a status row."""
        if "status" in kwargs:
            raise TypeError("a record's status changes through violations.services.ledger")
        return super().update(**kwargs)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused: a record is withdrawn, never deleted."""
        raise TypeError("a record is withdrawn, never deleted")

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Rows that tell a story: added, never edited or removed."""

    def update(self, **kwargs: Any) -> int:
        """Refused: these rows are append-only."""
        raise TypeError("status rows are append-only")

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused: these rows are append-only."""
        raise TypeError("status rows are append-only")

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class EscalationQuerySet(AppendOnlyQuerySet):
    """Which reminders and escalations."""

    def visible_to(self, user: User | AnonymousUser) -> EscalationQuerySet:
        """As the record they are about."""
        return self.filter(record__in=_records().visible_to(user))


class StatementQuerySet(models.QuerySet[Any]):
    """Which statements."""

    def standing(self) -> StatementQuerySet:
        """Not taken back within the seconds of undo."""
        return self.filter(undone_at=None)


class AppealQuerySet(ChangedQuerySet["Appeal"]):
    """Which appeals."""

    def standing(self) -> AppealQuerySet:
        """Not taken back within the seconds of undo."""
        return self.filter(undone_at=None)

    def visible_to(self, user: User | AnonymousUser) -> AppealQuerySet:
        """As the record they are about."""
        return self.standing().filter(record__in=_records().visible_to(user))

    def undecided(self) -> AppealQuerySet:
        """Waiting for the reviewer."""
        return self.filter(decided_at__isnull=True)

    def reviewable_by(self, user: User | AnonymousUser) -> AppealQuerySet:
        """Undecided ones this person may review: recusal is part of the question."""
        where = in_halls(user, "appeal.review")
        if where == NOTHING:
            return self.none()
        took_part = (RecordStatus.NOTIFIED, RecordStatus.CONFIRMED)
        steps = _changes().filter(by=_pk(user), status__in=took_part, is_undo=False)
        others = self.standing().undecided().filter(where).exclude(by=_pk(user))
        free = others.exclude(record__finder=_pk(user)).exclude(record__in=steps.values("record"))
        near = interest_of(user)
        return free if near == NOTHING else free.exclude(record__in=_records().filter(near).values("pk"))


class RectificationQuerySet(ChangedQuerySet["Rectification"]):
    """Which rectifications."""

    def visible_to(self, user: User | AnonymousUser) -> RectificationQuerySet:
        """The office reads its halls; others those of their windows and units."""
        bound = ties(user)
        near = any_of(window=bound.headed, window__department=bound.contact_of)
        return self.filter(in_halls(user, "rectify.read_all") | near)

    def unfinished(self) -> RectificationQuerySet:
        """Neither done nor withdrawn with its record."""
        return self.exclude(status__in=(RectificationStatus.DONE, RectificationStatus.WITHDRAWN))

    def answerable_by(self, user: User | AnonymousUser) -> RectificationQuerySet:
        """Those the head of the window has to answer."""
        headed = headed_windows(user)
        return self.filter(status__in=TO_ANSWER, window__in=headed) if headed else self.none()

    def checkable_by(self, user: User | AnonymousUser) -> RectificationQuerySet:
        """Handed in, and this person may look: not at a window of one's own."""
        where = in_halls(user, "rectify.check")
        if where == NOTHING:
            return self.none()
        return self.filter(where, status=RectificationStatus.SUBMITTED).exclude(
            window__in=headed_windows(user)
        )

    def awaiting_extension_by(self, user: User | AnonymousUser) -> RectificationQuerySet:
        """An extension is asked for, and this person may decide on it: not for the own window or unit."""
        where = in_halls(user, "record.confirm")
        if where == NOTHING:
            return self.none()
        bound = ties(user)
        own = any_of(window=bound.headed, window__department=bound.contact_of + bound.departments)
        asked = self.filter(where, asked_until__isnull=False)
        return asked if own == NOTHING else asked.exclude(own)

    def to_look_at(self, user: User, hall: Hall, day: date) -> RectificationQuerySet:
        """Handed in, and to be looked at on a round of the day: planned for it or before, or for no day."""
        planned = Q(recheck_on=None) | Q(recheck_on__lte=day)
        return self.filter(planned, hall=hall).checkable_by(user)

    def overdue(self, day: date) -> RectificationQuerySet:
        """Not handed in although the last day was before `day`."""
        return self.filter(status__in=TO_ANSWER, due_on__lt=day)

    def with_submission(self) -> RectificationQuerySet:
        """With `submitted_at`, when the window last handed it in; None where it never did."""
        handed_in = Max(
            "steps__at",
            filter=Q(
                steps__status=RectificationStatus.SUBMITTED, steps__is_undo=False, steps__kind=StepKind.STATUS
            ),
        )
        annotated: RectificationQuerySet = self.annotate(submitted_at=handed_in)
        return annotated

    def for_list(self) -> RectificationQuerySet:
        """With everything a list row shows, in one query."""
        return self.select_related("hall", "window", "record__act", "record__staff", "record__window")


def _pk(user: User | AnonymousUser) -> int | None:
    return getattr(user, "pk", None)


def _records() -> RecordQuerySet:
    records: RecordQuerySet = apps.get_model("violations", "ConductRecord")._default_manager.all()
    return records


def _changes() -> models.QuerySet[Any]:
    return apps.get_model("violations", "StatusChange")._default_manager.all()
