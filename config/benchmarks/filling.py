"""Invented halls in bulk, to measure on. Rows go straight to the tables: this is never a real database."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle, islice

from django.core.management import call_command
from django.utils import timezone

from accounts.models import Hall, RoleGrant, User
from config.benchmarks.result import Size
from violations.enums import COUNTING, RecordSource, RecordStatus
from violations.models import Act, ConductRecord
from violations.rule_enums import Subject
from windows.enums import Category
from windows.models import Department, Posting, Staff, Window

RULEBOOK = "violations/rulebooks/maiji.yaml"
DEPARTMENTS = 12
WINDOWS = 40
DAYS = 90
BATCH = 2000


def fill(size: Size) -> None:
    """`staff` and `rows` are totals over all halls."""
    halls = size.halls or 1
    for number in range(halls):
        hall = Hall.objects.create(code=f"bench-{number}", name=f"第{number + 1}政务服务中心")
        manager = _person("manager", f"manager{number}", hall)
        _person("clerk", f"clerk{number}", hall)
        call_command("load_rulebook", RULEBOOK, hall=hall.code, verbosity=0)
        staff = _people(hall, (size.staff or 100) // halls)
        _records(hall, staff, manager, (size.rows or 1000) // halls)


def _person(role: str, username: str, hall: Hall) -> User:
    user = User.objects.create(username=username, name=username)
    RoleGrant.objects.create(user=user, hall=hall, role=role)
    return user


def _people(hall: Hall, count: int) -> list[tuple[Staff, Window]]:
    first = timezone.localdate() - timedelta(days=2 * DAYS)
    departments = Department.objects.bulk_create(
        Department(hall=hall, name=f"第{n + 1}局", category=category)
        for n, category in zip(range(DEPARTMENTS), cycle(Category.values), strict=False)
    )
    windows = Window.objects.bulk_create(
        Window(
            hall=hall,
            code=f"A{n + 1:02d}",
            name=f"{department.name}{n + 1}号窗口",
            department=department,
            category=department.category,
            floor=f"{n // 20 + 1}楼",
            sort=n,
        )
        for n, department in zip(range(WINDOWS), cycle(departments), strict=False)
    )
    staff = Staff.objects.bulk_create(
        [
            Staff(hall=hall, department=window.department, no=f"ZW{n:06d}", name=f"人员{n}", joined_on=first)
            for n, window in zip(range(count), cycle(windows), strict=False)
        ],
        batch_size=BATCH,
    )
    places = list(zip(staff, islice(cycle(windows), count), strict=True))
    Posting.objects.bulk_create(
        [Posting(hall=hall, staff=person, window=window, starts_on=first) for person, window in places],
        batch_size=BATCH,
    )
    clerk = User.objects.get(username=hall.code.replace("bench-", "clerk"))
    Staff.objects.filter(pk=staff[0].pk).update(user=clerk)
    return places


def _records(hall: Hall, places: list[tuple[Staff, Window]], finder: User, count: int) -> None:
    acts = [act.pk for act in Act.objects.filter(rulebook__hall=hall, subject=Subject.STAFF)]
    rows = _invented_records(hall, places, finder, acts, count)
    while batch := list(islice(rows, BATCH)):
        ConductRecord.objects.bulk_create(batch)


def _invented_records(
    hall: Hall, places: list[tuple[Staff, Window]], finder: User, acts: list[int], count: int
) -> Iterator[ConductRecord]:
    now = timezone.now()
    lives = [*COUNTING, RecordStatus.CONFIRMED, RecordStatus.NOTIFIED, RecordStatus.STATED]
    for n in range(count):
        staff, window = places[n * 7 % len(places)]
        at = now - timedelta(days=n % DAYS, minutes=n % 480)
        status = lives[n % len(lives)]
        yield ConductRecord(
            hall=hall,
            number=f"WT-{at:%Y%m%d}-{n:06d}",
            act_id=acts[n % len(acts)],
            subject=Subject.STAFF,
            staff=staff,
            window=window,
            day=timezone.localdate(at),
            at=at,
            source=RecordSource.PATROL,
            finder=finder,
            status=status,
            status_at=at,
            deadline_at=at + timedelta(days=3),
            countable_at=at if status in COUNTING else None,
            created_at=at,
        )
