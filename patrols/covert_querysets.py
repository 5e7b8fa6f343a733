"""Which covert tasks, for whom: the supervision of the hall, and the one each was given to."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db import models

from accounts.querysets import NOTHING, in_halls
from accounts.sealed import blinds
from patrols.enums import CovertStatus

if TYPE_CHECKING:
    from django.db.models import Q

    from accounts.models import User

INSPECTOR_PLACE = "patrols.covert_task.inspector"
ASSIGN, OWN = "covert.assign", "covert.own"


def marks_of(user: User | AnonymousUser) -> list[str]:
    """The marks under which tasks of the person are found: what stands in a row names nobody."""
    return blinds(str(user.pk), place=INSPECTOR_PLACE) if user.pk else []


class CovertTaskQuerySet(models.QuerySet[Any]):
    """Which covert tasks."""

    def visible_to(self, user: User | AnonymousUser) -> CovertTaskQuerySet:
        """Those of halls the person supervises, and those the person was given; nobody else's."""
        return self.filter(in_halls(user, ASSIGN) | self._given(user))

    def overseen_by(self, user: User | AnonymousUser) -> CovertTaskQuerySet:
        """Those of halls the person supervises."""
        return self.filter(in_halls(user, ASSIGN))

    def given_to(self, user: User | AnonymousUser) -> CovertTaskQuerySet:
        """Those the person was given, while he is an inspector of the hall."""
        return self.filter(self._given(user))

    def to_review(self) -> CovertTaskQuerySet:
        """Reported, waiting for the supervision."""
        return self.filter(status=CovertStatus.REPORTED)

    def to_do(self) -> CovertTaskQuerySet:
        """Waiting for the inspector."""
        return self.filter(status__in=(CovertStatus.OPEN, CovertStatus.RETURNED))

    def overdue(self, day: date) -> CovertTaskQuerySet:
        """Not reported although the last day was before `day`."""
        return self.to_do().filter(ends_on__lt=day)

    def _given(self, user: User | AnonymousUser) -> Q:
        where = in_halls(user, OWN)
        return where if where == NOTHING else where & models.Q(inspector_mark__in=marks_of(user))


class CovertRowQuerySet(models.QuerySet[Any]):
    """Rows of covert tasks: questions, reports, answers, photos, steps; read through their task only."""

    def update(self, **kwargs: Any) -> int:
        """Refused: what was asked and answered stands; the record and what is shown go by `save`."""
        raise TypeError("rows of a covert task are not edited")

    update.alters_data = True  # type: ignore[attr-defined]
