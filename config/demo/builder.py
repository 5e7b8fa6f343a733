"""演示大厅 builder: opens the halls, takes people in, then lets them live day by day until now.

Everything goes through the services with a clock that runs forward, so nothing in the demo is
impossible. The same date gives the same story: one seeded source of chance, invented names only.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts import clock
from accounts.models import Hall, User
from accounts.services.halls import set_options
from accounts.services.people import create_account
from assessments.models import AssessmentMonth
from assessments.services.loading import load_pack
from assessments.services.months import publish_month, score_month
from attendance.services.deriving import derive_month
from attendance.services.punches import import_punches
from bulletins.models import Bulletin
from bulletins.services.drafting import submit_bulletin
from config.demo import cast
from config.demo.agenda import Agenda
from config.demo.cast import Habit, Names
from config.demo.covert import CovertStory
from config.demo.duty import DutyStory
from config.demo.story import HallStory, kinds_of_rounds
from trail.actors import Robot
from trail.models import Notice
from trail.services.imports import run_import
from trail.services.notices import mark_read
from violations.models import Act
from violations.packs import read_pack
from windows import working_days
from windows.models import Posting, Staff, Window
from windows.services.halls import open_hall
from windows.services.people import join_hall, make_login
from windows.services.places import add_department, open_window, set_contacts, set_service_items
from windows.services.postings import post_staff, send_back, set_backup_pair

if TYPE_CHECKING:
    from collections.abc import Iterator

DEMO = "demo"
PACK = Path(__file__).resolve().parents[2] / "violations" / "rulebooks" / "maiji.yaml"
SEED = 20260101
MONTHS = 3
DISTRICT_ROUNDS = kinds_of_rounds(("morning", "09:15"), ("afternoon", "14:35"))
TOWNSHIP_ROUNDS = (kinds_of_rounds(("morning", "10:20")), kinds_of_rounds(("morning", "10:50")))


@dataclass
class Built:
    """What was made, for the command's summary."""

    halls: list[Hall] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)


def build_demo(*, now: datetime, password: str) -> Built:
    """Build the demo hall as it stands at `now`, in one transaction; a failure leaves nothing."""
    first = month_before(timezone.localdate(now), MONTHS)
    start = timezone.make_aware(datetime.combine(first - timedelta(days=21), time(8)))
    with transaction.atomic(), clock.living_at(start) as moving:
        builder = _Builder(Agenda(moving, since=first), now, first)
        builder.open_halls()
        builder.live()
        builder.open_doors(password)
    return builder.built


def month_before(day: date, count: int) -> date:
    """The first day of the month `count` months before the day's."""
    for _ in range(count):
        day = day.replace(day=1) - timedelta(days=1)
    return day.replace(day=1)


