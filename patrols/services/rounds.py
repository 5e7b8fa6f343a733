"""巡查轮次: start and finish a round. One person walks one round at a time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.errors import NotPermitted, Refused
from patrols.enums import RoundKind, VisitResult
from patrols.models import RandomRound, Round, Visit
from patrols.permissions import may_finish, may_lead_round, may_walk, own_departments
from patrols.services.brief import CallLine, brief_of
from patrols.services.on_duty import is_off_rota
from trail.services import audit
from trail.services.numbers import draw_number
from windows.models import Window
from windows.working_days import is_working_day

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from accounts.models import Hall, User
    from windows.querysets import WindowQuerySet

OWN_UNIT = "本单位窗口，回避"
MORNING_DUE, AFTERNOON_DUE = "patrols.morning_due", "patrols.afternoon_due"


@dataclass(frozen=True)
class DayPlan:
    """What the day asks for and what was walked of it."""

    day: date
    due: tuple[str, ...]
    rounds: tuple[Round, ...]
    calls: tuple[CallLine, ...] = ()

    def of_kind(self, kind: str) -> list[Round]:
        """Rounds of a kind, the first one first."""
        return [round_ for round_ in self.rounds if round_.kind == kind]

    @property
    def missing(self) -> list[str]:
        """Kinds due that nobody has started; a random round for as long as its call can be answered."""
        walked = {round_.kind for round_ in self.rounds}
        fixed = [kind for kind in self.due if kind not in walked]
        return [RoundKind.RANDOM.value, *fixed] if self.waiting_call else fixed

    @property
    def waiting_call(self) -> CallLine | None:
        """The call of a random round that is to be answered now."""
        now = timezone.now()
        return next((call for call in self.calls if call.round_id is None and call.due_until >= now), None)

    @property
    def missed_calls(self) -> list[CallLine]:
        """Calls nobody answered in time."""
        now = timezone.now()
        return [call for call in self.calls if call.round_id is None and call.due_until < now]

    def open_of(self, user: User) -> Round | None:
        """The round the person is walking."""
        return next((r for r in self.rounds if r.is_open and r.officer_id == user.pk), None)


def day_plan(hall: Hall, day: date) -> DayPlan:
    """The rounds of a day, due and walked; read once a request for the same hall."""
    kept = hall.__dict__.setdefault("_patrol_days", {})
    if day not in kept:
        rows = Round.objects.of_day(hall, day).select_related("officer").with_counts()
        rounds = tuple(rows.order_by("started_at"))
        calls = tuple(brief_of(hall, day).calls)
        kept[day] = DayPlan(day, due_kinds(hall, day), rounds, calls)
    plan: DayPlan = kept[day]
    return plan


def due_kinds(hall: Hall, day: date) -> tuple[str, ...]:
    """The rounds the hall's settings ask for on the day; none on a day off."""
    if not is_working_day(hall, day):
        return ()
    asked = ((RoundKind.MORNING, MORNING_DUE), (RoundKind.AFTERNOON, AFTERNOON_DUE))
    return tuple(kind for kind, option in asked if hall.option(option))


def route_of(round_: Round, user: User) -> WindowQuerySet:
    """The windows of a round in walking order, each with `is_own` when the person must keep off it."""
    windows = Window.objects.filter(hall=round_.hall_id).open_on(round_.day).on_route()
    own = own_departments(user).filter(pk=OuterRef("department_id"))
    route: WindowQuerySet = windows.select_related("department").annotate(is_own=Exists(own))
    return route


