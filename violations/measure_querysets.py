"""Which measures, and for whom; as the predicates of `measure_permissions` say it of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import BooleanField, Case, Q, Value, When

from accounts.querysets import NOTHING, ChangedQuerySet, in_halls
from violations.measure_enums import UNFINISHED, MeasureStatus
from violations.measure_permissions import DECIDE, DECIDE_GRAVE, GRAVE
from violations.rule_enums import MeasureKind
from windows.querysets import any_of, ties

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from violations.models import Measure  # noqa: F401 - named in the base below


class MeasureQuerySet(ChangedQuerySet["Measure"]):
    """Which measures."""

    def visible_to(self, user: User | AnonymousUser) -> MeasureQuerySet:
        """The office reads its halls; others what is about them, their window or their unit's people."""
        bound = ties(user)
        near = any_of(staff=bound.staff, window=bound.headed, staff__department=bound.contact_of)
        near |= any_of(window__department=bound.contact_of)
        return self.filter(in_halls(user, "record.read_all") | near)

    def unfinished(self) -> MeasureQuerySet:
        """Somebody still has to act."""
        return self.filter(status__in=UNFINISHED)

    def overdue(self, day: date) -> MeasureQuerySet:
        """Decided, and not closed although the last day was before `day`."""
        return self.filter(status__in=UNFINISHED, due_on__lt=day)

    def to_handle_by(self, user: User | AnonymousUser) -> MeasureQuerySet:
        """Proposals and papers that wait for this person: not the own case, nor one of the own unit."""
        where = (in_halls(user, DECIDE) & ~Q(kind__in=GRAVE)) | (
            in_halls(user, DECIDE_GRAVE) & Q(kind__in=GRAVE)
        )
        waiting = self.filter(where, status__in=(MeasureStatus.PROPOSED, MeasureStatus.HANDED_IN))
        bound = ties(user)
        units = bound.contact_of + bound.departments
        own = any_of(staff=bound.staff, window=bound.headed, staff__department=units)
        own |= any_of(window__department=units)
        if own == NOTHING:
            return waiting
        # a row whose other subject is empty makes NOT (…) unknown: asked by key instead
        return waiting.exclude(pk__in=self.model._default_manager.filter(own).values("pk"))

    def to_write_by(self, user: User | AnonymousUser) -> MeasureQuerySet:
        """书面检查 this person has to write and hand in."""
        return self.filter(_to_write(user))

    def with_paper(self, user: User | AnonymousUser) -> MeasureQuerySet:
        """With `awaits_paper`: whether it is one this person has to write."""
        waits = When(_to_write(user), then=Value(True))
        rows: MeasureQuerySet = self.annotate(
            awaits_paper=Case(waits, default=Value(False), output_field=BooleanField())
        )
        return rows

    def for_list(self) -> MeasureQuerySet:
        """With everything a list row shows, in one query."""
        return self.select_related("hall", "staff", "window", "rule", "proposed_by", "decided_by")


def _to_write(user: User | AnonymousUser) -> Q:
    mine = any_of(staff=ties(user).staff)
    return mine & Q(status=MeasureStatus.DECIDED, kind=MeasureKind.SELF_REVIEW)
