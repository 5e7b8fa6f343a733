"""Who may walk a round, and where not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from windows.models import Department

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from patrols.models import Round, Visit, WalkNote
    from windows.models import Window
    from windows.querysets import DepartmentQuerySet

LEADING_ROLES = ("leader", "manager")


def may_walk(user: User, hall: Hall) -> bool:
    """Whether the person may start a round in the hall."""
    return user.can("patrol.walk", hall)


def may_lead_round(user: User, hall: Hall) -> bool:
    """带班巡查 is walked by a leader or a manager of the hall."""
    return any(grant.role in LEADING_ROLES and grant.gives("patrol.walk", hall) for grant in user.grants)


def may_note(user: User, round_: Round) -> bool:
    """Findings of a round are noted by the one who walks it."""
    return round_.officer_id == user.pk and may_walk(user, round_.hall)


def may_finish(user: User, round_: Round) -> bool:
    """The one who walks it, or a manager when somebody left a round open."""
    return may_note(user, round_) or user.can("record.confirm", round_.hall)


def own_departments(user: User) -> DepartmentQuerySet:
    """Departments the person belongs to or is contact of: nobody inspects his own unit."""
    return Department.objects.filter(Q(contacts=user.pk) | Q(staff__user=user.pk))


def is_own_unit(user: User, window: Window) -> bool:
    """Whether the window is kept by the person's own unit."""
    return own_departments(user).filter(pk=window.department_id).exists()


def may_undo(user: User, visit: Visit) -> bool:
    """Only what one noted oneself."""
    return visit.by_id == user.pk


def may_leave_note(user: User, hall: Hall) -> bool:
    """走访随记 is for a leader or a manager of the hall; an officer walks rounds."""
    return any(grant.role in LEADING_ROLES and grant.gives("record.find", hall) for grant in user.grants)


def may_settle_note(user: User, note: WalkNote) -> bool:
    """A manager of the hall, while nobody has decided on it."""
    return note.state == "waiting" and user.can("record.confirm", note.hall)
