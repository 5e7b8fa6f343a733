"""Records as facts for scoring, and small halls to score."""

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import Hall
from tests.factories.windows import DepartmentFactory, PostingFactory, StaffFactory, WindowFactory
from violations.enums import COUNTING, RecordStatus
from violations.models import Act, ConductRecord
from windows.models import Staff, Window

OCTOBER = date(2026, 10, 1)
_numbers = count(1)


def moment(day: date, hour: int = 10) -> datetime:
    """A time of the day in the hall's zone."""
    return timezone.make_aware(datetime.combine(day, time(hour)))


def new_record(act: Act, day: date, **fields: Any) -> ConductRecord:
    """A record that is not saved yet; confirmed unless a status is given."""
    status = fields.pop("status", RecordStatus.CONFIRMED)
    counted = fields.pop("countable_at", moment(day, 18)) if status in COUNTING else None
    place: Any = fields.get("staff") or fields.get("window") or fields.get("department")
    return ConductRecord(
        hall_id=place.hall_id,
        number=f"T-{next(_numbers)}",
        act=act,
        subject=act.subject,
        day=day,
        at=moment(day),
        source=fields.pop("source", "manual"),
        status=status,
        countable_at=counted,
        deadline_at=moment(day, 18) + timedelta(days=2),
        created_at=fields.pop("created_at", moment(day)),
        **fields,
    )


def record(act: Act, day: date, **fields: Any) -> ConductRecord:
    """A saved record, confirmed unless a status is given."""
    return ConductRecord.objects.bulk_create([new_record(act, day, **fields)])[0]


def take_back(row: ConductRecord, status: str = RecordStatus.APPEAL_ALLOWED) -> None:
    """The record no longer counts."""
    row.status, row.countable_at = status, None
    row.save(update_fields=["status", "countable_at"])


def window_with(hall: Hall, code: str, people: int = 1, **fields: Any) -> tuple[Window, list[Staff]]:
    """A window of its own department with so many people."""
    department = DepartmentFactory(hall=hall, **fields)
    window = WindowFactory(department=department, code=code)
    staff = [StaffFactory(department=department, no=f"{code}-{n}") for n in range(people)]
    for person in staff:
        PostingFactory(staff=person, window=window)
    return window, staff


def move(staff: Staff, window: Window, day: date) -> None:
    """From `day` on the person sits at another window."""
    staff.postings.filter(ends_on=None).update(ends_on=day - timedelta(days=1))
    PostingFactory(staff=staff, window=window, starts_on=day)