class _Builder:
    def __init__(self, agenda: Agenda, now: datetime, first: date) -> None:
        self.agenda, self.now, self.first = agenda, now, first
        self.rng = Random(SEED)  # noqa: S311 - a story, not a secret
        self.names = Names(self.rng)
        self.by = Robot("demo")
        self.built = Built()
        self.stories: list[HallStory] = []
        self.serial = 0

    # --- opening --------------------------------------------------------------------------

    def open_halls(self) -> None:
        """The district centre, its two townships, their people and the rulebook."""
        district = open_hall(code=DEMO, name="青禾区政务服务中心", short_name="青禾中心", by=self.by)
        users = {name: self._account(district, name, *rest) for name, *rest in cast.ACCOUNTS}
        load_pack(read_pack(PACK), hall=district, by=self.by)
        self._fill(district, cast.DEPARTMENTS, cast.DISTRICT_WINDOWS)
        self._login_people(district)
        office = {"managers": [users["manager"], users["manager2"]], "leader": users["leader"]}
        officers = [users["officer"], users["officer2"]]
        self._tell_story(district, officers=officers, rounds=DISTRICT_ROUNDS, **office)
        for (code, name, short), rounds in zip(cast.TOWNSHIPS, TOWNSHIP_ROUNDS, strict=True):
            hall = open_hall(code=code, name=name, short_name=short, by=self.by, parent=district)
            login = code.removeprefix("demo-")
            officer = self._account(hall, f"{login}-officer", "officer", self.names.next(), "中心专干")
            set_options(hall=hall, values={"patrols.afternoon_due": False}, by=self.by)
            windows = [(*window, "1楼", "办事大厅") for window in cast.TOWNSHIP_WINDOWS]
            self._fill(hall, cast.TOWNSHIP_DEPARTMENTS, windows)
            self._tell_story(hall, officers=[officer], rounds=rounds, **office)

    def _account(self, hall: Hall, username: str, role: str, name: str, title: str) -> User:
        user, _ = create_account(
            username=username, name=name, hall=hall, role=role, by=self.by, password=None, title=title
        )
        self.built.logins.append(username)
        return user

    def _fill(self, hall: Hall, departments: dict[str, str], windows: list[tuple[str, ...]]) -> None:
        self.built.halls.append(hall)
        by_name = {
            name: add_department(hall=hall, name=name, category=category, sort=sort, by=self.by)
            for sort, (name, category) in enumerate(departments.items())
        }
        opened = date(self.first.year - 1, 1, 4)
        for sort, (code, name, department, floor, zone) in enumerate(windows):
            window = open_window(
                department=by_name[department],
                code=code,
                name=name,
                floor=floor,
                zone=zone,
                sort=sort,
                opened_on=opened,
                duty=f"受理和办理{name}有关业务。",
                pledge=cast.PLEDGE,
                flow="取号 → 受理 → 审核 → 办结 → 取件",
                by=self.by,
            )
            set_service_items(window=window, names=[f"{name}申请", f"{name}查询"], by=self.by)
            self._seat(window, cast.SIZES[sort % len(cast.SIZES)])

    def _seat(self, window: Window, size: int) -> None:
        people = []
        for place in range(size):
            self.serial += 1
            joined = date(self.first.year - 1, 1, 4) + timedelta(days=self.rng.randrange(300))
            staff = join_hall(
                hall=window.hall,
                no=f"YX{self.serial:04d}",
                name=self.names.next(),
                department=window.department,
                window=window,
                day=joined,
                is_chief=place == 0,
                attendance_no=str(self.serial),
                gender=self.rng.choice("男女"),
                political_status=self.rng.choice(("群众", "群众", "中共党员")),
                post="首席代表" if place == 0 else "工作人员",
                by=self.by,
            )
            make_login(staff=staff, by=self.by, password=None)
            people.append(staff)
        if len(people) > 1:
            last = max(staff.joined_on for staff in people)
            set_backup_pair(window=window, primary=people[0], backup=people[1], starts_on=last, by=self.by)

    def _login_people(self, hall: Hall) -> None:
        """The logins `head`, `clerk` and `unit` of the printed list sit at window A05."""
        window = Window.objects.get(hall=hall, code="A05")
        postings = list(window.postings.select_related("staff__user").order_by("-is_head", "pk"))
        for posting, login in zip(postings, ("head", "clerk"), strict=False):
            posting.staff.user.username = login
            posting.staff.user.save(update_fields=["username"])
            self.built.logins.append(login)
        contact = self._account(hall, "unit", "unit", self.names.next(), "自然资源局办公室")
        set_contacts(department=window.department, users=[contact], by=self.by)

    def _tell_story(
        self, hall: Hall, *, officers: list[User], rounds: tuple[tuple[str, time], ...], **office: object
    ) -> None:
        staff = Staff.objects.filter(hall=hall).order_by("pk").values_list("pk", flat=True)
        habits = {
            pk: Habit(errs=self.rng.choice((0.2, 0.5, 1, 1, 1.6, 3)), shines=self.rng.random())
            for pk in staff
        }
        rulebook = Act.objects.filter(rulebook__hall__code=DEMO)
        self.stories.append(
            HallStory(
                hall=hall,
                officers=officers,
                habits=habits,
                rng=self.rng,
                agenda=self.agenda,
                until=self.now,
                rounds=rounds,
                twice_since=self._today() - timedelta(days=7),
                acts={act.code: act for act in rulebook.select_related("rulebook__hall")},
                **office,  # type: ignore[arg-type]
            )
        )

    # --- living ---------------------------------------------------------------------------

    def live(self) -> None:
        """Day by day from the first month until now: people act, beat ticks, months are published."""
        self._plan_changes()
        self._plan_last_day()
        self._plan_duty()
        for day in self._days():
            for story in self.stories:
                story.plan_day(day)
            for hours in (time(8, 5), time(17, 45)):
                moment = self._moment(day, hours)
                if moment <= self.now:
                    self.agenda.at(moment, self.agenda.tick)
            if day.day == 6:
                self.agenda.at(self._moment(day, time(16, 10)), partial(self._publish, day))
            self.agenda.live_until(min(self._moment(day, time(23, 59)), self.now))
            if self._ends_month(day) and day >= month_before(self._today(), 1):
                self._attendance(day.replace(day=1))
        self._attendance(timezone.localdate(self.now).replace(day=1))
        self.agenda.tick()
        self._leave_some_to_sign()

    def _plan_last_day(self) -> None:
        """On the last working day something is left for each of the printed logins to do."""
        story = self.stories[0]
        day = working_days.previous_working_day(story.hall, self._today())
        clerk = Staff.objects.get(user__username="clerk")
        other = self._second_at(story.hall, "B01")
        self.agenda.at(self._moment(day, time(15, 31)), partial(story.leave_unanswered, clerk))
        self.agenda.at(self._moment(day, time(15, 40)), partial(story.leave_undecided, other))
        self.agenda.at(self._moment(day, time(15, 46)), partial(story.leave_unanswered, other, 1))
        long_ago = day
        for _ in range(7):
            long_ago = working_days.previous_working_day(story.hall, long_ago)
        late = self._second_at(story.hall, "B02")
        if long_ago >= self.first:
            self.agenda.at(self._moment(long_ago, time(16, 20)), partial(story.leave_undecided, late))
        self.agenda.at(self._moment(day, time(16, 2)), story.leave_unreviewed)
        self.agenda.at(self._moment(day, time(16, 10)), story.leave_arranged)
        self.agenda.at(self._moment(day, time(16, 14)), story.leave_notes)
        self._plan_covert(day)

    def _plan_covert(self, last: date) -> None:
        """Three secret tasks: one is over, one waits for the supervision, one for the volunteer."""
        district = self.stories[0]
        users = {
            user.username: user for user in User.objects.filter(username__in=("supervisor", "inspector"))
        }
        rng = Random(SEED)  # noqa: S311 - a chance of its own: the rest of the story stays as it is
        story = CovertStory(district.hall, acts=district.acts, rng=rng, **users)
        earlier = working_days.previous_working_day(district.hall, last)
        self.agenda.at(self._moment(earlier, time(15, 12)), partial(story.visited, "A08"))
        self.agenda.at(self._moment(last, time(10, 5)), story.adopt)
        self.agenda.at(self._moment(last, time(15, 50)), partial(story.reported, "B02"))
        self.agenda.at(self._moment(last, time(16, 20)), story.open)

    def _plan_duty(self) -> None:
        """The centre has a rota from its first month on, and walks twice a day as long as it says so."""
        story = self.stories[0]
        set_options(hall=story.hall, values={"patrols.afternoon_due": False}, by=self.by)
        leaders = [story.leader, story.managers[0]]
        people, keeper = [*story.officers, *story.managers[1:]], story.managers[0]
        duty = DutyStory(story.hall, people, leaders, keeper, Random(SEED + 1))  # noqa: S311 - a story
        last = working_days.previous_working_day(story.hall, self._today())
        for day in self._days():
            if day in (self.first, day.replace(day=1)):
                self.agenda.at(self._moment(day, time(8, 1)), duty.draft)
            if working_days.is_working_day(story.hall, day):
                self.agenda.at(self._moment(day, time(17, 20)), duty.write_logs)
        self.agenda.at(self._moment(story.twice_since, time(7, 50)), partial(self._walk_twice, story.hall))
        self.agenda.at(self._moment(last, time(16, 20)), partial(duty.leave_a_request, last))
        self.agenda.at(self._moment(last, time(16, 25)), partial(duty.leave_a_period, last))

    def _walk_twice(self, hall: Hall) -> None:
        set_options(hall=hall, values={"patrols.afternoon_due": True}, by=self.by)

    def _leave_some_to_sign(self) -> None:
        """The townships' last issues wait for the leader, the centre's own for the manager."""
        for story in self.stories[1:]:
            for bulletin in Bulletin.objects.filter(hall=story.hall, status="draft", until__lt=self.now):
                submit_bulletin(bulletin=bulletin, by=story.managers[0])

    def _days(self) -> Iterator[date]:
        day, last = self.first, timezone.localdate(self.now)
        while day <= last:
            yield day
            day += timedelta(days=1)

    def _moment(self, day: date, hours: time) -> datetime:
        return timezone.make_aware(datetime.combine(day, hours))

    def _ends_month(self, day: date) -> bool:
        return (day + timedelta(days=1)).day == 1

    def _publish(self, day: date) -> None:
        """The manager publishes what was scored, all but the month that closed last."""
        last_closed = month_before(timezone.localdate(self.now), 1)
        for story in self.stories:
            for month in AssessmentMonth.objects.filter(hall=story.hall, status="scored").order_by("month"):
                if month.month < last_closed:
                    manager = story.managers[0]
                    month = score_month(hall=story.hall, month=month.month, by=manager)
                    publish_month(month=month, by=manager)

    def _plan_changes(self) -> None:
        """One person moves in mid-month, one is sent back: each window counts its own days."""
        district = self.stories[0]
        moved_on = working_days.add_working_days(district.hall, month_before(self._today(), 1), 11)
        left_on = working_days.add_working_days(district.hall, month_before(self._today(), 2), 14)
        window = Window.objects.get(hall=district.hall, code="B04")
        mover, leaver = (self._second_at(district.hall, code) for code in ("A11", "B08"))
        self.agenda.at(
            self._moment(moved_on, time(8, 20)),
            partial(
                post_staff, staff=mover, window=window, starts_on=moved_on, by=self.by, reason="业务量调整"
            ),
        )
        self.agenda.at(
            self._moment(left_on, time(17, 20)),
            partial(send_back, staff=leaver, day=left_on, by=self.by, reason="派驻期满，原单位另有安排"),
        )

    def _today(self) -> date:
        return timezone.localdate(self.now)

    def _second_at(self, hall: Hall, code: str) -> Staff:
        window = Window.objects.get(hall=hall, code=code)
        return window.postings.select_related("staff").order_by("pk")[1].staff

    # --- attendance -----------------------------------------------------------------------

    def _attendance(self, first: date) -> None:
        """The month's punches come in as a device's file, as a real hall's do."""
        for story in self.stories:
            days = working_days.working_days_between(story.hall, first, min(_last_day(first), self._today()))
            lines = [line for day in days for line in self._punches(story, day)]
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / f"attlog-{first:%Y%m}.dat"
                file.write_text("\n".join(lines), encoding="ascii")
                work = partial(import_punches, hall=story.hall, path=file, month=first)
                run_import("punches", work, hall=story.hall, path=file, by=self.by)
            derive_month(hall=story.hall, month=first, by=self.by)

    def _punches(self, story: HallStory, day: date) -> Iterator[str]:
        closing = working_days.closing_time(story.hall, day)
        postings = Posting.objects.on(day).filter(hall=story.hall).select_related("staff").order_by("staff")
        for posting in postings:
            errs = story.habits.get(posting.staff_id, Habit(1, 1)).errs
            for due, is_arrival in (
                (time(8, 30), True),
                (time(12), False),
                (time(13, 30), True),
                (closing, False),
            ):
                moment = self._punch(day, due, is_arrival, errs)
                if moment is not None and moment <= self.now:
                    at = timezone.localtime(moment)
                    yield f"{posting.staff.attendance_no:>9}\t{at:%Y-%m-%d %H:%M:%S}\t1\t0\t1\t0"

    def _punch(self, day: date, due: time, is_arrival: bool, errs: float) -> datetime | None:
        if self.rng.random() < 0.006 * errs:
            return None
        minutes = self.rng.uniform(1, 22)
        if self.rng.random() < 0.012 * errs:
            minutes = -self.rng.uniform(1, 16)
        return self._moment(day, due) + timedelta(minutes=-minutes if is_arrival else minutes)

    # --- the doors ------------------------------------------------------------------------

    def open_doors(self, password: str) -> None:
        """One password for the printed logins; nobody else can sign in. Old notices have been read."""
        for user in User.objects.filter(username__in=self.built.logins):
            old = Notice.objects.visible_to(user).unread().filter(created_at__lt=self.now - timedelta(days=3))
            mark_read(user=user, notices=list(old))
        hashed = make_password(password)
        User.objects.filter(username__in=self.built.logins).update(
            password=hashed, must_change_password=False, password_changed_at=self.now
        )


def _last_day(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
