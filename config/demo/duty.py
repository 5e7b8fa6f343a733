"""值班 in the demo hall: a rota each month, logs at the end of most days, a request to change at the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from django.utils import timezone

from patrols.enums import DutyKind
from patrols.models import DutyDay
from patrols.services.duty_log import write_log
from patrols.services.periods import add_period
from patrols.services.rota import draft_month
from patrols.services.swaps import ask_swap, swappable
from trail.actors import Robot
from windows.models import Department

if TYPE_CHECKING:
    from accounts.models import Hall, User

SEEN = (
    "各窗口在岗，秩序正常，等候区约二十人。",
    "上午不动产窗口排队较长，已提醒增开窗口。",
    "巡看两层窗口，咨询台有两位群众不会取号，已安排引导。",
    "打印区一台设备卡纸，其余正常。",
)
DONE = ("提醒窗口摆放去向牌。", "请物业检修取号机。", "")
UNITS = 4
SHARE_OF_LOGS = 0.85


@dataclass
class DutyStory:
    """The rota of one hall and what those on it write."""

    hall: Hall
    people: list[User]
    leaders: list[User]
    keeper: User
    rng: Random

    def draft(self) -> None:
        """The month's rota, from today on."""
        first = timezone.localdate().replace(day=1)
        units = list(Department.objects.filter(hall=self.hall).order_by("pk")[1 : 1 + UNITS])
        turns = ((DutyKind.MANAGE, self.people), (DutyKind.LEAD, self.leaders), (DutyKind.UNIT, units))
        for kind, chosen in turns:
            draft_month(hall=self.hall, first=first, kind=kind, chosen=chosen, by=Robot("demo"))

    def write_logs(self) -> None:
        """Most of those on duty today say what they saw."""
        rows = DutyDay.objects.of_day(self.hall, timezone.localdate()).select_related("user", "department")
        for duty in rows:
            if self.rng.random() < SHARE_OF_LOGS:
                name = f"{duty.department.name[:1]}某某" if duty.department else ""
                by = duty.user or self.keeper
                seen, done = self.rng.choice(SEEN), self.rng.choice(DONE)
                write_log(duty=duty, seen_words=seen, done=done, present_name=name, by=by)

    def leave_a_request(self, day: date) -> None:
        """One of those on duty after `day` asks another to change, who has not answered."""
        rows = DutyDay.objects.filter(hall=self.hall, kind=DutyKind.MANAGE, day__gt=day)
        for duty in rows.select_related("hall", "user").order_by("day"):
            other = swappable(duty).filter(day__gt=day).first()
            if other is not None and duty.user is not None:
                ask_swap(duty=duty, other=other, words="当天要到市里开会", by=duty.user)
                return

    def leave_a_period(self, day: date) -> None:
        """A special period that begins soon."""
        start = day + timedelta(days=7)
        span = {"starts_on": start, "ends_on": start + timedelta(days=6)}
        add_period(hall=self.hall, name="优化营商环境迎检周", rounds=4, by=self.keeper, **span)