@transaction.atomic
def start_round(*, hall: Hall, kind: str, by: User, client_uuid: uuid.UUID | None = None) -> Round:
    """Start a round now. The same number from the device gives the same round.

    Raises NotPermitted for a person who may not walk here, Refused while another round of his is open.
    """
    client_uuid = client_uuid or uuid.uuid4()
    same: Round | None = Round.objects.filter(officer=by, client_uuid=client_uuid).first()
    if same is not None:
        return same
    _check_start(hall, kind, by)
    day = timezone.localdate()
    off_rota = is_off_rota(hall, day, kind, by)
    call = _open_call(hall) if kind == RoundKind.RANDOM else None
    serial = draw_number(hall, f"XC-{day:%Y%m%d}")
    try:
        with transaction.atomic():
            round_ = Round.objects.create(
                hall=hall,
                number=f"XC-{day:%Y%m%d}-{serial:03d}",
                kind=kind,
                day=day,
                officer=by,
                client_uuid=client_uuid,
                off_rota=off_rota,
            )
    except IntegrityError as error:
        raise _one_at_a_time() from error
    if call is not None:
        call.round = round_
        call.save(update_fields=["round"])
    told = {"off_rota": True} if off_rota else {}
    audit.record("round.started", target=round_, by=by, after={"kind": kind, **told})
    return round_


@transaction.atomic
def finish_round(*, round_: Round, by: User, reasons: Mapping[int, str] | None = None) -> Round:
    """结束本轮: each window nobody stood before needs a reason, by window id; the own unit's has one.

    A round that is already finished is returned as it is. Raises Refused naming the windows that
    still lack a reason.
    """
    round_ = Round.objects.select_for_update(of=("self",)).select_related("hall").get(pk=round_.pk)
    if not may_finish(by, round_):
        raise NotPermitted("只有巡查人自己和大厅管理员可以结束这一轮。")
    if not round_.is_open:
        return round_
    skipped = _reasons(missed_windows(round_, by), reasons or {})
    now = timezone.now()
    Visit.objects.bulk_create(
        Visit(
            hall=round_.hall,
            round=round_,
            window=window,
            by=by,
            result=VisitResult.SKIPPED,
            reason=reason[:100],
            at=now,
        )
        for window, reason in skipped.items()
    )
    round_.finished_at = now
    round_.save(update_fields=["finished_at"])
    audit.record("round.finished", target=round_, by=by, after={"skipped": len(skipped)})
    return round_


def missed_windows(round_: Round, user: User) -> list[Window]:
    """Windows of the round before which nobody stood."""
    seen = Visit.objects.checked().filter(round=round_).values("window")
    return list(route_of(round_, user).exclude(pk__in=seen))


def _check_start(hall: Hall, kind: str, by: User) -> None:
    if kind not in RoundKind.values:
        raise Refused("没有这种轮次。", code="unknown_kind", status=422)
    if not may_walk(by, hall):
        raise NotPermitted("你不在这个大厅巡查。")
    if kind == RoundKind.LEADER and not may_lead_round(by, hall):
        raise NotPermitted("带班巡查由领导和大厅管理员进行。")
    if Round.objects.open().filter(officer=by).exists():
        raise _one_at_a_time()


def _open_call(hall: Hall) -> RandomRound:
    """The oldest call that nobody has answered; a random round is walked when it is called."""
    calls = RandomRound.objects.select_for_update().filter(hall=hall).waiting(timezone.now())
    call: RandomRound | None = calls.order_by("called_at").first()
    if call is None:
        raise Refused("现在没有要走的随机轮，时间到了会通知当天值班的人。", code="no_random_round")
    return call


def _one_at_a_time() -> Refused:
    return Refused("你有一轮巡查还没有结束，请先结束那一轮。", code="round_open")


def _reasons(missed: list[Window], given: Mapping[int, str]) -> dict[Window, str]:
    reasons = {w: OWN_UNIT if w.is_own else given.get(w.pk, "").strip() for w in missed}  # type: ignore[attr-defined]
    silent = [window.code for window, reason in reasons.items() if not reason]
    if silent:
        raise Refused(
            f"还有 {len(silent)} 个窗口没有查，请写原因：{'、'.join(silent[:20])}。",
            code="reason_missing",
            status=422,
        )
    return reasons
