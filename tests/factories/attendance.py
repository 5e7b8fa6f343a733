"""Service hours, punches, leaves and results of half days."""

from datetime import date, datetime, time

import factory
from django.utils import timezone

from accounts.models import Hall
from attendance.enums import Half, LeaveKind, Outcome, PunchSource
from attendance.models import DayResult, Leave, Punch
from tests.factories.windows import StaffFactory
from windows.models import ServiceHours, Staff

LONG_AGO = date(2020, 1, 1)


def usual_hours(hall: Hall) -> None:
    """8:30-12:00 and 13:30-17:30, on Fridays until 17:00."""
    for weekday in range(5):
        for opens, closes in ((time(8, 30), time(12)), (time(13, 30), time(17, 30 if weekday < 4 else 0))):
            ServiceHours.objects.create(
                hall=hall, weekday=weekday, opens=opens, closes=closes, starts_on=LONG_AGO
            )


def moment(text: str) -> datetime:
    """The moment "2026-10-12 08:29:30" of the hall's time."""
    return timezone.make_aware(datetime.fromisoformat(text))


def punch(staff: Staff, text: str) -> Punch:
    """A punch of the person at "2026-10-12 08:29:30" of the hall's time."""
    return PunchFactory(staff=staff, at=moment(text))


class PunchFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Punch

    staff = factory.SubFactory(StaffFactory)
    hall = factory.SelfAttribute("staff.hall")
    attendance_no = factory.LazyAttribute(lambda o: o.staff.attendance_no or o.staff.no)
    at = factory.LazyFunction(timezone.now)
    source = PunchSource.FILE
    source_id = "3fa4b2c1d0e9"


class LeaveFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Leave

    staff = factory.SubFactory(StaffFactory)
    hall = factory.SelfAttribute("staff.hall")
    day = date(2026, 10, 12)
    half = Half.AM
    kind = LeaveKind.PERSONAL
    is_outing = factory.LazyAttribute(lambda o: o.kind == LeaveKind.OUTING)
    approver = "窗口负责人"


class DayResultFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DayResult

    staff = factory.SubFactory(StaffFactory)
    hall = factory.SelfAttribute("staff.hall")
    day = date(2026, 10, 12)
    half = Half.AM
    outcome = Outcome.PRESENT
    reason = "班次 08:30 至 12:00，08:25:00 到岗，12:01:00 离岗"
