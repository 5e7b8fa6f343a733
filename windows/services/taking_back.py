"""撤销: which rows the acts of this room may touch, so that they can be put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.models import RoleGrant
from windows.models import (
    BackupPair,
    CalendarDay,
    CalendarYear,
    Department,
    Posting,
    ServiceHours,
    ServiceItem,
    Staff,
    Window,
)

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from accounts.models import Hall

Rows = list["QuerySet[Any]"]


def window_rows(window: Window) -> Rows:
    """A window and the services it offers."""
    return [Window.objects.filter(pk=window.pk), ServiceItem.objects.filter(window=window)]


def seat_rows(window: Window) -> Rows:
    """Who sits at a window, its head and pairs, and the roles of these people's logins."""
    people = Posting.objects.filter(window=window).values("staff__user")
    return [
        Posting.objects.filter(window=window),
        BackupPair.objects.filter(window=window),
        RoleGrant.objects.filter(hall=window.hall_id, user__in=people),
    ]


def department_rows(department: Department) -> Rows:
    """A department and its contacts."""
    contacts = Department.contacts.through._default_manager.filter(department_id=department.pk)
    return [Department.objects.filter(pk=department.pk), contacts]


def staff_rows(staff: Staff) -> Rows:
    """What is on record about a person."""
    return [Staff.objects.filter(pk=staff.pk)]


def stay_rows(staff: Staff) -> Rows:
    """All that ties a person to the hall."""
    return [
        Staff.objects.filter(pk=staff.pk),
        Posting.objects.filter(staff=staff),
        BackupPair.objects.filter(primary=staff) | BackupPair.objects.filter(backup=staff),
        RoleGrant.objects.filter(hall=staff.hall_id, user=staff.user_id, user__isnull=False),
    ]


def hours_rows(hall: Hall) -> Rows:
    """The hours of a hall, of all seasons."""
    return [ServiceHours.objects.filter(hall=hall, window=None)]


def local_rows(hall: Hall, day: date) -> Rows:
    """The hall's own decision about a day."""
    return [CalendarDay.objects.filter(hall=hall, day=day)]


def year_rows(year: int) -> Rows:
    """The state's days of a year."""
    return [CalendarDay.objects.filter(hall=None, day__year=year), CalendarYear.objects.filter(year=year)]
