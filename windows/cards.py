"""Parts of assembled pages: the head's people, the home unit's people, the state of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from windows.models import Department, Staff, Window
from windows.presenters import people_at, sitting_today
from windows.querysets import headed_windows
from windows.working_days import published_years

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import Hall


def window_card(request: HttpRequest, hall: Hall) -> dict[str, Any] | None:
    """Who sits today at the windows this person heads; nothing for who heads none."""
    windows = list(
        Window.objects.visible_to(request.user).filter(pk__in=headed_windows(request.user)).on_route()
    )
    people_at(windows, timezone.localdate())
    return {"windows": windows} if windows else None


def unit_card(request: HttpRequest, hall: Hall) -> dict[str, Any] | None:
    """The people the departments of this contact have in the hall today."""
    departments = list(Department.objects.visible_to(request.user).of_contact(request.user).filter(hall=hall))
    if not departments:
        return None
    today = timezone.localdate()
    people = list(Staff.objects.visible_to(request.user).filter(department__in=departments).present_on(today))
    sitting_today(people)
    return {"departments": departments, "people": people}


def settings_card(request: HttpRequest, hall: Hall) -> dict[str, Any]:
    """How much is on record, and whether next year's holidays are known."""
    today, known = timezone.localdate(), published_years()
    return {
        "hall": hall,
        "window_count": Window.objects.visible_to(request.user).filter(hall=hall).open_on(today).count(),
        "staff_count": Staff.objects.visible_to(request.user).filter(hall=hall).present_on(today).count(),
        "unpublished": [year for year in (today.year, today.year + 1) if year not in known],
    }
